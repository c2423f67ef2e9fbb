"""Changes of each value by itself: one formula, computed on the pixels or on a table of the 256 grey levels.

Formulas are written in grey levels. A cheap one is computed in float32, whichever way is taken, so that a small image
and a large one get the same bytes; a dear one is computed for bytes in float64, 256 times an image. Results are rounded
to nearest, half to even, and kept within 0–255.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import cv2
import numpy as np
from jaxtyping import UInt8
from numpy.typing import NDArray

from convlens.arrays import Images, Raster

Formula: TypeAlias = Callable[..., NDArray[Any]]
"""From grey levels and one array per parameter, all of which spread over each other, to new grey levels."""
Tables: TypeAlias = UInt8[np.ndarray, "n *c 256"]

_GREY = np.arange(256, dtype=np.float64)
_GREY_32 = _GREY.astype(np.float32)
# Below so many values in an image, one call over the batch costs less than a call of OpenCV for each image.
_SMALL = 8192
# So many float32 values at once stay in the cache of one core.
_AT_ONCE = 65536


def pointwise(
    images: Raster, formula: Formula, *parameters: NDArray[Any], cheap: bool = False, positive: bool = False
) -> Raster:
    """Change each value by a formula.

    Args:
        formula: it uses every parameter, and gives back an array of its own.
        parameters: (N,), one for all channels of an image, or (N, C).
        cheap: a few float32 operations on every pixel cost less than looking each pixel up.
        positive: the formula gives nothing below 0.
    """
    apart = images.shape[3] > 1 and any(one.ndim == 2 for one in parameters)
    if images.dtype != np.uint8 or (cheap and (apart or images[0].size < _SMALL)):
        return _computed(images, formula, parameters, apart, positive)
    grey, kind = (_GREY_32, np.float32) if cheap else (_GREY, np.float64)
    levels = formula(grey, *(one[..., None].astype(kind, copy=False) for one in parameters))
    return looked_up(images, as_bytes(levels))


def _computed(
    images: Raster, formula: Formula, parameters: tuple[NDArray[Any], ...], apart: bool, positive: bool
) -> Raster:
    count, height, width, channels = images.shape
    # Where channels differ, their parameters are laid along each line; NumPy is slow along a short last axis.
    flat = images.reshape(count, height, width * channels) if apart else images.reshape(count, 1, -1)
    arguments = [_as_lines(one, width, channels).astype(np.float32, copy=False) for one in parameters]
    together = max(_AT_ONCE // images[0].size, 1)
    if together >= count:
        return as_raster(formula(flat, *arguments), images, positive=positive)
    result = np.empty(images.shape, images.dtype)
    for start in range(0, count, together):
        own = slice(start, start + together)
        levels = formula(flat[own], *(one[own] for one in arguments))
        result[own] = as_raster(levels, result[own], positive=positive)
    return result


def as_raster(levels: NDArray[Any], like: Raster, *, positive: bool = False) -> Raster:
    """Give fresh float32 grey levels, which are written to, the dtype and shape of the images they come from.

    Args:
        positive: none of them is below 0.
    """
    if like.dtype == np.uint8:
        return as_bytes(levels, positive=positive).reshape(like.shape)
    clipped: Raster = np.clip(levels, 0, 255, dtype=np.float32).reshape(like.shape)
    return clipped


def as_bytes(levels: NDArray[Any], *, positive: bool = False) -> NDArray[np.uint8]:
    """Round fresh grey levels, which are written to, to nearest, half to even, and keep them within 0–255."""
    if levels.dtype == np.float32 and levels.size:
        # OpenCV rounds alike and saturates, in one pass, but for the sign.
        flat = np.ascontiguousarray(levels).reshape(len(levels), -1)
        if not positive:
            cv2.threshold(flat, 0, 0, cv2.THRESH_TOZERO, flat)
        rounded: NDArray[Any] = cv2.convertScaleAbs(flat)
        return rounded.reshape(levels.shape)
    np.rint(levels, out=levels)
    np.clip(levels, 0, 255, out=levels)
    return levels.astype(np.uint8)


def looked_up(images: Images, tables: Tables) -> Images:
    """Replace each value by the entry of its image's table, (N, 256), or of its channel's, (N, C, 256)."""
    count, height, width, channels = images.shape
    if tables.ndim == 3 and tables.shape[1] == 1:
        tables = tables[:, 0]
    if height * width * channels < _SMALL:
        # The smallest type that holds every place: a sum of shorter numbers is twice as fast.
        start = np.arange(0, tables.size, 256).astype(np.min_scalar_type(tables.size - 1)).reshape(count, 1, 1, -1)
        gathered: Images = tables.ravel().take(images + start)
        return gathered
    changed = np.empty(images.shape, np.uint8)
    if tables.ndim == 2:
        flat = np.ascontiguousarray(images).reshape(count, height, width * channels)
        for image, table, result in zip(flat, tables, changed.reshape(flat.shape), strict=True):
            cv2.LUT(image, table, result)
        return changed
    for image, table, result in zip(images, tables, changed, strict=True):
        result[...] = cv2.LUT(image, np.ascontiguousarray(table.T)[None]).reshape(image.shape)
    return changed


def _as_lines(parameter: NDArray[Any], width: int, channels: int) -> NDArray[Any]:
    if parameter.ndim == 2 and channels > 1:
        lines = np.empty((len(parameter), width, channels), np.float32)
        lines[...] = parameter[:, None]
        return lines.reshape(len(parameter), 1, -1)
    return parameter.reshape(len(parameter), -1)[:, :1, None]
