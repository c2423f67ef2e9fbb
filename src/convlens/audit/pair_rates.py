"""How often something is so among two groups of pairs, flips and controls, and the difference; images are the unit.

Intervals are percentiles of a bootstrap over images, since the pairs of one image depend on one another: an image drawn
twice brings its flips and its controls twice. Where all pairs agree, resampling would say that it cannot be otherwise.
There a rate has Wilson's interval, with as many trials as there are images, and the difference one that follows from
those of the two rates. A single image says nothing of others: its interval is everything.

Source: for the latter, Zou & Donner, "Construction of confidence limits about effect measures: a general approach",
Statistics in Medicine 27 (2008), equation (4).
"""

from math import hypot
from typing import NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Bool

from convlens.audit.flips import Pairs
from convlens.audit.intervals import Drawn, Estimate, Results, bootstrap_of, wilson

Hits: TypeAlias = Bool[np.ndarray, "_ columns"]


class Rates(NamedTuple):
    """How often something is so on flips and on controls, and the excess of the first; None for what cannot be said."""

    rate: Estimate | None = None
    control: Estimate | None = None
    excess: Estimate | None = None


def rates_of(drawn: Pairs, held: Pairs, on_flips: Hits, on_held: Hits) -> list[Rates]:
    """Give the rates of each column on flips, on controls, and the excess of the first over the second.

    Without flips there is nothing; without controls there is the first alone.
    """
    count = on_flips.shape[1]
    if len(drawn) == 0:
        return [Rates()] * count
    images = np.unique(np.concatenate([drawn.images, held.images]))
    per_image = np.zeros((len(images), 2 + 2 * count))
    for place, pairs, hits in ((0, drawn, on_flips), (1, held, on_held)):
        rows, start = np.searchsorted(images, pairs.images), 2 + place * count
        np.add.at(per_image[:, place], rows, 1.0)
        np.add.at(per_image[:, start : start + count], rows, hits.astype(np.float64))

    def rates(means: Drawn) -> Results:
        with np.errstate(invalid="ignore", divide="ignore"):  # a resample may hold no flip, or no control
            flips, others = means[:, 2 : 2 + count] / means[:, :1], means[:, 2 + count :] / means[:, 1:2]
        return np.hstack([flips, others, flips - others])

    values = rates(per_image.mean(axis=0, keepdims=True))[0]
    low, high = bootstrap_of(rates, per_image)
    trials = [len(np.unique(pairs.images)) for pairs in (drawn, held)]
    found: list[Rates] = []
    for column in range(count):
        one, other, excess = (
            Estimate(*(float(ends[group * count + column]) for ends in (values, low, high))) for group in range(3)
        )
        one = _share(one, trials[0])
        if len(held) == 0:
            found.append(Rates(one))
            continue
        other = _share(other, trials[1])
        if {one.value, other.value} & {0.0, 1.0} or min(trials) == 1:
            excess = _difference(one, other)
        ends = max(excess.low, -1.0), min(excess.high, 1.0)
        found.append(Rates(one, other, Estimate(excess.value, *ends)))
    return found


def _share(found: Estimate, images: int) -> Estimate:
    """Keep a share's interval between 0 and 1, and widen it where all images agree, or there is no other one."""
    low, high = (max(found.low, 0.0), min(found.high, 1.0)) if images > 1 else (0.0, 1.0)
    if found.value == 0:
        high = float(wilson(0, images)[1])
    if found.value == 1:
        low = float(wilson(images, images)[0])
    return Estimate(found.value, min(low, found.value), max(high, found.value))


def _difference(one: Estimate, other: Estimate) -> Estimate:
    """Give the difference of two shares with an interval that follows from theirs."""
    value = one.value - other.value
    below = hypot(one.value - one.low, other.high - other.value)
    above = hypot(one.high - one.value, other.value - other.low)
    return Estimate(value, value - below, value + above)
