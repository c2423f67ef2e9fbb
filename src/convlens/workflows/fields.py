"""Which pixels of a picture can one number of a network depend on?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from convlens.arrays import Image
from convlens.data.fitting import Fit
from convlens.errors import SettingsError
from convlens.explain.fields import Field, field_of
from convlens.explain.recording import blank
from convlens.files import write_text
from convlens.report.figures import receptive_field
from convlens.report.figures.fields import field_in_words
from convlens.report.svg import alone
from convlens.workflows.explaining import read_unit
from convlens.workflows.looking import pictured
from convlens.workflows.reading import Reading


@dataclass(frozen=True, eq=False)
class FieldOnPicture:
    """The receptive field of one number, and the picture that it lies on.

    Attributes:
        unit: how the number was named, such as "conv2:0,3,3".
        drawn: the file with the drawing, if one was asked for.
    """

    unit: str
    picture: str
    image: Image
    field: Field
    drawn: Path | None = None

    def text(self) -> str:
        """Give what is known of it in one or two sentences."""
        pixels, height, width = self.field.pixels, *self.image.shape[:2]
        if pixels is None:
            return f"{self.unit}: {self.field.status}"
        told = field_in_words(pixels, self.unit, at_length=True)
        share = f"{self.field.count:,} of {height * width:,} pixels"
        holes = f"; its rectangle has {self.field.holes:,} pixels that do not count" if self.field.holes else ""
        wrote = "" if self.drawn is None else f"\nwrote {self.drawn}"
        return f"{told}: {share} ({self.field.status}){holes}{wrote}"

    def svg(self) -> str:
        """Draw it as a file of its own.

        Raises:
            SettingsError: it is unknown.
        """
        if self.field.pixels is None:
            raise SettingsError(f"{self.unit} cannot be drawn on the picture: its field is {self.field.status}")
        return alone(receptive_field(self.image, self.field.pixels, self.unit))

    def to_json(self) -> dict[str, Any]:
        """Give everything as plain values; rows and columns are counted from 0."""
        box, pixels = self.field.box, self.field.pixels
        return {
            "layer": self.field.layer,
            "unit": list(self.field.unit),
            "picture": self.picture,
            "status": self.field.status,
            "count": self.field.count,
            "box": None
            if box is None
            else {"top": box.top, "left": box.left, "height": box.height, "width": box.width},
            "holes": self.field.holes,
            "drawn": None if self.drawn is None else str(self.drawn),
            "pixels": None if pixels is None else pixels.astype(int).tolist(),
        }


def field_on_picture(
    reference: str | Path,
    pictures: Sequence[str] | None,
    unit: str,
    *,
    to: str | None = None,
    data: str | None = None,
    split: str = "test",
    fit: Fit | None = None,
    model: str | None = None,
    reading: Reading | None = None,
) -> FieldOnPicture:
    """Find the pixels of a picture that one number of a network can depend on.

    Args:
        pictures: one, a file or the number of a picture in the split of the run's data.
        unit: LAYER:CHANNEL,ROW,COLUMN, or LAYER:INDEX.
        to: the SVG file for the drawing; none is made when None.
        reading: how a model from elsewhere reads its pictures.

    Raises:
        ConvlensError: the network, the picture, the layer or the number is not to be had; the sentence says which.
    """
    layer, place = read_unit(unit)
    if not pictures or len(pictures) > 1:
        raise SettingsError("name one picture to see a field on: a file, or the number of a test picture")
    if to is not None and Path(to).exists():
        raise SettingsError(f"{to} exists already; choose another name with --to")
    look = pictured(reference, pictures, data=data, split=split, fit=fit, model=model, reading=reading)
    card = look.subject.card
    recording = blank(look.subject.module, card.channels, card.size)
    found = FieldOnPicture(unit, look.words[0], look.images[0], field_of(recording, layer, place))
    if to is None:
        return found
    write_text(Path(to), found.svg())
    return replace(found, drawn=Path(to))
