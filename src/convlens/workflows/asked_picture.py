"""The picture that somebody asked about last: what is kept of the question, so that the page can answer it too."""

from dataclasses import asdict, dataclass
from pathlib import Path

from convlens.augment.geometry import BORDERS
from convlens.data.dataset import Dataset
from convlens.files import write_json
from convlens.workflows.audit_files import own_audits, whose
from convlens.workflows.subjects import Subject

PICTURES = "image-*.json"
"""The files of such questions, beside a network's audits."""


@dataclass(frozen=True)
class MovedPicture:
    """One picture and how it is moved.

    Attributes:
        number: its place in its split, from 0.
        radius: the largest shift in pixels.
        fill: grey level of the blank.
    """

    number: int
    radius: int
    border: str
    fill: int


def keep_question(path: Path, subject: Subject, dataset: Dataset, asked: MovedPicture) -> Path:
    """Write down which picture of which data was asked about."""
    pictures = {"data": dataset.name, "split": dataset.split, "manifest_hash": dataset.manifest_hash}
    write_json(path, {**whose(subject), "protocol": pictures | asdict(asked)})
    return path


def asked_last(subject: Subject, dataset: Dataset) -> MovedPicture | None:
    """Give the picture of these data that this very network was asked about last.

    Border rules that make the picture larger or smaller are left out: what is shown of them is no picture of the data.
    """
    for _, content in own_audits(subject, PICTURES):
        told = content["protocol"]
        if told["manifest_hash"] == dataset.manifest_hash and told["border"] in BORDERS:
            return MovedPicture(**{name: told[name] for name in ("number", "radius", "border", "fill")})
    return None
