"""The kernel that cuts images down and surrounds them; without resizing, pixels are copied and none is interpolated.

What comes in around an image goes by the words of `np.pad`, and has its values, but that a ramp is rounded, not cut:

    constant      one grey level
    linear_ramp   from the border pixel evenly to that grey level
    edge, reflect, symmetric, wrap   as in `convlens.augment.geometry`
    maximum, mean, median, minimum   of the image's row or column
"""

from collections.abc import Mapping
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


_STATISTICS = ("maximum", "mean", "median", "minimum")
_EXTREMES: Mapping[str, np.ufunc] = {"maximum": np.maximum, "minimum": np.minimum}


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
    each = []
    result = np.empty(images.shape, images.dtype) if keep_size else None
    for row, (image, own, mode, level) in enumerate(zip(images, margins.tolist(), modes, levels, strict=True)):
        top, right, bottom, left = own
        rest = image
        if min(own) < 0:
            rest = image[max(-top, 0) : height + min(bottom, 0), max(-left, 0) : width + min(right, 0)]
        around = rest
        if max(own) > 0:
            around = padded(rest, (max(top, 0), max(right, 0), max(bottom, 0), max(left, 0)), mode, level)
        if result is not None:
            back_in_size(around, (height, width), result[row])
        else:
            each.append(around.copy() if around is rest else around)
    return together(each) if result is None else result


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
    lost_at_all = np.minimum(margins, 0)
    rest = lost_at_all[:, :2] + lost_at_all[:, 2:] + size
    if rest.min(initial=1) > 0:
        return margins
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
    middle = result[:, left : left + width]
    middle[top : top + height] = image
    if top or bottom:
        _fill_ends(middle[:top], middle[top + height :], image, 0, mode, level)
    if left or right:
        _fill_ends(result[:, :left], result[:, left + width :], middle, 1, mode, level)
    return result


def _fill_ends(
    before: NDArray[Any], after: NDArray[Any], inside: NDArray[Any], axis: int, mode: str, level: float
) -> None:
    """Write to the lines before and after those inside; `axis` counts them."""
    if mode != "linear_ramp":
        before[...] = after[...] = _statistic(inside, axis, mode)
        return
    for end, line in ((before, 0), (after, -1)):
        count = end.shape[axis]
        if not count:
            continue
        steps = np.arange(count).reshape((-1, 1, 1) if axis == 0 else (-1, 1))
        edge = inside.take([line], axis=axis) - float(level)
        # Multiplied first, what lies half between two grey levels is exactly there.
        ramp = edge * (steps if line == 0 else steps[::-1])
        ramp /= count
        ramp += level
        end[...] = _rounded(ramp, end.dtype)


def _statistic(image: NDArray[Any], axis: int, mode: str) -> NDArray[Any]:
    """Give one line of an image's extremes, means or medians along an axis, 0 or 1."""
    # NumPy and OpenCV are fast along the first axis alone.
    turned: NDArray[Any] = image
    if axis == 1:
        turned = cv2.transpose(image) if image.shape[2] <= 4 else image.transpose(1, 0, 2)
    lines = turned.reshape(len(turned), -1)
    found: NDArray[Any]
    if mode in _EXTREMES:
        found = _EXTREMES[mode].reduce(lines, axis=0)
    elif mode == "median":
        found = _rounded(_medians(lines), image.dtype)
    else:
        # Sums of bytes are whole, so that a mean half between two grey levels is exactly there.
        sums = cv2.reduce(lines, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S if image.dtype == np.uint8 else cv2.CV_64F)
        found = _rounded(sums / len(lines), image.dtype)
    line: NDArray[Any] = found.reshape((1, -1, image.shape[2]) if axis == 0 else (-1, 1, image.shape[2]))
    return line


def _medians(lines: NDArray[Any]) -> NDArray[Any]:
    # Sorting contiguous numbers of 16 or 32 bits takes NumPy an eighth of the time of its own median.
    columns = cv2.transpose(lines).astype(np.int16 if lines.dtype == np.uint8 else lines.dtype, copy=False)
    columns.sort(axis=1)
    count = len(lines)
    middle: NDArray[Any] = (columns[:, (count - 1) // 2] + columns[:, count // 2]) / 2
    return middle


def _rounded(levels: NDArray[Any], kind: np.dtype[Any]) -> NDArray[Any]:
    return np.rint(levels).astype(kind) if kind == np.uint8 else levels
