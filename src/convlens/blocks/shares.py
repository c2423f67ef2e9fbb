"""Softmax: numbers of any size become shares that sum to 1."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Num

PerClass = Num[np.ndarray, "classes *rest"]
Parts = Float[np.ndarray, "classes *rest"]


@dataclass(frozen=True, eq=False)
class Shares:
    """A softmax, step by step: z, z − largest, e to the power of that, and the share of each in the sum of all.

    Taking off the largest changes no share and keeps e^z from overflowing.
    """

    logits: PerClass
    shifted: PerClass
    exponentials: Parts
    total: Float[np.ndarray, "*rest"]
    shares: Parts


def softmax(logits: PerClass) -> Parts:
    """Give e^z / Σ e^z over the first axis."""
    return shares(logits).shares


def shares(logits: PerClass) -> Shares:
    """Give the softmax over the first axis with every step on the way."""
    shifted = logits - logits.max(axis=0)
    exponentials = np.exp(shifted)
    total = np.asarray(exponentials.sum(axis=0))
    return Shares(logits, shifted, exponentials, total, exponentials / total)
