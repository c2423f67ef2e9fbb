"""Several models audited on the same images in the same way: which are told apart, and by how much they differ."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from jaxtyping import Float64

from convlens.audit.answered import Answered, right
from convlens.audit.first_flip import medians, right_within, unflipped_within
from convlens.audit.intervals import Column, Drawn, Estimate, finite, percentiles, resampled_means
from convlens.audit.numbers import NAMES, OfImages, lowest_cell, numbers, per_image
from convlens.audit.paired import McNemar, mcnemar, widened
from convlens.audit.ranking import LEVEL, Rank, ranking, sentences
from convlens.audit.significance import holm
from convlens.audit.sweep import Protocol, require_comparable
from convlens.errors import SettingsError

ONE_DRAW = (
    "One trained network is one draw: this compares these networks, not the methods that made them; "
    "to compare methods, train several networks with each, from different seeds."
)


@dataclass(frozen=True, eq=False)
class Pair:
    """Two of the models.

    Attributes:
        test: McNemar's, of being right (without labels: unchanged) at every shift.
        p_holm: its p, adjusted for all pairs.
        differences: of each number, the first model's minus the second's. That of `lowest` is between each one's own
            lowest cell, as if both had been named beforehand. That of the medians is infinite, or not a number, where
            one or both lie beyond the last ring.
        curves: of the shares of images that are right, and unflipped, at every shift of up to r = 0 … R pixels.
    """

    one: str
    other: str
    test: McNemar
    p_holm: float
    differences: dict[str, Estimate]
    curves: dict[str, Column]

    @property
    def shown(self) -> bool:
        """Whether the test shows a difference."""
        return self.p_holm <= LEVEL

    def to_json(self) -> dict[str, Any]:
        """Give everything as plain values."""
        return {
            "one": self.one,
            "other": self.other,
            **dataclasses.asdict(self.test),
            "p_holm": self.p_holm,
            "shown": self.shown,
            "differences": {name: _plain(one) for name, one in self.differences.items()},
            "curves": {
                name: [{"radius": radius} | _plain(curve[radius]) for radius in range(len(curve.values))]
                for name, curve in self.curves.items()
            },
        }


@dataclass(frozen=True, eq=False)
class Comparison:
    """Several models on the same images.

    Attributes:
        decided_on: what McNemar's tests and the ranking are about: "right_everywhere", or "unchanged_everywhere" when
            the right answers are not known.
        numbers: those of each model.
        pairs: every two models, in the order given.
        ranking: from best to worst.
    """

    protocol: Protocol
    decided_on: str
    numbers: dict[str, dict[str, Estimate]]
    pairs: tuple[Pair, ...]
    ranking: tuple[Rank, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """The ranking in words, and what it does not say."""
        return (
            *sentences(self.ranking, {frozenset((pair.one, pair.other)): pair.p_holm for pair in self.pairs}),
            ONE_DRAW,
        )

    def to_json(self) -> dict[str, Any]:
        """Give everything as plain values."""
        return {
            "protocol": dataclasses.asdict(self.protocol),
            "decided_on": self.decided_on,
            "numbers": {name: {key: _plain(one) for key, one in of.items()} for name, of in self.numbers.items()},
            "pairs": [pair.to_json() for pair in self.pairs],
            "ranking": [
                {"name": rank.name} | _plain(rank.value) | {"letters": rank.letters, "p_next": rank.p_next}
                for rank in self.ranking
            ],
            "sentences": list(self.sentences),
        }


@dataclass(frozen=True, eq=False)
class _Resampled:
    """One model's numbers and curves: of all images in the first row, of a resample in each further one."""

    numbers: dict[str, Float64[np.ndarray, "rows 1"]]
    curves: dict[str, Drawn]


