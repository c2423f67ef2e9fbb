"""The idx format: a magic number, the lengths of the axes, then bytes; as it is or within gzip or xz.

Source: the description of the format on the MNIST page of Y. LeCun, C. Cortes and C. Burges.
"""

import gzip
import lzma
import math
import zlib
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from convlens.errors import DataError

_UNSIGNED_BYTES = 0x08
_DECOMPRESS = {b"\x1f\x8b": gzip.decompress, b"\xfd7": lzma.decompress}

Array = UInt8[np.ndarray, "..."]


def idx_content(path: Path) -> bytes:
    """Read a file and undo gzip or xz.

    Raises:
        DataError: the file cannot be opened, or its packed content is damaged.
    """
    try:
        return unpacked(path.read_bytes(), str(path))
    except OSError as error:
        raise DataError(f"could not read {path}: {error.strerror or error}") from error


def unpacked(content: bytes, name: str) -> bytes:
    """Undo gzip or xz, told by the first two bytes (those of idx content are 0).

    Args:
        name: the file's name, for the error sentence.

    Raises:
        DataError: the packed content is damaged.
    """
    decompress = _DECOMPRESS.get(content[:2])
    if decompress is None:
        return content
    try:
        return decompress(content)
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise DataError(f"{name} is truncated or damaged ({error}); fetch it again") from error


def parse_idx(content: bytes, name: str) -> Array:
    """Turn idx content of unsigned bytes into an array of its own.

    Args:
        name: the file's name, for the error sentence.

    Raises:
        DataError: the magic number is wrong, or there are fewer or more bytes than the lengths promise.
    """
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] != _UNSIGNED_BYTES or content[3] == 0:
        raise DataError(
            f"{name} is no idx file of unsigned bytes: it should start with 00 00 08 and the number of axes, "
            f"but starts with {content[:4].hex(' ') or 'nothing'}"
        )
    axes = content[3]
    start = 4 + 4 * axes
    shape = tuple(np.frombuffer(content[4:start], ">u4", len(content[4:start]) // 4).tolist())
    wanted = start + (math.prod(shape) if len(shape) == axes else 0)
    if len(content) < wanted:
        raise DataError(f"{name} is truncated: {wanted:,} bytes were wanted, {len(content):,} came")
    if len(content) > wanted:
        raise DataError(f"{name} is damaged: {len(content) - wanted:,} bytes follow the {wanted:,} that were wanted")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape).copy()


def write_idx(array: Array) -> bytes:
    """Turn an array into idx content."""
    return bytes([0, 0, _UNSIGNED_BYTES, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()
