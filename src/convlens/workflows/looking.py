"""A network and the pictures that it is looked into with, opened once for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from convlens.arrays import Images
from convlens.data.decoding import UnreadableError, read_header
from convlens.data.fitting import Fit
from convlens.data.pictures import named_reasons, read_pictures
from convlens.errors import DataError, ShapeError
from convlens.models.card import Card
from convlens.workflows.foreign import Opened, opened, require_no_reading
from convlens.workflows.foreign_models import is_foreign, require_layers
from convlens.workflows.reading import Reading
from convlens.workflows.split_words import picture_in_words, require_picture
from convlens.workflows.subjects import Subject, is_network_name, trained


@dataclass(frozen=True, eq=False)
class Pictured:
    """A network and some pictures for it.

    Attributes:
        images: the pictures that were named, one after the other.
        words: which each of them is.
        opened: with all the pictures of the split, where they were wanted.
    """

    subject: Subject
    images: Images
    words: tuple[str, ...]
    opened: Opened | None


def pictured(
    reference: str | Path,
    pictures: Sequence[str | Path],
    *,
    data: str | None = None,
    split: str = "test",
    fit: Fit | None = None,
    model: str | None = None,
    reading: Reading | None = None,
    whole: bool = False,
) -> Pictured:
    """Open a network and some pictures for it: files, or numbers of pictures in the split.

    Args:
        data: other pictures than those of the run; needed where there is no run, unless a model from elsewhere is
            shown files.
        fit: brings a picture file of another size to the network's own.
        reading: how a model from elsewhere reads its pictures.
        whole: open the split even when every picture is a file of its own.

    Raises:
        ConvlensError: the network or a picture is not to be had, or they do not fit; the sentence says which.
    """
    numbered = [is_number(picture) for picture in pictures]
    for picture, has_number in zip(pictures, numbered, strict=True):
        if not has_number and not Path(picture).is_file():
            raise DataError(
                f"there is no picture {str(picture)!r}; give a picture file, or the number of a picture in the "
                f"{split} split, from 0"
            )
    require_layers(str(reference))
    found = None
    many = whole or any(numbered)
    if many or not is_trained(reference):
        if data is None and not many and pictures and is_foreign(str(reference)):
            data = str(pictures[0])  # a model from elsewhere must be shown something before it is known what it gives
        found = opened(str(reference), data=data, split=split, model=model, reading=reading)
        subject = found.subject
    else:
        require_no_reading(reference, reading)
        subject = trained(reference, model=model)
    read = [
        numbered_picture(found, int(str(picture)))
        if has_number and found is not None
        else (_read(Path(picture), subject.card, fit), Path(picture).name)
        for picture, has_number in zip(pictures, numbered, strict=True)
    ]
    nothing = np.zeros((0, *subject.card.size, subject.card.channels), np.uint8)
    images = np.concatenate([image for image, _ in read]) if read else nothing
    return Pictured(subject, images, tuple(words for _, words in read), found if many else None)


def is_trained(reference: str | Path) -> bool:
    """Say whether a reference means a run folder or a weights file, not a network by name or a model from elsewhere."""
    return not is_network_name(str(reference)) and not is_foreign(str(reference))


def is_number(picture: str | Path) -> bool:
    """Say whether a picture is named by its number in the split; a file that is called so goes before it."""
    return str(picture).isdecimal() and not Path(picture).exists()


def numbered_picture(found: Opened, number: int) -> tuple[Images, str]:
    """Give one picture of the split as a batch of one, with words for which it is.

    Raises:
        SettingsError: there are fewer.
    """
    dataset = found.dataset
    require_picture(dataset, number)
    label = f" ({dataset.class_names[int(dataset.labels[number])]})" if found.labelled else ""
    return dataset.images[number : number + 1], f"{picture_in_words(dataset, number)}{label}"


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
