"""What a sweep says: a value with its interval for each shift, and a few numbers for the whole.

The unit of every interval is the image: the cells of one image depend on one another.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from convlens.audit.answered import right
from convlens.audit.answered import unchanged as kept
from convlens.audit.classes import class_flips
from convlens.audit.confidence import true_probabilities
from convlens.audit.directions import directions, phases
from convlens.audit.intervals import Column, Estimate, finite, means_of, shares_of
from convlens.audit.numbers import lowest_cell, numbers
from convlens.audit.rings import rings
from convlens.audit.sweep import Sweep
from convlens.registry import Registry
from convlens.tables import Table

Measure: TypeAlias = Callable[[Sweep], Column]

MEASURES: Registry[Measure] = Registry("measure", "list(convlens.audit.MEASURES)")

NEED_NO_LABELS: set[str] = set()
"""The measures that say something about a model whose right answers nobody knows."""


def measure(function: Measure) -> Measure:
    """Register a measure under the name of its function; every table of cells has it from then on."""
    return MEASURES.add(function.__name__)(function)


def label_free(function: Measure) -> Measure:
    """Register a measure that does not look at the right answers."""
    NEED_NO_LABELS.add(function.__name__)
    return measure(function)


@measure
def accuracy(sweep: Sweep) -> Column:
    """Give the share of images answered rightly at each shift, with its Wilson interval."""
    return shares_of(right(sweep))


@label_free
def unchanged(sweep: Sweep) -> Column:
    """Give the share of images whose answer is that of the unshifted image, with its Wilson interval.

    It takes no notice of the right answer: a model that always says the same has 1.0 everywhere. Read it beside the
    accuracy.
    """
    return shares_of(kept(sweep))


@measure
def true_probability(sweep: Sweep) -> Column:
    """Give the mean probability of the right class at each shift, with its bootstrap interval."""
    return means_of(true_probabilities(sweep))


@dataclass(frozen=True)
class Summary:
    """A sweep in a few numbers; but for the last one all of them are shares from 0 to 1, averaged over images.

    Attributes:
        clean: accuracy of the unshifted images (Wilson).
        mean: accuracy averaged over the cells (bootstrap over images).
        lowest: accuracy of the lowest cell, the first in order when several tie (Wilson). It was picked after looking:
            its interval is that of a cell named beforehand, and so lies a little too low.
        lowest_dx: where the lowest cell lies, in pixels to the right.
        lowest_dy: and down.
        right_everywhere: share of images answered rightly at every shift (Wilson).
        unchanged_everywhere: share of images with one and the same answer at every shift (Wilson).
        pair_consistency: how often two shifts drawn at random get the same answer (bootstrap, like all that follow).
        area_under_curve: the share of images right at every shift of up to r pixels, averaged over r = 0 … R.
        median_first_flip_px: the distance within which half of the answers have flipped; infinite beyond R.
        consistency_to_origin: share of the moves that leave the answer as it is; None when there are no moves.
        fidelity: share of the moves that leave the answer as it is, and right; None when there are no moves.
        flip_probability: share of the one-pixel steps between two cells that change the answer; None without such.
    """

    clean: Estimate
    mean: Estimate
    lowest: Estimate
    lowest_dx: int
    lowest_dy: int
    right_everywhere: Estimate
    unchanged_everywhere: Estimate
    pair_consistency: Estimate
    area_under_curve: Estimate
    median_first_flip_px: Estimate
    consistency_to_origin: Estimate | None = None
    fidelity: Estimate | None = None
    flip_probability: Estimate | None = None


def cells(sweep: Sweep, *, labelled: bool = True) -> Table:
    """Give one row per shift: dx, dy, the accuracy with its ends `low` and `high`, then the other measures.

    Every other measure has three columns: `<name>`, `<name>_low` and `<name>_high`.

    Args:
        labelled: the labels are the right ones; without them only measures that need none are there.
    """
    columns: dict[str, list[Any]] = {"dx": sweep.shifts.dx.tolist(), "dy": sweep.shifts.dy.tolist()}
    shown = [name for name in MEASURES if labelled or name in NEED_NO_LABELS]
    for name in sorted(shown, key=lambda one: (one != "accuracy", one != "unchanged", one)):
        column = MEASURES[name](sweep)
        prefix = "" if name == "accuracy" else f"{name}_"
        columns[name] = column.values.tolist()
        columns[f"{prefix}low"] = column.low.tolist()
        columns[f"{prefix}high"] = column.high.tolist()
    return Table(columns)


def summary(sweep: Sweep) -> Summary:
    """Give the numbers that stand for the whole sweep."""
    lowest = lowest_cell(sweep)
    where = {"lowest_dx": int(sweep.shifts.dx[lowest]), "lowest_dy": int(sweep.shifts.dy[lowest])}
    return Summary(**numbers(sweep), **where)  # type: ignore[arg-type]


def to_json(sweep: Sweep, *, labelled: bool = True) -> dict[str, Any]:
    """Give the audit ready for JSON: the protocol, the cells, the numbers for the whole and their intervals, and more.

    Args:
        labelled: the labels are the right ones; without them only what needs none is there, and `label_free` says so.
    """
    found = numbers(sweep, labelled=labelled)
    content: dict[str, Any] = {"protocol": dataclasses.asdict(sweep.protocol)}
    if not labelled:
        content["label_free"] = True
    content["cells"] = cells(sweep, labelled=labelled).rows()
    content |= {name: finite(one.value) for name, one in found.items()}
    if labelled:
        lowest = lowest_cell(sweep)
        content["lowest_at"] = {"dx": int(sweep.shifts.dx[lowest]), "dy": int(sweep.shifts.dy[lowest])}
    content["intervals"] = {name: [finite(one.low), finite(one.high)] for name, one in found.items()}
    content["rings"] = rings(sweep, labelled=labelled).rows()
    content["classes"] = [one.to_json() for one in class_flips(sweep, labelled=labelled)]
    if labelled:
        content["directions"] = [one.to_json() for one in directions(sweep)]
        content["phases"] = [one.to_json() for one in phases(sweep)]
    return content
