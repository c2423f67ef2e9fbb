"""What do the layers, filters and units of a network answer to pictures?"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from convlens.data.fitting import Fit
from convlens.errors import DataError, SettingsError
from convlens.explain.maps import (
    after_rectifier,
    has_maps,
    learned,
    names,
    require_channel,
    require_maps,
)
from convlens.explain.operations import Convolution, Linear
from convlens.explain.recording import Recording, Step, blank
from convlens.models.card import class_place
from convlens.report.plates import Exhibit
from convlens.workflows.exhibits import write_exhibits
from convlens.workflows.explain_files import explain_folder, renewed_page
from convlens.workflows.foreign import require_labelled
from convlens.workflows.looking import is_trained, numbered_picture, pictured
from convlens.workflows.reading import Reading
from convlens.workflows.seen import Looked, Shown, first_weights, maps_seen, together
from convlens.workflows.seen_filters import filter_seen
from convlens.workflows.seen_units import units_seen
from convlens.workflows.split_words import source_in_words
from convlens.workflows.subjects import Subject, answers, is_weights_file

SEEN = "seen"
"""The folder of these exhibits within the run's folder `explain`."""

MOST_LAYERS = 2
"""So many convolutions are shown when no layer is named."""


@dataclass(frozen=True, eq=False)
class Seen:
    """What was looked at, and where it lies.

    Attributes:
        exhibits: as a page shows them.
        numbers: what is told besides, as plain values.
        files: that were written.
        page: the run's page, if it was written anew.
        notes: why something is left out.
    """

    exhibits: tuple[Exhibit, ...]
    numbers: dict[str, Any]
    files: tuple[Path, ...]
    page: Path | None
    notes: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """What is seen, a sentence or two for each figure."""
        return tuple(f"{plate.name}: {plate.caption}" for exhibit in self.exhibits for plate in exhibit.plates)

    def to_json(self) -> dict[str, Any]:
        """Give everything as plain values."""
        told = [
            {"title": one.title, "figures": [{"name": plate.name, "caption": plate.caption} for plate in one.plates]}
            for one in self.exhibits
        ]
        return {
            **self.numbers,
            "seen": told,
            "files": list(map(str, self.files)),
            "page": None if self.page is None else str(self.page),
            "notes": list(self.notes),
        }


def see(
    reference: str | Path,
    images: Sequence[str | Path] = (),
    *,
    layer: str | None = None,
    filter: int | None = None,  # noqa: A002 (the word for it)
    images_of: str | None = None,
    data: str | None = None,
    split: str = "test",
    fit: Fit | None = None,
    to: str | Path | None = None,
    model: str | None = None,
    reading: Reading | None = None,
    seed: int = 0,
    page: bool = True,
) -> Seen:
    """Look at a network's maps of pictures, its first weights, one filter across many pictures, and a class's units.

    Everything is written into the run's folder `explain/seen`, as PNG, CSV and JSON, and the run's page shows it; what
    is no run has the folder `audits/NAME/seen`. Where nobody says what pictures show, what needs classes is left out.

    Args:
        images: picture files, or numbers of pictures in the split; the first one of `images_of` when there are none.
        layer: whose maps are shown; the first two convolutions when None.
        filter: the one shown across many pictures; the one that answers strongest to the first picture when None.
        images_of: the class whose pictures are shown, by name or number; the answer to the first picture when None.
        data: other pictures than those of the run.
        fit: brings a picture file of another size to the network's own.
        to: another folder to hold `seen`.
        reading: how a model from elsewhere reads its pictures.
        seed: draws the first picture of the climb to the one that a unit answers strongest to.
        page: write the page of the run, or of the folder, anew.

    Raises:
        UnknownNameError: no layer or class has that name.
        SettingsError: there is no such filter, or the layer has no rows and columns.
        DataError: a picture or the data are not to be had.
    """
    if not images and images_of is None:
        raise SettingsError("name a picture (a file, or the number of a test picture), or a class with --images CLASS")
    # Only a run names its pictures: without them or --data the figures that need many are left out.
    has_own = is_trained(reference) and not is_weights_file(reference)
    whole = images_of is not None or data is not None or has_own
    opening: dict[str, Any] = {"data": data, "split": split, "fit": fit, "model": model, "reading": reading}
    look = pictured(reference, images, whole=whole, **opening)
    if images_of is not None and look.opened is not None:
        require_labelled(look.opened)
    subject, dataset = look.subject, None if look.opened is None else look.opened.dataset
    unlabelled = "" if look.opened is None else look.opened.unlabelled
    label = None if images_of is None or dataset is None else class_place(images_of, subject.card.class_names)
    if images_of is not None and dataset is not None and label not in dataset.labels:
        source = source_in_words(dataset.name, dataset.split)
        raise DataError(f"there is no picture of {images_of!r} in {source}; name another class")
    shown = Shown(look.images, look.words)
    if not images and look.opened is not None:
        image, words = numbered_picture(look.opened, int(np.flatnonzero(look.opened.dataset.labels == label)[0]))
        shown = Shown(image, (words,))
    folder = explain_folder(subject, to)
    recording = blank(subject.module, subject.card.channels, subject.card.size)
    mapped, step = _chosen(subject, recording, layer, wanted=filter is None and images_of is None)
    looked = Looked(subject, recording, shown, dataset, not unlabelled)
    number = _strongest(looked, step) if filter is None else filter
    require_channel(step, number)
    if label is None:
        label = int(answers(subject)(shown.images[:1]).argmax())
    parts = [maps_seen(looked, mapped, number if mapped and mapped[-1] == step.name else None), first_weights(looked)]
    parts.append(filter_seen(looked, step, number, label, seed=seed))
    if dataset is not None and looked.labelled and (images_of is not None or (layer is None and filter is None)):
        parts.append(units_seen(looked, dataset, label))
    found = together(parts)
    asked = {"layer": step.name, "filter": number, "class": subject.card.class_names[label], "seed": seed}
    files = write_exhibits(folder / SEEN, subject, found.exhibits, {**asked, **found.numbers}, found.files)
    written = renewed_page(subject, folder, model) if page else None
    notes = (f"what is shown class by class is left out: {unlabelled}",) if unlabelled else ()
    return Seen(found.exhibits, {**asked, **found.numbers}, files, written, notes)


def _chosen(subject: Subject, recording: Recording, layer: str | None, *, wanted: bool) -> tuple[tuple[str, ...], Step]:
    """Give the layers whose maps are shown, and the one whose filter or unit is looked into."""
    if layer is not None:
        step = require_maps(recording, layer) if wanted else recording.steps[recording.place(layer)]
        return ((step.name,) if has_maps(step) else ()), step
    mapped = names(learned(subject.module, recording, Convolution))[:MOST_LAYERS]
    if mapped:
        return mapped, recording.steps[recording.place(mapped[-1])]
    units = names(learned(subject.module, recording, Linear))
    if not units:
        raise SettingsError("the network has neither a convolution nor a linear layer; name one with --layer NAME")
    return (), recording.steps[after_rectifier(recording, recording.place(units[0]))]


def _strongest(looked: Looked, step: Step) -> int:
    (found,) = looked.at(looked.shown.images[:1], [step.name])
    return int(found.values[0].reshape(len(found.values[0]), -1).max(axis=1).argmax())
