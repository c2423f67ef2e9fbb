"""What a report is made of: values that whoever trained and audited the networks fills in."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Int64

from convlens.arrays import Images, Probabilities
from convlens.audit.intervals import Estimate
from convlens.explain.saliency.pictures import PictureMaps
from convlens.report.plates import Exhibit
from convlens.tables import Table


@dataclass(frozen=True)
class Proportion:
    """A share and its Wilson 95 % interval, all from 0 to 1."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Filmstrip:
    """One picture moved sideways, and what one network says to each move.

    `offsets` are whole pixels, positive to the right, one per image; row i of `probabilities` belongs to image i.
    `number` is the picture's place in its split, where it has one.
    """

    images: Images
    offsets: tuple[int, ...]
    probabilities: Probabilities
    true_label: int
    border: str
    number: int | None = None


@dataclass(frozen=True)
class Reach:
    """How far half of the answers hold, and the interval of that; None lies beyond the last step that was tried."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, eq=False)
class Board:
    """One picture at every shift of a grid, and what one network says to each: a row of probabilities per shift."""

    dx: tuple[int, ...]
    dy: tuple[int, ...]
    probabilities: Probabilities
    true_label: int
    border: str
    number: int | None = None


@dataclass(frozen=True)
class Cause:
    """What one test of causes found on the flips and, as a control, on as many pairs that did not flip.

    Attributes:
        meaning: what the cause is, in a few words.
        definition: when its test is positive, in a sentence.
        flips: share of the flips on which the test is positive; None where there was no test.
        control: share of the pairs that held.
        excess: the difference of the two, as a share.
        why_not: why there was no test, in words.
    """

    name: str
    meaning: str = ""
    definition: str = ""
    flips: Proportion | None = None
    control: Proportion | None = None
    excess: Estimate | None = None
    why_not: str = ""

    @property
    def is_shown(self) -> bool:
        """Whether its test is positive more often on flips than where nothing flipped, chance allowed for."""
        return self.excess is not None and self.excess.low > 0


@dataclass(frozen=True)
class Outcome:
    """One outcome of all tests together: a cause alone, several, none, or not testable; and its share of the flips."""

    name: str
    meaning: str
    count: int
    share: Proportion


@dataclass(frozen=True)
class Causes:
    """Why the answers of an audit flip.

    Attributes:
        flips: how many there are.
        pairs: how many of them were looked into.
        controls: to how many answers that held they are compared.
        outcomes: of the tests together; those that could not come about are not there.
        any_shown: at least one test is positive that is positive more often on flips than on controls.
        any_test: at least one test is positive, whichever; the outcome "none" holds the other flips.
    """

    flips: int
    pairs: int
    controls: int
    tests: tuple[Cause, ...]
    outcomes: tuple[Outcome, ...] = ()
    any_shown: Cause | None = None
    any_test: Cause | None = None

    @property
    def not_shown(self) -> tuple[str, ...]:
        """The causes whose tests were made and are not positive more often on flips than on pairs that held."""
        return tuple(cause.name for cause in self.tests if cause.flips is not None and not cause.is_shown)


@dataclass(frozen=True, eq=False)
class Severity:
    """What a change by more and more does to one network.

    Attributes:
        curve: a row per amount: amount, accuracy, low, high; unchanged, unchanged_low, unchanged_high.
        to_flip: the |amount| by which half of the answers have flipped, the two sides of 0 taken together.
        summary: what the change does, in a sentence.
        below: the same |amount| of the amounts below 0 alone; None where there are none, and in older audits.
        above: that of the amounts above 0, where there are some below too.
    """

    change: str
    unit: str
    curve: Table
    to_flip: Reach
    summary: str = ""
    below: Reach | None = None
    above: Reach | None = None

    @property
    def name(self) -> str:
        """The change in plain words."""
        return "JPEG compression" if self.change == "jpeg" else self.change.replace("-", " ")

    @property
    def labelled(self) -> bool:
        """Whether the right answers are known."""
        return "accuracy" in self.curve.columns

    @property
    def largest(self) -> float:
        """The largest amount that was tried, either way."""
        return max(-self.ends[0], self.ends[1])

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest amount that were tried, 0 among them."""
        amounts = [float(amount or 0) for amount in self.curve["amount"]]
        return min(0.0, *amounts), max(0.0, *amounts)

    @property
    def both_ways(self) -> bool:
        """Whether amounts on both sides of 0 were tried."""
        return self.ends[0] < 0 < self.ends[1]

    @property
    def sides(self) -> tuple[tuple[str, Reach, float], ...]:
        """The sides of 0 that are counted alone: in words, how far half of the answers hold, the last amount tried."""
        known = (("below 0", self.below, -self.ends[0]), ("above 0", self.above, self.ends[1]))
        return tuple((told, found, largest) for told, found, largest in known if found is not None)


