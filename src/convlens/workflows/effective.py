"""How much of the picture does one place of a layer look at?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convlens.explain.boxes import Box
from convlens.explain.effective_field import EffectiveField, effective_field
from convlens.files import write_json, write_text
from convlens.models.tensors import tensors
from convlens.report.figures import influence_map
from convlens.report.findings.influence import Corners, influence_in_words
from convlens.report.svg import alone
from convlens.workflows.audit_files import safe_name, whose
from convlens.workflows.explain_files import explain_folder
from convlens.workflows.foreign import opened
from convlens.workflows.foreign_models import require_layers
from convlens.workflows.reading import Reading
from convlens.workflows.subjects import Subject

PICTURES = 64
"""Over so many pictures the influence is averaged."""


@dataclass(frozen=True, eq=False)
class Effective:
    """An effective receptive field, and the files that show it."""

    subject: Subject
    field: EffectiveField
    files: tuple[Path, ...]

    @property
    def sentence(self) -> str:
        """How far it reaches, beside what can be seen at all."""
        return influence_in_words(*_corners(self.field), _name(self.field), self.field.share)

    def to_json(self) -> dict[str, Any]:
        """Give everything as plain values."""
        return {**whose(self.subject), **self.field.to_json(), "files": list(map(str, self.files))}


def effective(
    reference: str | Path,
    layer: str | None = None,
    *,
    pictures: int = PICTURES,
    data: str | None = None,
    split: str = "test",
    to: str | Path | None = None,
    model: str | None = None,
    reading: Reading | None = None,
    seed: int = 0,
) -> Effective:
    """Measure the effective receptive field of the middle of a layer's map, over pictures of the split.

    It is written into the run's folder `explain`, or `audits/NAME` for what is no run, as SVG and JSON.

    Args:
        layer: the last with rows and columns when None.
        pictures: so many are taken, each class its share.
        to: another folder.
        reading: how a model from elsewhere reads its pictures.

    Raises:
        UnknownNameError: there is no such layer.
        SettingsError: it has no rows and columns.
    """
    require_layers(str(reference))
    # No labels are needed: where nobody knows the classes, the pictures are simply drawn.
    source = opened(str(reference), data=data, split=split, model=model, reading=reading)
    subject, dataset = source.subject, source.dataset
    folder = explain_folder(subject, to)
    some = dataset.take(min(pictures, len(dataset)), seed)
    card = subject.card
    found = effective_field(subject.module, tensors(some.images, card.mean, card.std).contiguous(), layer)
    stem = f"effective-field-{safe_name(found.layer)}"
    drawn = influence_map(found.values, *_corners(found), _name(found), share=found.share)
    write_text(folder / f"{stem}.svg", alone(drawn))
    write_json(folder / f"{stem}.json", {**whose(subject), **found.to_json()})
    return Effective(subject, found, (folder / f"{stem}.svg", folder / f"{stem}.json"))


def _name(found: EffectiveField) -> str:
    return f"row {found.unit[0]}, column {found.unit[1]} of {found.layer}"


def _corners(found: EffectiveField) -> tuple[Corners, Corners | None]:
    seen = None if found.theoretical is None else found.theoretical.box
    return _of(found.box), None if seen is None else _of(seen)


def _of(box: Box) -> Corners:
    return box.top, box.left, box.height, box.width
