"""Random numbers as a pure function of (seed, purpose, epoch, sample index, parameter).

One 64-bit key per image stands for everything drawn for it; a key and a name give another key. Nothing is
remembered between calls, so a draw depends neither on the batch nor on what was drawn before.

Source: Philox 4×32 with ten rounds, Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011,
section 3.3.
"""

import hashlib

import numpy as np
from jaxtyping import Float64, Int64, UInt64

from convlens.arrays import Indices, Keys

_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (np.uint64(0x9E3779B9), np.uint64(0xBB67AE85))
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)

Words = UInt64[np.ndarray, "*shape"]


def keys_of(seed: int, purpose: str, epoch: int, indices: Indices) -> Keys:
    """Give one key per sample index.

    Args:
        seed: any whole number; its lowest 64 bits count.
        purpose: what is drawn ("augment", "order", …), so that equal indices do not share draws.
        epoch: 0 for things drawn once.
        indices: the samples' positions in their data set, not in the batch.
    """
    root = np.full(len(indices), seed & 0xFFFFFFFFFFFFFFFF, np.uint64)
    named = subkeys(root, purpose)
    return _joined(_philox(named, indices.astype(np.uint64), np.full_like(named, epoch)))


def subkeys(keys: Keys, name: str) -> Keys:
    """Derive keys for one parameter or one child; other names give unrelated keys."""
    digest = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")
    return _joined(_philox(keys, np.full_like(keys, digest), np.full_like(keys, 2**63)))


def uniforms(keys: Keys, count: int = 1) -> Float64[np.ndarray, "n count"]:
    """Draw `count` numbers per key, evenly from [0, 1) with 53 bits."""
    bits = _blocks(keys, count)
    return np.asarray(bits >> np.uint64(11), np.float64) * 2.0**-53


def permutation(seed: int, purpose: str, epoch: int, count: int) -> Int64[np.ndarray, " count"]:
    """Shuffle 0 … count−1; a pure function of its arguments."""
    keys = keys_of(seed, purpose, epoch, np.arange(count))
    order: Int64[np.ndarray, " count"] = np.argsort(keys, kind="stable").astype(np.int64)
    return order


def _blocks(keys: Keys, count: int) -> UInt64[np.ndarray, "n count"]:
    """Give `count` 64-bit words per key: two words per counter value."""
    counters = np.arange((count + 1) // 2, dtype=np.uint64)[None, :]
    grid = np.broadcast_to(keys[:, None], (len(keys), counters.size))
    words = _philox(grid, np.broadcast_to(counters, grid.shape), np.zeros(grid.shape, np.uint64))
    first = words[0] | (words[1] << _HALF)
    second = words[2] | (words[3] << _HALF)
    both = np.stack([first, second], axis=-1).reshape(len(keys), 2 * counters.size)
    wanted: UInt64[np.ndarray, "n count"] = both[:, :count]
    return wanted


def _joined(words: tuple[Words, Words, Words, Words]) -> Keys:
    keys: Keys = words[0] | (words[1] << _HALF)
    return keys


def _philox(keys: Words, counter_low: Words, counter_high: Words) -> tuple[Words, Words, Words, Words]:
    """Run ten Philox rounds; four 32-bit words of output, each held in a uint64."""
    key_0, key_1 = keys & _LOW, keys >> _HALF
    c_0, c_1 = counter_low & _LOW, counter_low >> _HALF
    c_2, c_3 = counter_high & _LOW, counter_high >> _HALF
    for _ in range(10):
        product_0 = c_0 * _MULTIPLIERS[0]
        product_1 = c_2 * _MULTIPLIERS[1]
        c_0, c_1, c_2, c_3 = (
            (product_1 >> _HALF) ^ c_1 ^ key_0,
            product_1 & _LOW,
            (product_0 >> _HALF) ^ c_3 ^ key_1,
            product_0 & _LOW,
        )
        key_0 = (key_0 + _WEYL[0]) & _LOW
        key_1 = (key_1 + _WEYL[1]) & _LOW
    return c_0, c_1, c_2, c_3
