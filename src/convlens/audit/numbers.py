"""The numbers that stand for a whole audit, as one value per image, so that audits can be held against each other.

A number is the mean of its values over the images, but for the lowest cell and the median first flip, which are
computed from such means.
"""

from typing import TypeAlias

import numpy as np
from jaxtyping import Bool

from convlens.arrays import Mask, PerImage
from convlens.audit.answered import Shifted, right, unchanged
from convlens.audit.first_flip import median_first_flip, right_within
from convlens.audit.intervals import Estimate, means_of, share_of, shares_of
from convlens.audit.pairs import consistency_to_origin, fidelity, flip_probability, pair_consistency

OfImages: TypeAlias = Mask | PerImage
"""Yes or no for each image, or a share of something within each."""


def per_image(answers: Shifted, *, labelled: bool = True) -> dict[str, OfImages]:
    """Give the values behind each number; what is undefined for these shifts is not there.

    Args:
        labelled: the labels are the right ones; without them only what needs none is given.
    """
    hits, kept = right(answers), unchanged(answers)
    values: dict[str, OfImages | None] = {}
    if labelled:
        values["clean"] = hits[:, answers.origin]
        values["mean"] = hits.mean(axis=1)
        values["right_everywhere"] = _everywhere(hits)
    values["unchanged_everywhere"] = _everywhere(kept)
    values["pair_consistency"] = pair_consistency(answers)
    values["consistency_to_origin"] = consistency_to_origin(answers)
    if labelled:
        values["fidelity"] = fidelity(answers)
    values["flip_probability"] = flip_probability(answers.labels_at, answers.shifts)
    if labelled:
        values["area_under_curve"] = right_within(answers).mean(axis=1)
    return {name: one for name, one in values.items() if one is not None}


def numbers(answers: Shifted, *, labelled: bool = True) -> dict[str, Estimate]:
    """Give each number with its interval: Wilson's for a share of images, else a bootstrap over images.

    The lowest cell was picked after looking: its interval is that of a cell named beforehand, and so lies a little too
    low.
    """
    values = per_image(answers, labelled=labelled)
    shares = {name: one for name, one in values.items() if one.dtype != bool}
    columns = means_of(np.stack(list(shares.values()), axis=1))
    means = {name: columns[place] for place, name in enumerate(shares)}
    found = {name: means[name] if name in means else share_of(one) for name, one in values.items()}
    if labelled:
        found["lowest"] = shares_of(right(answers))[lowest_cell(answers)]
    found["median_first_flip_px"] = median_first_flip(answers)
    return {name: found[name] for name in NAMES if name in found}


def lowest_cell(answers: Shifted) -> int:
    """Give the cell with the fewest right answers, the first in order when several tie."""
    return int(right(answers).sum(axis=0).argmin())


NAMES = (
    "clean",
    "mean",
    "lowest",
    "right_everywhere",
    "unchanged_everywhere",
    "pair_consistency",
    "consistency_to_origin",
    "fidelity",
    "flip_probability",
    "area_under_curve",
    "median_first_flip_px",
)
"""All numbers, in the order in which they are shown."""


def _everywhere(hits: Bool[np.ndarray, "n s"]) -> Mask:
    everywhere: Mask = np.asarray(hits.all(axis=1))
    return everywhere
