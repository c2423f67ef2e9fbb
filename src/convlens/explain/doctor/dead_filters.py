"""Filters and hidden units that are never above 0 after their ReLU, whatever the picture."""

from collections.abc import Mapping, Sequence
from copy import deepcopy

import numpy as np
import torch
from jaxtyping import Bool

from convlens.explain.doctor.finding import Finding, NotChecked, Recheck
from convlens.explain.doctor.patient import Patient
from convlens.explain.doctor.registry import finding
from convlens.explain.doctor.weights import noun, owner, redrawn
from convlens.explain.doctor.words import numbered
from convlens.explain.operations import Pointwise
from convlens.explain.recording import record
from convlens.explain.words import layer as named

KIND = "dead-filters"
RECTIFIERS = frozenset({"relu", "relu6"})

Dead = Bool[np.ndarray, " filters"]


@finding(KIND)
def dead_filters(patient: Patient) -> Sequence[Finding] | NotChecked:
    """Find filters whose rectified answer is 0 everywhere on every picture."""
    if patient.images is None:
        return NotChecked("filters are dead on pictures, and there are none; name some with --data")
    dead = {layer: mask for layer, mask in never_above_zero(patient).items() if mask.any()}
    if not dead:
        return ()
    copy = deepcopy(patient.module)
    changed = [layer for layer, mask in dead.items() if redrawn(copy, layer, mask)]
    again = never_above_zero(patient.mended(copy)) if changed else {}
    return tuple(
        _told(patient, layer, mask, again.get(layer) if layer in changed else None) for layer, mask in dead.items()
    )


def never_above_zero(patient: Patient) -> Mapping[str, Dead]:
    """Say for each layer that a ReLU follows which of its filters were never above 0 on the patient's pictures."""
    recording = patient.recording
    watched = {
        position: owner(recording, position)
        for position, step in enumerate(recording.steps)
        if isinstance(step.operation, Pointwise) and step.operation.name in RECTIFIERS
    }
    highest: dict[str, torch.Tensor] = {}
    for batch in patient.batches():
        steps = record(patient.module, batch).steps
        for position, layer in watched.items():
            value = steps[position].value
            # units of a sequence lie along the last axis, filters of maps along the first
            own = value.amax(dim=tuple(range(value.ndim - 1)) if value.ndim < 4 else (0, 2, 3))
            highest[layer] = torch.maximum(highest[layer], own) if layer in highest else own
    return {layer: (values <= 0).cpu().numpy() for layer, values in highest.items()}


def _told(patient: Patient, layer: str, dead: Dead, again: Dead | None) -> Finding:
    assert patient.images is not None
    count, which = int(dead.sum()), numbered(dead)
    what = noun(patient.recording, layer)
    evidence = (
        f"{count} of {len(dead)} {what} of {named(layer)} ({which}) were never above 0 after the ReLU, "
        f"anywhere on {len(patient.images):,} pictures of {patient.data}"
    )
    remedy = "draw them anew and train on, with a lower learning rate or a leaky ReLU; or leave them out"
    if not patient.trained:
        remedy = "look again after training: these weights are as they were drawn"
    if again is None:
        said = f"train again, then look with `convlens doctor` for {KIND!r} on the same pictures"
        return Finding(KIND, count, layer, evidence, remedy, Recheck(None, said))
    left = int(again[dead].sum())
    recheck = Recheck(left, f"drawn anew on a copy: {left} of the {count} are still never above 0 on these pictures")
    return Finding(KIND, count, layer, evidence, remedy, recheck)
