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
from typing import Literal, TypeAlias, get_args

import numpy as np
from jaxtyping import UInt8
from numpy.lib.stride_tricks import as_strided

from convlens.arrays import Images, Pixels
from convlens.errors import SettingsError
from convlens.registry import near_names

Border: TypeAlias = Literal["zeros", "wrap", "edge", "reflect", "symmetric"]
BORDERS: tuple[Border, ...] = get_args(Border)
Canvas: TypeAlias = UInt8[np.ndarray, "n tall wide c"]

Mode: TypeAlias = Literal["constant", "wrap", "edge", "reflect", "symmetric"]
# The words of `np.pad` and imgaug for the border rules; the two vocabularies meet here and nowhere else.
_BORDER_OF_MODE: Mapping[str, Border] = {
    "constant": "zeros",
    "wrap": "wrap",
    "edge": "edge",
    "reflect": "reflect",
    "symmetric": "symmetric",
}


def checked_border(border: str) -> Border:
    """Give the border rule of that name.

    Raises:
        SettingsError: there is none; the sentence lists them.
    """
    for known in BORDERS:
        if border == known:
            return known
    raise SettingsError(
        f"no border rule is named {border!r}{near_names(border, list(BORDERS))} (choose one of {', '.join(BORDERS)})"
    )


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


def translate(images: Images, dx: Pixels, dy: Pixels, *, border: str = "zeros", fill: int | Pixels = 0) -> Images:
    """Shift each image by its own whole number of pixels, exactly: every pixel is copied, none is interpolated.

    Args:
        dx: pixels to the right for each image, of any size and sign.
        dy: pixels down for each image.
        border: one of `BORDERS`.
        fill: grey level that comes in under `zeros`, one for all or one per image; the other rules take no notice.

    Raises:
        SettingsError: the border rule is unknown, or a grey level lies outside 0–255.
    """
    rule = checked_border(border)
    grey = checked_fill(fill, len(images))
    if images.size == 0:
        return images.copy()
    count, height, width, _ = images.shape
    right, down = _bounded(dx, width, rule), _bounded(dy, height, rule)
    left_px, right_px = int(right.max(initial=0)), int((-right).max(initial=0))
    top_px, bottom_px = int(down.max(initial=0)), int((-down).max(initial=0))
    canvas = _padded(images, (top_px, bottom_px), (left_px, right_px), rule, grey)
    # Indexing copies, and the result has its axes in the order of the windows: C-contiguous as it is.
    moved: Images = _windows(canvas, height, width)[np.arange(count), top_px - down, left_px - right]
    return moved


def checked_fill(fill: int | Pixels, count: int) -> Pixels:
    """Give the grey level that comes in for each image.

    Raises:
        SettingsError: one lies outside 0–255.
    """
    grey: Pixels = np.broadcast_to(np.asarray(fill, np.int64), count)
    wrong = grey[(grey < 0) | (grey > 255)]
    if wrong.size:
        raise SettingsError(f"the fill is a grey level from 0 to 255, got {int(wrong[0])!r}")
    return grey


def _bounded(shift_px: Pixels, size: int, border: Border) -> Pixels:
    """Give the smallest shift with the same result, so that a huge one needs no huge padding."""
    if border in ("zeros", "edge"):
        clamped: Pixels = np.clip(shift_px, -size, size)
        return clamped
    period = {"wrap": size, "symmetric": 2 * size, "reflect": max(2 * (size - 1), 1)}[border]
    half = period // 2
    bounded: Pixels = (shift_px + half) % period - half
    return bounded


def _padded(images: Images, rows: tuple[int, int], columns: tuple[int, int], border: Border, fill: Pixels) -> Canvas:
    """Surround each image once by as many pixels as the largest shifts need."""
    count, height, width, channels = images.shape
    if border != "zeros":
        return np.pad(images, ((0, 0), rows, columns, (0, 0)), mode=border)
    canvas = np.empty((count, height + sum(rows), width + sum(columns), channels), images.dtype)
    canvas[...] = fill[:, None, None, None]
    canvas[:, rows[0] : rows[0] + height, columns[0] : columns[0] + width] = images
    return canvas


def _windows(canvas: Canvas, height: int, width: int) -> UInt8[np.ndarray, "n top left h w c"]:
    """View all windows of that size as (image, top, left, height, width, channel), without copying.

    `sliding_window_view` would put the channel axis before the window; a gather from it is not C-contiguous.
    """
    count, tall, wide, channels = canvas.shape
    image, row, column, channel = canvas.strides
    return as_strided(
        canvas,
        shape=(count, tall - height + 1, wide - width + 1, height, width, channels),
        strides=(image, row, column, row, column, channel),
        writeable=False,
    )
