"""How the warps that are not affine read an image and its surroundings."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from convlens.augment.door import RasterImage

# Other libraries' words for modes.
_OTHER_WORDS = {"replicate": "edge", "nearest": "edge"}


def in_planes(
    image: RasterImage, border: int, fill: list[float], warp: Callable[..., Any], *settings: Any
) -> RasterImage:
    """Warp an image whole where OpenCV does it well, else channel by channel.

    It reads other numbers of channels than these on a grid of 1/32 px, or not at all; and its cubic `reflect` never
    ends on a side of one pixel. Twice the same pixel means the same to every border rule but the constant one.
    """
    channels = image.shape[2]
    if border != cv2.BORDER_CONSTANT:
        for axis in (0, 1):
            image = image.repeat(2, axis=axis) if image.shape[axis] == 1 else image
    if channels in (1, 3, 4):
        warped = warp(np.ascontiguousarray(image), border, fill, *settings)
    else:
        planes = (np.ascontiguousarray(image[..., channel : channel + 1]) for channel in range(channels))
        each = [warp(plane, border, [level], *settings) for plane, level in zip(planes, fill, strict=True)]
        warped = np.stack(each, axis=2)
    whole: RasterImage = warped.reshape(*warped.shape[:2], channels)
    return whole


def in_our_words(mode: Any) -> Any:
    """Give the mode, or several, in the words of `np.pad`: OpenCV's "replicate" and SciPy's "nearest" are "edge"."""
    if isinstance(mode, (list, tuple)):
        return [in_our_words(one) for one in mode]
    return _OTHER_WORDS.get(mode, mode) if isinstance(mode, str) else mode
