"""What does a network say to pictures from disk?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convlens.arrays import softmax
from convlens.audit.answers import checked_logits
from convlens.data.dataset import LeftOut
from convlens.data.listing import pictures_below
from convlens.data.pictures import Pictures, Progress, named_reasons, read_pictures
from convlens.errors import DataError
from convlens.tables import Table
from convlens.workflows.foreign import PROBED, require_no_reading
from convlens.workflows.foreign_models import found, is_foreign
from convlens.workflows.meanings import understood
from convlens.workflows.reading import Reading
from convlens.workflows.subjects import answers, trained


@dataclass(frozen=True)
class Predictions:
    """The answers for a folder or a single picture.

    Attributes:
        table: columns path, then class1, probability1, class2, … with the likeliest first.
        unreadable: the pictures that could not be read, and why.
    """

    table: Table
    unreadable: tuple[LeftOut, ...]

    def to_json(self) -> dict[str, object]:
        """Give everything as plain values."""
        return {
            "predictions": self.table.rows(),
            "unreadable": [{"path": one.path, "reason": one.reason} for one in self.unreadable],
        }


def predict(
    reference: Path | str,
    pictures: Path | str,
    *,
    top: int = 3,
    model: str | None = None,
    device: str = "cpu",
    reading: Reading | None = None,
    progress: Progress | None = None,
) -> Predictions:
    """Classify one picture, or all below a folder, with the size, fit and channels of the network's training.

    Args:
        reference: a run folder, a weights file, or a model from elsewhere.
        reading: how a model from elsewhere reads its pictures, and what its answers are called (the class map).

    Raises:
        DataError: there is no such picture or folder, or none of the pictures can be read.
    """
    paths = _paths(Path(pictures))
    if is_foreign(str(reference)):
        said = Reading() if reading is None else reading
        asked = found(str(reference), said)
        size, channels = asked.reads.size, asked.reads.channels
        read = _read(pictures, paths, size=size, channels=channels, fit="crop", progress=progress)
        subject, _, _ = understood(asked, read.images[:PROBED], said.class_map)
        card = subject.card
    else:
        require_no_reading(reference, reading)
        subject = trained(reference, model=model)
        card = subject.card
        fit = subject.settings.fit if subject.settings is not None else "crop"
        read = _read(pictures, paths, size=card.size, channels=card.channels, fit=fit, progress=progress)
    probabilities = softmax(checked_logits(answers(subject, device), read.images))
    ranking = (-probabilities).argsort(axis=1, kind="stable")[:, : min(top, len(card.class_names))]
    rows = [
        {"path": str(paths[place_in_list])}
        | {
            key: value
            for place, column in enumerate(order, start=1)
            for key, value in (
                (f"class{place}", card.class_names[column]),
                (f"probability{place}", float(row[column])),
            )
        }
        for place_in_list, row, order in zip(read.kept, probabilities, ranking, strict=True)
    ]
    return Predictions(Table.from_rows(rows), read.left_out)


def _read(pictures: Path | str, paths: list[Path], **asked: Any) -> Pictures:
    read = read_pictures(paths, **asked)
    if not len(read.kept):
        raise DataError(f"no picture in {str(pictures)!r} could be read: {named_reasons(read.left_out)}")
    return read


def _paths(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    paths = pictures_below(place) if place.is_dir() else []
    if not paths:
        what = "holds no pictures" if place.is_dir() else "does not exist"
        raise DataError(f"{str(place)!r} {what}; give a picture (JPEG, PNG, WebP, BMP, GIF, TIFF) or a folder of them")
    return paths