def compare(audits: Mapping[str, Answered], *, mid_p: bool = False) -> Comparison:
    """Compare models that were audited on the same images in the same way, each with each.

    McNemar's p are adjusted by Holm for all pairs. The intervals of the differences come from one set of resamples of
    the images, the same for all models; they are not adjusted.

    Args:
        audits: by the model's name.
        mid_p: of McNemar's tests, see `even_odds`.

    Raises:
        SettingsError: fewer than two, or they were made on other images or in another way; the sentence says what
            differs.
    """
    require_same(audits)
    first = next(iter(audits.values()))
    decided_on = "right_everywhere" if first.labelled else "unchanged_everywhere"
    values = {name: per_image(one, labelled=first.labelled) for name, one in audits.items()}
    found = {name: numbers(one, labelled=first.labelled) for name, one in audits.items()}
    drawn = {name: _resampled(one, values[name]) for name, one in audits.items()}
    couples = list(combinations(audits, 2))
    tests = [mcnemar(*(values[name][decided_on].astype(bool) for name in couple), mid_p=mid_p) for couple in couples]
    p_holm = holm(np.array([test.p for test in tests], np.float64)).tolist()
    pairs = tuple(
        Pair(one, other, test, p, *_differences(drawn[one], drawn[other], first.protocol.count))
        for (one, other), test, p in zip(couples, tests, p_holm, strict=True)
    )
    order = ranking(
        {name: one[decided_on] for name, one in found.items()},
        {frozenset(couple): p for couple, p in zip(couples, p_holm, strict=True)},
    )
    return Comparison(first.protocol, decided_on, found, pairs, order)


def require_same(audits: Mapping[str, Answered]) -> None:
    """Refuse audits that cannot be compared.

    Raises:
        SettingsError: fewer than two, or they differ in how they were made, in their shifts, classes or labels.
    """
    if len(audits) < 2:
        raise SettingsError(f"a comparison wants two audits or more, got {len(audits)}")
    require_comparable({name: one.protocol for name, one in audits.items()})
    (first, one), *others = audits.items()
    for name, other in others:
        same = {
            "shifts": np.array_equal(one.shifts.dx, other.shifts.dx) and np.array_equal(one.shifts.dy, other.shifts.dy),
            "classes": one.class_names == other.class_names,
            "labels": np.array_equal(one.labels, other.labels),
        }
        if not all(same.values()):
            differing = " and ".join(what for what, equal in same.items() if not equal)
            raise SettingsError(
                f"the audits of {first!r} and {name!r} cannot be compared: their {differing} differ; "
                "audit both on the same pictures, with the classes in the same order"
            )


def _resampled(answers: Answered, values: Mapping[str, OfImages]) -> _Resampled:
    curves = {"unflipped": unflipped_within(answers)}
    if answers.labelled:
        curves["right_within"] = right_within(answers)
    parts: dict[str, Float64[np.ndarray, "n k"]] = {name: one[:, None].astype(float) for name, one in values.items()}
    parts |= {name: one.astype(float) for name, one in curves.items()}
    if answers.labelled:
        parts["lowest"] = right(answers)[:, [lowest_cell(answers)]].astype(float)
    together = np.concatenate(list(parts.values()), axis=1)
    means = np.concatenate([together.mean(axis=0)[None], resampled_means(together)])
    ends = np.cumsum([part.shape[1] for part in parts.values()])
    drawn: dict[str, Drawn] = dict(zip(parts, np.split(means, ends[:-1], axis=1), strict=True))
    curves_drawn = {name: drawn.pop(name) for name in curves}
    drawn["median_first_flip_px"] = medians(curves_drawn["unflipped"])[:, None]
    return _Resampled({name: drawn[name] for name in NAMES if name in drawn}, curves_drawn)


def _differences(one: _Resampled, other: _Resampled, count: int) -> tuple[dict[str, Estimate], dict[str, Column]]:
    of_numbers = {
        name: _difference(one.numbers[name], other.numbers[name], None if name.endswith("_px") else count)[0]
        for name in one.numbers
    }
    return of_numbers, {name: _difference(one.curves[name], other.curves[name], count) for name in one.curves}


def _difference(one: Drawn, other: Drawn, count: int | None) -> Column:
    """Give the differences of the first rows, with the interval that the further ones give.

    Args:
        count: of images, for shares; None for what is no share.
    """
    with np.errstate(invalid="ignore"):  # the difference of two medians beyond the last ring is not known: NaN
        differences = one - other
    low, high = percentiles(differences[1:])
    return Column(differences[0], *((low, high) if count is None else widened(low, high, count)))


def _plain(one: Estimate) -> dict[str, float | None]:
    return {"value": finite(one.value), "low": finite(one.low), "high": finite(one.high)}
