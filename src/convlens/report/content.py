"""What a report is made of: values that whoever trained and audited the networks fills in."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Int64

from convlens.arrays import Images, Probabilities
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
    """

    images: Images
    offsets: tuple[int, ...]
    probabilities: Probabilities
    true_label: int
    border: str


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
        cells: the audit, a row per shift: dx, dy, accuracy, low, high, unchanged.
        measures: of the audit: clean, mean, lowest, right_everywhere, unchanged_everywhere.
        lowest_at: the (dx, dy) of the lowest cell.
        filmstrips: of the same picture for every network; one per border rule.
    """

    name: str
    facts: tuple[tuple[str, str], ...] = ()
    history: Table | None = None
    measured_on: str = "validation"
    confusion: Int64[np.ndarray, "classes classes"] | None = None
    accuracy: Proportion | None = None
    cells: Table | None = None
    measures: Mapping[str, Proportion] = field(default_factory=dict)
    lowest_at: tuple[int, int] | None = None
    filmstrips: tuple[Filmstrip, ...] = ()


@dataclass(frozen=True, eq=False)
class Report:
    """One page: one network, or several side by side.

    Attributes:
        lead: the lines that matter, as whole sentences.
        protocol: how it was measured, label and value.
        environment: on what machine and with which versions, label and value.
        made: the date, as text.
    """

    title: str
    lead: tuple[str, ...]
    class_names: tuple[str, ...]
    models: tuple[ModelReport, ...]
    protocol: tuple[tuple[str, str], ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    made: str = ""
