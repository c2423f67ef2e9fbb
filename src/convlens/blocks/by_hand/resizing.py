"""Maps brought to another size, as plain loops."""

import math

import numpy as np
from jaxtyping import Float, Num

from convlens.blocks.by_hand.reading import Maps
from convlens.blocks.resizing import Kind
from convlens.blocks.settings import Pair


def resize(maps: Maps, size: Pair, kind: Kind, step: tuple[float, float]) -> Float[np.ndarray, "c height width"]:
    """Give for each place the nearest number, or a mean of the four around it, the nearer the heavier."""
    channels, h, w = maps.shape
    out = np.zeros((channels, *size))
    for c in range(channels):
        for r in range(size[0]):
            for q in range(size[1]):
                row, column = _source(r, step[0], kind), _source(q, step[1], kind)
                above, left = min(math.floor(row), h - 1), min(math.floor(column), w - 1)
                if kind in ("nearest", "nearest-exact"):
                    out[c, r, q] = maps[c, above, left]
                    continue
                below, right = min(above + 1, h - 1), min(left + 1, w - 1)
                down, across = min(row - above, 1.0), min(column - left, 1.0)
                upper = (1 - across) * maps[c, above, left] + across * maps[c, above, right]
                lower = (1 - across) * maps[c, below, left] + across * maps[c, below, right]
                out[c, r, q] = (1 - down) * upper + down * lower
    return out


def _source(at: int, step: float, kind: Kind) -> float:
    """Say where on the old axis a place of the new one lies."""
    match kind:
        case "nearest":
            return float(np.float32(at) * np.float32(step))  # torch multiplies so, whatever the numbers are
        case "nearest-exact":
            return float((np.float32(at) + np.float32(0.5)) * np.float32(step))
        case "aligned":
            return at * step
        case "bilinear":
            return max(0.0, (at + 0.5) * step - 0.5)


def pixel_shuffle(maps: Maps, factor: int) -> Num[np.ndarray, "out height width"]:
    """Give maps larger by a factor: each cell becomes a square, filled from as many channels, row by row."""
    channels, height, width = maps.shape
    out = np.zeros((channels // factor**2, height * factor, width * factor), maps.dtype)
    for c in range(channels // factor**2):
        for r in range(height * factor):
            for q in range(width * factor):
                within = r % factor * factor + q % factor
                out[c, r, q] = maps[c * factor**2 + within, r // factor, q // factor]
    return out
