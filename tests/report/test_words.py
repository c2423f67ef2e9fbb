"""Numbers, shifts and names in words."""

import pytest
from hypothesis import given
from hypothesis.strategies import lists, text

from convlens.audit.intervals import Estimate
from convlens.report.content import Proportion, Reach
from convlens.report.words import (
    amount,
    differs,
    either,
    interval,
    moved,
    percent,
    points,
    reach,
    reach_in_short,
    short_names,
    shortened,
    signed,
)


@pytest.mark.parametrize(
    ("shift", "words"),
    [
        ((0, 0), "not moved"),
        ((3, 0), "3 px right"),
        ((-5, -2), "5 px left, 2 px up"),
        ((0, 4), "4 px down"),
    ],
)
def test_right_and_down_are_positive(shift: tuple[int, int], words: str) -> None:
    assert moved(*shift) == words


def test_shares_are_written_in_per_cent() -> None:
    assert percent(0.8834) == "88.3\u202f%"
    assert percent(0.996, 0) == "100\u202f%"
    assert interval(Proportion(0.5, 0.469, 0.531)) == "46.9–53.1"
    assert signed(-5) == "−5"


def test_long_names_are_cut_and_short_ones_kept() -> None:
    assert shortened("Ankle boot") == "Ankle boot"
    assert shortened("a  b\nc") == "a b c"
    assert shortened("a" * 15) == "a" * 13 + "…"


def test_a_choice_of_names_reads_as_a_sentence() -> None:
    assert either(["Bag"]) == "Bag"
    assert either(["Bag", "Coat", "Dress"]) == "Bag, Coat or Dress"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Estimate(-0.05, -0.0532, -0.047), "−5.0 points (−5.3 to −4.7)"),
        (Estimate(0.0, -0.004, 0.0049), "+0.0 points (−0.4 to +0.5)"),
        (Estimate(-0.0001, -0.01, 0.01), "+0.0 points (−1.0 to +1.0)"),
    ],
)
def test_a_difference_is_told_in_points_with_signs(found: Estimate, words: str) -> None:
    assert points(found) == words


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Reach(2, 2, 3), "2\u202fpx (2–3)"),
        (Reach(4, 3, None), "4\u202fpx (3 to more than 5)"),
        (Reach(None, None, None), "more than 5\u202fpx"),
        (Reach(None, 5, None), "more than 5\u202fpx (at least 5\u202fpx)"),
    ],
)
def test_what_lies_beyond_the_last_step_is_more_than_it(found: Reach, words: str) -> None:
    assert reach(found, 5, "px") == words


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Reach(2, 2, 3), "2\u202fpx (2–3)"),
        (Reach(4, 3, None), "4\u202fpx (3–>5)"),
        (Reach(None, None, None), ">5\u202fpx"),
        (Reach(None, 5, None), ">5\u202fpx (≥5)"),
    ],
)
def test_a_table_says_the_same_with_signs(found: Reach, words: str) -> None:
    assert reach_in_short(found, 5, "px") == words


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [(18.0, "°", "18°"), (-2.5, "%", "−2.5\u202f%"), (0.0, "px", "0\u202fpx"), (33.3333333, "px", "33.33\u202fpx")],
)
def test_an_amount_has_its_unit_and_no_needless_digits(value: float, unit: str, words: str) -> None:
    assert amount(value, unit) == words


@pytest.mark.parametrize(
    ("low", "high", "shown"), [(-0.1, 0.1, False), (0.0, 0.1, False), (0.01, 0.1, True), (-0.2, -0.1, True)]
)
def test_a_difference_is_one_only_where_all_of_its_interval_is_on_one_side(
    low: float, high: float, shown: bool
) -> None:
    assert differs(Estimate((low + high) / 2, low, high)) is shown


@given(lists(text(max_size=8), unique=True, max_size=30))
def test_no_two_classes_share_their_letters(names: list[str]) -> None:
    letters = short_names(names)
    assert len(letters) == len(names)
    assert len(set(letters)) == len(names)
    assert all(letters)


def test_letters_are_the_beginning_of_the_name_where_they_can_be() -> None:
    assert short_names(["Shirt", "Shoe", "T-shirt/top", "9", "Sh", "Sh "])[:4] == ("Sh", "Sho", "Ts", "9")
