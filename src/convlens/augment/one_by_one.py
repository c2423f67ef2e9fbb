"""Changes that OpenCV makes of one image at a time."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlens.arrays import Raster
from convlens.augment.pointwise import as_raster


def one_by_one(images: Raster, change: Callable[..., NDArray[Any]], *settings: NDArray[Any]) -> Raster:
    """Change one image after the other, each by its own settings.

    Args:
        change: from an image (H, W, C) and one plain number per setting to an image of its dtype; OpenCV drops an axis
            of one channel, here it comes back.
        settings: (N, …), one entry per image.
    """
    result = np.empty(images.shape, images.dtype)
    each = zip(np.ascontiguousarray(images), result, *(one.tolist() for one in settings), strict=True)
    for image, into, *own in each:
        into[...] = change(image, *own).reshape(into.shape)
    return result


def filtered(images: Raster, change: Callable[..., Any], *settings: NDArray[Any]) -> Raster:
    """Filter one image after the other in float32; all are rounded together.

    Args:
        change: from an image (H, W, C), a float32 array of its shape to write to, and one plain number per setting.
        settings: as in `one_by_one`.
    """
    levels = np.empty(images.shape, np.float32)
    each = zip(np.ascontiguousarray(images), levels, *(one.tolist() for one in settings), strict=True)
    for image, into, *own in each:
        change(image, into, *own)
    return as_raster(levels, images)
