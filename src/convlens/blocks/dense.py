"""From maps to a row of numbers, and from there to as many sums as wanted."""

import math

import numpy as np
from jaxtyping import Num

from convlens.blocks.convolution import summing
from convlens.errors import ShapeError

Row = Num[np.ndarray, " n"]


def flatten(maps: Num[np.ndarray, "c h w"]) -> Row:
    """Give all numbers in a row, channel by channel and in each row by row: number (c, r, q) gets c·H·W + r·W + q.

    torch counts so. Keras has the channels last, and so another order: r·W·C + q·C + c.
    """
    return maps.reshape(-1)


def unflatten(row: Row, shape: tuple[int, int, int]) -> Num[np.ndarray, "c h w"]:
    """Give the maps (C, H, W) again of which a row was made.

    Raises:
        ShapeError: there are more or fewer numbers than the maps have.
    """
    if len(row) != math.prod(shape):
        raise ShapeError(f"maps of {shape!r} have {math.prod(shape)} numbers; the row has {len(row)}")
    return row.reshape(shape)


def flat_index(place: tuple[int, int, int], shape: tuple[int, int, int]) -> int:
    """Give the place in the row of number (channel, row, column): c·H·W + r·W + q.

    Raises:
        ShapeError: the maps have no such number.
    """
    for name, at, size in zip(("channel", "row", "column"), place, shape, strict=True):
        if not 0 <= at < size:
            raise ShapeError(f"there is no {name} {at}: maps of {shape!r} have {size}, counted from 0")
    (channel, row, column), (_, height, width) = place, shape
    return channel * height * width + row * width + column


def place_of(index: int, shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """Give (channel, row, column) of number `index` of the row: the inverse of `flat_index`.

    Raises:
        ShapeError: the row is not as long.
    """
    if not 0 <= index < math.prod(shape):
        raise ShapeError(f"there is no number {index}: maps of {shape!r} have {math.prod(shape)}, counted from 0")
    channel, rest = divmod(index, shape[1] * shape[2])
    return channel, *divmod(rest, shape[2])


def linear(
    row: Num[np.ndarray, "*leading n"], weight: Num[np.ndarray, "m inputs"], bias: Num[np.ndarray, " m"] | None = None
) -> Num[np.ndarray, "*leading m"]:
    """Give one sum per row of the weights: y[o] = b[o] + Σ w[o, i] · x[i].

    Raises:
        ShapeError: there are not as many numbers as weights for them.
    """
    if row.shape[-1] != weight.shape[1]:
        raise ShapeError(f"the weights are for {weight.shape[1]} numbers, {row.shape[-1]} came")
    sums: Num[np.ndarray, "*leading m"] = row.astype(summing(row, weight)) @ weight.T
    return sums if bias is None else sums + bias
