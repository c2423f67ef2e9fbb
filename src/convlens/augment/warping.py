"""The kernel that warps images by matrices, with OpenCV; the conventions are those of `geometry`."""

from collections.abc import Mapping

import cv2
import numpy as np
from jaxtyping import Float64

from convlens.arrays import Image, Images, Mask, Pixels
from convlens.augment.geometry import Border, checked_border, checked_fill, translate
from convlens.augment.matrices import Matrices
from convlens.errors import SettingsError, ShapeError

_CV2_BORDERS: Mapping[Border, int] = {
    "zeros": cv2.BORDER_CONSTANT,
    "wrap": cv2.BORDER_WRAP,
    "edge": cv2.BORDER_REPLICATE,
    "reflect": cv2.BORDER_REFLECT_101,
    "symmetric": cv2.BORDER_REFLECT,
}
_CV2_ORDERS: Mapping[int, int] = {0: cv2.INTER_NEAREST, 1: cv2.INTER_LINEAR, 3: cv2.INTER_CUBIC}
# Closer than this to whole pixels, at every pixel of the image, is whole pixels: a turn by 360° is none.
_WHOLE_PX = 1e-6


def affine(
    images: Images, matrices: Matrices, *, order: int = 1, border: str = "zeros", fill: int | Pixels = 0
) -> Images:
    """Warp each image by its own matrix; where a matrix only shifts by whole pixels, exactly as `translate`.

    Args:
        matrices: source pixel (x, y, 1) → target pixel.
        order: 0 takes the nearest pixel, 1 interpolates linearly, 3 cubically.
        border: one of `BORDERS`.
        fill: as in `translate`.

    Raises:
        SettingsError: the order or border rule is unknown, or a grey level lies outside 0–255.
        ShapeError: there are more or fewer matrices than images.
    """
    rule, interpolation, grey = checked_border(border), checked_order(order), checked_fill(fill, len(images))
    if len(matrices) != len(images):
        raise ShapeError(f"affine wants one matrix per image, got {len(matrices)} for {len(images)} images")
    if images.size == 0:
        return images.copy()
    whole = _only_shifts(matrices, max(images.shape[1:3]))
    if whole.all():
        dx, dy = np.rint(matrices[:, :2, 2]).astype(np.int64).T
        return translate(images, dx, dy, border=rule, fill=grey)
    warped = np.empty(images.shape, np.uint8)
    backwards = np.linalg.inv(matrices)[:, :2]
    for position in np.flatnonzero(~whole):
        _warp(images[position], backwards[position], interpolation, rule, int(grey[position]), warped[position])
    if whole.any():
        warped[whole] = affine(images[whole], matrices[whole], border=rule, fill=grey[whole])
    return warped


def checked_order(order: int) -> int:
    """Give OpenCV's flag for an order of interpolation.

    Raises:
        SettingsError: it is not 0, 1 or 3.
    """
    if isinstance(order, bool) or order not in _CV2_ORDERS:
        raise SettingsError(f"order wants 0 (nearest), 1 (linear) or 3 (cubic), got {order!r}")
    return _CV2_ORDERS[order]


def _only_shifts(matrices: Matrices, size: int) -> Mask:
    bend = np.abs(matrices[:, :2, :2] - np.eye(2)).max(axis=(1, 2)) * size
    shift_px = matrices[:, :2, 2]
    rest = np.abs(shift_px - np.rint(shift_px)).max(axis=1)
    shifts: Mask = (bend < _WHOLE_PX) & (rest < _WHOLE_PX)
    return shifts


def _warp(
    image: Image, backwards: Float64[np.ndarray, "2 3"], interpolation: int, border: Border, fill: int, out: Image
) -> None:
    height, width, channels = image.shape
    if channels not in (1, 3, 4):
        # OpenCV reads positions of other channel counts on a grid of 1/32 px only, and cubic ones not at all.
        for channel in range(channels):
            one = image[..., channel : channel + 1].copy()
            plane = np.empty_like(one)
            _warp(one, backwards, interpolation, border, fill, plane)
            out[..., channel] = plane[..., 0]
        return
    if border != "zeros":
        # OpenCV's cubic `reflect` never ends on a side of one pixel; twice the same pixel means the same to every rule.
        for axis in (0, 1):
            image = image.repeat(2, axis=axis) if image.shape[axis] == 1 else image
    flags = interpolation | cv2.WARP_INVERSE_MAP
    changed = cv2.warpAffine(image, backwards, (width, height), None, flags, _CV2_BORDERS[border], (fill,) * 4)
    out[...] = changed.reshape(height, width, channels)
