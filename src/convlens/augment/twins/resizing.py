"""The twin of `convlens.augment.resizing`: all images of a batch get one other size."""

import math
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Float64

from convlens.augment.twins.tensors import AnyTensors, as_tensors, moved

Shares: TypeAlias = Float64[np.ndarray, "new old"]
"""What each old pixel of a line contributes to each new one."""


def back_in_size(tensors: AnyTensors, size: tuple[int, int]) -> AnyTensors:
    """Give images their height and width back after a change that cost them."""
    old = (tensors.shape[2], tensors.shape[3])
    smaller = tuple(new if side > 2 * new else side for side, new in zip(old, size, strict=True))
    for wanted, shares in ((smaller, area_shares), (size, linear_shares)):
        if wanted != tuple(tensors.shape[2:]):
            levels = tensors.to(torch.float32)
            for axis, new in zip((2, 3), wanted, strict=True):
                if levels.shape[axis] != new:
                    levels = _mixed(levels, axis, shares(levels.shape[axis], new))
            tensors = as_tensors(levels, tensors)
    return tensors


def linear_shares(old: int, new: int) -> Shares:
    """Give the shares of the two pixels around the place of each new one."""
    places = np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
    shares: Shares = np.maximum(1 - np.abs(places[:, None] - np.arange(old)), 0)
    return shares


def area_shares(old: int, new: int) -> Shares:
    """Give the share of each old pixel in the area that a new one covers."""
    first, pixels = np.arange(new)[:, None] * old / new, np.arange(old)
    covered = np.minimum(first + old / new, pixels + 1) - np.maximum(first, pixels)
    shares: Shares = np.maximum(covered, 0) * new / old
    return shares


def _mixed(levels: AnyTensors, axis: int, shares: Shares) -> AnyTensors:
    """Mix lines, as few at a time as one new pixel is made of."""
    new, old = shares.shape
    first = (shares > 0).argmax(axis=1)
    places = np.minimum(first + np.arange(math.ceil(old / new) + 1)[:, None], old - 1)
    weights = np.where(first + np.arange(len(places))[:, None] < old, shares[np.arange(new), places], 0)
    spread = moved(weights, levels).view(len(places), *((new, 1) if axis == 2 else (new,)))
    total = torch.zeros((), device=levels.device)
    for place, weight in zip(moved(places, levels, np.int64), spread, strict=True):
        total = total + levels.index_select(axis, place) * weight
    return total
