"""What are the numbers inside a network for one picture, and how do they come about?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convlens.arrays import Images
from convlens.data.dataset import Dataset
from convlens.data.decoding import UnreadableError, read_header
from convlens.data.fitting import Fit
from convlens.data.pictures import named_reasons, read_pictures
from convlens.errors import DataError, SettingsError, ShapeError
from convlens.explain.program import program
from convlens.explain.spelled_steps import steps_text
from convlens.explain.tracing import Trace, trace
from convlens.explain.unit import Unit
from convlens.models.card import Card
from convlens.models.tensors import tensors
from convlens.models.weights import Classifier
from convlens.workflows.auditing import subject_and_pictures
from convlens.workflows.foreign import require_no_reading
from convlens.workflows.foreign_models import is_foreign
from convlens.workflows.reading import Reading
from convlens.workflows.subjects import Subject, is_network_name, trained


@dataclass(frozen=True, eq=False)
class Explained:
    """One picture's pass through a network.

    Attributes:
        picture: which one it is, in words.
        image: as it was before it was normalised.
    """

    subject: Subject
    picture: str
    image: Images
    trace: Trace

    def text(self) -> str:
        """Give the whole pass in lines."""
        classes = ", ".join(f"{place} {name}" for place, name in enumerate(self.subject.card.class_names))
        return f"{self.subject.name} ({self.subject.weights}), {self.picture}; classes {classes}\n\n" + steps_text(
            self.trace
        )

    def python(self) -> str:
        """Give the whole pass as a program with NumPy alone.

        Raises:
            SettingsError: the network is too large to be written out.
        """
        return program(self.trace)

    def to_json(self) -> dict[str, Any]:
        """Give the steps as plain values, and the last one's numbers."""
        followed, card = self.trace, self.subject.card
        answer = followed.steps[followed.output]
        return {
            "subject": self.subject.name,
            "picture": self.picture,
            "class_names": list(card.class_names),
            "dtype": followed.dtype,
            "difference": followed.difference,
            "steps": [
                {
                    "name": step.name,
                    "kind": step.kind,
                    "inputs": [followed.steps[one].name if one >= 0 else "image" for one in step.inputs],
                    "output_shape": list(step.value.shape),
                    "difference": step.difference,
                }
                for step in followed.steps
            ],
            "answer": {"value": answer.value.tolist(), "torch": answer.torch.tolist()},
        }


def explain(
    reference: str | Path,
    picture: str | Path,
    *,
    data: str | None = None,
    split: str = "test",
    fit: Fit | None = None,
    model: str | None = None,
    reading: Reading | None = None,
) -> Explained:
    """Follow one picture through a network, every number by hand.

    Args:
        reference: a run folder, a weights file, or a network by name with `data`.
        picture: a picture file, or the number of a picture in the split of the run's data.
        fit: brings a picture of another size to the network's own.
        reading: how a model from elsewhere reads its pictures.

    Raises:
        DataError: there is no such picture.
        ShapeError: it has another size, and `fit` is not given.
        SettingsError: the network cannot be followed by hand; the sentence says what is not supported, and where.
    """
    opening: dict[str, Any] = {"data": data, "split": split, "fit": fit, "model": model, "reading": reading}
    subject, image, words = picture_for(reference, picture, **opening)
    return Explained(subject, words, image, _traced(subject, image))


def explain_unit(
    reference: str | Path,
    picture: str | Path,
    unit: str,
    *,
    data: str | None = None,
    split: str = "test",
    fit: Fit | None = None,
    model: str | None = None,
    reading: Reading | None = None,
) -> Unit:
    """Give the arithmetic of one number of a network for a picture.

    Args:
        unit: LAYER:CHANNEL,ROW,COLUMN or LAYER:INDEX. What comes after that layer need not be supported.

    Raises:
        ConvlensError: as `explain`; or the network has no such layer, or the layer no such number.
    """
    layer, place = read_unit(unit)
    opening: dict[str, Any] = {"data": data, "split": split, "fit": fit, "model": model, "reading": reading}
    subject, image, _ = picture_for(reference, picture, **opening)
    return _traced(subject, image, layer).unit(layer, *place)


def picture_for(
    reference: str | Path,
    picture: str | Path,
    *,
    data: str | None = None,
    split: str = "test",
    fit: Fit | None = None,
    model: str | None = None,
    reading: Reading | None = None,
) -> tuple[Subject, Images, str]:
    """Open a network and one picture for it, as a batch of one, with words for which it is.

    Raises:
        ConvlensError: one of the two is not to be had, or they do not fit; the sentence says which.
    """
    path = Path(picture)
    numbered = not path.exists() and str(picture).isdigit()
    if not numbered and not path.is_file():
        raise DataError(
            f"there is no picture {str(picture)!r}; give a picture file, or the number of a picture in the "
            f"{split} split, from 0"
        )
    is_run = not is_network_name(str(reference)) and not is_foreign(str(reference))
    if numbered or not is_run:
        subject, dataset = subject_and_pictures(str(reference), data, split, None, 0, model, reading=reading)
        if numbered:
            return subject, *numbered_picture(dataset, int(str(picture)))
    else:
        require_no_reading(reference, reading)
        subject = trained(reference, model=model)
    return subject, _read(path, subject.card, fit), path.name


def numbered_picture(dataset: Dataset, number: int) -> tuple[Images, str]:
    """Give one picture of a data set as a batch of one, with words for which it is.

    Raises:
        SettingsError: there are fewer.
    """
    if number >= len(dataset):
        raise SettingsError(f"the {dataset.split} split has the pictures 0 to {len(dataset) - 1:,}; got {number:,}")
    label = dataset.class_names[int(dataset.labels[number])]
    words = f"picture {number:,} of the {dataset.split} split of {dataset.name} ({label})"
    return dataset.images[number : number + 1], words


def read_unit(text: str) -> tuple[str, tuple[int, ...]]:
    """Read "conv1:0,5,5" or "dense1:7".

    Raises:
        SettingsError: it is not written so.
    """
    layer, _, place = text.rpartition(":")
    parts = [part.strip() for part in place.split(",")]
    if not layer or not all(part.isdigit() for part in parts):
        raise SettingsError(
            f"a unit is written LAYER:CHANNEL,ROW,COLUMN or LAYER:INDEX, like conv1:0,5,5 or dense1:7; got {text!r}"
        )
    return layer, tuple(map(int, parts))


def _traced(subject: Subject, image: Images, until: str | None = None) -> Trace:
    card = subject.card
    return trace(Classifier(subject.module, card), tensors(image, card.mean, card.std), until=until)


def _read(path: Path, card: Card, fit: Fit | None) -> Images:
    try:
        size = read_header(path).size
    except UnreadableError as error:
        raise DataError(f"the picture {str(path)!r} could not be read: {error}") from error
    if fit is None and size != tuple(card.size):
        raise ShapeError(
            f"the picture {str(path)!r} has {size[0]}×{size[1]} pixels, and the network reads "
            f"{card.size[0]}×{card.size[1]}; add --fit crop, pad or stretch to have it resized"
        )
    found = read_pictures([path], size=card.size, channels=card.channels, fit=fit or "crop")
    if not len(found.kept):
        raise DataError(f"the picture could not be read: {named_reasons(found.left_out)}")
    return found.images
