"""Colour scales for maps of numbers: what a colour means, its limits, and which level a number falls on."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Float32, UInt8

Meaning: TypeAlias = Literal["signed", "positive", "weights"]
"""Numbers of both signs; numbers that are never below 0, as after a ReLU; a filter's weights, of both signs."""

LEVELS = 255
"""An odd number, so that 0 has a colour of its own in the middle; with one more for "no number" they fit a byte."""

NOTHING = 0
"""The level of what is no number: it is drawn transparent."""

Values: TypeAlias = Float32[np.ndarray, "*shape"]


OUTLIERS = 0.002
"""At most this share of the numbers that are not 0 may lie beyond a scale's limit."""

ROOM = 1.25
"""A scale is narrowed only where that makes the rest so much stronger."""


@dataclass(frozen=True)
class Scale:
    """From −limit to limit, or, where nothing is below 0, from 0 to limit.

    Attributes:
        exceeded: a few numbers lie beyond the limit; they have the last colour, and the legend says so.
    """

    meaning: Meaning
    limit: float
    exceeded: bool = False

    @property
    def low(self) -> float:
        """The number that has the first colour."""
        return 0.0 if self.meaning == "positive" else -self.limit


def common_scale(meaning: Meaning, *maps: Values) -> Scale:
    """Give the one scale on which all these numbers lie, so that their colours can be compared.

    Numbers of both signs get symmetric limits, so that 0 has the middle colour whichever sign is larger. A few outliers
    would leave all else pale: where they reach far beyond the rest, the limit is the rest's.
    """
    finite = [np.abs(one[np.isfinite(one)]) for one in maps]
    sizes = np.concatenate([one[one > 0] for one in finite]) if finite else np.zeros(0, np.float32)
    if not len(sizes):
        return Scale(meaning, 0.0)
    largest, usual = float(sizes.max()), float(np.quantile(sizes, 1 - OUTLIERS, method="higher"))
    return Scale(meaning, usual, exceeded=True) if largest > ROOM * usual else Scale(meaning, largest)


def levels(values: Values, scale: Scale) -> UInt8[np.ndarray, "*shape"]:
    """Give each number its place among the colours, 1 to 255; 0 is for what is no number."""
    limit = scale.limit or 1.0
    with np.errstate(invalid="ignore", over="ignore"):
        share = np.clip(values.astype(np.float64) / limit, -1, 1)
        if scale.meaning == "positive":
            place = 1 + np.rint((LEVELS - 1) * np.maximum(share, 0))
        else:
            place = (LEVELS + 1) // 2 + np.rint((LEVELS // 2) * share)
    return np.where(np.isfinite(values), place, NOTHING).astype(np.uint8)
