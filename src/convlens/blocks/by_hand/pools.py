"""Pools as plain loops."""

import numpy as np
from jaxtyping import Float, Int64, Num

from convlens.blocks.by_hand.reading import NONE, Maps, at
from convlens.blocks.settings import Pair, Sides
from convlens.blocks.sizes import adaptive_window, output_size


def max_pool(
    maps: Maps,
    kernel: Pair,
    stride: Pair,
    sides: Sides = NONE,
    dilation: Pair = (1, 1),
    *,
    ceil: bool = False,
) -> tuple[Num[np.ndarray, "c height width"], Int64[np.ndarray, "c height width"]]:
    """Give the largest number of each window and its place, row · W + column; the first of equals."""
    channels, h, w = maps.shape
    height = output_size(h, kernel[0], stride[0], sides[0], dilation[0], ceil=ceil)
    width = output_size(w, kernel[1], stride[1], sides[1], dilation[1], ceil=ceil)
    values = np.zeros((channels, height, width), maps.dtype)
    winners = np.zeros((channels, height, width), np.int64)
    for c in range(channels):
        for r in range(height):
            for q in range(width):
                winner = None
                for i in range(kernel[0]):
                    for j in range(kernel[1]):
                        row = r * stride[0] + i * dilation[0] - sides[0][0]
                        column = q * stride[1] + j * dilation[1] - sides[1][0]
                        if (
                            0 <= row < h
                            and 0 <= column < w
                            and (winner is None or maps[c, row, column] > maps[c][winner])
                        ):
                            winner = row, column
                assert winner is not None
                values[c, r, q] = maps[c][winner]
                winners[c, r, q] = winner[0] * w + winner[1]
    return values, winners


def average_pool(
    maps: Maps,
    kernel: Pair,
    stride: Pair,
    sides: Sides = NONE,
    *,
    ceil: bool = False,
    count_include_pad: bool = True,
    divisor: int | None = None,
) -> Float[np.ndarray, "c height width"]:
    """Give the mean of each window: its sum by how many numbers it holds."""
    channels, h, w = maps.shape
    height = output_size(h, kernel[0], stride[0], sides[0], ceil=ceil)
    width = output_size(w, kernel[1], stride[1], sides[1], ceil=ceil)
    (above, below), (left, right) = sides if count_include_pad else NONE
    out = np.zeros((channels, height, width))
    for c in range(channels):
        for r in range(height):
            for q in range(width):
                total, count = 0.0, 0
                for i in range(kernel[0]):
                    for j in range(kernel[1]):
                        row, column = r * stride[0] + i - sides[0][0], q * stride[1] + j - sides[1][0]
                        total += at(maps, c, row, column)
                        count += -above <= row < h + below and -left <= column < w + right
                out[c, r, q] = total / (count if divisor is None else divisor)
    return out


def adaptive_mean_pool(maps: Maps, size: Pair) -> Float[np.ndarray, "c height width"]:
    """Give the means of as many windows as wanted."""
    channels, h, w = maps.shape
    out = np.zeros((channels, *size))
    for c in range(channels):
        for r in range(size[0]):
            for q in range(size[1]):
                (first, last), (left, right) = adaptive_window(r, h, size[0]), adaptive_window(q, w, size[1])
                window = [maps[c, row, column] for row in range(first, last + 1) for column in range(left, right + 1)]
                out[c, r, q] = sum(window) / len(window)
    return out


def adaptive_max_pool(
    maps: Maps, size: Pair
) -> tuple[Num[np.ndarray, "c height width"], Int64[np.ndarray, "c height width"]]:
    """Give the largest numbers of as many windows as wanted, and their places; the first of equals."""
    channels, h, w = maps.shape
    values, winners = np.zeros((channels, *size), maps.dtype), np.zeros((channels, *size), np.int64)
    for c in range(channels):
        for r in range(size[0]):
            for q in range(size[1]):
                (first, last), (left, right) = adaptive_window(r, h, size[0]), adaptive_window(q, w, size[1])
                winner = first, left
                for row in range(first, last + 1):
                    for column in range(left, right + 1):
                        if maps[c, row, column] > maps[c][winner]:
                            winner = row, column
                values[c, r, q] = maps[c][winner]
                winners[c, r, q] = winner[0] * w + winner[1]
    return values, winners
