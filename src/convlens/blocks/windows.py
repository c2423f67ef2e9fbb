"""One window of an image: where its taps lie, what they read, and which of them read padding."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int64, Num

from convlens.blocks.padding import gathered, places
from convlens.blocks.settings import Both, Mode, Padding, pair, sides


@dataclass(frozen=True, eq=False)
class Window:
    """What a convolution or a pool sees for one of its outputs.

    Attributes:
        rows, columns: where the taps lie on the image; below 0 and beyond its last they lie in the padding.
        values: what they read, with what the padding holds.
        padded: which of them read padding.
    """

    rows: Int64[np.ndarray, " kh"]
    columns: Int64[np.ndarray, " kw"]
    values: Num[np.ndarray, "c kh kw"]
    padded: Bool[np.ndarray, "kh kw"]


def taps(count: int, kernel: int, stride: int, before: int, dilation: int = 1) -> Int64[np.ndarray, "count kernel"]:
    """Give the places that each of `count` windows reads along one axis: tap a of window i is at i·s + a·d − p."""
    out: Int64[np.ndarray, "count kernel"] = (
        stride * np.arange(count)[:, None] + dilation * np.arange(kernel)[None, :] - before
    )
    return out


def window_at(
    image: Num[np.ndarray, "c h w"],
    place: tuple[int, int],
    kernel: Both,
    stride: Both = 1,
    padding: Padding = 0,
    dilation: Both = 1,
    mode: Mode = "zeros",
) -> Window:
    """Give the window of the output at `place`, (row, column)."""
    kernel, stride, dilation = pair(kernel), pair(stride), pair(dilation)
    around = sides(padding, kernel, stride, dilation)
    rows, columns = (
        taps(place[axis] + 1, kernel[axis], stride[axis], around[axis][0], dilation[axis])[-1] for axis in (0, 1)
    )
    down, across = places(rows, image.shape[1], mode), places(columns, image.shape[2], mode)
    beyond = [(one < 0) | (one >= size) for one, size in zip((rows, columns), image.shape[1:], strict=True)]
    return Window(rows, columns, gathered(image, down, across), beyond[0][:, None] | beyond[1][None, :])
