"""Convolution, as networks have it: a window slides, the filter is not flipped."""

from typing import Any

import numpy as np
from jaxtyping import Num

from convlens.blocks.padding import pad
from convlens.blocks.settings import Both, Mode, Padding, pair, sides
from convlens.blocks.sizes import output_size
from convlens.errors import ShapeError


def convolve(
    image: Num[np.ndarray, "c h w"],
    weight: Num[np.ndarray, "o i kh kw"],
    bias: Num[np.ndarray, " o"] | None = None,
    *,
    stride: Both = 1,
    padding: Padding = 0,
    dilation: Both = 1,
    groups: int = 1,
    mode: Mode = "zeros",
) -> Num[np.ndarray, "o height width"]:
    """Give one map per filter: y[o, r, q] = b[o] + Σ w[o, c, i, j] · x[c, r·s + i·d − p, q·s + j·d − p].

    Whole numbers stay whole. One tap of all filters at a time: the image, moved to that tap and thinned out by the
    stride, times one number per filter and channel.

    Args:
        weight: filters of C / groups channels each; group g of the filters sees group g of the image's channels.

    Raises:
        ShapeError: channels, filters and groups do not go together, or no window fits.
    """
    check_groups(image.shape[0], weight.shape, groups)
    kernel, stride, dilation = (weight.shape[2], weight.shape[3]), pair(stride), pair(dilation)
    around = sides(padding, kernel, stride, dilation)
    height, width = (
        output_size(image.shape[1 + axis], kernel[axis], stride[axis], around[axis], dilation[axis]) for axis in (0, 1)
    )
    padded = pad(image, around, mode).reshape(groups, weight.shape[1], -1, image.shape[2] + sum(around[1]))
    filters = weight.reshape(groups, -1, *weight.shape[1:])
    out = np.zeros((groups, filters.shape[1], height * width), summing(image, weight))
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            rows = slice(i * dilation[0], i * dilation[0] + (height - 1) * stride[0] + 1, stride[0])
            columns = slice(j * dilation[1], j * dilation[1] + (width - 1) * stride[1] + 1, stride[1])
            seen = padded[:, :, rows, columns].reshape(groups, weight.shape[1], -1)
            out += filters[..., i, j].astype(out.dtype) @ seen
    maps = out.reshape(-1, height, width)
    return maps if bias is None else maps + bias[:, None, None]


def summing(*arrays: Num[np.ndarray, "..."]) -> np.dtype[Any]:
    """Give the type in which products of these are summed up: the widest one for whole numbers, which overflow else."""
    joint = np.result_type(*arrays)
    return joint if joint.kind == "f" else np.dtype(np.int64)


def check_groups(channels: int, weight: tuple[int, ...], groups: int) -> None:
    """Refuse filters that do not fit the image's channels.

    Raises:
        ShapeError: says which numbers disagree.
    """
    filters, depth = weight[:2]
    if groups < 1 or filters % groups:
        raise ShapeError(f"{filters} filters cannot be dealt out to {groups} groups")
    if depth * groups != channels:
        raise ShapeError(
            f"filters of {depth} channels in {groups} groups see {depth * groups} channels; the image has {channels}"
            " (images are channels × height × width)"
        )
