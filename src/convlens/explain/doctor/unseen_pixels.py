"""Pixels of the picture that cannot change any answer."""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Bool

from convlens.explain.boxes import Pixels
from convlens.explain.doctor.dropping import Dropping, droppings, in_words
from convlens.explain.doctor.finding import Finding, NotChecked, Recheck
from convlens.explain.doctor.mending import (
    Mend,
    best,
    by_hand,
    larger_pictures,
    listed,
    padding_of_convolutions,
    rounding_up,
    touching_windows,
)
from convlens.explain.doctor.patient import Patient
from convlens.explain.doctor.registry import finding
from convlens.explain.fields import followed, seen
from convlens.explain.recording import IMAGE

KIND = "unseen-pixels"


@finding(KIND)
def unseen_pixels(patient: Patient) -> Sequence[Finding] | NotChecked:
    """Find pixels that lie in the receptive field of no output, and the layers that lost them."""
    field = seen(patient.recording)
    if field.pixels is None:
        return NotChecked(f"which pixels the answer depends on is unknown: {field.unknown}")
    unseen = ~field.pixels
    count = int(unseen.sum())
    if not count:
        return ()
    lost_by = culprits(patient, count)
    names = [one.layer for one in lost_by]
    where = lines_in_words(unseen)
    evidence = f"{count} of {unseen.size} pixels ({100 * count / unseen.size:.1f} %) cannot change the answer: {where}"
    if lost_by:
        evidence += "; " + "; ".join(in_words(one) for one in lost_by)
    helps = best(patient, mends(patient, lost_by), left_unseen, count)
    if helps is None:
        wider = f"let the windows of {listed(names)} reach every pixel, by a larger kernel, a smaller stride or padding"
        remedy = wider if names else "pad the convolutions"
        return (Finding(KIND, count, ", ".join(names), evidence, remedy, by_hand(KIND)),)
    mend, left = helps
    recheck = Recheck(left, f"with {mend.words}, on a copy: {left} of {unseen_of(mend, patient)} pixels are unseen")
    return (Finding(KIND, count, ", ".join(names), evidence, f"{mend.words}, then train again", recheck),)


def left_unseen(patient: Patient) -> int:
    """Count the pixels that no output can see.

    Raises:
        ValueError: that is unknown.
    """
    field = seen(patient.recording)
    if field.count is None:
        raise ValueError(field.unknown)
    _, height, width = patient.input_shape
    return height * width - field.count


def culprits(patient: Patient, count: int) -> list[Dropping]:
    """Give the layers without whose dropping fewer pixels would be unseen; all that drop, where no single one is."""
    recording = patient.recording
    wanted = np.ones((1, *[1] * len(recording.steps[recording.output].output_shape)), bool)
    dropping = droppings(recording)

    def unseen_but_for(one: Dropping) -> int:
        cells = followed(recording, recording.output, wanted, frozenset({one.position})).cells[IMAGE]
        return int((~np.broadcast_to(cells[0], recording.input_shape).any(axis=0)).sum())

    guilty = [one for one in dropping if unseen_but_for(one) < count]
    return guilty or dropping


def mends(patient: Patient, lost_by: Sequence[Dropping]) -> Iterator[Mend]:
    """Give what can be tried: padded convolutions, pools that round up, and pictures of another size."""
    padded = padding_of_convolutions(patient.module)
    if padded is not None:
        yield padded
    layers = [one.module for one in lost_by]
    for other in (rounding_up(patient.module, layers), touching_windows(patient.module, layers)):
        if other is not None:
            yield other
    yield from larger_pictures(patient.input_shape)


def unseen_of(mend: Mend, patient: Patient) -> int:
    """Count the pixels of the pictures that a mend takes."""
    _, height, width = mend.input_shape or patient.input_shape
    return height * width


def lines_in_words(unseen: Pixels) -> str:
    """Say which whole rows and columns are unseen, and how many pixels beside them."""
    rows, columns = (np.logical_and.reduce(unseen, axis=axis) for axis in (1, 0))
    parts = [
        f"{name}{'s' if marked.sum() > 1 else ''} {_ranges(marked)}"
        for name, marked in (("row", rows), ("column", columns))
        if marked.any()
    ]
    beside = int((unseen & ~(rows[:, None] | columns[None, :])).sum())
    if beside:
        parts.append(f"{beside} single pixels" if parts else f"{beside} pixels in no whole row or column")
    return listed(parts)


def _ranges(marked: Bool[np.ndarray, " n"]) -> str:
    places = np.flatnonzero(marked)
    runs = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
