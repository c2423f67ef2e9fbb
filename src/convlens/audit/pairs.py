"""How often two shifts of one image get the same answer: consistency, exactly and for each image, never sampled."""

from typing import TypeAlias

import numpy as np
from jaxtyping import Int64

from convlens.arrays import Indices, Mask, PerImage
from convlens.audit.answered import right, unchanged
from convlens.audit.blocks import blocks
from convlens.audit.levelled import LevelledAnswers
from convlens.audit.shifts import Shifts

Answers: TypeAlias = Int64[np.ndarray, "n s"]


def pair_consistency(answers: LevelledAnswers) -> PerImage:
    """Give the probability that two cells drawn at random get the same answer, for each image.

    Both are drawn from all S cells, one independent of the other, so that they may be the same one: with n_c answers of
    class c it is Σ_c (n_c / S)². This is the consistency of Zhang 2019, whose evaluation draws two offsets so; a model
    that always says the same has 1, whatever its accuracy.

    Source: Zhang, "Making convolutional networks shift-invariant again", ICML 2019, section 4.1.
    """
    labels_at = answers.labels_at
    count, cells = labels_at.shape
    classes = int(labels_at.max()) + 1
    found = np.empty(count, np.float64)
    for block in blocks(count, max(cells, classes)):
        rows = block.stop - block.start
        own = labels_at[block] + classes * np.arange(rows)[:, None]
        times = np.bincount(own.ravel(), minlength=rows * classes).reshape(rows, classes)
        found[block] = (times**2).sum(axis=1) / cells**2
    return found


def consistency_to_origin(answers: LevelledAnswers) -> PerImage | None:
    """Give the share of changed cells with the unchanged answer, for each image; None when nothing was changed."""
    changed = _changed(answers)
    return unchanged(answers)[:, changed].mean(axis=1) if changed.any() else None


def fidelity(answers: LevelledAnswers) -> PerImage | None:
    """Give the share of changed cells whose answer is the unchanged one, and right; None when nothing was changed.

    What "shift fidelity" asks in Saha & Gokhale, "Improving shift invariance in convolutional neural networks with
    translation invariant polyphase sampling", WACV 2025: consistent alone would praise a model for staying wrong.
    """
    changed = _changed(answers)
    kept = right(answers) & unchanged(answers)
    return kept[:, changed].mean(axis=1) if changed.any() else None


def flip_probability(answers: Answers, shifts: Shifts) -> PerImage | None:
    """Give the share of neighbouring cells, one pixel apart along one axis, with different answers, for each image.

    Hendrycks and Dietterich count so along a path of frames; here every step of the grid, either way, is in one such
    path. None when there are no neighbours.

    Source: Hendrycks & Dietterich, "Benchmarking neural network robustness to common corruptions and perturbations",
    ICLR 2019, section 4.2 (flip probability).
    """
    one, other = neighbours(shifts)
    if not len(one):
        return None
    found = np.empty(len(answers), np.float64)
    for block in blocks(len(answers), len(one)):
        found[block] = (answers[block][:, one] != answers[block][:, other]).mean(axis=1)
    return found


def neighbours(shifts: Shifts) -> tuple[Indices, Indices]:
    """Give the positions of all pairs of cells one pixel apart along one axis, each pair once."""
    places = {place: cell for cell, place in enumerate(zip(shifts.dx.tolist(), shifts.dy.tolist(), strict=True))}
    pairs = [
        (cell, places[beyond])
        for (dx, dy), cell in places.items()
        for beyond in ((dx + 1, dy), (dx, dy + 1))
        if beyond in places
    ]
    one, other = np.array(pairs, np.int64).reshape(-1, 2).T
    return one, other


def _changed(answers: LevelledAnswers) -> Mask:
    changed: Mask = np.arange(answers.labels_at.shape[1]) != answers.origin
    return changed
