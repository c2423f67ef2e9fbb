"""Every block once more as plain loops that read like its definition: slow, and easy to follow with a pencil.

The fast forms of the same names are tested equal to these. Settings are given in full: pairs (down, across), and
padding as ((above, below), (left, right)).
"""

import math

import numpy as np
from jaxtyping import Float, Int64, Num

from convlens.blocks.settings import Mode, Pair, Sides
from convlens.blocks.sizes import adaptive_window, output_size
from convlens.errors import SettingsError

Maps = Num[np.ndarray, "c h w"]
Row = Num[np.ndarray, " n"]
NONE: Sides = ((0, 0), (0, 0))


def at(image: Maps, channel: int, row: int, column: int, mode: Mode = "zeros", value: float = 0) -> float:
    """Read one number of an image that goes on beyond its border as the mode says."""
    height, width = image.shape[1:]
    inside = 0 <= row < height and 0 <= column < width
    if mode == "zeros" and not inside:
        return value
    if not inside:
        row, column = _repeated(row, height, mode), _repeated(column, width, mode)
    number: float = image[channel, row, column].item()
    return number


def _repeated(place: int, size: int, mode: Mode) -> int:
    if mode == "replicate":
        return min(max(place, 0), size - 1)
    if mode == "circular":
        return place % size
    while not 0 <= place < size:  # reflect: mirrored at the first number, and at the last
        place = -place if place < 0 else 2 * (size - 1) - place
    return place


def pad(image: Maps, sides: Sides, mode: Mode = "zeros", value: float = 0) -> Num[np.ndarray, "c height width"]:
    """Give the image with rows and columns added around it, or cut off where `sides` is negative.

    What is cut off is not there to come back on the other side.
    """
    (above, below), (left, right) = sides
    if mode == "circular":
        image = image[
            :, max(-above, 0) : image.shape[1] + min(below, 0), max(-left, 0) : image.shape[2] + min(right, 0)
        ]
        above, below, left, right = max(above, 0), max(below, 0), max(left, 0), max(right, 0)
    channels, height, width = image.shape
    return np.array(
        [
            [
                [at(image, c, r, q, mode, value) for q in range(-left, width + right)]
                for r in range(-above, height + below)
            ]
            for c in range(channels)
        ]
    )


def convolve(
    image: Maps,
    weight: Num[np.ndarray, "o i kh kw"],
    bias: Num[np.ndarray, " o"] | None = None,
    *,
    stride: Pair = (1, 1),
    sides: Sides = NONE,
    dilation: Pair = (1, 1),
    groups: int = 1,
    mode: Mode = "zeros",
) -> Num[np.ndarray, "o height width"]:
    """Give, for each filter o and each place (r, q), bias plus window times filter, summed up."""
    filters, depth, kh, kw = weight.shape
    height = output_size(image.shape[1], kh, stride[0], sides[0], dilation[0])
    width = output_size(image.shape[2], kw, stride[1], sides[1], dilation[1])
    out = np.zeros((filters, height, width), np.result_type(image, weight))
    for o in range(filters):
        first = o // (filters // groups) * depth  # the first channel of this filter's group
        for r in range(height):
            for q in range(width):
                total = 0 if bias is None else bias[o]
                for c in range(depth):
                    for i in range(kh):
                        for j in range(kw):
                            row = r * stride[0] + i * dilation[0] - sides[0][0]
                            column = q * stride[1] + j * dilation[1] - sides[1][0]
                            total += weight[o, c, i, j] * at(image, first + c, row, column, mode)
                out[o, r, q] = total
    return out


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


def batch_norm(maps: Maps, mean: Row, var: Row, weight: Row, bias: Row, eps: float) -> Float[np.ndarray, "c h w"]:
    """Give each number less its channel's mean, by the deviation, times the weight, plus the bias."""
    out = np.zeros(maps.shape)
    channels, height, width = maps.shape
    for c in range(channels):
        for r in range(height):
            for q in range(width):
                out[c, r, q] = (maps[c, r, q] - mean[c]) / math.sqrt(var[c] + eps) * weight[c] + bias[c]
    return out


def flatten(maps: Maps) -> Row:
    """Give all numbers in a row: channel by channel, row by row."""
    channels, height, width = maps.shape
    return np.array([maps[c, r, q] for c in range(channels) for r in range(height) for q in range(width)])


def linear(row: Row, weight: Num[np.ndarray, "m n"], bias: Num[np.ndarray, " m"]) -> Num[np.ndarray, " m"]:
    """Give one sum of products, plus a bias, for each row of the weights."""
    sums = []
    for weights, start in zip(weight, bias, strict=True):
        total = start
        for one, factor in zip(row, weights, strict=True):
            total += factor * one
        sums.append(total)
    return np.array(sums)


def softmax(logits: Row) -> Float[np.ndarray, " n"]:
    """Give e^(z − largest) of each number, by the sum of all these."""
    powers = [math.exp(z - max(logits)) for z in logits]
    return np.array([power / sum(powers) for power in powers])


def pointwise(name: str, z: float) -> float:
    """Give one number through an activation with its usual parameters, as its formula has it.

    Raises:
        SettingsError: it is not known by hand.
    """
    match name:
        case "relu":
            return max(0, z)
        case "relu6":
            return min(6, max(0, z))
        case "leaky_relu":
            return z if z >= 0 else 0.01 * z
        case "elu":
            return z if z > 0 else math.exp(z) - 1
        case "gelu":
            return z * (1 + math.erf(z / math.sqrt(2))) / 2
        case "silu":
            return z / (1 + math.exp(-z))
        case "hardsigmoid":
            return min(1, max(0, z / 6 + 1 / 2))
        case "hardswish":
            return z * min(1, max(0, z / 6 + 1 / 2))
        case "sigmoid":
            return 1 / (1 + math.exp(-z))
        case "tanh":
            return (math.exp(z) - math.exp(-z)) / (math.exp(z) + math.exp(-z))
        case "dropout" | "identity":
            return z
    raise SettingsError(f"{name!r} is not written out by hand; `activation` may know it")
