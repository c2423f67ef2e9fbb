"""The sweep over the severities of a change: every picture at every amount, and under which rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np
from jaxtyping import Float64, Int64

from convlens.arrays import Images, Indices, Labels, Logits, Pixels, Predict
from convlens.audit.answers import class_logits
from convlens.audit.changes import SEVERITIES
from convlens.audit.given import checked_names, checked_pairs, require_function, require_usable
from convlens.audit.in_parts import Parts, Progress, SweepLogits, in_batches, in_parts
from convlens.augment.geometry import checked_border
from convlens.errors import SettingsError
from convlens.rng import keys_of


@dataclass(frozen=True, eq=False)
class Severities:
    """The amounts of a change that are tried, with 0, the unchanged cell, exactly once.

    Attributes:
        amounts: in the change's unit; negative ones go the other way.
        unit: of the amounts.
    """

    amounts: Float64[np.ndarray, " s"]
    unit: str

    def __post_init__(self) -> None:
        amounts = self.amounts
        if not np.isfinite(amounts).all() or np.count_nonzero(amounts == 0) != 1 or len(set(amounts)) != len(amounts):
            raise SettingsError(
                "severities want finite amounts, each once, and 0, the unchanged picture, among them; "
                f"got {', '.join(f'{one:g}' for one in amounts)}"
            )

    def __len__(self) -> int:
        return len(self.amounts)

    @property
    def origin(self) -> int:
        """The position of the unchanged cell."""
        return int(np.flatnonzero(self.amounts == 0)[0])

    @property
    def levels(self) -> Pixels:
        """The rank of each cell's |amount|: 0 is the unchanged one, 1 the smallest change there is, both ways."""
        ranks: Pixels = np.unique(np.abs(self.amounts), return_inverse=True)[1].astype(np.int64)
        return ranks

    @property
    def sizes(self) -> Float64[np.ndarray, " levels"]:
        """The |amount| of each level, from 0 up."""
        return np.unique(np.abs(self.amounts))


@dataclass(frozen=True)
class SeverityProtocol:
    """How an audit of severities was made; only audits with equal protocols may be compared.

    Attributes:
        change: the name of the change.
        unit: of its amounts.
        amounts: all that were tried.
        border: what comes in where content has moved away; None for a change that moves nothing.
        fill: its grey level, under the border rule "zeros"; None for a change that moves nothing.
        seed: of what is drawn for each picture; None for a change in which nothing is.
        data: name of the data set.
        split: which part of it.
        manifest_hash: which images exactly.
        count: how many images.
        notes: what else is worth knowing; no part of a comparison.
    """

    change: str
    unit: str
    amounts: tuple[float, ...]
    border: str | None
    fill: int | None
    seed: int | None
    data: str
    split: str
    manifest_hash: str
    count: int
    notes: Mapping[str, str | int | float | bool] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, eq=False)
class SeveritySweep:
    """What a model answered for every image at every amount of a change; it is `Levelled`, like a sweep over shifts.

    Attributes:
        logits: for each image, each amount, each class.
        labels: the right class of each image.
    """

    protocol: SeverityProtocol
    severities: Severities
    logits: SweepLogits
    labels: Labels
    class_names: tuple[str, ...]

    @cached_property
    def labels_at(self) -> Int64[np.ndarray, "n s"]:
        """The class answered for each image at each amount."""
        answers: Int64[np.ndarray, "n s"] = self.logits.argmax(axis=2).astype(np.int64)
        return answers

    @property
    def origin(self) -> int:
        """The position of the unchanged cell."""
        return self.severities.origin

    @property
    def levels(self) -> Pixels:
        """The rank of each cell's |amount|."""
        return self.severities.levels


def severities_of(change: str, size: tuple[int, int], amounts: Sequence[float] | None = None) -> Severities:
    """Give the amounts of a change for pictures of that size: its own, or others.

    Args:
        size: height and width of the pictures.

    Raises:
        UnknownNameError: there is no such change; the sentence gives the nearest.
        SettingsError: an amount makes no sense, comes twice, or 0 is not among them.
    """
    known = SEVERITIES[change]
    if amounts is None:
        return Severities(known.amounts(size), known.unit)
    wrong = [
        one for one in amounts if not known.low <= one <= known.high or (known.whole and not float(one).is_integer())
    ]
    if wrong:
        kind = "whole numbers" if known.whole else "numbers"
        raise SettingsError(
            f"amounts of {change} are {kind} from {known.low:g} to {known.high:g} ({known.unit}), got {wrong[0]!r}"
        )
    return Severities(np.array(sorted(amounts), np.float64), known.unit)


def severity_audit(
    predict: Predict,
    images: Images,
    labels: Labels,
    class_names: tuple[str, ...],
    change: str,
    *,
    amounts: Sequence[float] | None = None,
    border: str = "zeros",
    fill: int = 0,
    seed: int = 0,
    data: str = "",
    split: str = "",
    manifest_hash: str = "",
    notes: Mapping[str, str | int | float | bool] | None = None,
    batch_size: int = 1024,
    tried: bool = False,
    parts: Parts | None = None,
    progress: Progress | None = None,
) -> SeveritySweep:
    """Ask the model about every image at every amount of a change.

    Args:
        change: one of `SEVERITIES`.
        amounts: those to try, 0 among them; the change's own when None.
        border: what comes in where content has moved away, for a change that moves.
        fill: its grey level under "zeros", before any normalisation.
        seed: of what is drawn for each picture, by its position among the images.
        data: for the protocol, like `split`, `manifest_hash` and `notes`.
        batch_size: rows of one call of `predict`.
        tried: the model was tried on a few pictures before, and is not tried again; see `shift_audit`.
        parts: where finished parts are looked for and kept.

    Raises:
        UnknownNameError: there is no such change.
        SettingsError: an amount, border rule or grey level that makes no sense, or images that the change cannot take.
        ShapeError: no function, pictures that are not (N, H, W, C) uint8, or labels, names or answers that do not fit.
        ConvlensError: the model's answers are not finite, or one picture gets several; the sentence gives the proof.
    """
    require_function(predict)
    images, labels = checked_pairs(images, labels)
    class_names = checked_names(predict, images, class_names, tried=tried)
    labels = require_usable(images, labels, class_names, batch_size)
    known, rule = SEVERITIES[change], checked_border(border)
    cells = severities_of(change, (images.shape[1], images.shape[2]), amounts)
    keys = keys_of(seed, f"audit {change}", 0, np.arange(len(images)))

    def answers(which: Indices, cell: Indices) -> Logits:
        changed = known(images[which], cells.amounts[cell], keys=keys[which], border=rule, fill=fill)
        return class_logits(predict, changed, class_names)

    batched = partial(in_batches, answers, images, cells=len(cells), batch_size=batch_size)
    logits = in_parts(batched, images, len(cells), parts, progress)
    protocol = SeverityProtocol(
        change=change,
        unit=cells.unit,
        amounts=tuple(cells.amounts.tolist()),
        border=rule if known.moves else None,
        fill=fill if known.moves else None,
        seed=seed if known.drawn else None,
        data=data,
        split=split,
        manifest_hash=manifest_hash,
        count=len(images),
        notes=dict(notes or {}),
    )
    return SeveritySweep(protocol, cells, logits, labels, class_names)
