"""Flips in words: nothing is called a difference that was not shown."""

import pytest

from convlens.report.findings.flips import classes_in_words, is_shown, sides_in_words, verdict
from convlens.tables import Table


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ({"difference": 0.1, "low": 0.05, "high": 0.15, "p_holm": 0.05}, True),
        ({"difference": 0.1, "low": 0.05, "high": 0.15, "p_holm": 0.051}, False),
        ({"difference": 0.1, "low": -0.01, "high": 0.2, "p_holm": 0.001}, False),
        ({"difference": 0.1, "low": 0.05, "high": 0.15}, True),
        ({"difference": 0.1, "low": 0.05, "high": 0.15, "p_holm": None}, True),
        ({"difference": 0.0, "low": -0.1, "high": 0.1}, False),
    ],
)
def test_a_difference_is_shown_by_its_interval_and_its_adjusted_test(row: dict[str, float], shown: bool) -> None:
    assert is_shown(row) is shown
    assert verdict(row).startswith("no difference shown") is not shown


def test_a_network_without_a_shown_difference_says_so() -> None:
    row = {"pair": "left – right", "difference": 0.0, "low": -0.1, "high": 0.1}
    other = {"pair": "up – down", "difference": 0.2, "low": 0.1, "high": 0.3}
    assert sides_in_words({"a": Table.from_rows([row])}) == "a: no difference shown."
    assert sides_in_words({"a": Table.from_rows([row, other])}) == (
        "a: up – down +20.0 points (+10.0 to +30.0); no difference shown in the rest."
    )


def test_equally_unsteady_classes_are_counted() -> None:
    rows = [
        {"class": name, "flip_rate": rate, "low": rate, "high": rate, "to": None}
        for name, rate in (("a", 0.5), ("b", 1.0), ("c", 1.0))
    ]
    assert classes_in_words(Table.from_rows(rows)) == (
        "Most unsteady: b (and 1 more), 100.0\u202f% (100.0–100.0) of its pictures flip at some shift. "
        "Steadiest: a, 50.0\u202f% (50.0–50.0)."
    )


def test_the_destination_is_told_with_its_interval() -> None:
    row = {"class": "a", "flip_rate": 0.5, "low": 0.4, "high": 0.6}
    known = row | {"to": "b, c", "to_share": 0.25, "to_low": 0.2, "to_high": 0.3}
    assert "most often to b, c: 25.0\u202f% (20.0–30.0) of the flipped answers" in classes_in_words(
        Table.from_rows([known])
    )
    old = row | {"to": "b", "to_share": 0.25}
    assert "most often to b: 25.0\u202f% of the flipped answers" in classes_in_words(Table.from_rows([old]))
