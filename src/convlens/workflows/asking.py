"""A model that is about to be audited: opened with its pictures, and found to answer as an audit needs it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from convlens.arrays import Images, Predict
from convlens.audit.checks import SAMPLE, checked_predictor
from convlens.audit.placing import placed
from convlens.audit.shifts import Shifts, line, require_something_left
from convlens.data.dataset import Dataset
from convlens.errors import ConvlensError, SettingsError
from convlens.models.precision import Precision
from convlens.workflows.audit_files import audits_of
from convlens.workflows.foreign import Opened, opened
from convlens.workflows.preview import preview
from convlens.workflows.reading import Reading
from convlens.workflows.subjects import Subject, answers

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
        folder: of its audits.
    """

    subject: Subject
    dataset: Dataset
    predict: Predict
    labelled: bool
    notes: tuple[str, ...]
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
    margin = shifts.radius if border == "crop" else 0
    found = opened(
        str(reference), data=data, split=split, take=take, seed=seed, model=model, reading=reading, margin=margin
    )
    subject, dataset = found.subject, found.dataset
    require_something_left(shifts, dataset.size)
    sample = dataset.images[np.unique(np.linspace(0, len(dataset) - 1, SAMPLE).astype(int))]
    still = np.zeros(len(sample), np.int64)
    seen = placed(sample, still, still, radius=shifts.radius, border=border, fill=fill)
    predict = _trusted(subject, seen, border, device, precision)
    folder = audits_of(subject, to)
    if subject.reading and say is not None:
        _look(found, folder, device, precision, margin, say)
    return Asked(subject, dataset, predict, found.labelled, found.notes, folder)


def _trusted(subject: Subject, seen: Images, border: str, device: str, precision: Precision) -> Predict:
    """Make the function that asks a model, after it has answered a few pictures.

    Raises:
        SettingsError: on a canvas, a network that reads pictures of its own size only.
    """
    if border != "canvas":
        return checked_predictor(
            answers(subject, device, precision), seen, subject.card.class_names, precision=precision
        )
    height, width = seen.shape[1:3]
    larger = answers(replace(subject, card=replace(subject.card, size=(height, width))), device, precision)
    try:
        return checked_predictor(larger, seen, subject.card.class_names, precision=precision)
    except ConvlensError:
        raise
    except (RuntimeError, ValueError) as error:
        raise SettingsError(
            f"--border canvas shows pictures of {height}×{width} pixels, and {subject.name!r} reads only "
            f"{subject.card.size[0]}×{subject.card.size[1]}: its head is tied to that size; use --border zeros, or a "
            "network with a pooled head"
        ) from error


def _look(found: Opened, folder: Path, device: str, precision: Precision, margin: int, say: Say) -> None:
    predict = answers(found.subject, device, precision)
    first = preview(found.subject, found.dataset, predict, folder, labelled=found.labelled, margin=margin)
    say(first.sentence)
    if first.doubt:
        say(first.doubt)
