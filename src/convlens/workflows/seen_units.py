"""The exhibit of a class's units: every picture's flattened and fully connected answers, and the mean of each class."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32

from convlens.data.dataset import Dataset
from convlens.explain.maps import after_rectifier
from convlens.explain.operations import Flatten, Linear
from convlens.explain.recording import Recording, Step
from convlens.report import inside
from convlens.report.atlas import map_atlas
from convlens.report.findings import inside as said
from convlens.report.plates import Exhibit, Plate
from convlens.report.scales import common_scale
from convlens.report.words import short_names
from convlens.tables import Table
from convlens.workflows.audit_files import safe_name
from convlens.workflows.seen import MOST_NUMBERS, Looked, Part, count, meaning, most_of

MOST_IN_MEANS = 2**32
"""So many numbers may be computed for the means of all classes: with large networks fewer pictures are in them."""


def units_seen(looked: Looked, dataset: Dataset, label: int) -> Part:
    """Show the flattened and the fully connected units for all pictures of a class, and the mean of every class."""
    layers = _vectors(looked.recording)
    if not layers or label not in dataset.labels:
        return Part()
    names = [step.name for step in layers]
    name = dataset.class_names[label]
    own_pictures = dataset.images[dataset.labels == label]
    shown = own_pictures[: most_of(looked, MOST_NUMBERS)]
    kept = said.left_in_words(len(shown), len(own_pictures))
    some = dataset.take(min(len(dataset), most_of(looked, MOST_IN_MEANS)))
    present, means_of = _means(looked, names, some)
    plates: list[Plate] = []
    files: dict[str, bytes] = {}
    for step, own, means in zip(layers, looked.at(shown, names), means_of, strict=True):
        fold = _folded(looked.recording, step)
        answer = step is looked.recording.steps[looked.recording.output]
        heads = short_names(dataset.class_names) if answer and count(step) == len(dataset.class_names) else ()
        told = f"{said.units_in_words(own.values, f'pictures of {name}', own.positive)}{fold}{kept}"
        plates.append(inside.units_plate(f"{step.name}: pictures of {name}", own.values, meaning(own), told, heads))
        scale = common_scale(meaning(own), own.values)
        files[f"units-{safe_name(step.name)}.png"] = map_atlas(own.values[None], scale, 1, own.values.shape)
        plates.append(
            inside.classes_plate(
                f"{step.name}: the mean of each class",
                means,
                common_scale(meaning(own), means),
                said.means_in_words(means, present, len(some), len(dataset)),
                present,
                heads,
            )
        )
        columns = {"unit": list(range(means.shape[1]))} | dict(zip(present, means.tolist(), strict=True))
        files[f"means-{safe_name(step.name)}.csv"] = Table(columns).to_csv().encode()
    return Part((Exhibit(f"Units for the class {name}", (said.UNITS,), tuple(plates)),), {"units": names}, files)


def _vectors(recording: Recording) -> list[Step]:
    """Give the flattened units, and those of each linear layer behind its ReLU, where they have no rows and columns.

    A flattened picture shows nothing that the picture does not.
    """
    places = []
    for place, step in enumerate(recording.steps):
        if len(step.output_shape) != 1:
            continue
        flat = isinstance(step.operation, Flatten) and all(one >= 0 for one in step.inputs)
        if flat or isinstance(step.operation, Linear):
            places.append(after_rectifier(recording, place))
    return [recording.steps[place] for place in dict.fromkeys(places)]


def _folded(recording: Recording, step: Step) -> str:
    if not isinstance(step.operation, Flatten):
        return ""
    before = recording.steps[step.inputs[0]].output_shape
    return said.folded_in_words(before) if len(before) == 3 and before[1] * before[2] > 1 else ""


def _means(
    looked: Looked, layers: Sequence[str], dataset: Dataset
) -> tuple[list[str], list[Float32[np.ndarray, "k units"]]]:
    """Give the names of the classes that have pictures, and for each layer their means; a class at a time is held."""
    present = [label for label in range(len(dataset.class_names)) if (dataset.labels == label).any()]
    of_classes = [
        [
            one.values.mean(axis=0, dtype=np.float64)
            for one in looked.at(dataset.images[dataset.labels == label], layers)
        ]
        for label in present
    ]
    means = [np.stack(one).astype(np.float32) for one in zip(*of_classes, strict=True)]
    return [dataset.class_names[label] for label in present], means
