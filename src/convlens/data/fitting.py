"""Bringing images to one size and one number of channels."""

from typing import Literal, TypeAlias

import cv2
import numpy as np
from jaxtyping import UInt8

from convlens.arrays import Image, Images
from convlens.errors import SettingsError

Fit: TypeAlias = Literal["crop", "pad", "stretch"]
Size: TypeAlias = tuple[int, int]

# a name stands for one number within a call, so what changes gets another name
Recoloured: TypeAlias = UInt8[np.ndarray, "n h w new_c"]
Refitted: TypeAlias = UInt8[np.ndarray, "new_h new_w c"]
AllRefitted: TypeAlias = UInt8[np.ndarray, "n new_h new_w c"]

_LUMA = np.array([19595, 38470, 7471], np.uint32)
"""0.299, 0.587 and 0.114 in 65,536ths, as Pillow rounds them: equal channels stay what they are."""


def as_size(size: int | tuple[int, int]) -> Size:
    """Give (height, width); one number is a square.

    Raises:
        SettingsError: a side is not between 1 and 4,096.
    """
    height, width = (size, size) if isinstance(size, int) else size
    if not (1 <= height <= 4096 and 1 <= width <= 4096):
        raise SettingsError(f"a size from 1 to 4,096 pixels is wanted, not {size!r}")
    return height, width


def with_channels(images: Images, channels: int) -> Recoloured:
    """Turn colour into grey or grey into colour; what fits already comes back as it is.

    Grey from colour is the luma of ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B; colour from grey repeats it.

    Raises:
        SettingsError: other numbers of channels than 1 and 3 are wanted or came.
    """
    came = images.shape[3]
    if channels == came:
        return images
    if {came, channels} != {1, 3}:
        raise SettingsError(f"1 or 3 channels are wanted, not {channels!r} from {came}")
    if channels == 3:
        return np.repeat(images, 3, axis=3)
    return ((images @ _LUMA + 0x8000) >> 16).astype(np.uint8)[..., None]


def fitted(image: Image, size: Size, fit: Fit) -> Refitted:
    """Bring one image to `size` = (height, width).

    Args:
        fit: "crop" keeps the largest middle part of the wanted shape; "pad" keeps everything, black around it;
            "stretch" keeps everything and gives up the proportions.
    """
    height, width = image.shape[:2]
    if (height, width) == size:
        return image
    if fit == "stretch":
        return _resized(image, size)
    ratios = size[0] / height, size[1] / width
    if fit == "crop":
        # Cutting before scaling: the same picture as scaling the short side and cutting, but a picture
        # of 1 × 50,000,000 pixels never grows.
        scale = max(ratios)
        kept = min(height, max(1, round(size[0] / scale))), min(width, max(1, round(size[1] / scale)))
        top, left = (height - kept[0]) // 2, (width - kept[1]) // 2
        return _resized(image[top : top + kept[0], left : left + kept[1]], size)
    scale = min(ratios)
    inner = min(size[0], max(1, round(height * scale))), min(size[1], max(1, round(width * scale)))
    top, left = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    canvas = np.zeros((*size, image.shape[2]), np.uint8)
    canvas[top : top + inner[0], left : left + inner[1]] = _resized(image, inner)
    return canvas


def all_fitted(images: Images, size: Size, fit: Fit) -> AllRefitted:
    """Bring a whole batch to `size`; what fits already comes back as it is."""
    if images.shape[1:3] == size:
        return images
    out = np.empty((len(images), *size, images.shape[3]), np.uint8)
    for row, image in zip(out, images, strict=True):
        row[...] = fitted(image, size, fit)
    return out


def _resized(image: Image, size: Size) -> Refitted:
    """Scale to `size`: first what shrinks, by averaging areas (no aliasing), then what grows, by cubics."""
    shrunk = min(size[0], image.shape[0]), min(size[1], image.shape[1])
    for target, method in ((shrunk, cv2.INTER_AREA), (size, cv2.INTER_CUBIC)):
        if image.shape[:2] != target:
            scaled = cv2.resize(image, (target[1], target[0]), interpolation=method)
            image = scaled.reshape(*target, image.shape[2])
    return np.ascontiguousarray(image)
