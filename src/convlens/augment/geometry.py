"""Moving pixels: the conventions, and the kernel that shifts images by whole pixels.

Conventions of this floor: (0, 0) is the centre of the top left pixel; x points right and y points down; `dx > 0`
moves content right, `dy > 0` down; fill is a grey level, 0–255, before any normalisation; outputs are C-contiguous
and of the input's dtype and shape.

Border rules say what comes in where content has moved away; a shift names exactly one. On the row `a b c d`, from
the left:

    zeros      0 0 0 | a b c d      one grey level (`fill`)
    edge       a a a | a b c d      the border pixel again and again
    reflect    d c b | a b c d      mirrored at the border pixel, which is not repeated
    symmetric  c b a | a b c d      mirrored behind the border pixel, which is repeated
    wrap       b c d | a b c d      what leaves on one side comes in on the other (`np.roll`)
"""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from jaxtyping import Real, Shaped
from numpy.typing import NDArray

from convlens.arrays import Pixels, Raster
from convlens.errors import SettingsError
from convlens.registry import near_names, one_of

Border: TypeAlias = Literal["zeros", "wrap", "edge", "reflect", "symmetric"]
BORDERS: tuple[Border, ...] = get_args(Border)
Fill: TypeAlias = int | float | Real[np.ndarray, " n *c"]
Fills: TypeAlias = Shaped[np.ndarray, "n c"]

Mode: TypeAlias = Literal["constant", "wrap", "edge", "reflect", "symmetric"]
# The words of `np.pad` and imgaug for the border rules; the two vocabularies meet here and nowhere else.
_BORDER_OF_MODE: Mapping[str, Border] = {
    "constant": "zeros",
    "wrap": "wrap",
    "edge": "edge",
    "reflect": "reflect",
    "symmetric": "symmetric",
}
MODES: tuple[Mode, ...] = get_args(Mode)
# The rules for which a large image is framed in one call.
_FRAMES: tuple[Border, ...] = ("zeros", "edge")

# Below so many bytes in an image, a gather over the batch costs less than copies image by image.
_SMALL = 8192


def checked_border(border: str) -> Border:
    """Give the border rule of that name.

    Raises:
        SettingsError: there is none; the sentence lists them.
    """
    return one_of("border rule", border, BORDERS)


def border_of_mode(mode: str) -> Border:
    """Give the border rule behind a `mode` word of `np.pad` and imgaug.

    Raises:
        SettingsError: there is no such mode; the sentence lists them.
    """
    if mode in _BORDER_OF_MODE:
        return _BORDER_OF_MODE[mode]
    modes = list(_BORDER_OF_MODE)
    near = "; did you mean 'constant'?" if mode == "zeros" else near_names(str(mode), modes)
    raise SettingsError(f"no mode is named {mode!r}{near} (choose one of {', '.join(modes)})")


def translate(images: Raster, dx: Pixels, dy: Pixels, *, border: str = "zeros", fill: Fill = 0) -> Raster:
    """Shift each image by its own whole number of pixels, exactly: every pixel is copied, none is interpolated.

    Args:
        dx: pixels to the right for each image, of any size and sign.
        dy: pixels down for each image.
        border: one of `BORDERS`.
        fill: grey level that comes in under `zeros`: one for all, one per image (N,), or one per image and channel
            (N, C); the other rules take no notice.

    Raises:
        SettingsError: the border rule is unknown, or a grey level lies outside 0–255.
    """
    rule = checked_border(border)
    grey = checked_fill(fill, images)
    if images.size == 0:
        return images.copy()
    height, width = images.shape[1:3]
    right, down = bounded(dx, width, rule), bounded(dy, height, rule)
    if images[0].nbytes < _SMALL:
        return _gathered(images, right, down, rule, grey)
    return _pasted(images, right, down, rule, grey)


