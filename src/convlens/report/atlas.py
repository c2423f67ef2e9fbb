"""Many small grids of numbers or pictures as one PNG, cell beside cell, every value one pixel."""

import io
from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8
from PIL import Image as Pillow

from convlens.report.figures import palette
from convlens.report.scales import NOTHING, Scale, levels
from convlens.report.shrinking import Maps, Picture

_SMALL = 2**19


def map_atlas(maps: Maps, scale: Scale, columns: int, pitch: tuple[int, int] | None = None) -> bytes:
    """Give a PNG with the maps side by side, `columns` to a row, in the colours of one scale.

    A pixel is one byte that names a colour of the palette, so that 64 maps of 26×26 take less than 50 KB.

    Args:
        pitch: rows and columns from one map's corner to the next one's; one pixel more than a map when None. What lies
            between is transparent, and so is what is no number.
    """
    grid = _laid(levels(maps, scale)[..., None], columns, pitch or _beside(maps.shape[1:]), NOTHING)[..., 0]
    drawn = Pillow.fromarray(grid)
    colours = np.zeros((256, 3), np.uint8)
    colours[1:] = palette(scale.meaning)
    drawn.putpalette(colours.tobytes())
    return _png(drawn, transparency=NOTHING)


def picture_atlas(pictures: Sequence[Picture], columns: int, pitch: tuple[int, int]) -> bytes:
    """Give a PNG with pictures, grey or in colour and of any sizes up to `pitch`, their corners `pitch` apart."""
    channels = max(picture.shape[2] for picture in pictures)
    cells = np.zeros((len(pictures), *pitch, channels + 1), np.uint8)
    for cell, picture in zip(cells, pictures, strict=True):
        height, width = picture.shape[:2]
        cell[:height, :width, :-1] = picture
        cell[:height, :width, -1] = 255
    grid = _laid(cells, columns, pitch, 0)
    return _png(Pillow.fromarray(grid))


def _beside(size: Sequence[int]) -> tuple[int, int]:
    return size[0] + 1, size[1] + 1


def _laid(
    cells: UInt8[np.ndarray, "n h w c"], columns: int, pitch: tuple[int, int], blank: int
) -> UInt8[np.ndarray, "height width c"]:
    """Lay cells out in rows; the last row's missing ones are blank."""
    count, height, width, channels = cells.shape
    rows = -(-count // columns)
    grid = np.full((rows * columns, *pitch, channels), blank, np.uint8)
    grid[:count, :height, :width] = cells
    return grid.reshape(rows, columns, *pitch, channels).swapaxes(1, 2).reshape(rows * pitch[0], -1, channels)


def _png(drawn: Pillow.Image, **settings: int) -> bytes:
    # the last per cent costs ten times the time, which is felt with the numbers of a whole class
    effort: dict[str, int] = {"optimize": True} if drawn.width * drawn.height <= _SMALL else {"compress_level": 6}
    out = io.BytesIO()
    drawn.save(out, "png", **effort, **settings)
    return out.getvalue()
