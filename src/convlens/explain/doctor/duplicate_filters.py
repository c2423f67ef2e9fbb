"""Filters of one layer that say the same: equal weights, but for a positive factor."""

from collections.abc import Sequence
from copy import deepcopy

import numpy as np
import torch
from jaxtyping import Bool
from torch import Tensor

from convlens.explain.doctor.finding import Finding, NotChecked, Recheck
from convlens.explain.doctor.mending import by_hand
from convlens.explain.doctor.patient import Patient
from convlens.explain.doctor.registry import finding
from convlens.explain.doctor.weights import SEED, noun, redrawn
from convlens.explain.doctor.words import SHOWN
from convlens.explain.operations import Convolution, Linear, Operation
from convlens.explain.recording import Step
from convlens.explain.words import layer as named

KIND = "duplicate-filters"

NEAR = 1e-5
"""Filters scaled to length 1 that differ by less are the same; weights in float32 are rounded by about 1e-7."""


@finding(KIND)
def duplicate_filters(patient: Patient) -> Sequence[Finding] | NotChecked:
    """Find filters that an earlier one of their layer repeats, at another strength or the same."""
    found: list[Finding] = []
    seen: set[int] = set()
    for step in patient.recording.steps:
        operation = step.operation
        # a layer that is called twice has its filters once
        if isinstance(operation, Convolution | Linear) and operation.weight.data_ptr() not in seen:
            seen.add(operation.weight.data_ptr())
            pairs = _repeated(operation)
            if pairs:
                found.append(_told(patient, step, operation, pairs))
    return found


@torch.no_grad()
def repeated_filters(weight: Tensor, bias: Tensor | None = None, groups: int = 1) -> dict[int, int]:
    """Give, for each filter that repeats an earlier one of its group, that earlier one; without gradients.

    Filters of a single weight are all alike but for their bias, which therefore counts as a second one.

    Args:
        weight: a filter in each row.
    """
    rows = weight.flatten(1).double()
    if rows.shape[1] == 1 and bias is not None:
        rows = torch.cat([rows, bias.double()[:, None]], dim=1)
    if rows.shape[1] == 1:
        return {}
    length = rows.norm(dim=1, keepdim=True)
    units = torch.where(length > 0, rows / length.clamp_min(torch.finfo(rows.dtype).tiny), rows)
    # equal filters have equal shadows on any line, so that only neighbours there need be compared
    line = torch.randn(units.shape[1], dtype=units.dtype, generator=torch.Generator().manual_seed(SEED))
    shadows = (units @ (line / line.norm()).to(units.device)).tolist()
    order = sorted(range(len(units)), key=shadows.__getitem__)
    each = len(units) // groups
    pairs: dict[int, int] = {}
    for place, one in enumerate(order):
        for other in order[place + 1 :]:
            if shadows[other] - shadows[one] > NEAR:
                break
            if one // each == other // each and float((units[one] - units[other]).norm()) <= NEAR:
                late, early = max(one, other), min(one, other)
                pairs[late] = min(early, pairs.get(late, early))
    return dict(sorted(pairs.items()))


def _told(patient: Patient, step: Step, layer: Convolution | Linear, pairs: dict[int, int]) -> Finding:
    name, what = step.name, noun(patient.recording, step.name)
    first = list(pairs.items())[:SHOWN]
    shown = [f"{late} repeats {early}{_factor(layer.weight, late, early)}" for late, early in first]
    more = f" and {len(pairs) - SHOWN} more" if len(pairs) > SHOWN else ""
    evidence = (
        f"{len(pairs)} of {len(layer.weight)} {what} of {named(name)} repeat another one: {', '.join(shown)}{more}"
    )
    if layer.bias is not None:
        same = sum(_same_bias(layer.weight, layer.bias, late, early) for late, early in pairs.items())
        evidence += f"; {same} of them with the bias too"
    remedy = "draw them anew and train on; or leave them out, their weights in the next layer added to the first one's"
    marked: Bool[np.ndarray, " filters"] = np.zeros(len(layer.weight), bool)
    marked[list(pairs)] = True
    copy = deepcopy(patient.module)
    if not redrawn(copy, name, marked):
        return Finding(KIND, len(pairs), name, evidence, remedy, by_hand(KIND))
    mended = patient.mended(copy).recording
    left = len(_repeated(mended.steps[mended.place(name)].operation))
    recheck = Recheck(left, f"drawn anew on a copy: {left} {what} of {named(name)} repeat another one")
    return Finding(KIND, len(pairs), name, evidence, remedy, recheck)


def _repeated(operation: Operation) -> dict[int, int]:
    if not isinstance(operation, Convolution | Linear):
        return {}
    groups = operation.groups if isinstance(operation, Convolution) else 1
    return repeated_filters(operation.weight, operation.bias, groups)


def _factor(weight: Tensor, late: int, early: int) -> str:
    above, below = _length(weight, late), _length(weight, early)
    if not above * below:
        return " (all weights 0)"
    return "" if abs(above / below - 1) < NEAR else f" times {above / below:.3g}"


def _same_bias(weight: Tensor, bias: Tensor, late: int, early: int) -> bool:
    one, other = (float(bias[row]) / (_length(weight, row) or 1.0) for row in (late, early))
    return abs(one - other) < NEAR


def _length(weight: Tensor, row: int) -> float:
    return float(weight[row].double().norm())
