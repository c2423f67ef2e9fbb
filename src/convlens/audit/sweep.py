"""The sweep: every image at every shift through the model, and under which rule."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Int64

from convlens.arrays import Images, Indices, Labels, Logits, Pixels, Predict
from convlens.audit.answers import checked_logits, checked_sweep
from convlens.audit.given import checked_names, checked_pairs, require_function, require_usable
from convlens.audit.in_parts import Parts, Progress, SweepLogits, in_batches, in_parts
from convlens.audit.placing import BLANK, Placing, checked_placing, placed, unmoved
from convlens.audit.shifts import Pattern, Shifts, grid, require_something_left
from convlens.errors import SettingsError
from convlens.models.sweeping.canvas import seen_size

ByShift: TypeAlias = Callable[[Images, Shifts, str, int], SweepLogits]
"""(images, shifts, border, fill) → what a model answers for each image at each shift.

`directly` makes one from any `Predict`; a network may bring a faster one that gives the same.
"""


@dataclass(frozen=True)
class Protocol:
    """How an audit was made; only audits with equal protocols may be compared.

    Attributes:
        radius: the largest shift in pixels along an axis.
        pattern: whether the shifts are the whole grid, a horizontal line, or a list.
        border: what comes in where content has moved away.
        fill: its grey level, for the border rules "zeros" and "canvas"; 0 under the others.
        data: name of the data set.
        split: which part of it.
        manifest_hash: which images exactly.
        count: how many images.
        notes: what else is worth knowing (precision, threads); no part of a comparison.
    """

    radius: int
    pattern: Pattern
    border: Placing
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
    logits: SweepLogits
    labels: Labels
    class_names: tuple[str, ...]

    @cached_property
    def labels_at(self) -> Int64[np.ndarray, "n s"]:
        """The class answered for each image at each shift."""
        answers: Int64[np.ndarray, "n s"] = self.logits.argmax(axis=2).astype(np.int64)
        return answers

    @property
    def origin(self) -> int:
        """The position of the unshifted cell."""
        return self.shifts.origin

    @property
    def levels(self) -> Pixels:
        """How far each cell lies from the unshifted one: its ring, in pixels."""
        return self.shifts.levels


def shift_audit(
    predict: Predict,
    images: Images,
    labels: Labels,
    *,
    radius: int = 5,
    border: str = "zeros",
    fill: int = 0,
    class_names: tuple[str, ...] | None = None,
    tried: bool = False,
    progress: Progress | None = None,
) -> Sweep:
    """Ask a model about every image at every shift of up to R pixels along both axes.

    The model is tried on a few pictures first: whether its answers are finite, and the same when it is asked again.

    Args:
        predict: from images (N, H, W, C) uint8 to logits (N, classes); `convlens.models.predictor` makes one of a
            torch network.
        labels: the right class of each image, from 0.
        radius: the largest shift in pixels; there are (2R+1)² cells.
        border: what comes in where content has moved away: zeros, wrap, edge, reflect, symmetric, canvas or crop.
        fill: for zeros and canvas: the grey level of the blank, before any normalisation.
        class_names: in the order of the columns; "0", "1", … when None.
        tried: with `class_names`: the model was tried before, and is not tried again (`audit.checks`, which allows
            larger gaps for bf16).

    Raises:
        SettingsError: an unknown border rule, a grey level outside 0–255, or shifts that leave nothing of the images.
        ShapeError: no function, pictures that are not (N, H, W, C) uint8, or labels, names or answers that do not fit.
        ConvlensError: the model's answers are not finite, or one picture gets several; the sentence gives the proof.
    """
    require_function(predict)
    pictures, numbers = checked_pairs(images, labels)
    shifts = grid(radius)
    require_something_left(shifts, pictures.shape[1:3])
    still = unmoved(predict, radius=radius, border=border, fill=fill)
    names = checked_names(still, pictures, class_names, tried=tried)
    return sweep(predict, pictures, numbers, names, shifts, border=border, fill=fill, progress=progress)


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
    by_shift: ByShift | None = None,
    parts: Parts | None = None,
    progress: Progress | None = None,
) -> Sweep:
    """Ask the model about every image at every shift.

    Args:
        data: for the protocol, like `split`, `manifest_hash` and `notes`.
        fill: grey level that comes in under the border rules "zeros" and "canvas", before any normalisation.
        batch_size: rows of one call of `predict`.
        by_shift: a faster way to the same answers, used in the place of `predict`.
        parts: where finished parts are looked for and kept.

    Raises:
        SettingsError: an unknown border rule, a grey level outside 0–255, or shifts that leave nothing of the images.
        ShapeError: no images, labels that do not fit them, or answers of the model that do not fit the classes.
        ConvlensError: the model's answers are not finite.
    """
    labels = require_usable(images, labels, class_names, batch_size)
    require_something_left(shifts, images.shape[1:3])
    rule = checked_placing(border)
    seen_size(images.shape[1:3], shifts.radius, rule)
    ask = directly(predict, batch_size) if by_shift is None else by_shift
    count, cells = len(images), len(shifts)

    def answers(start: int, stop: int) -> SweepLogits:
        return checked_sweep(ask(images[start:stop], shifts, rule, fill), stop - start, cells, class_names)

    logits = in_parts(answers, images, cells, parts, progress)
    # A fill that never comes in would make audits differ that do not.
    grey = fill if rule in BLANK else 0
    protocol = Protocol(shifts.radius, shifts.pattern, rule, grey, data, split, manifest_hash, count, dict(notes or {}))
    return Sweep(protocol, shifts, logits, labels, class_names)


def directly(predict: Predict, batch_size: int = 1024) -> ByShift:
    """Make a sweep that moves the images and asks the model about each.

    Each row of a batch has its own image and its own shift.
    """

    def by_shift(images: Images, shifts: Shifts, border: str, fill: int) -> SweepLogits:
        def answers(which: Indices, cell: Indices) -> Logits:
            dx, dy = shifts.dx[cell], shifts.dy[cell]
            moved = placed(images[which], dx, dy, radius=shifts.radius, border=border, fill=fill)
            return checked_logits(predict, moved)

        return in_batches(answers, images, 0, len(images), len(shifts), batch_size)

    return by_shift


def require_comparable(protocols: Mapping[str, Any]) -> None:
    """Refuse audits that were made in different ways.

    Args:
        protocols: by the name of the model, or of whatever is compared; frozen dataclasses like `Protocol`.

    Raises:
        SettingsError: two differ; the sentence names what in.
    """
    named = list(protocols.items())
    for name, other in named[1:]:
        first, one = named[0]
        differing = _differing(one, other)
        if differing:
            raise SettingsError(
                f"the audits of {first!r} and {name!r} cannot be compared: they differ in {', '.join(differing)}; "
                "audit both in the same way"
            )


def _differing(one: Any, other: Any) -> list[str]:
    """Say in what two protocols differ; other pictures are told by how many there are, not by their hash."""
    names = [
        setting.name
        for setting in dataclasses.fields(one)
        if setting.compare and getattr(one, setting.name) != getattr(other, setting.name, None)
    ]
    told = []
    if "manifest_hash" in names:
        counts = f"{one.count:,} and {other.count:,}" if one.count != other.count else f"{one.count:,} each"
        told.append(f"other pictures ({counts})")
        names = [name for name in names if name not in {"manifest_hash", "count"}]
    return [f"{name} {getattr(one, name)!r} and {getattr(other, name, None)!r}" for name in names] + told
