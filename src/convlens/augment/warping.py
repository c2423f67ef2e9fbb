"""The kernel that warps images by matrices, with OpenCV; the conventions are those of `geometry`.

OpenCV divides a large image among its threads by itself (`cv2.setNumThreads`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np

from convlens.arrays import Mask, Raster
from convlens.augment.door import RasterImage, Rasters, together
from convlens.augment.geometry import Border, Fill, Fills, checked_border, checked_fill, translate
from convlens.augment.matrices import Matrices, fitting, inverted
from convlens.augment.reading import in_planes
from convlens.errors import SettingsError, ShapeError

CV2_BORDERS: Mapping[Border, int] = {
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
    images: Raster,
    matrices: Matrices,
    *,
    order: int | Sequence[int] = 1,
    border: str | Sequence[str] = "zeros",
    fill: Fill = 0,
) -> Raster:
    """Warp each image by its own matrix; where a matrix only shifts by whole pixels, exactly as `translate`.

    Args:
        matrices: source pixel (x, y, 1) → target pixel, affine ones.
        order: 0 takes the nearest pixel, 1 interpolates linearly, 3 cubically; one for all or one per image.
        border: one of `BORDERS`, or one per image.
        fill: as in `translate`.

    Raises:
        SettingsError: the order or border rule is unknown, or a grey level lies outside 0–255.
        ShapeError: there are more or fewer matrices than images.
    """
    if len(matrices) != len(images):
        raise ShapeError(f"affine wants one matrix per image, got {len(matrices)} for {len(images)} images")
    flags, rules = _flags(order, len(images)), _rules(border, len(images))
    grey = checked_fill(fill, images)
    if images.size == 0:
        return images.copy()
    whole = only_shifts(matrices, max(images.shape[1:3]))
    if not whole.any():
        return _warped(images, matrices, flags, [CV2_BORDERS[rule] for rule in rules], grey)
    changed = np.empty(images.shape, images.dtype)
    for rule in dict.fromkeys(rules):
        own = np.flatnonzero(whole & np.array([one == rule for one in rules]))
        dx, dy = np.rint(matrices[own, :2, 2]).astype(np.int64).T
        changed[own] = translate(images[own], dx, dy, border=rule, fill=grey[own])
    rest = np.flatnonzero(~whole)
    if rest.size:
        own_flags, own_rules = [flags[row] for row in rest], [CV2_BORDERS[rules[row]] for row in rest]
        changed[rest] = _warped(images[rest], matrices[rest], own_flags, own_rules, grey[rest])
    return changed


def fitted(
    images: Raster,
    matrices: Matrices,
    *,
    order: int | Sequence[int] = 1,
    border: str | Sequence[str] = "zeros",
    fill: Fill = 0,
) -> Rasters:
    """Warp each image by its own matrix, on to a canvas that just holds its four corners; otherwise as `affine`."""
    moved, sizes = fitting(matrices, (images.shape[1], images.shape[2]))
    flags, rules = _flags(order, len(images)), _rules(border, len(images))
    each = zip(images, inverted(moved)[:, :2], sizes.tolist(), flags, rules, checked_fill(fill, images), strict=True)
    return together(
        [
            np.clip(in_planes(image, CV2_BORDERS[rule], grey.tolist(), _turned, back, (wide, tall), flag), 0, 255)
            for image, back, (tall, wide), flag, rule, grey in each
        ]
    )


def checked_order(order: int) -> int:
    """Give OpenCV's flag for an order of interpolation.

    Raises:
        SettingsError: it is not 0, 1 or 3.
    """
    if isinstance(order, bool) or order not in _CV2_ORDERS:
        raise SettingsError(f"order wants 0 (nearest), 1 (linear) or 3 (cubic), got {order!r}")
    return _CV2_ORDERS[order]


def _flags(order: int | Sequence[int], count: int) -> list[int]:
    several = [order] * count if isinstance(order, int) else list(order)
    flags = {one: checked_order(one) | cv2.WARP_INVERSE_MAP for one in set(several)}
    return [flags[one] for one in several]


def _rules(border: str | Sequence[str], count: int) -> list[Border]:
    several = [border] * count if isinstance(border, str) else list(border)
    rules = {one: checked_border(one) for one in set(several)}
    return [rules[one] for one in several]


def _warped(images: Raster, matrices: Matrices, flags: list[int], borders: list[int], fills: Fills) -> Raster:
    height, width, channels = images.shape[1:]
    size = (width, height)
    changed = np.empty(images.shape, images.dtype)
    each = zip(
        np.ascontiguousarray(images), inverted(matrices)[:, :2], changed, flags, borders, fills.tolist(), strict=True
    )
    if channels in (1, 3, 4) and min(height, width) > 1:
        for image, backwards, into, flag, border, fill in each:
            cv2.warpAffine(image, backwards, size, into, flag, border, fill)
    else:
        for image, backwards, into, flag, border, fill in each:
            into[...] = in_planes(image, border, fill, _turned, backwards, size, flag)
    if images.dtype != np.uint8 and cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP in flags:
        np.clip(changed, 0, 255, out=changed)
    return changed


def _turned(
    image: RasterImage, border: int, fill: list[float], backwards: Any, size: tuple[int, int], flag: int
) -> Any:
    return cv2.warpAffine(image, backwards, size, None, flag, border, fill)


def only_shifts(matrices: Matrices, size: int) -> Mask:
    """Say which matrices move every pixel of an image with sides up to `size` by the same whole number of pixels."""
    (a, b, x), (c, d, y) = matrices[:, :2].transpose(1, 2, 0)
    shifts: Mask = (np.abs(a - 1) + np.abs(b) + np.abs(c) + np.abs(d - 1)) * size < _WHOLE_PX
    if shifts.any():
        shifts &= (np.abs(x - np.rint(x)) < _WHOLE_PX) & (np.abs(y - np.rint(y)) < _WHOLE_PX)
    return shifts