def checked_fill(fill: Fill, images: Raster) -> Fills:
    """Give the grey level that comes in for each image and channel.

    Raises:
        SettingsError: one lies outside 0–255.
    """
    count, channels = len(images), images.shape[3]
    if isinstance(fill, int) and fill == 0:
        return np.zeros((count, channels), images.dtype)
    levels = np.asarray(fill)
    grey = np.broadcast_to(levels[:, None] if levels.ndim == 1 else levels, (count, channels))
    wrong = grey[~((grey >= 0) & (grey <= 255))]
    if wrong.size:
        raise SettingsError(f"the fill is a grey level from 0 to 255, got {wrong[0].item()!r}")
    return grey.astype(images.dtype)


def bounded(shift_px: Pixels, size: int, border: Border) -> Pixels:
    """Give the smallest shift with the same result, so that a huge one needs no huge padding."""
    if border in ("zeros", "edge"):
        clamped: Pixels = np.minimum(np.maximum(shift_px, -size), size)
        return clamped
    period = {"wrap": size, "symmetric": 2 * size, "reflect": max(2 * (size - 1), 1)}[border]
    half = period // 2
    nearest: Pixels = (shift_px + half) % period - half
    return nearest


def _gathered(images: Raster, right: Pixels, down: Pixels, border: Border, fill: Fills) -> Raster:
    """Shift small images: surround all of them once, and gather every window in one call."""
    count, height, width, channels = images.shape
    # Python's own max and min: for a batch they cost a third of NumPy's.
    across, along = right.tolist(), down.tolist()
    left_px, right_px = max(0, *across), -min(0, *across)
    top_px, bottom_px = max(0, *along), -min(0, *along)
    if border == "zeros":
        shape = (count, height + top_px + bottom_px, width + left_px + right_px, channels)
        canvas = np.zeros(shape, images.dtype)
        if fill.any():
            canvas[...] = fill[:, None, None]
        canvas[:, top_px : top_px + height, left_px : left_px + width] = images
    else:
        canvas = np.pad(images, ((0, 0), (top_px, bottom_px), (left_px, right_px), (0, 0)), mode=border)
    # All windows of that size as (image, top, left, height, width, channel), without copying; `sliding_window_view`
    # would put the channels before the window. Indexing copies, with the axes in this order: C-contiguous as it is.
    tall, wide = canvas.shape[1:3]
    image, row, column, channel = canvas.strides
    windows: NDArray[Any] = np.ndarray(
        (count, tall - height + 1, wide - width + 1, height, width, channels),
        canvas.dtype,
        canvas,
        strides=(image, row, column, row, column, channel),
    )
    moved: Raster = windows[np.arange(count), top_px - down, left_px - right]
    return moved


def _pasted(images: Raster, right: Pixels, down: Pixels, border: Border, fill: Fills) -> Raster:
    """Shift large images one by one: each is a frame around the part of it that stays."""
    if border not in _FRAMES or images.shape[3] > 4:
        alone = (images[row : row + 1] for row in range(len(images)))
        each = zip(alone, right[:, None], down[:, None], fill[:, None], strict=True)
        return np.concatenate([_gathered(one, x, y, border, grey) for one, x, y, grey in each])
    changed = np.empty(images.shape, images.dtype)
    height, width = images.shape[1:3]
    # Here and not above: an audit moves pictures too, and starts without OpenCV.
    import cv2

    flag = cv2.BORDER_CONSTANT if border == "zeros" else cv2.BORDER_REPLICATE
    sides = (np.maximum(one, 0).tolist() for one in (down, -down, right, -right))
    for image, top, bottom, left, end, grey, result in zip(images, *sides, fill.tolist(), changed, strict=True):
        stays = image[bottom : height - top, end : width - left]
        if stays.size:
            cv2.copyMakeBorder(stays, top, bottom, left, end, flag, result, grey)
        else:
            # OpenCV frames no empty part; at that distance all of the image is its border.
            x, y, level = np.array([left - end]), np.array([top - bottom]), np.array([grey], images.dtype)
            result[...] = _gathered(image[None], x, y, border, level)[0]
    return changed
