"""Convolution and its transpose as plain loops."""

import numpy as np
from jaxtyping import Num

from convlens.blocks.by_hand.reading import NONE, Maps, at
from convlens.blocks.settings import Mode, Pair, Sides
from convlens.blocks.sizes import output_size, transposed_size


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


def convolve_transposed(
    image: Maps,
    weight: Num[np.ndarray, "c o kh kw"],
    bias: Num[np.ndarray, " filters"] | None = None,
    *,
    stride: Pair = (1, 1),
    cut: Pair = (0, 0),
    extra: Pair = (0, 0),
    dilation: Pair = (1, 1),
    groups: int = 1,
) -> Num[np.ndarray, "filters height width"]:
    """Put, for each number of the image, its channel's filters times that number onto the output, and add up.

    The first `cut` rows and columns of what comes out are left off, as many at the end, and `extra` more come there.
    """
    channels, each, kh, kw = weight.shape
    height = transposed_size(image.shape[1], kh, stride[0], cut[0], extra[0], dilation[0])
    width = transposed_size(image.shape[2], kw, stride[1], cut[1], extra[1], dilation[1])
    out = np.zeros((groups * each, height, width), np.result_type(image, weight))
    for c in range(channels):
        first = c // (channels // groups) * each  # the first filter of this channel's group
        for row in range(image.shape[1]):
            for column in range(image.shape[2]):
                for o in range(each):
                    for i in range(kh):
                        for j in range(kw):
                            r = row * stride[0] + i * dilation[0] - cut[0]
                            q = column * stride[1] + j * dilation[1] - cut[1]
                            if 0 <= r < height and 0 <= q < width:
                                out[first + o, r, q] += weight[c, o, i, j] * image[c, row, column]
    return out if bias is None else out + bias[:, None, None]
