"""What happens at a distance: one row for each ring of shifts, or for each amount of another change."""

from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float64

from convlens.audit import first_flip
from convlens.audit.answered import right
from convlens.audit.confidence import margins
from convlens.audit.intervals import Column, means_of, shares_of
from convlens.audit.levelled import Levelled, LevelledAnswers
from convlens.tables import Table

PerRing: TypeAlias = Float64[np.ndarray, "n rings"]


def accuracy(answers: LevelledAnswers) -> Column:
    """Give the accuracy on each ring: the share of its cells in which an image is right, averaged over images.

    Where a ring is one cell, as the unchanged one is, this is a share of images, and has Wilson's interval.
    """
    shares = _on_rings(right(answers).astype(np.float64), answers)
    mean, whole = means_of(shares), shares_of(shares == 1)
    single = np.unique(answers.levels, return_counts=True)[1] == 1
    return Column(mean.values, np.where(single, whole.low, mean.low), np.where(single, whole.high, mean.high))


def right_within(answers: LevelledAnswers) -> Column:
    """Give the share of images answered rightly in every cell on each ring and inside it."""
    return shares_of(first_flip.right_within(answers)[:, np.unique(answers.levels)])


def unflipped(answers: LevelledAnswers) -> Column:
    """Give the share of images whose answer is the unchanged one in every cell on each ring and inside it."""
    return shares_of(first_flip.unflipped_within(answers)[:, np.unique(answers.levels)])


def margin_drift(sweep: Levelled) -> Column:
    """Give by how much the margin of the unchanged answer differs from that of the unchanged image, on each ring.

    The difference is taken without its sign, in each cell, in units of the model's logits: two models whose logits are
    scaled differently cannot be held against each other by it.
    """
    found = margins(sweep)
    found -= found[:, [sweep.origin]]
    return means_of(_on_rings(np.abs(found, out=found), sweep), shares=False)


def rings(answers: LevelledAnswers, *, labelled: bool = True) -> Table:
    """Give one row per ring that has cells, from the unchanged one outwards, every measure with its interval.

    Args:
        answers: the margin's drift is there when it has logits.
        labelled: the labels are the right ones; without them only what needs none is given.
    """
    levels, counts = np.unique(answers.levels, return_counts=True)
    columns: dict[str, list[Any]] = {"radius": levels.tolist(), "cells": counts.tolist()}
    found = {"accuracy": accuracy(answers), "right_within": right_within(answers)} if labelled else {}
    found["unflipped"] = unflipped(answers)
    if isinstance(answers, Levelled):
        found["margin_drift"] = margin_drift(answers)
    for name, column in found.items():
        columns[name] = column.values.tolist()
        columns[f"{name}_low"] = column.low.tolist()
        columns[f"{name}_high"] = column.high.tolist()
    return Table(columns)


def _on_rings(per_cell: Float64[np.ndarray, "n s"], answers: LevelledAnswers) -> PerRing:
    """Average each image's values over the cells of each ring."""
    levels = answers.levels
    return np.stack([per_cell[:, levels == level].mean(axis=1) for level in np.unique(levels)], axis=1)
