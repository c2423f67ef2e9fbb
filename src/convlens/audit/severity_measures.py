"""What a sweep over severities says: how often it is right at each amount, and at which amount an answer flips.

A level is an |amount|: −10° and +10° are one, and an answer has flipped within it when it differs from the unchanged
picture's at either, or at a smaller one. The measures are those of a shift audit, with the level in the ring's place.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Bool

from convlens.arrays import PerImage
from convlens.audit import answered
from convlens.audit.confidence import true_probabilities
from convlens.audit.first_flip import first_flip_levels, median_first_flip, right_within
from convlens.audit.intervals import Column, Estimate, finite, means_of, share_of, shares_of
from convlens.audit.pairs import consistency_to_origin, fidelity
from convlens.audit.rings import rings
from convlens.audit.severities import Severities, SeveritySweep
from convlens.tables import Table


def amounts_to_flip(sweep: SeveritySweep) -> PerImage:
    """Give the smallest |amount| at which each image's answer differs from the unchanged one; infinity beyond all."""
    amounts: PerImage = np.append(sweep.severities.sizes, np.inf)[first_flip_levels(sweep)]
    return amounts


def median_amount_to_flip(sweep: SeveritySweep) -> Estimate:
    """Give the |amount| within which half of the answers have flipped; it, or an end, may be infinite, beyond all."""
    level = median_first_flip(sweep)
    return Estimate(*(_size(sweep, one) for one in dataclasses.astuple(level)))


def median_amounts_by_side(sweep: SeveritySweep) -> dict[str, Estimate]:
    """Give the same for the amounts "below" and "above" 0, each side alone; nothing where all lie on one side."""
    amounts = sweep.severities.amounts
    sides = {"below": amounts <= 0, "above": amounts >= 0}
    if any(np.count_nonzero(chosen) < 2 for chosen in sides.values()):
        return {}
    return {name: median_amount_to_flip(_only(sweep, chosen)) for name, chosen in sides.items()}


def cells(sweep: SeveritySweep, *, labelled: bool = True) -> Table:
    """Give one row per amount: the accuracy with its ends `low` and `high`, then the other measures with theirs."""
    columns: dict[str, list[Any]] = {"amount": sweep.severities.amounts.tolist()}
    if labelled:
        columns |= _columns("accuracy", shares_of(answered.right(sweep)), "")
    columns |= _columns("unchanged", shares_of(answered.unchanged(sweep)), "unchanged_")
    if labelled:
        columns |= _columns("true_probability", means_of(true_probabilities(sweep)), "true_probability_")
    return Table(columns)


def levels(sweep: SeveritySweep, *, labelled: bool = True) -> Table:
    """Give one row per level, as `rings` does, with its |amount| in the radius's place."""
    columns = dict(rings(sweep, labelled=labelled).columns)
    del columns["radius"]
    return Table({"amount": sweep.severities.sizes.tolist(), **columns})


def to_json(sweep: SeveritySweep, *, labelled: bool = True) -> dict[str, Any]:
    """Give the audit ready for JSON, with the keys of a shift audit where they mean the same.

    `median_amount_to_flip` and the ends of its interval are None where they lie beyond the last amount. Where amounts
    lie on both sides of 0, `median_amount_to_flip_by_side` has the |amount| of each, with its ends.

    Args:
        labelled: the labels are the right ones; without them only what needs none is given.
    """
    found = {"unchanged_everywhere": share_of(np.asarray(answered.unchanged(sweep).all(axis=1)))}
    found |= _means({"consistency_to_origin": consistency_to_origin(sweep)})
    lowest: dict[str, Any] = {}
    if labelled:
        hits = answered.right(sweep)
        at = int(hits.mean(axis=0).argmin())
        found |= {
            "clean": share_of(hits[:, sweep.origin]),
            "lowest": share_of(hits[:, at]),
            "right_everywhere": share_of(np.asarray(hits.all(axis=1))),
        }
        area = right_within(sweep).mean(axis=1)
        found |= _means({"mean": hits.mean(axis=1), "fidelity": fidelity(sweep), "area_under_curve": area})
        lowest = {"lowest_at": {"amount": float(sweep.severities.amounts[at])}}
    found["median_amount_to_flip"] = median_amount_to_flip(sweep)
    sides = {
        name: {"value": finite(one.value), "low": finite(one.low), "high": finite(one.high)}
        for name, one in median_amounts_by_side(sweep).items()
    }
    return {
        "protocol": dataclasses.asdict(sweep.protocol),
        **({} if labelled else {"label_free": True}),
        "cells": cells(sweep, labelled=labelled).rows(),
        "levels": levels(sweep, labelled=labelled).rows(),
        **{name: finite(one.value) for name, one in found.items()},
        **lowest,
        **({"median_amount_to_flip_by_side": sides} if sides else {}),
        "intervals": {name: [finite(one.low), finite(one.high)] for name, one in found.items()},
    }


def _only(sweep: SeveritySweep, chosen: Bool[np.ndarray, " s"]) -> SeveritySweep:
    """Give the sweep at some of its amounts."""
    tried = Severities(sweep.severities.amounts[chosen], sweep.severities.unit)
    return dataclasses.replace(sweep, severities=tried, logits=sweep.logits[:, chosen])


def _size(sweep: SeveritySweep, level: float) -> float:
    return float(sweep.severities.sizes[int(level)]) if np.isfinite(level) else level


def _means(values: Mapping[str, PerImage | None]) -> dict[str, Estimate]:
    """Give the means over images with their bootstrap intervals; what is None has none."""
    return {name: means_of(one[:, None])[0] for name, one in values.items() if one is not None}


def _columns(name: str, column: Column, prefix: str) -> dict[str, list[float]]:
    ends = {f"{prefix}low": column.low.tolist(), f"{prefix}high": column.high.tolist()}
    return {name: column.values.tolist(), **ends}
