"""The kernel that cuts images down and surrounds them; without resizing, pixels are copied and none is interpolated.

What comes in around an image goes by the words of `np.pad`, and has its values, but that a ramp is rounded, not cut:

    constant      one grey level
    linear_ramp   from the border pixel evenly to that grey level
    edge, reflect, symmetric, wrap   as in `convlens.augment.geometry`
    maximum, mean, median, minimum   of the image's row or column
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias, get_args

import cv2
import numpy as np
from jaxtyping import Int64, Real
from numpy.typing import NDArray

from convlens.arrays import Pixels, Raster
from convlens.augment.door import RasterImage, Rasters, together
from convlens.augment.geometry import border_of_mode
from convlens.augment.resizing import Words, back_in_size, each_of
from convlens.augment.warping import CV2_BORDERS

PadMode: TypeAlias = Literal[
    "constant", "edge", "linear_ramp", "maximum", "mean", "median", "minimum", "reflect", "symmetric", "wrap"
]
PAD_MODES: tuple[PadMode, ...] = get_args(PadMode)
Margins: TypeAlias = Int64[np.ndarray, "n 4"]
"""Pixels at the top, the right, the bottom and the left of each image: added where positive, removed where negative."""
Cval: TypeAlias = int | Real[np.ndarray, " n"]


def _median(lines: NDArray[Any], axis: int) -> NDArray[Any]:
    # Sorting contiguous numbers of 16 or 32 bits takes NumPy an eighth of the time of its own median.
    assert axis == 0
    count, shape = len(lines), lines.shape[1:]
    columns = lines.reshape(count, -1).T.astype(np.int16 if lines.dtype == np.uint8 else lines.dtype, order="C")
    columns.sort(axis=1)
    middle: NDArray[Any] = (columns[:, (count - 1) // 2] + columns[:, count // 2]) / 2
    return middle.reshape(shape)


_STATISTICS: Mapping[str, Callable[..., NDArray[Any]]] = {
    "maximum": np.max,
    "mean": np.mean,
    "median": _median,
    "minimum": np.min,
}


def framed(
    images: Raster,
    margins: Margins,
    *,
    pad_mode: Words = "constant",
    pad_cval: Cval = 0,
    keep_size: bool = False,
) -> Rasters:
    """Cut each image down and surround what is left, by its own amounts.

    Args:
        margins: at least one pixel of each image stays; `possible` sees to it.
        pad_mode: one of `PAD_MODES`, or one per image.
        pad_cval: grey level of the modes that have one; one for all or one per image.
        keep_size: resize the result to the size that the image had.
    """
    height, width = images.shape[1:3]
    modes, levels = each_of(pad_mode, len(images)), each_of(pad_cval, len(images))
    added, removed = np.maximum(margins, 0).tolist(), np.maximum(-margins, 0).tolist()
    each = []
    for image, more, (top, right, bottom, left), mode, level in zip(images, added, removed, modes, levels, strict=True):
        rest = image[top : height - bottom, left : width - right]
        around = padded(rest, tuple(more), mode, level) if any(more) else rest
        if keep_size:
            around = back_in_size(around, (height, width))
        each.append(around.copy() if around is rest else around)
    return together(each)


def padded(image: RasterImage, margins: tuple[int, ...], mode: str, level: float) -> RasterImage:
    """Surround one image.

    Args:
        margins: pixels to add at the top, the right, the bottom and the left.
    """
    top, right, bottom, left = margins
    if mode == "linear_ramp" or mode in _STATISTICS:
        return _by_lines(image, margins, mode, level)
    height, width, channels = image.shape
    if channels > 4:
        constant = {"constant_values": level} if mode == "constant" else {}
        along: Any = ((top, bottom), (left, right), (0, 0))
        around: RasterImage = np.pad(image, along, mode=mode, **constant)  # type: ignore[call-overload]
        return around
    border = CV2_BORDERS[border_of_mode(mode)]
    result = cv2.copyMakeBorder(image, top, bottom, left, right, border, value=(level,) * 4)
    reshaped: RasterImage = result.reshape(top + height + bottom, left + width + right, channels)
    return reshaped


def possible(margins: Margins, size: tuple[int, int]) -> Margins:
    """Remove less where nothing of an image would be left, so that one pixel stays.

    What is too much is given back to both sides evenly, an odd pixel to the top or the right; a side that did not lose
    so much leaves the rest to the other.
    """
    kept = margins.copy()
    for one, other, side in ((0, 2, size[0]), (1, 3, size[1])):
        lost, lost_there = np.maximum(-margins[:, one], 0), np.maximum(-margins[:, other], 0)
        too_much: Pixels = np.maximum(lost + lost_there - (side - 1), 0)
        back = np.clip((too_much + 1) // 2, too_much - lost_there, lost)
        kept[:, one] += back
        kept[:, other] += too_much - back
    return kept


def _by_lines(image: RasterImage, margins: tuple[int, ...], mode: str, level: float) -> RasterImage:
    """Fill above and below from the columns, then left and right from the rows of the whole, as `np.pad` does."""
    top, right, bottom, left = margins
    height, width, channels = image.shape
    result = np.empty((top + height + bottom, left + width + right, channels), image.dtype)
    result[top : top + height, left : left + width] = image
    _fill_ends(result[:, left : left + width], image, top, mode, level)
    rows = result[:, left : left + width]
    # NumPy is slow along the second axis of three.
    inside = cv2.transpose(rows).reshape(width, -1, channels) if channels <= 4 else rows.transpose(1, 0, 2)
    _fill_ends(result.transpose(1, 0, 2), inside, left, mode, level)
    return result


def _fill_ends(lines: NDArray[Any], inside: NDArray[Any], before: int, mode: str, level: float) -> None:
    """Write to the lines before and after those inside."""
    last = before + len(inside)
    rounded = np.rint if lines.dtype == np.uint8 else np.asarray
    if mode == "linear_ramp":
        lines[:before] = rounded(np.linspace(level, inside[0], before, endpoint=False))
        lines[last:] = rounded(np.linspace(level, inside[-1], len(lines) - last, endpoint=False))[::-1]
    else:
        lines[:before] = lines[last:] = rounded(_STATISTICS[mode](inside, axis=0))
