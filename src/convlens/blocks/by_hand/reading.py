"""An image read number by number, also beyond its border."""

import numpy as np
from jaxtyping import Num

from convlens.blocks.settings import Mode, Sides

Maps = Num[np.ndarray, "c h w"]
NONE: Sides = ((0, 0), (0, 0))


def at(image: Maps, channel: int, row: int, column: int, mode: Mode = "zeros", value: float = 0) -> float:
    """Read one number of an image that goes on beyond its border as the mode says."""
    height, width = image.shape[1:]
    inside = 0 <= row < height and 0 <= column < width
    if mode == "zeros" and not inside:
        return value
    if not inside:
        row, column = _repeated(row, height, mode), _repeated(column, width, mode)
    number: float = image[channel, row, column].item()
    return number


def _repeated(place: int, size: int, mode: Mode) -> int:
    if mode == "replicate":
        return min(max(place, 0), size - 1)
    if mode == "circular":
        return place % size
    while not 0 <= place < size:  # reflect: mirrored at the first number, and at the last
        place = -place if place < 0 else 2 * (size - 1) - place
    return place


def pad(image: Maps, sides: Sides, mode: Mode = "zeros", value: float = 0) -> Num[np.ndarray, "c height width"]:
    """Give the image with rows and columns added around it, or cut off where `sides` is negative.

    What is cut off is not there to come back on the other side.
    """
    (above, below), (left, right) = sides
    if mode == "circular":
        image = image[
            :, max(-above, 0) : image.shape[1] + min(below, 0), max(-left, 0) : image.shape[2] + min(right, 0)
        ]
        above, below, left, right = max(above, 0), max(below, 0), max(left, 0), max(right, 0)
    channels, height, width = image.shape
    return np.array(
        [
            [
                [at(image, c, r, q, mode, value) for q in range(-left, width + right)]
                for r in range(-above, height + below)
            ]
            for c in range(channels)
        ]
    )
