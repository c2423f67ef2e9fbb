"""The sweep: every image at every shift through the model, and under which rule."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32, Int64

from convlens.arrays import Images, Labels, Predict
from convlens.audit.answers import checked_logits
from convlens.audit.shifts import Pattern, Shifts
from convlens.augment.geometry import Border, checked_border, translate
from convlens.errors import SettingsError, ShapeError

Progress: TypeAlias = Callable[[int, int], None]
"""Told after each batch how many predictions are done, and of how many."""


@dataclass(frozen=True)
class Protocol:
    """How an audit was made; only audits with equal protocols may be compared.

    Attributes:
        radius: the largest shift in pixels along an axis.
        pattern: whether the shifts are the whole grid, a horizontal line, or a list.
        border: what comes in where content has moved away.
        fill: its grey level, for the border rule "zeros".
        data: name of the data set.
        split: which part of it.
        manifest_hash: which images exactly.
        count: how many images.
        notes: what else is worth knowing (precision, threads); no part of a comparison.
    """

    radius: int
    pattern: Pattern
    border: Border
    fill: int
    data: str
    split: str
    manifest_hash: str
    count: int
    notes: Mapping[str, str | int | float | bool] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, eq=False)
class Sweep:
    """What a model answered for every image at every shift.

    Attributes:
        logits: for each image, each shift, each class.
        labels: the right class of each image.
    """

    protocol: Protocol
    shifts: Shifts
    logits: Float32[np.ndarray, "n s classes"]
    labels: Labels
    class_names: tuple[str, ...]

    @cached_property
    def labels_at(self) -> Int64[np.ndarray, "n s"]:
        """The class answered for each image at each shift."""
        answers: Int64[np.ndarray, "n s"] = self.logits.argmax(axis=2).astype(np.int64)
        return answers


def sweep(
    predict: Predict,
    images: Images,
    labels: Labels,
    class_names: tuple[str, ...],
    shifts: Shifts,
    *,
    border: str,
    fill: int = 0,
    data: str = "",
    split: str = "",
    manifest_hash: str = "",
    notes: Mapping[str, str | int | float | bool] | None = None,
    batch_size: int = 1024,
    progress: Progress | None = None,
) -> Sweep:
    """Ask the model about every image at every shift.

    Each row of a batch has its own image and its own shift, so that all batches but the last are full whatever the
    number of images.

    Args:
        data: for the protocol, like `split`, `manifest_hash` and `notes`.
        fill: grey level that comes in under the border rule "zeros", before any normalisation.
        batch_size: rows of one call of `predict`.

    Raises:
        SettingsError: an unknown border rule, or a grey level outside 0–255.
        ShapeError: no images, labels that do not fit them, or answers of the model that do not fit the classes.
        ConvlensError: the model's answers are not finite.
    """
    count, cells, classes = len(images), len(shifts), len(class_names)
    if count < 1 or len(labels) != count:
        raise ShapeError(f"an audit wants images and one label each, got {count} images and {len(labels)} labels")
    if labels.min() < 0 or labels.max() >= classes:
        raise ShapeError(f"an audit wants labels from 0 to {classes - 1}, got {labels.min()} to {labels.max()}")
    if batch_size < 1:
        raise SettingsError(f"an audit wants a batch of at least one image, got batch_size {batch_size!r}")
    rule = checked_border(border)
    logits = np.empty((cells * count, classes), np.float32)
    for start in range(0, len(logits), batch_size):
        rows = np.arange(start, min(start + batch_size, len(logits)))
        cell, which = np.divmod(rows, count)
        moved = translate(images[which], shifts.dx[cell], shifts.dy[cell], border=rule, fill=fill)
        answer = checked_logits(predict, moved)
        if answer.shape[1] != classes:
            raise ShapeError(
                f"the model answers with {answer.shape[1]} classes, but the data have {classes} "
                f"({', '.join(class_names)}); audit it on the data it was trained for"
            )
        logits[rows] = answer
        if progress is not None:
            progress(int(rows[-1]) + 1, len(logits))
    by_image = np.ascontiguousarray(logits.reshape(cells, count, classes).transpose(1, 0, 2))
    protocol = Protocol(shifts.radius, shifts.pattern, rule, fill, data, split, manifest_hash, count, dict(notes or {}))
    return Sweep(protocol, shifts, by_image, labels, class_names)


def require_comparable(protocols: Mapping[str, Protocol]) -> None:
    """Refuse audits that were made in different ways.

    Args:
        protocols: by the name of the model, or of whatever is compared.

    Raises:
        SettingsError: two differ; the sentence names what in.
    """
    named = list(protocols.items())
    for name, other in named[1:]:
        first, one = named[0]
        differing = [
            f"{setting.name} {getattr(one, setting.name)!r} and {getattr(other, setting.name)!r}"
            for setting in dataclasses.fields(Protocol)
            if setting.compare and getattr(one, setting.name) != getattr(other, setting.name)
        ]
        if differing:
            raise SettingsError(
                f"the audits of {first!r} and {name!r} cannot be compared: they differ in {', '.join(differing)}; "
                "audit both in the same way"
            )
