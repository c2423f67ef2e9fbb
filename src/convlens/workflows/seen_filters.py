"""The exhibit of one filter, or one unit: many pictures, the strongest answers, and the picture that it would want."""

from typing import Any

import numpy as np

from convlens.data.dataset import Dataset
from convlens.explain.fields import field_of
from convlens.explain.maps import has_maps
from convlens.explain.maximisation import STEPS, as_image, maximised_for
from convlens.explain.recording import Step
from convlens.explain.top_images import peaks
from convlens.report import inside
from convlens.report.findings import inside as said
from convlens.report.plates import Exhibit, Plate
from convlens.report.scales import common_scale
from convlens.report.words import number as number_in_words
from convlens.tables import Table
from convlens.workflows.seen import MOST_NUMBERS, Looked, Part, meaning, numbers_of, some_of

ROWS_OF_A_CLASS, ROWS_OF_TOPS = 3, 2

FEWEST_STEPS = 32
"""Of a climb, with the largest networks."""


def filter_seen(looked: Looked, step: Step, number: int, label: int, *, seed: int) -> Part:
    """Show what one filter, or one unit, makes of many pictures, and the picture that it answers strongest to."""
    unit = "Filter" if has_maps(step) else "Unit"
    plates: list[Plate] = []
    numbers: dict[str, Any] = {}
    files: dict[str, bytes] = {}
    if looked.dataset is not None:
        if has_maps(step) and looked.labelled and label in looked.dataset.labels:
            plates.append(_rows(looked, looked.dataset, step, number, label))
        plate, rows = _tops(looked, looked.dataset, step, number)
        if plate is not None:
            plates.append(plate)
            numbers["tops"] = rows
            files["tops.csv"] = Table.from_rows(rows).to_csv().encode()
    strongest = numbers["tops"][0]["answer"] if "tops" in numbers else None
    plate, told = _maximised(looked, step, number, seed, strongest)
    return Part(
        (Exhibit(f"{unit} {number} of {step.name}", (), (*plates, plate)),), {**numbers, "maximised": told}, files
    )


def _rows(looked: Looked, dataset: Dataset, step: Step, number: int, label: int) -> Plate:
    """Show the first pictures of a class as they come, and below each what the filter makes of it."""
    name = dataset.class_names[label]
    own = np.flatnonzero(dataset.labels == label)[: inside.places_for(dataset.size, ROWS_OF_A_CLASS)]
    images = dataset.images[own]
    (found,) = looked.at(images, [step.name], number)
    maps = found.values[:, 0]
    caption = said.rows_in_words(maps, name, step.name, number)
    return inside.rows_plate(f"{name}, picture by picture", images, maps, common_scale(meaning(found), maps), caption)


def _tops(looked: Looked, dataset: Dataset, step: Step, number: int) -> tuple[Plate | None, list[dict[str, Any]]]:
    """Show the pictures with the strongest answers, and what the filter saw of each."""
    some, places = some_of(looked, dataset)
    (found,) = looked.at(some.images, [step.name], number)
    best = peaks(
        found.values.reshape(len(some), *(found.values.shape[2:] or (1, 1))),
        inside.places_for(dataset.size, ROWS_OF_TOPS),
    )
    if not best:
        return None, []
    tops, rows = [], []
    for peak in best:
        at = (number, peak.row, peak.column) if has_maps(step) else (number,)
        box = field_of(looked.recording, step.name, at).box
        seen = None if box is None else box
        name = some.class_names[int(some.labels[peak.picture])] if looked.labelled else None
        tops.append(inside.Top(some.images[peak.picture], name, peak.value, peak.row, peak.column, seen))
        patch = [None] * 4 if seen is None else [seen.top, seen.left, seen.height, seen.width]
        rows.append(
            {"picture": int(places[peak.picture]), "class": name, "answer": peak.value}
            | {"row": peak.row, "column": peak.column}
            | dict(zip(("top", "left", "height", "width"), patch, strict=True))
        )
    known = all(top.box is not None for top in tops)
    caption = said.tops_in_words([top.name for top in tops], len(some), has_maps(step), known)
    return inside.tops_plate("Strongest answers, and what was seen there", tops, caption, maps=has_maps(step)), rows


def _maximised(
    looked: Looked, step: Step, number: int, seed: int, strongest: float | None
) -> tuple[Plate, dict[str, Any]]:
    """Climb to the picture that the unit in the middle answers strongest to."""
    card = looked.subject.card
    steps = min(STEPS, max(FEWEST_STEPS, MOST_NUMBERS // 4 // numbers_of(looked.recording)))
    found = maximised_for(looked.subject.module, card, step.name, number, steps=steps, seed=seed)
    place = None if found.row is None or found.column is None else (found.row, found.column)
    box = field_of(looked.recording, found.step, (number, *(place or ()))).box
    frame = None if box is None or (box.height, box.width) == card.size else box
    caption = said.maximised_in_words(
        found.step, step.name, place, found.before, found.after, found.moved, frame is not None
    )
    if found.moved and found.step == step.name and strongest is not None:
        caption += f" The strongest real picture reaches {number_in_words(strongest)}."
    told = {"at": found.step, "row": found.row, "column": found.column, "grey": found.before, "found": found.after}
    return inside.picture_plate(
        "The picture it would answer strongest to", as_image(found.picture, card), caption, frame
    ), told
