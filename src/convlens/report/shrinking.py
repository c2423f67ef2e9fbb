"""Maps and pictures made smaller where a page has no room for all of their pixels."""

import numpy as np
from jaxtyping import Float32, UInt8

from convlens.arrays import Image

Maps = Float32[np.ndarray, "n _ _"]

Picture = UInt8[np.ndarray, "_ _ _"]
"""(H, W, C), of any size: not all that stand together have the same."""


def shrunk(maps: Maps, side: int) -> Maps:
    """Give maps whose longer side is at most `side`, each value the mean of a block; small ones as they are.

    A last row or column that fills no block is the mean of what is there.
    """
    step = -(-max(maps.shape[1:]) // side)
    if step <= 1:
        return maps
    height, width = (-(-length // step) for length in maps.shape[1:])
    padded = np.full((len(maps), height * step, width * step), np.nan, np.float32)
    padded[:, : maps.shape[1], : maps.shape[2]] = maps
    blocks = padded.reshape(len(maps), height, step, width, step)
    return np.asarray(np.nanmean(blocks, axis=(2, 4), dtype=np.float64), np.float32)


def means_of_rows(values: Float32[np.ndarray, "n units"], step: int) -> Float32[np.ndarray, "rows units"]:
    """Give the mean of each `step` rows that follow one another; the last ones may be fewer."""
    if step <= 1:
        return values
    starts = np.arange(0, len(values), step)
    counts = np.diff([*starts.tolist(), len(values)])
    sums = np.add.reduceat(values.astype(np.float64), starts, axis=0)
    return np.asarray(sums / counts[:, None], np.float32)


def shrunk_picture(picture: Image, side: int) -> tuple[Picture, int]:
    """Give a picture shrunk by a whole number so that no side is longer than `side`, and that number."""
    step = -(-max(picture.shape[:2]) // side)
    if step <= 1:
        return picture, 1
    channels = np.ascontiguousarray(picture.transpose(2, 0, 1), np.float32)
    small = shrunk(channels, -(-max(picture.shape[:2]) // step))
    return np.rint(small).astype(np.uint8).transpose(1, 2, 0), step
