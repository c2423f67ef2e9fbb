"""The kernel that makes images larger and smaller, with OpenCV, and the matrices of windows that become images.

Sizes are (height, width). A pixel of the smaller image covers an area of the larger one, and both cover the same whole:
pixel x of W lies at (x + ½) · W' / W − ½ of W'.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias, get_args

import cv2
import numpy as np
from jaxtyping import Int64
from numpy.typing import NDArray

from convlens.arrays import Raster
from convlens.augment.door import RasterImage, Rasters, together
from convlens.augment.matrices import Matrices

Interpolation: TypeAlias = Literal["nearest", "linear", "cubic", "area"]
INTERPOLATIONS: tuple[Interpolation, ...] = get_args(Interpolation)
Sizes: TypeAlias = Int64[np.ndarray, "n 2"]
"""Height and width of each image."""
Words: TypeAlias = str | Sequence[str] | NDArray[Any]
"""One for all images, or one for each."""

_FLAGS: Mapping[str, int] = {
    "nearest": cv2.INTER_NEAREST,
    "linear": cv2.INTER_LINEAR,
    "cubic": cv2.INTER_CUBIC,
    "area": cv2.INTER_AREA,
}


def resized(images: Raster, sizes: Sizes, *, interpolation: Words = "cubic") -> Rasters:
    """Give each image its own size.

    Args:
        interpolation: one for all or one per image. "nearest" copies pixels; "linear" and "cubic" mix the 4 or 16
            around the place, so that some of a much larger image are never read; "area" takes the mean of all that a
            new pixel covers.
    """
    words = each_of(interpolation, len(images))
    each = zip(np.ascontiguousarray(images), sizes.tolist(), words, strict=True)
    return together([in_size(image, (height, width), word) for image, (height, width), word in each])


def in_size(image: RasterImage, size: tuple[int, int], interpolation: str) -> RasterImage:
    """Give one image another size; the result is fresh."""
    height, width = size
    if image.shape[:2] == size:
        return image.copy()
    # OpenCV's areas know four channels at most.
    if image.shape[2] > 4:
        parts = [image[..., first : first + 4] for first in range(0, image.shape[2], 4)]
        return np.concatenate([in_size(np.ascontiguousarray(one), size, interpolation) for one in parts], axis=2)
    result: Any = cv2.resize(image, (width, height), interpolation=_FLAGS[interpolation])
    if interpolation == "cubic" and image.dtype != np.uint8:
        np.clip(result, 0, 255, out=result)
    reshaped: RasterImage = result.reshape(height, width, image.shape[2])
    return reshaped


def back_in_size(image: RasterImage, size: tuple[int, int], into: RasterImage | None = None) -> RasterImage:
    """Give an image its size back after a change that cost it, as `keep_size` has it; the result is fresh.

    A side of more than twice the length is brought down by the mean of the area, what remains is interpolated linearly.

    Args:
        into: an array of that size to write to, and give back.
    """
    (height, width), (tall, wide, channels) = size, image.shape
    # Up to a factor of two, linear interpolation reads every pixel, and takes a seventh of the time.
    if tall > 2 * height or wide > 2 * width:
        image = in_size(image, (height if tall > 2 * height else tall, width if wide > 2 * width else wide), "area")
    if into is None:
        return in_size(image, size, "linear")
    if channels > 4 or image.shape[:2] == size:
        into[...] = in_size(image, size, "linear")
    else:
        cv2.resize(image, (width, height), into, interpolation=cv2.INTER_LINEAR)
    return into


def window_matrices(windows: Int64[np.ndarray, "n 4"], sizes: Sizes) -> Matrices:
    """Give the matrices, source pixel → target pixel, of windows that become images of these sizes.

    Args:
        windows: top, left, height and width of each, in pixels of the source; it may reach beyond the image.
    """
    scales = sizes / windows[:, 2:]
    matrices = np.zeros((len(windows), 3, 3))
    matrices[:, 2, 2] = 1
    for axis, place in ((0, 1), (1, 0)):
        scale = scales[:, place]
        matrices[:, axis, axis] = scale
        matrices[:, axis, 2] = (0.5 - windows[:, place]) * scale - 0.5
    return matrices


def each_of(setting: Any, count: int) -> list[Any]:
    """Give a setting for each image, from one for all or one for each."""
    if isinstance(setting, (str, int)):
        return [setting] * count
    return list(setting.tolist() if isinstance(setting, np.ndarray) else setting)