@dataclass(frozen=True, eq=False)
class Rung:
    """One step of the ladder of remedies: what was done, and what the audit says then.

    Attributes:
        measures: of its audit; none for a rung that was not climbed.
        first_flip: how far half of the answers hold, in pixels.
        p: of McNemar's exact test of "right at every shift" against the rung before, adjusted for the ladder.
        why_not: why it was not climbed.
        ship: this is the rung to ship.
    """

    name: str
    measures: Mapping[str, Proportion] = field(default_factory=dict)
    first_flip: Reach | None = None
    seconds: float | None = None
    p: float | None = None
    why_not: str = ""
    ship: bool = False


@dataclass(frozen=True, eq=False)
class Ladder:
    """The remedies that were tried, one on top of another, and the advice that follows in whole sentences.

    Attributes:
        radius: the largest shift of the audits, in pixels.
    """

    rungs: tuple[Rung, ...]
    radius: int
    advice: tuple[str, ...] = ()

    def advised(self, rung: Rung) -> str:
        """Say what to do with a rung: keep the network as it is, ship another one, or nothing."""
        return ("keep" if rung is self.rungs[0] else "ship") if rung.ship else ""


@dataclass(frozen=True, eq=False)
class ModelReport:
    """Everything the page says about one network; a part that is None or empty leaves no trace on the page.

    Attributes:
        facts: label and value, in the order of the page: network, parameters, trained on, augmentation, …
        history: columns epoch, train_loss, train_accuracy, validation_loss, validation_accuracy (None where not
            measured), seconds, learning_rate.
        measured_on: what the validation columns were measured on: "validation", or "test" where there is no validation
            split.
        confusion: counts, rows are the true classes.
        accuracy: on the whole test set, nothing moved.
        pictures: how many of them the audit over shifts moved.
        cells: the audit, a row per shift: dx, dy, accuracy, low, high, unchanged, true_probability, each with its ends;
            without labels only unchanged.
        measures: of the audit: clean, mean, lowest, right_everywhere, unchanged_everywhere, …
        lowest_at: the (dx, dy) of the lowest cell.
        first_flip: how far half of the answers hold, in pixels.
        rings: a row per distance: radius, right_within, unflipped, margin_drift, each with its ends.
        classes: class, count, flip_rate, low, high, p_holm; the most frequent destination of its flips, `to`, with
            its share to_share, to_low, to_high; goes_to (several of them, in words).
        directions: pair, difference, low, high, p_holm.
        phases: phase (in words), accuracy, low, high.
        causes: of the flips.
        severities: of other changes than shifts.
        spatial: of the spatial attack: clean, random, worst_of_random, grid, ….
        filmstrips: of the same picture for every network; one per border rule; and of one that was asked about.
        boards: of the same pictures at every shift.
        others: further audits of these weights: protocol (in words), then shares in words.
        inside: what its layers, filters and units answer to pictures.
        saliency: which pixels speak for a class, with the checks of each map.
    """

    name: str
    facts: tuple[tuple[str, str], ...] = ()
    history: Table | None = None
    measured_on: str = "validation"
    confusion: Int64[np.ndarray, "classes classes"] | None = None
    accuracy: Proportion | None = None
    pictures: int | None = None
    cells: Table | None = None
    measures: Mapping[str, Proportion] = field(default_factory=dict)
    lowest_at: tuple[int, int] | None = None
    first_flip: Reach | None = None
    rings: Table | None = None
    classes: Table | None = None
    directions: Table | None = None
    phases: Table | None = None
    causes: Causes | None = None
    severities: tuple[Severity, ...] = ()
    spatial: Mapping[str, Proportion] = field(default_factory=dict)
    filmstrips: tuple[Filmstrip, ...] = ()
    boards: tuple[Board, ...] = ()
    others: Table | None = None
    inside: tuple[Exhibit, ...] = ()
    saliency: tuple[PictureMaps, ...] = ()


@dataclass(frozen=True, eq=False)
class Report:
    """One page: one network, or several side by side.

    Attributes:
        lead: the lines that matter, as whole sentences.
        comparison: by measure, differences on the same pictures: name, difference, low, high, p_holm where tested.
        ranking: which network holds better, in sentences.
        ladder: of remedies.
        protocol: how it was measured, label and value.
        environment: on what machine and with which versions, label and value.
        made: the date, as text.
    """

    title: str
    lead: tuple[str, ...]
    class_names: tuple[str, ...]
    models: tuple[ModelReport, ...]
    comparison: Mapping[str, Table] = field(default_factory=dict)
    ranking: tuple[str, ...] = ()
    ladder: Ladder | None = None
    protocol: tuple[tuple[str, str], ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    made: str = ""
