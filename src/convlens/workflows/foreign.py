"""Whatever can be asked about pictures, opened with the pictures for it; models from elsewhere above all.

reference ── foreign_models ──▶ Model: how it reads pictures ── meanings ──▶ Subject: what its answers mean
                                                                  ▲
                                           pictures, their classes, the class map
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from convlens.arrays import Indices
from convlens.data.dataset import Dataset
from convlens.data.load import load
from convlens.data.pictures import Progress
from convlens.data.unlabelled import load_unlabelled, says_classes
from convlens.errors import SettingsError
from convlens.models.custom import asks_for
from convlens.workflows.foreign_models import found, is_foreign, is_function, require_there
from convlens.workflows.meanings import understood
from convlens.workflows.pictures import for_network, held_out, load_splits, pictures_for, whole
from convlens.workflows.reading import Reading
from convlens.workflows.settings import RunSettings
from convlens.workflows.subjects import Subject, is_network_name, network_or_run

PROBED = 16
"""So many pictures are shown to a model before anything else, to see what it gives."""


@dataclass(frozen=True, eq=False)
class Opened:
    """A model and pictures that it can be shown.

    Attributes:
        dataset: labels in the order of the subject's classes; under the border rule "crop" larger than it reads.
        unlabelled: why the labels do not say what is right, and what to do; "" where they do. Without labels, only
            what needs none means something.
        notes: what the user should know.
        places: where each picture stands in the split that it was taken from; None when that is where it stands here.
    """

    subject: Subject
    dataset: Dataset
    unlabelled: str = ""
    notes: tuple[str, ...] = field(default=())
    places: Indices | None = None

    @property
    def labelled(self) -> bool:
        """Whether the labels say what is right."""
        return not self.unlabelled


def opened(
    reference: str,
    *,
    data: str | None = None,
    split: str = "test",
    take: int | None = None,
    seed: int = 0,
    model: str | None = None,
    reading: Reading | None = None,
    margin: int = 0,
    progress: Progress | None = None,
) -> Opened:
    """Open whatever can be asked about pictures, with the pictures for it.

    Args:
        reference: a run folder, a weights file, a registered network, or a model from elsewhere (see `foreign`).
        data: other pictures than those of the run; needed where there is no run.
        model: the `module:function` that builds a run's network, for a network of the user's own.
        reading: how a model from elsewhere reads its pictures.
        margin: for the border rule "crop": the pictures are larger than the model reads by so many pixels each way.

    Raises:
        ConvlensError: the model or the pictures are not usable; the sentence says which.
    """
    if is_foreign(reference):
        return foreign(
            reference,
            data=data,
            reading=reading,
            split=split,
            take=take,
            seed=seed,
            margin=margin,
            progress=progress,
        )
    require_no_reading(reference, reading)
    if is_network_name(reference):
        plain = None if data is None else held_out(load_splits(RunSettings(data), progress=progress), split)
        subject = network_or_run(reference, plain)
        assert data is not None
        assert plain is not None
        wider = load_splits(RunSettings(data), subject.card, progress, margin=margin) if margin else None
        dataset = plain if wider is None else held_out(wider, split)
    else:
        subject = network_or_run(reference, None, model=model)
        splits = pictures_for(subject.card, subject.settings, data, progress, margin=margin)
        dataset = for_network(held_out(splits, split), subject.card)
    if take is None:
        return Opened(subject, dataset)
    places = dataset.taken(take, seed)
    return Opened(subject, dataset.select(places), places=places)


def require_no_reading(reference: str | Path, reading: Reading | None) -> None:
    """Refuse to be told how a network of ours reads its pictures.

    Raises:
        SettingsError: something was told.
    """
    if reading is not None and reading.says:
        said = ", ".join(reading.says)
        raise SettingsError(f"{str(reference)!r} is one of ours and knows how it reads its pictures; leave out {said}")


def require_labelled(found: Opened) -> Opened:
    """Give back what was opened when its labels say what is right.

    Raises:
        SettingsError: they do not.
    """
    if not found.labelled:
        raise SettingsError(found.unlabelled)
    return found


def foreign(
    reference: str,
    *,
    data: str | None,
    reading: Reading | None = None,
    split: str = "test",
    take: int | None = None,
    seed: int = 0,
    margin: int = 0,
    pretrained: bool = True,
    progress: Progress | None = None,
) -> Opened:
    """Open a model from elsewhere with pictures for it.

    Args:
        reference: an ONNX file, `timm:NAME`, `timm:NAME@FILE.safetensors`, or a `module:function` that gives a torch
            network or a plain function images → logits.
        data: a named data set, a folder, a pattern or an .npz archive.
        split: train, validation or test, or "all". Pictures without a test split of their own are all used for
            "test": a model from elsewhere has seen none of them in the splits drawn here.
        take: so many pictures, stratified and drawn with `seed`; all when None.
        margin: for the border rule "crop": the pictures are larger than the model reads by so many pixels each way.
        pretrained: for timm's networks: False leaves them untrained.

    Raises:
        ConvlensError: something is missing, contradicts itself, or cannot be read; the sentence says what to do.
    """
    said = Reading() if reading is None else reading
    require_there(reference)
    if data is None:
        raise SettingsError(f"{reference!r} is a model, not a run: name the pictures for it with --data")
    known = says_classes(data)
    own = None
    if is_function(reference) and asks_for(reference):
        if not known:
            raise SettingsError(
                f"{reference!r} is built for the classes of the pictures, and {data!r} does not say which those are; "
                "put them into one folder per class, or name a function without the argument classes"
            )
        own = _pictures(data, known, said.size, said.channels, split, progress)
    model = found(reference, said, built_for=own, pretrained=pretrained)
    height, width = model.reads.size
    size = height + 2 * margin, width + 2 * margin
    dataset = _pictures(data, known, size, model.reads.channels, split, progress)
    places = None if take is None else dataset.taken(take, seed)
    dataset = dataset if places is None else dataset.select(places)
    rows = np.unique(np.linspace(0, len(dataset) - 1, PROBED).astype(int))
    probe = dataset.images[rows, margin : margin + height, margin : margin + width]
    subject, unlabelled, notes = understood(model, probe, said.class_map, dataset.class_names if known else None)
    if unlabelled:
        notes = (*notes, f"only what needs no labels is measured: {unlabelled}")
    if not known:
        unlabelled = f"nobody says what the pictures of {dataset.name!r} show; put them into one folder per class"
    if dataset.split == "all" and split == "test" and known:
        notes = (*notes, f"{data!r} sets no test pictures apart, so all of its pictures are used")
    dataset = _renumbered(dataset, subject.card.class_names, not unlabelled)
    return Opened(subject, dataset, unlabelled, notes, places)


def _pictures(
    data: str,
    known: bool,
    size: tuple[int, int] | None,
    channels: int | None,
    split: str,
    progress: Progress | None,
) -> Dataset:
    if not known:
        return load_unlabelled(data, size=size, channels=channels, progress=progress)
    splits = load(data, size=size, channels=channels, progress=progress)
    return whole(splits) if split == "all" or (split == "test" and splits.test_drawn) else held_out(splits, split)


def _renumbered(dataset: Dataset, class_names: tuple[str, ...], labelled: bool) -> Dataset:
    """Give labels in the order of the model's classes; where the two do not match, labels that mean nothing."""
    if not labelled:
        return replace(dataset, labels=np.zeros(len(dataset), np.int64), class_names=class_names)
    places = np.array([class_names.index(name) for name in dataset.class_names], np.int64)
    return replace(dataset, labels=places[dataset.labels], class_names=class_names)
