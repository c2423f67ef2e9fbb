"""What is wrong with a network, and what would help?"""

from dataclasses import dataclass
from typing import Any

from convlens.arrays import Images
from convlens.data.dataset import Dataset
from convlens.data.pictures import Progress
from convlens.errors import DataError, SettingsError, UnknownNameError
from convlens.explain.doctor.catalogue import examine
from convlens.explain.doctor.finding import Diagnosis
from convlens.explain.doctor.patient import Patient
from convlens.models.card import Card, Head
from convlens.models.custom import asks_for, build, is_custom
from convlens.models.networks import MODELS, canonical, resolve_head
from convlens.models.timm_model import PREFIX, open_timm
from convlens.workflows.foreign import opened
from convlens.workflows.foreign_models import require_layers
from convlens.workflows.pictures import held_out, load_splits, pictures_for
from convlens.workflows.settings import RunSettings
from convlens.workflows.subjects import Subject, by_name, is_network_name, network_or_run
from convlens.workflows.summaries import read_shape

TAKEN = 500
"""So many pictures are looked at, unless told otherwise."""


@dataclass(frozen=True, eq=False)
class Consultation:
    """What the doctor says about one network.

    Attributes:
        weights: which weights it has, in words.
        pictures: how many were looked at, and
        data: where they come from, "" without any.
        notes: what the user should know besides.
    """

    subject: str
    weights: str
    pictures: int
    data: str
    diagnosis: Diagnosis
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give everything as plain values."""
        return {
            "subject": self.subject,
            "weights": self.weights,
            "pictures": self.pictures,
            "data": self.data,
            **self.diagnosis.to_json(),
            "notes": list(self.notes),
        }


def doctor(
    reference: str,
    *,
    data: str | None = None,
    take: int | None = None,
    split: str = "test",
    shape: str | None = None,
    classes: int | None = None,
    head: Head | None = None,
    model: str | None = None,
    progress: Progress | None = None,
) -> Consultation:
    """Examine a registered network, a run, a weights file, or `module:function`.

    Args:
        data: pictures to look at; those of a run's own data when None.
        take: how many, stratified; 500 or all there are when None.
        shape: the picture as "channels x height x width"; a network's own when None.
        classes: a network's own when None; two for a sigmoid head.

    Raises:
        ConvlensError: the network or the pictures cannot be opened.
    """
    require_layers(reference)
    told = ("--input", shape), ("--classes", classes), ("--head", head)
    given = [option for option, value in told if value is not None]
    if given and (data is not None or not is_network_name(reference)):
        knows = "the pictures say" if is_network_name(reference) else f"{reference!r} says itself"
        raise SettingsError(f"{knows} which size, classes and head there are; leave out {' and '.join(given)}")
    if not is_network_name(reference):
        asked = _trained(reference, data, split, model, progress)
    elif data is not None:
        asked = _with_pictures(reference, data, split, progress)
    else:
        asked = _by_itself(reference, shape, classes, head)
    subject, dataset = asked.subject, asked.dataset
    images = None if dataset is None else _some(dataset, take)
    source = "" if dataset is None else f"{dataset.name}, {dataset.split} split"
    module = subject.module.eval()  # as everything here asks a network
    input_shape = subject.card.channels, *subject.card.size
    is_trained = not is_network_name(reference)
    patient = Patient(module, input_shape, subject.card if asked.card_holds else None, images, source, is_trained)
    count = 0 if images is None else len(images)
    return Consultation(subject.name, subject.weights, count, source, examine(patient), asked.notes)


@dataclass(frozen=True, eq=False)
class _Asked:
    """What is to be examined.

    Attributes:
        card_holds: whether the card says what the network is for, and is no mere guess.
    """

    subject: Subject
    dataset: Dataset | None = None
    card_holds: bool = True
    notes: tuple[str, ...] = ()


def _trained(reference: str, data: str | None, split: str, model: str | None, progress: Progress | None) -> _Asked:
    """Open a run or a weights file, with its own pictures unless others are named."""
    subject = network_or_run(reference, None, model=model)
    if data is None and subject.settings is None:
        return _Asked(subject)
    try:
        return _Asked(subject, held_out(pictures_for(subject.card, subject.settings, data, progress), split))
    except (DataError, UnknownNameError) as error:
        if data is not None:
            raise
        return _Asked(subject, notes=(f"no pictures were looked at: {error}",))


def _with_pictures(reference: str, data: str, split: str, progress: Progress | None) -> _Asked:
    """Build a network for the classes and the size of some pictures."""
    if reference.startswith(PREFIX):
        found = opened(reference, data=data, split=split, progress=progress)
        return _Asked(found.subject, found.dataset, found.labelled, found.notes)
    dataset = held_out(load_splits(RunSettings(data), progress=progress), split)
    return _Asked(by_name(reference, dataset), dataset)


def _by_itself(reference: str, shape: str | None, classes: int | None, head: Head | None) -> _Asked:
    """Build a network without pictures; the card is a guess where a function of the user's own is not told classes."""
    reference = canonical(reference)
    if reference.startswith(PREFIX):
        known = open_timm(reference, pretrained=False)
        channels, size = (known.channels, known.size) if shape is None else read_shape(shape)
        card = Card(reference, ("0", "1"), size, channels, "softmax", (0.0,) * channels, (1.0,) * channels)
        return _Asked(Subject(reference, known.module, card, known.weights), card_holds=False)
    entry = None if is_custom(reference) else MODELS[reference]
    usual = f"{entry.channels}x{entry.size}x{entry.size}" if entry else "1x28x28"
    channels, size = read_shape(shape or usual)
    count = classes or (2 if head == "sigmoid" else entry.classes if entry else 10)
    resolved = resolve_head(reference, count, head)
    module = build(reference, classes=count, channels=channels, size=size, head=resolved)
    names = tuple(map(str, range(count)))
    card = Card(reference, names, size, channels, resolved, (0.0,) * channels, (1.0,) * channels)
    words = "untrained weights (seed 0)" if entry else "the weights its function gives"
    holds = entry is not None or classes is not None or head is not None or "classes" in asks_for(reference)
    return _Asked(Subject(reference, module, card, words), card_holds=holds)


def _some(dataset: Dataset, take: int | None) -> Images:
    return dataset.images if take is None and len(dataset) <= TAKEN else dataset.take(take or TAKEN).images
