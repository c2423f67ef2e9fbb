"""The exhibits of a look into a network, each with its figures, its tables and its numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
from jaxtyping import Float32

from convlens.arrays import Images, Indices, softmax
from convlens.data.dataset import Dataset
from convlens.explain.maps import Captured, learned, seen_by
from convlens.explain.operations import Convolution, Linear
from convlens.explain.recording import Recording, Step
from convlens.report import inside
from convlens.report.atlas import map_atlas
from convlens.report.findings import inside as said
from convlens.report.plates import Exhibit
from convlens.report.scales import Meaning, common_scale
from convlens.report.words import percent
from convlens.tables import Table
from convlens.workflows.audit_files import safe_name
from convlens.workflows.subjects import Subject, answers

LOOKED_AT, FEWEST = 2000, 64
"""Among so many pictures of the split, each class its share, the strongest answers are looked for."""

MOST_NUMBERS = 2**30
"""So many numbers may be computed for pictures in bulk: with large networks fewer pictures are looked at."""


@dataclass(frozen=True, eq=False)
class Shown:
    """The pictures that were named, and which they are, in words."""

    images: Images
    words: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Looked:
    """What is looked at: a network, its steps, some pictures, and all those it is judged on, where they are known.

    Attributes:
        labelled: whether the labels of the latter say what they show.
    """

    subject: Subject
    recording: Recording
    shown: Shown
    dataset: Dataset | None
    labelled: bool = True

    def at(self, images: Images, layers: Sequence[str], channel: int | None = None) -> tuple[Captured, ...]:
        """Give what some layers answer to pictures, or one channel of each alone."""
        return seen_by(self.subject.module, self.subject.card, images, layers, channel)


@dataclass(frozen=True, eq=False)
class Part:
    """Exhibits with what lies beside them: plain values, and files by name."""

    exhibits: tuple[Exhibit, ...] = ()
    numbers: dict[str, Any] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)


def together(parts: Iterable[Part]) -> Part:
    """Put parts together, in their order."""
    listed = list(parts)
    return Part(
        tuple(exhibit for part in listed for exhibit in part.exhibits),
        {name: value for part in listed for name, value in part.numbers.items()},
        {name: content for part in listed for name, content in part.files.items()},
    )


def maps_seen(looked: Looked, layers: Sequence[str], marked: int | None) -> Part:
    """Show the maps of some layers for each picture that was named; a layer has one scale for all of them.

    Args:
        marked: the filter of the last layer that is framed.
    """
    found = looked.at(looked.shown.images, layers)
    scales = [common_scale(meaning(one), one.values) for one in found]
    card = looked.subject.card
    shares = softmax(answers(looked.subject)(looked.shown.images))
    exhibits: list[Exhibit] = []
    rows: list[dict[str, Any]] = []
    files: dict[str, bytes] = {}
    for place, (image, words) in enumerate(zip(looked.shown.images, looked.shown.words, strict=True)):
        winner = int(shares[place].argmax())
        told = f"The network's answer: {card.class_names[winner]}, {percent(float(shares[place, winner]))}."
        plates = [inside.picture_plate("The picture", image, told)]
        for one, scale in zip(found, scales, strict=True):
            maps = one.values[place]
            frame = marked if one is found[-1] else None
            plate = inside.maps_plate(one.name, maps, scale, marked=frame)
            plates.append(plate)
            rows += [_map_row(words, one.name, number, each) for number, each in enumerate(maps)]
            whole = map_atlas(maps, scale, inside.columns_of(len(maps)))
            if whole != plate.bands[0].png:
                files[f"maps-{safe_name(one.name)}-{place}.png"] = whole
        title = f"P{words[1:]}" if words.startswith("picture ") else words  # the name of a file stays as it is
        intro = () if place else _scales_in_words(found, len(looked.shown.words))
        exhibits.append(Exhibit(title, intro, tuple(plates)))
    if rows:
        files["maps.csv"] = Table.from_rows(rows).to_csv().encode()
    layers_told = [
        {"name": one.name, "kind": one.kind, "shape": list(one.values.shape[1:]), "limit": scale.limit}
        for one, scale in zip(found, scales, strict=True)
    ]
    return Part(tuple(exhibits), {"pictures": list(looked.shown.words), "maps": layers_told}, files)


def first_weights(looked: Looked) -> Part:
    """Show the weights of the layer that looks at the picture itself: filters, or a pattern for each unit."""
    first = next(learned(looked.subject.module, looked.recording, (Convolution, Linear)), None)
    if first is None:
        return Part()
    assert isinstance(first.operation, Convolution | Linear), "no other steps were asked for"
    weights = first.operation.weight.detach().float().cpu().numpy()
    if isinstance(first.operation, Linear):
        shape = looked.recording.input_shape
        if weights.shape[1] != np.prod(shape):
            return Part()
        weights = weights.reshape(-1, *shape)
    flat = isinstance(first.operation, Linear)
    plate = inside.filters_plate(first.name, weights, "unit" if flat else "filter")
    sentence = said.PATTERNS if flat else said.FILTERS
    return Part((Exhibit("What the first layer looks for", (sentence,), (plate,)),))


def meaning(found: Captured) -> Meaning:
    """Say which scale a step's numbers belong on."""
    return "positive" if found.positive else "signed"


def _scales_in_words(found: Sequence[Captured], pictures: int) -> tuple[str, ...]:
    several = " All pictures share a layer's scale." if pictures > 1 else ""
    return (f"{said.SCALES}{several}" if found else said.NO_MAPS,)


def _map_row(words: str, layer: str, number: int, values: Float32[np.ndarray, "h w"]) -> dict[str, Any]:
    row, column = divmod(int(values.argmax()), values.shape[1])
    ends = {"lowest": float(values.min()), "mean": float(values.mean()), "highest": float(values.max())}
    return {"picture": words, "layer": layer, "filter": number, **ends, "row": row, "column": column}


def some_of(looked: Looked, dataset: Dataset) -> tuple[Dataset, Indices]:
    """Give the pictures that are looked at in bulk, with large networks fewer; and the number of each in the split."""
    count = min(LOOKED_AT, len(dataset), most_of(looked, MOST_NUMBERS))
    places = dataset.taken(count)
    return dataset.select(places), places


def most_of(looked: Looked, numbers: int) -> int:
    """Give for how many pictures so many numbers are enough, but never too few to say anything."""
    return max(FEWEST, numbers // numbers_of(looked.recording))


def count(step: Step) -> int:
    """Count the numbers that a step gives for one picture."""
    return prod(step.output_shape)


def numbers_of(recording: Recording) -> int:
    """Count what the network computes for one picture."""
    return sum(map(count, recording.steps))
