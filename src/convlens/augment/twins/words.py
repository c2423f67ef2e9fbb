"""Random 64-bit words on the device: the same that `convlens.rng` and `convlens.augment.fields` make in NumPy.

torch has no unsigned words to reckon with. Signed ones go round alike when added and multiplied; shifted to the right,
they lose the sign's copies.

Source: as in `convlens.rng`.
"""

from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Bool, Int64, UInt8
from torch import Tensor

from convlens.augment.draws import Kept
from convlens.augment.fields import PLANE, Limits
from convlens.augment.twins.tensors import moved

Words: TypeAlias = Int64[Tensor, "planes n width"]


def words_of(noise: Kept, planes: int, width: int, like: Tensor) -> Words:
    """Expand each key to planes of so many words."""
    starts = moved(noise, like, np.int64) + _multiples(planes, PLANE, like)[:, None]
    return mixed(starts[..., None] + _multiples(width + 1, 0x9E3779B97F4A7C15, like)[1:])


def mixed(fresh: Int64[Tensor, "*shape"]) -> Int64[Tensor, "*shape"]:
    """Mix each word as SplitMix64 does; the tensor itself is written to, and given back."""
    fresh ^= shifted(fresh, 30)
    fresh *= _signed(0xBF58476D1CE4E5B9)
    fresh ^= shifted(fresh, 27)
    fresh *= _signed(0x94D049BB133111EB)
    fresh ^= shifted(fresh, 31)
    return fresh


def shifted(words: Int64[Tensor, "*shape"], bits: int) -> Int64[Tensor, "*shape"]:
    """Shift to the right, with zeros from the left."""
    return (words >> bits).bitwise_and_((1 << (64 - bits)) - 1)


def misses(
    noise: Kept, planes: int, count: int, limits: Limits, like: Tensor
) -> tuple[Bool[Tensor, "planes n places"], UInt8[Tensor, "planes n places"]]:
    """Say for each of so many places that nothing of its image's probability happens there.

    As `convlens.augment.fields.misses`, which explains it and what else it gives.
    """
    drawn = words_of(noise, planes, (count + 7) // 8 + 2, like)
    first, second = drawn[..., :-2].view(torch.uint8), (drawn[..., 1:-1] ^ drawn[..., 2:]).view(torch.uint8)
    low, high, *opposite = moved(limits.T, like, np.uint8)[..., None]
    missed = first >= high + (second < low)
    return missed ^ (opposite[0] > 0) if opposite else missed, second


def _multiples(count: int, word: int, like: Tensor) -> Int64[Tensor, " count"]:
    return torch.arange(count, device=like.device) * _signed(word)


def _signed(word: int) -> int:
    return word - (1 << 64) if word >> 63 else word
