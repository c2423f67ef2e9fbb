"""Pictures for a network: loaded as it reads them, with labels in the order of its answers."""

import glob
import os
from dataclasses import replace
from pathlib import Path

import numpy as np

from convlens.data.dataset import Dataset, Splits
from convlens.data.load import load
from convlens.data.pictures import Progress
from convlens.data.sources import DATASETS
from convlens.errors import DataError
from convlens.models.card import Card
from convlens.workflows.settings import RunSettings


def load_splits(
    settings: RunSettings, card: Card | None = None, progress: Progress | None = None, *, margin: int = 0
) -> Splits:
    """Load what a run's settings name, in the size and channels of a network when there is one.

    Args:
        margin: the pictures are larger than the network reads them by so many pixels on every side; their short side
            is scaled to that.
    """
    return load(
        settings.data,
        size=(card.size[0] + 2 * margin, card.size[1] + 2 * margin) if card else settings.size or None,
        channels=card.channels if card else settings.channels or None,
        fit=settings.fit,
        data_dir=Path(settings.data_dir) if settings.data_dir else None,
        seed=settings.training.seed,
        max_bad=settings.max_bad,
        progress=progress,
    )


def pictures_for(
    card: Card,
    settings: RunSettings | None,
    data: str | None = None,
    progress: Progress | None = None,
    *,
    margin: int = 0,
) -> Splits:
    """Load pictures as a network reads them: those of its own training run, or others.

    Other pictures are cropped or padded as the run's own were, and shared out by its seed: under another name its own
    pictures then fall into the same splits.

    Args:
        margin: for windows of real surroundings (the border rule "crop"): so many pixels more on every side.

    Raises:
        DataError: neither a run nor a name says which.
    """
    source = data or (settings.data if settings is not None else None)
    if source is None:
        raise DataError("a weights file does not say which pictures it was trained on; name some with --data")
    return load_splits(replace(settings or RunSettings(source), data=source), card, progress, margin=margin)


def lasting(source: str) -> str:
    """Spell a source so that it means the same pictures from every working folder: names stay, places become whole.

    A place that is not there stays as it was written, for the sentence that will say so.
    """
    place = Path(source).expanduser()
    if source in DATASETS or not (place.exists() or glob.has_magic(source)):
        return source
    return str(place.resolve()) if place.exists() else os.path.abspath(place)  # noqa: PTH100 (keeps the pattern)


def held_out(splits: Splits, split: str = "test") -> Dataset:
    """Give the pictures a network is judged on: the test split, or another by name.

    Raises:
        DataError: the data set has no such split.
    """
    parts = {"train": splits.train, "validation": splits.validation, "test": splits.test}
    found = parts.get(split)
    if found is None:
        there = ", ".join(name for name, part in parts.items() if part is not None)
        raise DataError(f"{splits.source!r} has no {split!r} split; it has {there} (choose one with --split)")
    return found


def whole(splits: Splits) -> Dataset:
    """Put all parts of a data set together."""
    parts = splits.parts()
    return replace(
        parts[0],
        images=np.concatenate([part.images for part in parts]),
        labels=np.concatenate([part.labels for part in parts]),
        left_out=tuple(one for part in parts for one in part.left_out),
        split="all",
    )


def for_network(dataset: Dataset, card: Card) -> Dataset:
    """Renumber the labels in the network's order of classes; classes are matched by name.

    Raises:
        DataError: the class names differ.
    """
    if dataset.class_names == card.class_names:
        return dataset
    if set(dataset.class_names) != set(card.class_names):
        raise DataError(
            f"the network knows the classes {', '.join(card.class_names)}, but {dataset.name!r} has "
            f"{', '.join(dataset.class_names)}; use pictures of the same classes"
        )
    places = np.array([card.class_names.index(name) for name in dataset.class_names], np.int64)
    return replace(dataset, labels=places[dataset.labels], class_names=card.class_names)
