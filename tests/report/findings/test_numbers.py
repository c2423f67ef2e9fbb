"""Values of a table as numbers."""

import numpy as np

from convlens.audit.intervals import Estimate
from convlens.report.content import Proportion
from convlens.report.findings.numbers import estimate, numbers, proportion, share
from convlens.tables import Table


def test_a_missing_column_and_an_empty_cell_are_no_numbers() -> None:
    table = Table({"a": [1, None]})
    assert numbers(table, "a")[0] == 1.0
    assert np.isnan(numbers(table, "a")[1])
    assert np.isnan(numbers(table, "b")).all()


def test_a_row_gives_a_share_and_an_estimate_with_the_ends_of_its_name() -> None:
    row = {"accuracy": 0.5, "low": 0.4, "high": 0.6, "drift": 2, "drift_low": 1.5, "drift_high": 3}
    assert proportion(row, "accuracy") == Proportion(0.5, 0.4, 0.6)
    assert estimate(row, "drift", "drift_") == Estimate(2, 1.5, 3)
    assert share(proportion(row, "accuracy")) == "50.0\u202f% (40.0–60.0)"
