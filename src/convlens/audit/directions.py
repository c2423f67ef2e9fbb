"""Does it matter which way an image moves, and whether by an odd or an even number of pixels?"""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from jaxtyping import Float64, Int64

from convlens.arrays import Indices, PerImage
from convlens.audit.answered import Shifted, right
from convlens.audit.intervals import Estimate, means_of
from convlens.audit.significance import holm, mean_is_zero, sign_test

PerCell: TypeAlias = Int64[np.ndarray, " s"]

HALVES = {"dx": "left – right", "dy": "up – down"}


@dataclass(frozen=True)
class Direction:
    """How much more often images are right in some cells than in others.

    Attributes:
        pair: what is held against what: "left – right", "up – down", "odd – even dx" or "odd – even dy".
        difference: of the two accuracies, the first minus the second (bootstrap over images).
        test: how p was found: "sign", whether images that differ do so one way as often as the other, or "mean",
            Student's test of the difference itself.
        p: of "there is no difference".
        p_holm: adjusted for all directions of the audit.
    """

    pair: str
    difference: Estimate
    test: Literal["sign", "mean"]
    p: float
    p_holm: float

    def to_json(self) -> dict[str, Any]:
        """Give everything as plain values."""
        ends = {"difference": self.difference.value, "low": self.difference.low, "high": self.difference.high}
        return {"pair": self.pair, **ends, "test": self.test, "p": self.p, "p_holm": self.p_holm}


@dataclass(frozen=True)
class Phase:
    """The accuracy in the cells, without the unshifted one, whose dx and dy are odd or even."""

    dx_odd: bool
    dy_odd: bool
    accuracy: Estimate

    def to_json(self) -> dict[str, Any]:
        """Give everything as plain values."""
        ends = {"accuracy": self.accuracy.value, "low": self.accuracy.low, "high": self.accuracy.high}
        return {"dx_odd": self.dx_odd, "dy_odd": self.dy_odd, **ends}


def directions(answers: Shifted) -> list[Direction]:
    """Compare mirrored halves, and odd with even steps, as far as the shifts allow.

    "Left – right" holds the cells with dx < 0 against their mirror images, "up – down" those with dy < 0. Its sign test
    asks of how many images one half is the better one, not by how much: it may find nothing where few images differ by
    much, and then the difference's interval leaves out 0 all the same.

    "Odd – even" asks for the stride's phase: a network that skips every other pixel treats odd steps differently. It is
    told apart from mere distance, see `parity_weights`; what is left is balanced over images on average only, so that
    the test is one of the mean.
    """
    hits, shifts = right(answers).astype(np.float64), answers.shifts
    axes = (("dx", shifts.dx, shifts.dy), ("dy", shifts.dy, shifts.dx))
    contrasts: dict[str, PerImage] = {}
    for name, along, across in axes:
        one, other = mirrored(along, across)
        if len(one):
            contrasts[HALVES[name]] = (hits[:, one] - hits[:, other]).mean(axis=1)
    halves = len(contrasts)
    for name, along, across in axes:
        weights = parity_weights(along, across)
        if weights.any():
            contrasts[f"odd – even {name}"] = hits @ weights
    if not contrasts:
        return []
    p = [(sign_test if place < halves else mean_is_zero)(one) for place, one in enumerate(contrasts.values())]
    adjusted = holm(np.array(p, np.float64)).tolist()
    differences = means_of(np.stack(list(contrasts.values()), axis=1), shares=False)
    return [
        Direction(pair, differences[place], "sign" if place < halves else "mean", p[place], adjusted[place])
        for place, pair in enumerate(contrasts)
    ]


def phases(answers: Shifted) -> list[Phase]:
    """Give the accuracy of each of the four odd and even kinds of cells that there are.

    Cells of another kind also lie at other distances: `directions` has the comparison that takes this into account.
    """
    hits, shifts = right(answers), answers.shifts
    moved = np.arange(len(shifts)) != shifts.origin
    kinds = [
        (odd_x, odd_y, of_kind)
        for odd_y in (False, True)
        for odd_x in (False, True)
        if (of_kind := moved & (shifts.dx % 2 == odd_x) & (shifts.dy % 2 == odd_y)).any()
    ]
    if not kinds:
        return []
    shares = means_of(np.stack([hits[:, of_kind].mean(axis=1) for _, _, of_kind in kinds], axis=1))
    return [Phase(odd_x, odd_y, shares[place]) for place, (odd_x, odd_y, _) in enumerate(kinds)]


def mirrored(along: PerCell, across: PerCell) -> tuple[Indices, Indices]:
    """Give the positions of the cells below 0 along an axis that have a mirror image above 0, and of these."""
    places = {place: cell for cell, place in enumerate(zip(along.tolist(), across.tolist(), strict=True))}
    pairs = [
        (cell, places[-step, beside])
        for (step, beside), cell in places.items()
        if step < 0 and (-step, beside) in places
    ]
    one, other = np.array(pairs, np.int64).reshape(-1, 2).T
    return one, other


def parity_weights(along: PerCell, across: PerCell) -> Float64[np.ndarray, " s"]:
    """Give each cell's weight in "right at odd steps minus right at even steps", all else being equal.

    Odd steps of up to 5 px are longer on average than even ones, so that a plain difference would find a phase in any
    model that is worse far away. Each whole line −R … R of cells is fitted, by least squares, by a polynomial in |step|
    of up to the third degree plus a term that is +½ at odd and −½ at even steps; the difference is that term's
    coefficient, averaged over the lines. Lines shorter than ±2 px cannot tell the two apart: their weight is 0.
    """
    radius = int(np.abs(along).max())
    weights = np.zeros(len(along), np.float64)
    if radius < 2:
        return weights
    steps = np.arange(-radius, radius + 1)
    distance = np.abs(steps) / radius
    smooth = distance[:, None] ** np.arange(min(3, radius - 1) + 1)
    of_line = np.linalg.pinv(np.column_stack([steps % 2 - 0.5, smooth]))[0]
    whole = [cells for beside in np.unique(across) if len(cells := np.flatnonzero(across == beside)) == len(steps)]
    for cells in whole:
        weights[cells] = of_line[along[cells] + radius] / len(whole)
    return weights
