"""Random numbers as a pure function of (seed, purpose, epoch, sample index, parameter).

One 64-bit key per image stands for everything drawn for it; a key and a name give another key. Nothing is
remembered between calls, so a draw depends neither on the batch nor on what was drawn before.

The generator is SplitMix64 read as a function of its counter: word j of the stream that starts at s is
mix(s + (j + 1)·γ). Starts are digests or mixed words themselves, so two streams lie apart. Ten vectorised operations
make a word; a whole pipeline's parameters for a batch take a few microseconds.

Source: Steele, Lea & Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, figures 16 and 17.
"""

import functools
import hashlib
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64, Int64, UInt64

from convlens.arrays import Indices, Keys

Words = UInt64[np.ndarray, "*shape"]

_ALL = 0xFFFFFFFFFFFFFFFF
_GAMMA = 0x9E3779B97F4A7C15
_STEP = np.uint64(_GAMMA)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_UNIT = 2.0**-53


def keys_of(seed: int, purpose: str, epoch: int, indices: Indices) -> Keys:
    """Give one key per sample index.

    Args:
        seed: any whole number; its lowest 64 bits count.
        purpose: what is drawn ("augment", "order", …), so that equal indices do not share draws.
        epoch: 0 for things drawn once.
        indices: the samples' positions in their data set, not in the batch.
    """
    start = _digest(f"{seed & _ALL:x} {epoch:x} {purpose}")
    keys = indices.astype(np.uint64)
    keys *= _STEP
    keys += np.uint64((start + _GAMMA) & _ALL)
    return mixed(keys)


def places(seed: int, purpose: str, epoch: int, count: int) -> Keys:
    """Give keys for 0 … `count` − 1 that only `named_uniforms` may draw from, which mixes them.

    They lie a step of the stream apart. That is as good there as `keys_of`, since no two of its names lie a few steps
    apart; but `uniforms` would give the second number of one as the first of the next.
    """
    start = _digest(f"{seed & _ALL:x} {epoch:x} {purpose}")
    return _steps(count) + np.uint64(start)


def subkeys(keys: Keys, name: str) -> Keys:
    """Derive keys for one parameter or one child; other names give unrelated keys."""
    return mixed(keys + np.uint64(start_of(name)))


def words(keys: Keys, count: int) -> UInt64[np.ndarray, "n count"]:
    """Give the first `count` 64-bit words of the stream that starts at each key."""
    return mixed(keys[:, None] + _steps(count))


def uniforms(keys: Keys, count: int = 1) -> Float64[np.ndarray, "n count"]:
    """Draw `count` numbers per key, evenly from [0, 1) with 53 bits."""
    return _as_uniforms(words(keys, count))


def starts(names_and_counts: Sequence[tuple[str, int]]) -> UInt64[np.ndarray, "draws 1"]:
    """Give what `named_uniforms` adds to a key for each draw: `count` draws under each name."""
    added = [
        start_of(f"{name} {place}" if place else name) for name, count in names_and_counts for place in range(count)
    ]
    return np.array(added, np.uint64).reshape(-1, 1)


def named_uniforms(keys: Keys, draws: UInt64[np.ndarray, "draws 1"]) -> Float64[np.ndarray, "draws n"]:
    """Draw a number from [0, 1) for each key and each row of `starts`, all in one go."""
    return _as_uniforms(mixed(keys + draws))


def permutation(seed: int, purpose: str, epoch: int, count: int) -> Int64[np.ndarray, " count"]:
    """Shuffle 0 … count−1; a pure function of its arguments."""
    keys = keys_of(seed, purpose, epoch, np.arange(count))
    order: Int64[np.ndarray, " count"] = np.argsort(keys, kind="stable").astype(np.int64)
    return order


@functools.lru_cache(maxsize=4096)
def start_of(name: str) -> int:
    """Give the 64-bit number that stands for a name."""
    return _digest(name)


def mixed(fresh: Words) -> Words:
    """Mix each word so that every bit depends on all bits; the array itself is written to, and given back."""
    fresh ^= fresh >> _30
    fresh *= _FIRST
    fresh ^= fresh >> _27
    fresh *= _SECOND
    fresh ^= fresh >> _31
    return fresh


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


@functools.lru_cache(maxsize=64)
def _steps(count: int) -> UInt64[np.ndarray, " count"]:
    steps = np.arange(1, count + 1, dtype=np.uint64) * _STEP
    steps.flags.writeable = False
    return steps


def _as_uniforms(fresh: Words) -> Float64[np.ndarray, "*shape"]:
    fresh >>= _11
    return fresh * _UNIT
