"""What are the numbers inside a network for one picture, and how do they come about?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convlens.arrays import Images
from convlens.data.fitting import Fit
from convlens.errors import SettingsError
from convlens.explain.program import program
from convlens.explain.spelled_steps import steps_text
from convlens.explain.tracing import Trace, trace
from convlens.explain.unit import Unit
from convlens.models.tensors import tensors
from convlens.models.weights import Classifier
from convlens.workflows.looking import pictured
from convlens.workflows.reading import Reading
from convlens.workflows.subjects import Subject


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
    found = pictured(reference, [picture], data=data, split=split, fit=fit, model=model, reading=reading)
    return Explained(found.subject, found.words[0], found.images, _traced(found.subject, found.images))


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
    found = pictured(reference, [picture], data=data, split=split, fit=fit, model=model, reading=reading)
    return _traced(found.subject, found.images, layer).unit(layer, *place)


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
