"""Transposed convolution: the way back of a convolution, by which networks make maps larger."""

import numpy as np
from jaxtyping import Num

from convlens.blocks.convolution import summing
from convlens.blocks.settings import Both, pair
from convlens.blocks.sizes import transposed_size
from convlens.errors import ShapeError


def convolve_transposed(
    image: Num[np.ndarray, "c h w"],
    weight: Num[np.ndarray, "inputs o kh kw"],
    bias: Num[np.ndarray, " filters"] | None = None,
    *,
    stride: Both = 1,
    cut: Both = 0,
    extra: Both = 0,
    dilation: Both = 1,
    groups: int = 1,
) -> Num[np.ndarray, "filters height width"]:
    """Give the sum of all filters, each times the number of the image where it lies: y[o, r·s + i·d − p] += x · w.

    One tap of all filters at a time: one number per filter and channel times the image, put there with the stride.

    Args:
        weight: O / groups filters for each channel; group g of the channels gives group g of the filters.
        cut: what torch calls padding: rows and columns left off at both ends of what comes out.
        extra: what torch calls output padding: rows and columns more at the end.

    Raises:
        ShapeError: channels and groups do not go together, or nothing is left.

    Source: Dumoulin & Visin 2016, "A guide to convolution arithmetic", section 4.
    """
    channels, each, *kernel = weight.shape
    if channels != image.shape[0] or groups < 1 or channels % groups:
        raise ShapeError(f"filters for {channels} channels in {groups} groups do not fit {image.shape[0]} channels")
    step, off, more, gap = pair(stride), pair(cut), pair(extra), pair(dilation)
    size = [
        transposed_size(image.shape[1 + axis], kernel[axis], step[axis], off[axis], more[axis], gap[axis])
        for axis in (0, 1)
    ]
    sides = [size[axis] + 2 * off[axis] for axis in (0, 1)]
    numbers = image.reshape(groups, channels // groups, -1)
    filters = weight.reshape(groups, channels // groups, each, *kernel)
    out = np.zeros((groups, each, *sides), summing(image, weight))
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            products = filters[..., i, j].astype(out.dtype).transpose(0, 2, 1) @ numbers
            rows, columns = (
                slice(tap * gap[axis], tap * gap[axis] + (image.shape[1 + axis] - 1) * step[axis] + 1, step[axis])
                for axis, tap in ((0, i), (1, j))
            )
            out[:, :, rows, columns] += products.reshape(groups, each, *image.shape[1:])
    maps = out[:, :, off[0] : off[0] + size[0], off[1] : off[1] + size[1]].reshape(-1, *size)
    return maps if bias is None else maps + bias[:, None, None]
