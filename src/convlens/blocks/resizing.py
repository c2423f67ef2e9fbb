"""Maps brought to another size: the nearest number, a mean of the four around, or channels spread out over places."""

from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Float64, Int64, Num

from convlens.blocks.settings import Pair
from convlens.errors import ShapeError

Kind: TypeAlias = Literal["nearest", "nearest-exact", "bilinear", "aligned"]
"""Place k of the new axis lies at k·step of the old one; in the middle of cells at (k + ½)·step, and for "bilinear" at
(k + ½)·step − ½, not below 0. "aligned" is bilinear too, at k·step: first and last places fall together."""

Maps = Num[np.ndarray, "c h w"]
Places = Int64[np.ndarray, " k"]


def resize(maps: Maps, size: Pair, kind: Kind, step: tuple[float, float]) -> Num[np.ndarray, "c height width"]:
    """Give maps of another size, rows first, then columns.

    Args:
        step: how far one goes on the old axes for one place of the new ones, (down, across).

    Source: torch.nn.functional.interpolate, whose conventions these are.
    """
    for axis in (0, 1):
        first, second, share = between(size[axis], maps.shape[1 + axis], kind, step[axis])
        if kind in ("nearest", "nearest-exact"):
            maps = maps.take(first, axis=1 + axis)
            continue
        weight = share[:, None] if axis == 0 else share
        maps = (1 - weight) * maps.take(first, axis=1 + axis) + weight * maps.take(second, axis=1 + axis)
    return maps


def between(count: int, size: int, kind: Kind, step: float) -> tuple[Places, Places, Float64[np.ndarray, " k"]]:
    """Give between which two old places each of `count` new ones lies, and its distance from the first."""
    at: Float64[np.ndarray, " k"]
    match kind:
        case "nearest" | "nearest-exact":
            # torch multiplies in 32 bits, whatever the numbers are; near a border between two places it shows
            half = np.float32(0.5 if kind == "nearest-exact" else 0.0)
            at = ((np.arange(count, dtype=np.float32) + half) * np.float32(step)).astype(np.float64)
        case "aligned":
            at = np.arange(count, dtype=np.float64) * step
        case "bilinear":
            at = np.maximum((np.arange(count, dtype=np.float64) + 0.5) * step - 0.5, 0.0)
    first = np.minimum(np.floor(at), size - 1).astype(np.int64)
    second = np.minimum(first + 1, size - 1)
    return first, second, np.minimum(at - first, 1.0)


def pixel_shuffle(maps: Maps, factor: int) -> Num[np.ndarray, "out height width"]:
    """Give maps larger by a factor, of fewer channels: y[c, r, q] = x[c·f² + (r mod f)·f + q mod f, ⌊r/f⌋, ⌊q/f⌋].

    Raises:
        ShapeError: the channels do not make whole squares.

    Source: Shi et al. 2016, "Real-time single image and video super-resolution", equation (4).
    """
    channels, height, width = maps.shape
    if channels % factor**2:
        raise ShapeError(f"{channels} channels cannot be dealt out to squares of {factor}×{factor}")
    squares = maps.reshape(-1, factor, factor, height, width)
    return squares.transpose(0, 3, 1, 4, 2).reshape(-1, height * factor, width * factor)
