"""How far can the image move before the answer changes?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from convlens.arrays import Indices, Predict
from convlens.audit.answered import of, pack
from convlens.audit.each_picture import by_picture
from convlens.audit.in_parts import Parts, Progress
from convlens.audit.measures import to_json
from convlens.audit.shifts import grid
from convlens.audit.sweep import ByShift, Sweep, sweep
from convlens.data.dataset import Dataset
from convlens.files import write_bytes, write_json, write_text
from convlens.models.precision import Precision
from convlens.models.sweep import ByShift as Shared
from convlens.models.sweep import shared_sweep
from convlens.models.sweeping.plan import ALONE
from convlens.models.weights import Classifier
from convlens.tables import Table
from convlens.workflows.asking import Say, asked
from convlens.workflows.audit_figures import write_figures
from convlens.workflows.audit_files import SHIFTS, own_audits, safe_name, unfinished, whose
from convlens.workflows.causes import causes as flip_causes
from convlens.workflows.foreign import opened, require_labelled
from convlens.workflows.reading import Reading
from convlens.workflows.subjects import Subject

BORDER_SHARE = 0.5


@dataclass(frozen=True, eq=False)
class Audit:
    """A sweep over a set of pictures, whose network it was, and what it says.

    Attributes:
        result: ready for JSON: protocol, cells, the summary's numbers and their intervals; `sweep` says whether the
            shifts shared any work and why not more, and `notes` what the user should know.
        saved: the files it was written to, and the folder of its figures.
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
    causes: bool = False,
    data: str | None = None,
    split: str = "test",
    take: int | None = None,
    seed: int = 0,
    model: str | None = None,
    reading: Reading | None = None,
    device: str = "cpu",
    precision: Precision = "fp32",
    to: Path | str | None = None,
    progress: Progress | None = None,
    say: Say | None = None,
) -> Audit:
    """Show every test picture to a model at every shift of −R…+R pixels along both axes.

    Args:
        reference: a run folder, a weights file, a registered network, or a model from elsewhere: `module:function`, an
            ONNX file, `timm:NAME`.
        shift: the largest shift R in pixels; there are (2R+1)² cells.
        border: what comes in where content has moved away: zeros, wrap, edge, reflect, symmetric, canvas or crop.
        fill: for "zeros" and "canvas": the grey level of the blank, 0–255, before any normalisation.
        causes: look into a sample of the flips too, and say why the answers flipped.
        take: audit so many pictures, stratified and drawn with `seed`; all when None.
        reading: how a model from elsewhere reads its pictures, and which of its answers is which class. Where nobody
            says what the pictures show, only what needs no labels is measured.
        to: the folder for the results; the run's own, or `audits/NAME` for what is no run, when None.
        progress: told how many answers are there, and of how many; then likewise for the causes.
        say: told what a first look at a model from elsewhere shows.

    Raises:
        ConvlensError: the model, the pictures or the settings are not usable; the sentence says which.
    """
    shifts = grid(shift)
    who = asked(
        reference, data=data, split=split, take=take, seed=seed, model=model, reading=reading, device=device,
        precision=precision, shifts=shifts, border=border, fill=fill, to=to, say=say,
    )  # fmt: skip
    subject, dataset = who.subject, who.dataset
    by_shift, shared = sharing_of(subject, border, device, precision)
    with unfinished(who.folder, subject, dataset, "shift", shift, border, fill, precision) as parts:
        swept = sweep_of(
            who.predict,
            dataset,
            shift=shift,
            border=border,
            fill=fill,
            precision=precision,
            reading=subject.reading,
            by_shift=by_shift,
            parts=parts,
            progress=progress,
        )
        # The parts stay until the causes are found: what is interrupted there does not begin with the sweep anew.
        found = (
            flip_causes(swept, subject, dataset, seed=seed, device=device, precision=precision, progress=progress)
            if causes
            else None
        )
    result = result_of(subject, swept, labelled=who.labelled)
    result["causes"] = None if found is None else found.to_json()
    alone = () if shared["shared"] or subject.network is None else (str(shared["reason"]),)
    notes = (*who.notes, *blank_note(dataset, border, fill), *alone)
    result |= {"sweep": shared, "notes": list(notes)}
    saved = save_audit(who.folder, swept, result, who.places)
    return Audit(subject, dataset, swept, result, notes, saved)


def sweep_of(
    predict: Predict,
    dataset: Dataset,
    *,
    shift: int,
    border: str,
    fill: int = 0,
    precision: str = "fp32",
    reading: Mapping[str, str | int | float | bool] | None = None,
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
        notes={"precision": precision, **(reading or {})},
        by_shift=by_shift,
        parts=parts,
        progress=progress,
    )


def result_of(subject: Subject, swept: Sweep, *, labelled: bool = True) -> dict[str, Any]:
    """Give an audit ready for JSON."""
    return whose(subject) | to_json(swept, labelled=labelled)


def save_audit(
    folder: Path, swept: Sweep, result: Mapping[str, Any], places: Indices | None = None
) -> tuple[Path, ...]:
    """Write an audit into a folder: numbers as JSON, cells as CSV, answers as NPZ, figures as SVG, pictures as CSV.

    An equal protocol replaces an older one.

    Args:
        places: where each picture stands in its split, for the table of pictures.
    """
    protocol = swept.protocol
    rule = f"{protocol.border}{protocol.fill or ''}"
    pictures = f"{protocol.data[-40:]}-{protocol.split}-{protocol.count}-{protocol.manifest_hash[:8]}"
    stem = folder / safe_name(f"shift-{protocol.radius}-{rule}-{pictures}")
    numbers, cells, answers = (stem.with_name(f"{stem.name}.{end}") for end in ("json", "csv", "npz"))
    each = stem.with_name(f"{stem.name}-pictures.csv")
    labelled = "label_free" not in result
    kept = of(swept, labelled=labelled)
    write_bytes(answers, pack(kept))  # first: what a comparison reads is never older than the numbers beside it
    write_text(cells, Table.from_rows(result["cells"]).to_csv())
    write_text(each, by_picture(swept, places, labelled=labelled).to_csv())
    write_json(numbers, result)
    return numbers, cells, answers, write_figures(stem, result), each


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
    return None if subject.network is None else _shared(subject, border, device, precision)[0]


def sharing_of(
    subject: Subject, border: str, device: str = "cpu", precision: Precision = "fp32"
) -> tuple[Shared | None, dict[str, str | bool]]:
    """Give the same, with whether any work is shared and why not more, ready for JSON: `shared` and `reason`."""
    if subject.network is None:
        reason = f"{ALONE}, because {subject.name!r} is known by its answers alone"
    elif border == "canvas":
        reason = f"{ALONE}, because a canvas is larger than the pictures that the network reads"
    else:
        by_shift, reason = _shared(subject, border, device, precision)
        return by_shift, {"shared": not reason.startswith(ALONE), "reason": reason}
    return None, {"shared": False, "reason": reason}


def blank_note(dataset: Dataset, border: str, fill: int) -> tuple[str, ...]:
    """Say so when the blank that comes in is not the blank of the pictures."""
    if border not in ("zeros", "canvas"):
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


def _shared(subject: Subject, border: str, device: str, precision: Precision) -> tuple[Shared, str]:
    return shared_sweep(Classifier(subject.module, subject.card), border, precision=precision, device=device)


def _rim(image: Any) -> Any:
    parts: Iterable[Any] = (image[0], image[-1], image[:, 0], image[:, -1])
    return np.concatenate([part.reshape(-1) for part in parts])
