"""What is wrong with a network, and what would help?"""

from dataclasses import dataclass, replace
from typing import Any

from convlens.arrays import Images
from convlens.data.dataset import Dataset
from convlens.data.load import load
from convlens.data.pictures import Progress
from convlens.errors import DataError, SettingsError, UnknownNameError
from convlens.explain.doctor.catalogue import examine
from convlens.explain.doctor.finding import Diagnosis
from convlens.explain.doctor.patient import Patient
from convlens.models.card import Head
from convlens.models.timm_model import PREFIX
from convlens.workflows.by_itself import by_itself
from convlens.workflows.foreign import opened, require_no_reading
from convlens.workflows.foreign_models import is_foreign, require_layers
from convlens.workflows.pictures import held_out, pictures_for
from convlens.workflows.reading import Reading, complete
from convlens.workflows.split_words import source_in_words
from convlens.workflows.subjects import Subject, by_name, is_network_name, network_or_run

USUAL = "test"
"""The split that is looked at unless told otherwise; a run without it is looked at all the same."""

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
    split: str = USUAL,
    shape: str | None = None,
    classes: int | None = None,
    head: Head | None = None,
    model: str | None = None,
    reading: Reading | None = None,
    progress: Progress | None = None,
) -> Consultation:
    """Examine a registered network, a run, a weights file, or `module:function`.

    Args:
        data: pictures to look at; those of a run's own data when None.
        take: how many, stratified; 500 or all there are when None.
        shape: the picture as "channels x height x width"; a network's own when None.
        classes: a network's own when None; two for a sigmoid head.
        reading: how a model from elsewhere reads the pictures.

    Raises:
        ConvlensError: the network or the pictures cannot be opened.
    """
    require_layers(reference)
    told = ("--input", shape), ("--classes", classes), ("--head", head)
    given = [option for option, value in told if value is not None]
    if given and (data is not None or not is_network_name(reference)):
        knows = "the pictures say" if is_network_name(reference) else f"{reference!r} says itself"
        raise SettingsError(f"{knows} which size, classes and head there are; leave out {' and '.join(given)}")
    if not is_foreign(reference):
        require_no_reading(reference, reading)
    elif reading is not None and reading.says and data is None:
        raise SettingsError(
            f"there are no pictures that could be read as {' and '.join(reading.says)} say; name some with --data, or "
            "leave that out"
        )
    if not is_network_name(reference):
        asked = _trained(reference, data, split, model, progress)
    elif data is not None:
        asked = _with_pictures(reference, data, split, reading or Reading(), progress)
    else:
        alone = by_itself(reference, shape=shape, classes=classes, head=head)
        asked = _Asked(alone.subject, card_holds=alone.card_holds)
    subject, dataset = asked.subject, asked.dataset
    images = None if dataset is None else _some(dataset, take)
    source = "" if dataset is None else source_in_words(dataset.name, dataset.split)
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
        if data is not None or split != USUAL:
            raise
        return _Asked(subject, notes=(f"no pictures were looked at: {error}",))


def _with_pictures(reference: str, data: str, split: str, said: Reading, progress: Progress | None) -> _Asked:
    """Build a network for the classes and the size of some pictures; one from elsewhere reads them as is said.

    A function of the user's own gives one answer for each class, or else the doctor is to say that it does not: here,
    unlike in an audit, no class map stands between the two.
    """
    if reference.startswith(PREFIX):
        found = opened(reference, data=data, split=split, reading=said, progress=progress)
        return _Asked(found.subject, found.dataset, found.labelled, found.notes)
    dataset = held_out(load(data, size=said.size, channels=said.channels, progress=progress), split)
    if is_foreign(reference):
        reads = complete(reference, {"size": dataset.size, "channels": dataset.channels}, said)
        subject = by_name(reference, dataset)
        return _Asked(replace(subject, card=replace(subject.card, mean=reads.mean, std=reads.std)), dataset)
    return _Asked(by_name(reference, dataset), dataset)


def _some(dataset: Dataset, take: int | None) -> Images:
    return dataset.take(min(TAKEN, len(dataset)) if take is None else take).images
