"""A model that is about to be audited: opened with its pictures, and found to answer as an audit needs it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from convlens.arrays import Indices, Predict
from convlens.audit.checks import checked_predictor
from convlens.audit.placing import BLANK, PLACINGS, unmoved
from convlens.audit.shifts import Shifts, line, require_something_left
from convlens.data.dataset import Dataset
from convlens.errors import SettingsError
from convlens.models.precision import Precision
from convlens.workflows.audit_files import audits_of
from convlens.workflows.enlarging import enlarged
from convlens.workflows.foreign import Opened, opened
from convlens.workflows.preview import preview
from convlens.workflows.reading import Reading
from convlens.workflows.subjects import Subject, answers, as_seen

UNMOVED = line(0)

Say = Callable[[str], None]
"""Told what the user should read at once, while a long audit is still to come."""


@dataclass(frozen=True, eq=False)
class Asked:
    """A model, the pictures for it, and the function that asks it.

    Attributes:
        dataset: labels in the model's order; under the border rule "crop" larger than it reads.
        predict: from pictures as the border rule shows them to logits.
        labelled: whether the labels say what is right.
        notes: what the user should know.
        places: where each picture stands in its split, from 0.
        folder: of its audits.
    """

    subject: Subject
    dataset: Dataset
    predict: Predict
    labelled: bool
    notes: tuple[str, ...]
    places: Indices
    folder: Path


def asked(
    reference: str | Path,
    *,
    data: str | None = None,
    split: str = "test",
    take: int | None = None,
    seed: int = 0,
    model: str | None = None,
    reading: Reading | None = None,
    device: str = "cpu",
    precision: Precision = "fp32",
    shifts: Shifts = UNMOVED,
    border: str = "zeros",
    fill: int = 0,
    to: Path | str | None = None,
    say: Say | None = None,
) -> Asked:
    """Open a model and the pictures for an audit, and try both on a few of them.

    Args:
        reference: a run folder, a weights file, a registered network, or a model from elsewhere.
        reading: how a model from elsewhere reads its pictures. It is looked at before anything long: what enters it
            is drawn into a file beside its audits, and `say` is told how often it is right with nothing moved.
        shifts: all that the audit will try.
        to: the folder for the results; the run's own, or `audits/NAME` for what is no run, when None.

    Raises:
        ConvlensError: the model, the pictures or the settings are not usable; the sentence says which.
    """
    require_blank(border, fill)
    margin = shifts.radius if border == "crop" else 0
    found = opened(
        str(reference), data=data, split=split, take=take, seed=seed, model=model, reading=reading, margin=margin
    )
    subject, dataset = found.subject, found.dataset
    require_something_left(shifts, dataset.size)
    seen = as_seen(subject, dataset.size, shifts.radius, border)
    predict = answers(seen, device, precision)
    still = unmoved(predict, radius=shifts.radius, border=border, fill=fill)
    _require_trusted(still, seen, dataset, border, precision)
    folder = audits_of(subject, to)
    if subject.reading and say is not None:
        _look(found, folder, device, precision, margin, say)
    larger = enlarged(subject, data, dataset.size, margin) if margin else ()
    places = np.arange(len(dataset)) if found.places is None else found.places
    return Asked(subject, dataset, predict, found.labelled, (*found.notes, *larger), places, folder)


def require_blank(border: str, fill: int) -> None:
    """Refuse a grey level for the blank where none comes in: it would only name the audit otherwise than its like.

    Raises:
        SettingsError: the border rule brings in no blank.
    """
    if fill and border in PLACINGS and border not in BLANK:
        raise SettingsError(
            f"--fill {fill} is the grey level of a blank, and under --border {border} none comes in; leave --fill out, "
            "or take --border zeros"
        )


def _require_trusted(predict: Predict, seen: Subject, dataset: Dataset, border: str, precision: Precision) -> None:
    """Refuse a model that does not answer a few of the pictures as an audit needs it.

    Raises:
        ConvlensError: it does not; the sentence gives the picture's number in the data set.
        SettingsError: on a canvas, a network that reads pictures of its own size only.
    """
    try:
        checked_predictor(predict, dataset.images, seen.card.class_names, precision=precision)
    except (RuntimeError, ValueError) as error:
        if border != "canvas":
            raise
        (height, width), own = seen.card.size, dataset.size
        raise SettingsError(
            f"--border canvas shows pictures of {height}×{width} pixels, and {seen.name!r} reads only "
            f"{own[0]}×{own[1]}: its head is tied to that size; use --border zeros, or a network with a pooled head"
        ) from error


def _look(found: Opened, folder: Path, device: str, precision: Precision, margin: int, say: Say) -> None:
    predict = answers(found.subject, device, precision)
    first = preview(found.subject, found.dataset, predict, folder, labelled=found.labelled, margin=margin)
    say(first.sentence)
    if first.doubt:
        say(first.doubt)
