"""One picture file to pixels, trusting nothing: an allow-list of formats, a limit before decoding, a full load.

Pillow warns about odd files; `quiet` keeps that from the user, who gets a reason per picture instead.
"""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from convlens import arrays
from convlens.data.fitting import Size, with_channels

PIXEL_LIMIT = 50_000_000
SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"})

_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
_SIXTEEN_BIT = frozenset({"I;16", "I;16L", "I;16B", "I;16N"})
_GREY = _SIXTEEN_BIT | {"1", "L", "LA", "La"}
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class UnreadableError(Exception):
    """A picture cannot be used; the message is the reason, to stand behind the file's name."""


@dataclass(frozen=True)
class Header:
    """What a picture says of itself before it is decoded: (height, width) as seen upright, and whether it is grey."""

    size: Size
    grey: bool


def read_header(path: Path) -> Header:
    """Read a picture's size and kind without decoding it.

    Raises:
        UnreadableError: it is no picture, or too large.
    """
    with _opened(path) as image:
        width, height = image.size
        # Pillow turns a TIFF by itself, and would decode a whole PNG to find its EXIF.
        if image.format in {"JPEG", "MPO", "WEBP"} and _orientation(image) >= 5:
            width, height = height, width
        return Header((height, width), image.mode in _GREY)


def read_pixels(path: Path, channels: int, enough_px: int | None = None) -> arrays.Image:
    """Decode a picture, upright, on white where it is transparent; the first frame of an animation.

    Args:
        channels: 1 or 3.
        enough_px: a side that is large enough; a JPEG of several times that is decoded at a fraction of its size.

    Raises:
        UnreadableError: it is no picture, too large, truncated, or of a kind whose grey levels are not known.
    """
    with _opened(path) as image:
        if enough_px is not None:
            image.draft(None, (enough_px, enough_px))
        image.load()
        turn = _UPRIGHT.get(_orientation(image))
        pixels = _pixels(image if turn is None else image.transpose(turn))
    result: arrays.Image = with_channels(pixels[None], channels)[0]
    return result


@contextmanager
def quiet() -> Iterator[None]:
    """Silence Pillow's warnings; enter it in the main thread, around all the workers."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        yield


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    try:
        # Opened as a stream: given a path, Pillow 13 maps plain TIFF files to memory and garbles those lying on a side.
        with path.open("rb") as stream, Image.open(stream, formats=_FORMATS) as image:
            _check_pixels(image.width, image.height)
            yield image
    except UnreadableError:
        raise
    except UnidentifiedImageError as error:
        empty = path.stat().st_size == 0
        raise UnreadableError(
            "an empty file" if empty else "not a JPEG, PNG, WebP, BMP, GIF or TIFF picture"
        ) from error
    except Image.DecompressionBombError as error:
        number = re.search(r"\d+", str(error))
        raise UnreadableError(_too_large(int(number[0]) if number else 2 * PIXEL_LIMIT)) from error
    except MemoryError as error:
        raise UnreadableError("more than the memory holds") from error
    except Exception as error:
        # Decoders meet damaged files with OSError, SyntaxError, ValueError, struct.error, IndexError and more.
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UnreadableError(f"truncated or damaged ({reason or type(error).__name__})") from error


def _check_pixels(width: int, height: int) -> None:
    if width * height > PIXEL_LIMIT:
        raise UnreadableError(f"{width:,} × {height:,} pixels, {_too_large(width * height)}")


def _too_large(pixels: int) -> str:
    return f"{pixels / 1e6:,.1f} Mpixel, more than the {PIXEL_LIMIT // 10**6} that are decoded"


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:
        return 1  # broken EXIF is no reason to lose a good picture


def _pixels(image: Image.Image) -> arrays.Image:
    """Give a loaded image as (H, W, 1) when it is grey, else (H, W, 3)."""
    if image.mode in _SIXTEEN_BIT:
        levels = np.asarray(image).astype(np.uint32)
        return ((levels + 128) // 257).astype(np.uint8)[..., None]
    if image.mode in {"I", "F"}:
        raise UnreadableError("32 bits a pixel, whose black and white are not known; save it with 8 or 16 bits")
    kind = "L" if image.mode in _GREY else "RGB"
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image.convert("RGBA"))
    return np.array(image.convert(kind)).reshape(image.height, image.width, len(kind))
