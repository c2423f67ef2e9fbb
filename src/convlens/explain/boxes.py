"""The rectangle around marked pixels, and a receptive field in words."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

Pixels = Bool[np.ndarray, "h w"]


@dataclass(frozen=True)
class Box:
    """A rectangle of pixels: its first row and column, and its sides."""

    top: int
    left: int
    height: int
    width: int

    @property
    def bottom(self) -> int:
        """Its last row."""
        return self.top + self.height - 1

    @property
    def right(self) -> int:
        """Its last column."""
        return self.left + self.width - 1


def box_around(pixels: Pixels) -> Box | None:
    """Give the smallest rectangle that holds all marked pixels, if there are any."""
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    if not len(rows):
        return None
    top, left = int(rows[0]), int(columns[0])
    return Box(top, left, int(rows[-1]) - top + 1, int(columns[-1]) - left + 1)


def field_in_words(pixels: Pixels, name: str, *, at_length: bool = False) -> str:
    """Say how large a receptive field is: "conv2:0,3,3 depends on 8×8 pixels", and at length where it lies."""
    count, box = int(pixels.sum()), box_around(pixels)
    if box is None:
        return f"{name} depends on no pixel"
    size = f"{box.height}×{box.width} pixels"
    size = size if count == box.height * box.width else f"{count:,} of {size}"
    where = f", rows {box.top} to {box.bottom} and columns {box.left} to {box.right}" if at_length else ""
    return f"{name} depends on {size}{where}"
