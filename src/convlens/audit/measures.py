"""What a sweep says: a value with its interval for each shift, and a few numbers for the whole.

The unit of every interval is the image: the cells of one image depend on one another.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Bool, Float64

from convlens.audit.intervals import bootstrap_mean, wilson
from convlens.audit.sweep import Sweep
from convlens.registry import Registry
from convlens.tables import Table

Hits: TypeAlias = Bool[np.ndarray, "n s"]


@dataclass(frozen=True, eq=False)
class Column:
    """One value for each shift, with the two ends of its interval."""

    values: Float64[np.ndarray, " s"]
    low: Float64[np.ndarray, " s"]
    high: Float64[np.ndarray, " s"]


Measure: TypeAlias = Callable[[Sweep], Column]

MEASURES: Registry[Measure] = Registry("measure", "list(convlens.audit.MEASURES)")


def measure(function: Measure) -> Measure:
    """Register a measure under the name of its function; every table of cells has it from then on."""
    return MEASURES.add(function.__name__)(function)


@measure
def accuracy(sweep: Sweep) -> Column:
    """Give the share of images answered rightly at each shift, with its Wilson interval."""
    return _share(_right(sweep))


@measure
def unchanged(sweep: Sweep) -> Column:
    """Give the share of images whose answer is that of the unshifted image, with its Wilson interval.

    It takes no notice of the right answer: a model that always says the same has 1.0 everywhere. Read it beside the
    accuracy.
    """
    return _share(_unchanged(sweep))


@dataclass(frozen=True)
class Estimate:
    """A number and its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Summary:
    """A sweep in a few numbers, all shares of images from 0 to 1.

    Attributes:
        clean: accuracy of the unshifted images (Wilson).
        mean: accuracy averaged over the cells (bootstrap over images).
        lowest: accuracy of the lowest cell, the first in order when several tie (Wilson). It was picked after looking:
            its interval is that of a cell named beforehand, and so lies a little too low.
        lowest_dx: where the lowest cell lies, in pixels to the right.
        lowest_dy: and down.
        right_everywhere: share of images answered rightly at every shift (Wilson).
        unchanged_everywhere: share of images with one and the same answer at every shift (Wilson).
    """

    clean: Estimate
    mean: Estimate
    lowest: Estimate
    lowest_dx: int
    lowest_dy: int
    right_everywhere: Estimate
    unchanged_everywhere: Estimate


def cells(sweep: Sweep) -> Table:
    """Give one row per shift: dx, dy, the accuracy with its ends `low` and `high`, then the other measures.

    Every other measure has three columns: `<name>`, `<name>_low` and `<name>_high`.
    """
    columns: dict[str, list[Any]] = {"dx": sweep.shifts.dx.tolist(), "dy": sweep.shifts.dy.tolist()}
    for name in sorted(MEASURES, key=lambda one: (one != "accuracy", one)):
        column = MEASURES[name](sweep)
        prefix = "" if name == "accuracy" else f"{name}_"
        columns[name] = column.values.tolist()
        columns[f"{prefix}low"] = column.low.tolist()
        columns[f"{prefix}high"] = column.high.tolist()
    return Table(columns)


def summary(sweep: Sweep) -> Summary:
    """Give the numbers that stand for the whole sweep."""
    right = _right(sweep)
    by_cell = accuracy(sweep)
    lowest = int(by_cell.values.argmin())
    per_image = right.mean(axis=1)
    return Summary(
        clean=_at(by_cell, sweep.shifts.origin),
        mean=Estimate(float(per_image.mean()), *bootstrap_mean(per_image)),
        lowest=_at(by_cell, lowest),
        lowest_dx=int(sweep.shifts.dx[lowest]),
        lowest_dy=int(sweep.shifts.dy[lowest]),
        right_everywhere=_everywhere(right),
        unchanged_everywhere=_everywhere(_unchanged(sweep)),
    )


def to_json(sweep: Sweep) -> dict[str, Any]:
    """Give the audit ready for JSON: the protocol, the cells, the summary's numbers and their intervals."""
    whole = summary(sweep)
    estimates = {one.name: getattr(whole, one.name) for one in dataclasses.fields(Summary) if one.type is Estimate}
    return {
        "protocol": dataclasses.asdict(sweep.protocol),
        "cells": cells(sweep).rows(),
        **{name: one.value for name, one in estimates.items()},
        "lowest_at": {"dx": whole.lowest_dx, "dy": whole.lowest_dy},
        "intervals": {name: [one.low, one.high] for name, one in estimates.items()},
    }


def _right(sweep: Sweep) -> Hits:
    hits: Hits = sweep.labels_at == sweep.labels[:, None]
    return hits


def _unchanged(sweep: Sweep) -> Hits:
    hits: Hits = sweep.labels_at == sweep.labels_at[:, [sweep.shifts.origin]]
    return hits


def _share(hits: Hits) -> Column:
    low, high = wilson(hits.sum(axis=0), len(hits))
    return Column(hits.mean(axis=0), low, high)


def _at(column: Column, cell: int) -> Estimate:
    return Estimate(float(column.values[cell]), float(column.low[cell]), float(column.high[cell]))


def _everywhere(hits: Hits) -> Estimate:
    everywhere: Hits = np.asarray(hits.all(axis=1))[:, None]
    return _at(_share(everywhere), 0)
