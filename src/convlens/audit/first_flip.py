"""How far an image can change before its answer does: the first level at which something happens, and its median."""

from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float64, Int64

from convlens.arrays import Pixels
from convlens.audit.answered import right, unchanged
from convlens.audit.intervals import Estimate, bootstrap_of
from convlens.audit.levelled import LevelledAnswers

Within: TypeAlias = Bool[np.ndarray, "n levels"]
Curves: TypeAlias = Float64[np.ndarray, "draws levels"]


def first_flip_levels(answers: LevelledAnswers) -> Pixels:
    """Give the smallest level at which each image's answer differs from the unchanged one's.

    An image that never flips is censored at the last level: it gets that plus 1, which is only known to be too low.
    """
    return _first_levels(~unchanged(answers), answers.levels)


def first_wrong_levels(answers: LevelledAnswers) -> Pixels:
    """Give the smallest level at which each image is answered wrongly, from 0; the last plus 1 where it never is."""
    return _first_levels(~right(answers), answers.levels)


def unflipped_within(answers: LevelledAnswers) -> Within:
    """Say for each level 0, 1, …, last whether the answer is the unchanged one in all cells up to it."""
    return _beyond(first_flip_levels(answers), answers.levels)


def right_within(answers: LevelledAnswers) -> Within:
    """Say for each level 0, 1, …, last whether the answer is right in all cells up to it."""
    return _beyond(first_wrong_levels(answers), answers.levels)


def median_first_flip(answers: LevelledAnswers) -> Estimate:
    """Give the level within which half of the answers have flipped, with its bootstrap interval.

    It is the first level at which the share of unflipped images is one half or less, and infinite while more than half
    are unflipped at the last level; so may be either end of the interval. Every image is watched up to the last level
    and none leaves before, so that Kaplan and Meier's curve is nothing else than this share.

    Source: Kaplan & Meier, "Nonparametric estimation from incomplete observations", JASA 53 (1958).
    """
    unflipped = unflipped_within(answers).astype(np.float64)
    low, high = bootstrap_of(_medians, unflipped)
    return Estimate(float(medians(unflipped.mean(axis=0)[None])[0]), float(low[0]), float(high[0]))


def medians(unflipped: Curves) -> Float64[np.ndarray, " draws"]:
    """Give the first level at which each curve of shares is one half or less; infinity where there is none."""
    # a share of exactly one half comes out of a product of matrices with an error in its last digits
    fallen = unflipped <= 0.5 + 1e-12
    return np.where(fallen.any(axis=1), fallen.argmax(axis=1).astype(np.float64), np.inf)


def _medians(unflipped: Curves) -> Float64[np.ndarray, "draws 1"]:
    return medians(unflipped)[:, None]


def _first_levels(happens: Bool[np.ndarray, "n s"], levels: Int64[np.ndarray, " s"]) -> Pixels:
    first: Pixels = np.where(happens, levels, levels.max() + 1).min(axis=1)
    return first


def _beyond(first: Pixels, levels: Int64[np.ndarray, " s"]) -> Within:
    within: Within = first[:, None] > np.arange(levels.max() + 1)
    return within
