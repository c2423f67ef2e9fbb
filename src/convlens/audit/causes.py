"""Why did it flip: how often each cause is at work where an answer flipped, and how often where none did.

A test of a cause (`counterfactuals.py`) is no proof. It may be positive by chance, and on fragile images whatever is
done to them changes the answer; so it is positive on answers that held as well. Every test therefore also runs on as
many pairs that did not flip, at the same shifts, of images answered about as certainly. What counts is the *excess*,
the rate on flips less the rate on these controls: only a cause whose excess lies above 0 with its whole interval is
shown to be at work. A rate by itself says little, and neither does the share of flips with at least one positive test.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Bool

from convlens.arrays import Images, Predict
from convlens.audit.cause_tests import MEANINGS, State, Test, cause_tests
from convlens.audit.counterfactuals import Asked, Probes
from convlens.audit.flips import Pairs, controls, drawn_flips, flipped
from convlens.audit.in_parts import Progress
from convlens.audit.intervals import Estimate
from convlens.audit.pair_rates import Rates, rates_of
from convlens.audit.sweep import Sweep
from convlens.errors import SettingsError, ShapeError

PAIRS = 2000
"""So many flips are looked into when nothing else is asked."""

BLOCK = 256
"""So many pairs are tested at once."""

Positive: TypeAlias = Bool[np.ndarray, "_ tests"]


@dataclass(frozen=True)
class Tested:
    """One test of a cause.

    Attributes:
        name: of the cause.
        definition: when the test is positive, in a sentence.
        state: whether it ran; "not applicable" where the cause cannot be at work or the network allows no such change,
            "not testable" where the network does not let itself be asked.
        reason: why it did not run, "" when it did.
        rate: share of the flips on which it is positive; None when it did not run, or nothing flipped.
        control: share of the pairs that did not flip; None also when there are none to compare with.
        excess: the first less the second.
    """

    name: str
    definition: str
    state: State
    reason: str = ""
    rate: Estimate | None = None
    control: Estimate | None = None
    excess: Estimate | None = None

    @property
    def is_shown(self) -> bool:
        """Whether it is positive more often on flips than where nothing flipped, by more than chance would have it."""
        return self.excess is not None and self.excess.low > 0


@dataclass(frozen=True)
class Row:
    """The flips with one and the same outcome of all tests.

    Attributes:
        cause: a cause that alone was positive, "several", "none" (all tests that are possible here were negative), or
            "not testable" (those that could be made were negative, and others could not be made).
        count: None for a cause whose test did not run, and for the one of "none" and "not testable" that cannot be.
        share: of the flips that were looked into.
    """

    cause: str
    count: int | None
    share: Estimate | None


@dataclass(frozen=True)
class Causes:
    """What lies behind the flips of an audit.

    Attributes:
        flips: how many pairs of an image and a shift flipped in the audit.
        held: how many did not; the unshifted images are no pairs.
        pairs: how many of the flips were drawn and looked into.
        controls: to how many pairs that did not flip these are compared.
        images: of how many images the drawn pairs are.
        seed: with which they were drawn.
        stride: of the network, down and to the right; None when it is not known.
        any: the share of pairs with at least one positive test.
        any_shown: the share of pairs with at least one positive test of a cause that is shown to be at work.
    """

    flips: int
    held: int
    pairs: int
    controls: int
    images: int
    seed: int
    stride: tuple[int, int] | None
    tests: tuple[Tested, ...]
    rows: tuple[Row, ...]
    any: Rates
    any_shown: Rates

    def to_json(self) -> dict[str, Any]:
        """Give it ready for JSON: `tests` by name, `rows` in order, None for what does not exist."""
        stride = None if self.stride is None else self.stride[0] if len(set(self.stride)) == 1 else list(self.stride)
        return {
            "flips": self.flips,
            "held": self.held,
            "pairs": self.pairs,
            "controls": self.controls,
            "images": self.images,
            "seed": self.seed,
            "stride": stride,
            "tests": {
                one.name.replace(" ", "_").replace("-", "_"): {
                    "meaning": MEANINGS[one.name],
                    "definition": one.definition,
                    **_flat("rate", one.rate, "rate"),
                    **_flat("control", one.control, "control"),
                    **_flat("excess", one.excess, "excess"),
                    "shown": one.is_shown,
                    "testable": one.state == "tested",
                    "reason": f"{one.state}: {one.reason}" if one.reason else "",
                }
                for one in self.tests
            },
            "rows": [
                {"cause": row.cause, "meaning": MEANINGS[row.cause], "count": row.count, **_flat("share", row.share)}
                for row in self.rows
            ],
            "any": _shares(self.any),
            "any_shown": _shares(self.any_shown),
        }


def flip_causes(
    sweep: Sweep,
    images: Images,
    predict: Predict,
    probes: Probes | None = None,
    *,
    stride: int | None = None,
    pairs: int = PAIRS,
    seed: int = 0,
    progress: Progress | None = None,
) -> Causes:
    """Test the causes of an audit's flips, on a sample of them and on as many answers that held.

    A flip is a pair of an image and a shift whose answer is not that of the unshifted image. The sample is drawn by
    keys, each ring with its share; `flips.controls` says to what it is compared.

    Args:
        images: those of the sweep, before they were shifted.
        predict: the model that was swept.
        probes: what else the network lets one ask; None for a plain function, for which two or three causes cannot be
            tested.
        stride: of a plain function's network, where it is known: the test of aliasing can then be made.
        pairs: so many flips are drawn at most.
        progress: told after each block how many tests of a pair are done, and of how many.

    Raises:
        SettingsError: fewer than one pair is asked for, or a stride below 1.
        ShapeError: other images than those of the sweep, or answers that are not (N, classes).
    """
    if pairs < 1 or (stride is not None and stride < 1):
        raise SettingsError(f"causes want at least one pair and a stride of at least 1, got {pairs!r} and {stride!r}")
    if len(images) != len(sweep.labels):
        raise ShapeError(f"causes want the {len(sweep.labels)} images of the audit, got {len(images)}")
    known = None if stride is None else (stride, stride)
    if probes is not None and probes.stride is not None:
        known = probes.stride
    tests = cause_tests(Asked(sweep, images, predict), probes, known)
    drawn = drawn_flips(sweep, pairs, seed)
    held = controls(sweep, drawn, seed)
    total, done = sum(test.run is not None for test in tests) * (len(drawn) + len(held)), 0

    def told(more: int) -> None:
        nonlocal done
        done += more
        if progress is not None:
            progress(done, total)

    flips, others = _outcomes(tests, drawn, told), _outcomes(tests, held, told)
    return _counted(sweep, tests, drawn, held, flips, others, known, seed)


def _outcomes(tests: tuple[Test, ...], pairs: Pairs, told: Callable[[int], None]) -> Positive:
    """Run every test on every pair; False where a test does not run."""
    positive = np.zeros((len(pairs), len(tests)), bool)
    for start in range(0, len(pairs), BLOCK):
        some = pairs[start : start + BLOCK]
        for column, test in enumerate(tests):
            if test.run is not None:
                positive[start : start + BLOCK, column] = test.run(some)
                told(len(some))
    return positive


def _counted(
    sweep: Sweep,
    tests: tuple[Test, ...],
    drawn: Pairs,
    held: Pairs,
    flips: Positive,
    others: Positive,
    stride: tuple[int, int] | None,
    seed: int,
) -> Causes:
    alone, possible = _alone(tests, flips)
    found = rates_of(drawn, held, np.hstack([flips, alone]), np.hstack([others, np.zeros((len(held), 7), bool)]))
    tested = tuple(
        Tested(test.name, test.definition, test.state, test.reason, *(found[place] if test.run else ()))
        for place, test in enumerate(tests)
    )
    rows = tuple(
        Row(name, int(alone[:, place].sum()), found[len(tests) + place].rate)
        if possible[place]
        else Row(name, None, None)
        for place, name in enumerate([*(test.name for test in tests), "several", "none", "not testable"])
    )
    shown = np.array([one.is_shown for one in tested])
    some = [np.stack([hits.any(axis=1), hits[:, shown].any(axis=1)], axis=1) for hits in (flips, others)]
    at_least_one, at_least_one_shown = rates_of(drawn, held, *some)
    flipped_count = int(flipped(sweep).sum())
    return Causes(
        flips=flipped_count,
        held=len(sweep.labels) * (len(sweep.shifts) - 1) - flipped_count,
        pairs=len(drawn),
        controls=len(held),
        images=len(np.unique(drawn.images)),
        seed=seed,
        stride=stride,
        tests=tested,
        rows=rows,
        any=at_least_one,
        any_shown=at_least_one_shown,
    )


def _alone(tests: tuple[Test, ...], positive: Positive) -> tuple[Bool[np.ndarray, "_ outcomes"], list[bool]]:
    """Give each flip's one outcome: a column per cause alone, then several, none and not testable; and which can be."""
    several, nothing = positive.sum(axis=1) > 1, ~positive.any(axis=1)
    hidden = any(test.state == "not testable" for test in tests)
    outcomes = [several, nothing & (not hidden), nothing & hidden]
    possible = [*(test.run is not None for test in tests), True, not hidden, hidden]
    return np.hstack([positive & ~several[:, None], np.stack(outcomes, axis=1)]), possible


def _shares(found: Rates) -> dict[str, float | None]:
    return {
        **_flat("share", found.rate),
        **_flat("control", found.control, "control"),
        **_flat("excess", found.excess, "excess"),
    }


def _flat(name: str, found: Estimate | None, prefix: str = "") -> dict[str, float | None]:
    """Spell an estimate as three keys: the name, and its two ends."""
    head = f"{prefix}_" if prefix else ""
    ends = (None, None, None) if found is None else (found.value, found.low, found.high)
    return dict(zip((name, f"{head}low", f"{head}high"), ends, strict=True))
