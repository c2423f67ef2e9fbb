"""How far can the image move before the answer changes?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from convlens.arrays import Predict
from convlens.audit.answered import of, pack
from convlens.audit.in_parts import Parts, Progress
from convlens.audit.measures import to_json
from convlens.audit.one_image import probabilities_by_shift
from convlens.audit.placing import placed, seen_size
from convlens.audit.shifts import grid, line, require_something_left
from convlens.audit.sweep import ByShift, Sweep, sweep
from convlens.data.dataset import Dataset
from convlens.errors import SettingsError
from convlens.files import write_bytes, write_json, write_text
from convlens.models.precision import Precision
from convlens.models.sweep import ByShift as Shared
from convlens.models.sweep import shared_sweep
from convlens.models.weights import Classifier
from convlens.tables import Table
from convlens.workflows.audit_files import SHIFTS, audits_of, own_audits, safe_name, unfinished, whose
from convlens.workflows.foreign import opened, require_labelled
from convlens.workflows.reading import Reading
from convlens.workflows.subjects import Subject, answers

BORDER_SHARE = 0.5


@dataclass(frozen=True, eq=False)
class Audit:
    """A sweep over a set of pictures, whose network it was, and what it says.

    Attributes:
        result: ready for JSON: protocol, cells, the summary's numbers and their intervals.
        saved: the files it was written to.
    """

    subject: Subject
    dataset: Dataset
    sweep: Sweep
    result: dict[str, Any]
    notes: tuple[str, ...]
    saved: tuple[Path, ...] = ()


def audit(
    reference: str | Path,
    *,
    shift: int = 5,
    border: str = "zeros",
    fill: int = 0,
    data: str | None = None,
    split: str = "test",
    take: int | None = None,
    seed: int = 0,
    model: str | None = None,
    device: str = "cpu",
    precision: Precision = "fp32",
    to: Path | str | None = None,
    progress: Progress | None = None,
) -> Audit:
    """Show every test picture to a network at every shift of −R…+R pixels along both axes.

    Args:
        reference: a run folder, a weights file, a registered network, or `module:function`.
        shift: the largest shift R in pixels; there are (2R+1)² cells.
        border: what comes in where content has moved away: zeros, wrap, edge, reflect or symmetric.
        fill: for "zeros": the grey level of the blank, 0–255, before any normalisation.
        take: audit so many pictures, stratified and drawn with `seed`; all when None.
        to: the folder for the results; the run's own, or `audits/NAME` for what is no run, when None.

    Raises:
        ConvlensError: the network, the pictures or the settings are not usable; the sentence says which.
    """
    subject, dataset = subject_and_pictures(str(reference), data, split, take, seed, model)
    ask = partial(_on_canvas, dataset=dataset, radius=shift) if border == "canvas" else answers
    predict = ask(subject, device=device, precision=precision)
    by_shift = None if border == "canvas" else sharing(subject, border, device, precision)
    folder = audits_of(subject, to)
    with unfinished(folder, subject, dataset, "shift", shift, border, fill, precision) as parts:
        swept = sweep_of(
            predict,
            dataset,
            shift=shift,
            border=border,
            fill=fill,
            precision=precision,
            by_shift=by_shift,
            parts=parts,
            progress=progress,
        )
    result = result_of(subject, swept)
    notes = blank_note(dataset, border, fill)
    saved = save_audit(folder, swept, result)
    return Audit(subject, dataset, swept, result, notes, saved)


def sweep_of(
    predict: Predict,
    dataset: Dataset,
    *,
    shift: int,
    border: str,
    fill: int = 0,
    precision: str = "fp32",
    by_shift: ByShift | None = None,
    parts: Parts | None = None,
    progress: Progress | None = None,
) -> Sweep:
    """Sweep a data set whose labels are in the network's order."""
    return sweep(
        predict,
        dataset.images,
        dataset.labels,
        dataset.class_names,
        grid(shift),
        border=border,
        fill=fill,
        data=dataset.name,
        split=dataset.split,
        manifest_hash=dataset.manifest_hash,
        notes={"precision": precision},
        by_shift=by_shift,
        parts=parts,
        progress=progress,
    )


