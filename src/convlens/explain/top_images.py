"""Which pictures a filter answers strongest to, and where in them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32


@dataclass(frozen=True)
class Peak:
    """The strongest answer of one filter to one picture.

    Attributes:
        picture: its place among the pictures.
        row, column: of the answer in the filter's map; 0 for a unit without rows and columns.
    """

    picture: int
    row: int
    column: int
    value: float


def peaks(maps: Float32[np.ndarray, "n h w"], count: int) -> tuple[Peak, ...]:
    """Give the `count` pictures with the largest answer, the strongest first, each once and where it answers so.

    Of equal answers the first counts: the earlier picture, and in a map the upper one, then the left one. What is no
    number never counts.
    """
    flat = np.where(np.isnan(maps), -np.inf, maps).reshape(len(maps), -1)
    at = flat.argmax(axis=1)
    largest = flat[np.arange(len(flat)), at]
    order = np.argsort(-largest, kind="stable")[:count]
    width = maps.shape[2]
    return tuple(
        Peak(int(place), int(at[place]) // width, int(at[place]) % width, float(largest[place]))
        for place in order
        if np.isfinite(largest[place])
    )
