"""Pictures as data URIs: every pixel as it is, unless the picture is too big to put into a page."""

import base64
import io

import numpy as np
from PIL import Image as Pillow

from convlens.arrays import Image, Images

EXACT_PX = 64
"""Up to this side a picture is embedded pixel by pixel; a larger one is shrunk to it."""


def picture(image: Image) -> str:
    """Give a data URI: an exact PNG up to `EXACT_PX` a side, a shrunken JPEG beyond; one, three or four channels."""
    drawn = Pillow.fromarray(np.ascontiguousarray(image[:, :, 0] if image.shape[2] == 1 else image))
    if max(drawn.size) <= EXACT_PX:
        return _uri(drawn, "png", optimize=True)
    drawn = drawn.convert("L" if image.shape[2] == 1 else "RGB")
    drawn.thumbnail((EXACT_PX, EXACT_PX), Pillow.Resampling.LANCZOS)
    return _uri(drawn, "jpeg", quality=85)


def atlas(images: Images, columns: int) -> bytes:
    """Give a PNG with the images side by side, `columns` to a row, every pixel as it is."""
    rows = -(-len(images) // columns)
    _, height, width, channels = images.shape
    cells = np.zeros((rows * columns, height, width, channels), np.uint8)
    cells[: len(images)] = images
    sheet = cells.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    sheet = sheet.reshape(rows * height, columns * width, channels)
    out = io.BytesIO()
    Pillow.fromarray(sheet[:, :, 0] if channels == 1 else sheet).save(out, "png", optimize=True)
    return out.getvalue()


def _uri(drawn: Pillow.Image, kind: str, **settings: bool | int) -> str:
    out = io.BytesIO()
    drawn.save(out, kind, **settings)
    return f"data:image/{kind};base64,{base64.b64encode(out.getvalue()).decode('ascii')}"