def one_image(
    reference: str | Path,
    number: int,
    *,
    shift: int = 5,
    border: str = "zeros",
    fill: int = 0,
    data: str | None = None,
    split: str = "test",
    model: str | None = None,
    device: str = "cpu",
) -> Table:
    """Give the class probabilities of one picture at −R…+R pixels sideways: a row per shift, a column per class.

    Args:
        number: the picture's place in its split, from 0.

    Raises:
        SettingsError: there is no such picture.
    """
    subject, dataset = subject_and_pictures(str(reference), data, split, None, 0, model)
    if not 0 <= number < len(dataset):
        raise SettingsError(f"the {dataset.split} split has the pictures 0 to {len(dataset) - 1:,}; got {number!r}")
    shifts = line(shift)
    require_something_left(shifts, dataset.size)
    predict = answers(subject, device)
    probabilities = probabilities_by_shift(predict, dataset.images[number], shifts, border=border, fill=fill)
    columns: dict[str, list[Any]] = {"dx": shifts.dx.tolist()}
    columns["answer"] = [dataset.class_names[column] for column in probabilities.argmax(axis=1)]
    columns |= {name: probabilities[:, column].tolist() for column, name in enumerate(dataset.class_names)}
    return Table(columns)


def result_of(subject: Subject, swept: Sweep) -> dict[str, Any]:
    """Give an audit ready for JSON."""
    return whose(subject) | to_json(swept)


def save_audit(folder: Path, swept: Sweep, result: Mapping[str, Any]) -> tuple[Path, ...]:
    """Write an audit into a folder: numbers as JSON, cells as CSV, answers as NPZ; an equal protocol replaces it."""
    protocol = swept.protocol
    rule = f"{protocol.border}{protocol.fill or ''}"
    pictures = f"{protocol.data[-40:]}-{protocol.split}-{protocol.count}-{protocol.manifest_hash[:8]}"
    name = f"shift-{protocol.radius}-{rule}-{pictures}"
    stem = safe_name(name)
    paths = folder / f"{stem}.json", folder / f"{stem}.csv", folder / f"{stem}.npz"
    write_bytes(paths[2], pack(of(swept)))  # first: what a comparison reads is never older than the numbers beside it
    write_text(paths[1], Table.from_rows(result["cells"]).to_csv())
    write_json(paths[0], result)
    return paths


def newest_audit(subject: Subject) -> dict[str, Any] | None:
    """Read the audit over shifts of these very weights that was written last; None when there is none."""
    return next((content for _, content in own_audits(subject, SHIFTS)), None)


def subject_and_pictures(
    reference: str,
    data: str | None,
    split: str,
    take: int | None,
    seed: int,
    model: str | None,
    *,
    reading: Reading | None = None,
    margin: int = 0,
) -> tuple[Subject, Dataset]:
    """Open what is to be audited, and load the pictures for it in its own size, with labels in its own order.

    Raises:
        SettingsError: nothing says which of its answers means which class; `opened` serves where no labels are needed.
    """
    found = require_labelled(
        opened(reference, data=data, split=split, take=take, seed=seed, model=model, reading=reading, margin=margin)
    )
    return found.subject, found.dataset


def sharing(subject: Subject, border: str, device: str = "cpu", precision: Precision = "fp32") -> Shared | None:
    """Make the sweep that computes once what all shifts of a picture have in common; None for what is no network."""
    if subject.network is None:
        return None
    by_shift, _ = shared_sweep(Classifier(subject.module, subject.card), border, precision=precision, device=device)
    return by_shift


def _on_canvas(subject: Subject, device: str, precision: Precision, *, dataset: Dataset, radius: int) -> Predict:
    """Make the function from images on a larger canvas to logits, after one image has gone through.

    Raises:
        SettingsError: the network reads pictures of its own size only.
    """
    size = seen_size(dataset.size, radius, "canvas")
    predict = answers(replace(subject, card=replace(subject.card, size=size)), device, precision)
    still = np.zeros(1, np.int64)
    try:
        predict(placed(dataset.images[:1], still, still, radius=radius, border="canvas"))
    except (RuntimeError, ValueError) as error:
        raise SettingsError(
            f"--border canvas shows pictures of {size[0]}×{size[1]} pixels, and {subject.name!r} reads only "
            f"{subject.card.size[0]}×{subject.card.size[1]}: its head is tied to that size; use --border zeros, or a "
            "network with a pooled head"
        ) from error
    return predict


def blank_note(dataset: Dataset, border: str, fill: int) -> tuple[str, ...]:
    """Say so when the blank that comes in is not the blank of the pictures."""
    if border != "zeros":
        return ()
    rim = np.concatenate([_rim(image) for image in dataset.images[:200]])
    usual = int(np.median(rim))
    near = float((np.abs(rim.astype(int) - usual) <= 16).mean())
    if near < BORDER_SHARE or abs(usual - fill) <= 64:
        return ()
    remark = (
        f"the rims of these pictures are mostly about grey level {usual}, but the blank that moves in is {fill}: "
        f"use --fill {usual} (or --border edge) to move them over their own background"
    )
    return (remark,)


def _rim(image: Any) -> Any:
    parts: Iterable[Any] = (image[0], image[-1], image[:, 0], image[:, -1])
    return np.concatenate([part.reshape(-1) for part in parts])
