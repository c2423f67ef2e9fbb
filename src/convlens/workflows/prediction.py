"""What does a network say to pictures from disk?"""

from dataclasses import dataclass
from pathlib import Path

from convlens.arrays import softmax
from convlens.audit.answers import checked_logits
from convlens.data.dataset import LeftOut
from convlens.data.listing import pictures_below
from convlens.data.pictures import Progress, named_reasons, read_pictures
from convlens.errors import DataError
from convlens.tables import Table
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
    progress: Progress | None = None,
) -> Predictions:
    """Classify one picture, or all below a folder, with the size, fit and channels of the network's training.

    Raises:
        DataError: there is no such picture or folder, or none of the pictures can be read.
    """
    subject = trained(reference, model=model)
    card = subject.card
    paths = _paths(Path(pictures))
    fit = subject.settings.fit if subject.settings is not None else "crop"
    read = read_pictures(paths, size=card.size, channels=card.channels, fit=fit, progress=progress)
    if not len(read.kept):
        raise DataError(f"no picture in {str(pictures)!r} could be read: {named_reasons(read.left_out)}")
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


def _paths(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    paths = pictures_below(place) if place.is_dir() else []
    if not paths:
        what = "holds no pictures" if place.is_dir() else "does not exist"
        raise DataError(f"{str(place)!r} {what}; give a picture (JPEG, PNG, WebP, BMP, GIF, TIFF) or a folder of them")
    return paths
