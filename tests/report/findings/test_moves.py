"""What moving does, in words that do not say more than was measured."""

from convlens.report.content import Reach
from convlens.report.findings.moves import cells_in_words, first_flip_in_words, lowest_cell, mapped, within_in_words
from convlens.tables import Table


def test_the_lowest_of_equal_cells_is_the_first() -> None:
    assert lowest_cell(Table({"dx": [0, 1, 2], "dy": [0, 0, 0], "accuracy": [0.9, 0.2, 0.2]})) == (1, 0)


def test_cells_of_another_share_are_told_with_the_ends_of_that_share() -> None:
    table = Table(
        {"dx": [0, 3], "dy": [0, 0], "unchanged": [1, 0.2], "unchanged_low": [0.9, 0.1], "unchanged_high": [1, 0.3]}
    )
    assert cells_in_words(table, (3, 0), "unchanged") == (
        "Not moved: 100.0\u202f% (90.0–100.0). Lowest: 20.0\u202f% (10.0–30.0), 3 px right."
    )


def test_the_median_first_flip_says_when_it_lies_beyond_the_audit() -> None:
    assert first_flip_in_words("cnn", Reach(2, 2, 3), 5) == (
        "cnn: half of the answers have flipped within 2\u202fpx (2–3), the median first flip."
    )
    assert first_flip_in_words("cnn", Reach(None, 4, None), 5) == (
        "cnn: more than half of the answers never flip within 5 px, so the median first flip is "
        "more than 5\u202fpx (at least 4\u202fpx)."
    )


def test_one_ring_is_told_once() -> None:
    rings = Table({"radius": [0], "unflipped": [1.0], "unflipped_low": [0.99], "unflipped_high": [1.0]})
    assert within_in_words({"a": rings}, "unflipped") == (
        "The same answer at every shift: a within 0 px 100.0\u202f% (99.0–100.0)."
    )


def test_unchanged_answers_are_mapped_only_where_nothing_better_is_known() -> None:
    assert mapped(Table({"accuracy": [], "unchanged": [], "true_probability": []})) == ("accuracy", "true_probability")
    assert mapped(Table({"unchanged": []})) == ("unchanged",)
