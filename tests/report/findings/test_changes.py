"""Other changes in words."""

from convlens.report.content import Proportion, Reach, Severity
from convlens.report.findings.changes import curve_in_words, lines_in_words, spatial_in_words
from convlens.tables import Table

CURVE = Table({"amount": [0.0, 10.0], "accuracy": [0.9, 0.4], "low": [0.8, 0.3], "high": [1.0, 0.5]})


def test_a_curve_says_by_which_amount_half_have_flipped() -> None:
    assert curve_in_words({"a": Severity("rotation", "°", CURVE, Reach(8, 6, 10))}) == (
        "a: half have flipped by 8° (6–10); lowest 40.0\u202f% (30.0–50.0) at 10°."
    )


def test_beyond_the_largest_amount_nothing_is_claimed() -> None:
    said = curve_in_words({"a": Severity("rotation", "°", CURVE, Reach(None, None, None))})
    assert said.startswith("a: more than half hold to 10°; lowest")


def test_the_sides_of_a_change_that_goes_both_ways_are_told_apart() -> None:
    both = Table.from_rows([{**CURVE.rows()[1], "amount": -20.0}, *CURVE.rows()])
    apart = Severity("brightness", "%", both, Reach(20, 20, 20), below=Reach(20, 20, None), above=Reach(None, 10, None))
    assert curve_in_words({"a": apart}).startswith(
        "a: half have flipped by 20\u202f% (20–20), both ways together, below 0 alone half have flipped by "
        "20\u202f% (20 to more than 20), above 0 alone more than half hold to 10\u202f% (at least to 10\u202f%); lowest"
    )
    older = Severity("brightness", "%", both, Reach(20, 20, 20))
    assert "alone" not in curve_in_words({"a": older})
    assert "Older audits" in lines_in_words([older])
    assert "Older audits" not in lines_in_words([apart])
    assert "sides" not in lines_in_words([Severity("jpeg", "%", CURVE, Reach(8, 6, 10))])


def test_the_attack_is_told_with_labels_and_without() -> None:
    half = Proportion(0.5, 0.4, 0.6)
    assert spatial_in_words({"a": {"clean": half, "grid": half}}) == (
        "a: 50.0\u202f% (40.0–60.0) right as they are, 50.0\u202f% (40.0–60.0) right in every pose."
    )
    assert spatial_in_words({"a": {"unchanged_grid": half}}) == (
        "a: 50.0\u202f% (40.0–60.0) keep their answer in every pose."
    )
    assert spatial_in_words({"a": {}}) == ""
