"""The colours of the scales: one set for numbers of both signs, one from 0 upwards, one for weights."""

import functools

import matplotlib as mpl
import numpy as np
from jaxtyping import UInt8

from convlens.report.scales import LEVELS, Meaning

NAMES: dict[Meaning, str] = {"signed": "RdBu_r", "positive": "viridis", "weights": "BrBG"}
"""Two diverging ones that can be read with any colour vision, and one that only rises; none is red and green."""


@functools.cache
def palette(meaning: Meaning) -> UInt8[np.ndarray, "levels 3"]:
    """Give the colours of a scale from its lowest number to its highest, as bytes."""
    colours = mpl.colormaps[NAMES[meaning]](np.linspace(0, 1, LEVELS))[:, :3]
    return np.asarray(np.rint(255 * colours), np.uint8)
