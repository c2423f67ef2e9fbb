"""Pixels to the content of a picture file, the way back of `decoding`."""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image as Pillow

from convlens.arrays import Image

_JPEG = ("JPEG", {"quality": 95, "subsampling": 0})
_KINDS: Mapping[str, tuple[str, dict[str, Any]]] = {
    # Half the time of the default for a file that is a twentieth larger.
    ".png": ("PNG", {"compress_level": 3}),
    ".webp": ("WEBP", {"lossless": True}),
    ".bmp": ("BMP", {}),
    **dict.fromkeys((".tif", ".tiff"), ("TIFF", {"compression": "tiff_deflate"})),
    **dict.fromkeys((".jpg", ".jpeg", ".jpe", ".jfif"), _JPEG),
}
WRITTEN = frozenset(_KINDS)
"""The endings that can be written: all that can be read but GIF, whose 256 colours hold no photograph."""


def encoded(image: Image, suffix: str) -> bytes:
    """Give the content of a file with that ending, one of `WRITTEN`: without loss, but for JPEG's (quality 95)."""
    kind, settings = _KINDS[suffix.lower()]
    out = io.BytesIO()
    Pillow.fromarray(np.ascontiguousarray(image[:, :, 0] if image.shape[2] == 1 else image)).save(out, kind, **settings)
    return out.getvalue()
