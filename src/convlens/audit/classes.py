"""Which classes do not hold still, and what they turn into."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Int64

from convlens.arrays import Labels, Mask
from convlens.audit.answered import Hits, Shifted, unchanged
from convlens.audit.intervals import Drawn, Estimate, bootstrap_of, share_of, wilson
from convlens.audit.significance import fisher, holm

Counts: TypeAlias = Int64[np.ndarray, "n classes"]


@dataclass(frozen=True)
class ClassFlips:
    """How often the images of one class flip, and to what.

    Attributes:
        count: how many images the class has.
        flip_rate: the share of them whose answer is another one at some shift (Wilson).
        p_holm: Fisher's exact test of "this class flips as often as all others together", two-sided, adjusted by Holm
            for all classes: 0.05 or less says that it flips more often, or less often.
        destinations: what the flipped answers are instead, as shares of the class's flips over all images and shifts,
            most frequent first (bootstrap over the class's images).
    """

    name: str
    count: int
    flip_rate: Estimate
    p_holm: float
    destinations: dict[str, Estimate]

    def to_json(self) -> dict[str, Any]:
        """Give everything as plain values."""
        return {
            "class": self.name,
            "count": self.count,
            "flip_rate": self.flip_rate.value,
            "low": self.flip_rate.low,
            "high": self.flip_rate.high,
            "p_holm": self.p_holm,
            "destinations": {name: one.value for name, one in self.destinations.items()},
            "destination_intervals": {name: [one.low, one.high] for name, one in self.destinations.items()},
        }


def class_flips(answers: Shifted, *, labelled: bool = True) -> list[ClassFlips]:
    """Give the flips of each class that has images, in the order of the classes.

    Args:
        labelled: images are sorted by their right class; else by the answer to the unshifted image.
    """
    own = answers.labels if labelled else answers.labels_at[:, answers.origin]
    flips = ~unchanged(answers)
    flipped: Mask = np.asarray(flips.any(axis=1))
    present = np.unique(own)
    p = holm(np.array([_differs_from_the_rest(own == one, flipped) for one in present], np.float64))
    found = []
    for one, adjusted in zip(present.tolist(), p.tolist(), strict=True):
        members = own == one
        turned = _turned_into(answers.labels_at[members], flips[members], len(answers.class_names))
        destinations = dict(_destinations(turned, answers.class_names))
        rate = share_of(np.asarray(flipped[members]))
        found.append(ClassFlips(answers.class_names[one], int(members.sum()), rate, adjusted, destinations))
    return found


def _differs_from_the_rest(members: Mask, flipped: Mask) -> float:
    return fisher(np.array([[(group & what).sum() for what in (flipped, ~flipped)] for group in (members, ~members)]))


def _turned_into(labels_at: Int64[np.ndarray, "n s"], flips: Hits, classes: int) -> Counts:
    """Count for each image how many of its flipped answers are which class."""
    rows = np.broadcast_to(np.arange(len(labels_at))[:, None], flips.shape)
    places: Labels = (rows * classes + labels_at)[flips]
    counts: Counts = np.bincount(places, minlength=len(labels_at) * classes).reshape(-1, classes)
    return counts


def _destinations(turned: Counts, class_names: tuple[str, ...]) -> Iterable[tuple[str, Estimate]]:
    """Give the shares of all flips that go to each class; a ratio of sums over images, which are what is resampled."""
    sums = turned.sum(axis=0)
    reached = np.argsort(-sums, kind="stable")[: np.count_nonzero(sums)]
    if not len(reached):
        return
    low, high = bootstrap_of(_shares, turned[:, reached].astype(np.float64))
    flipping = int(turned.any(axis=1).sum())
    for place, one in enumerate(reached.tolist()):
        value = float(sums[one] / sums.sum())
        # where all flips of the few images that flip have one aim, resampling them cannot tell how few they are
        least = float(wilson(flipping, flipping)[0]) if value == 1 else max(float(low[place]), 0.0)
        yield class_names[one], Estimate(value, min(least, value), max(min(float(high[place]), 1.0), value))


def _shares(means: Drawn) -> Drawn:
    whole = means.sum(axis=1, keepdims=True)
    # in a resample without a flip nobody knows where flips go
    shares: Drawn = np.divide(means, whole, out=np.full_like(means, np.nan), where=whole > 0)
    return shares
