"""Numbers, shifts and findings in words."""

import numpy as np
import pytest

from convlens.report.content import Filmstrip, Proportion
from convlens.report.findings import confusion_in_words, history_in_words, lowest_cell, numbers, strip_in_words
from convlens.report.words import either, interval, moved, percent, shortened, signed
from convlens.tables import Table


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


def test_a_missing_column_and_an_empty_cell_are_no_numbers() -> None:
    table = Table({"a": [1, None]})
    assert numbers(table, "a")[0] == 1.0
    assert np.isnan(numbers(table, "a")[1])
    assert np.isnan(numbers(table, "b")).all()


def test_the_lowest_of_equal_cells_is_the_first() -> None:
    assert lowest_cell(Table({"dx": [0, 1, 2], "dy": [0, 0, 0], "accuracy": [0.9, 0.2, 0.2]})) == (1, 0)


def test_a_strip_says_where_it_is_right_and_what_else_it_is() -> None:
    probabilities = np.eye(3)[[0, 1, 1, 2]]
    strip = Filmstrip(np.zeros((4, 2, 2, 1), np.uint8), (-1, 0, 1, 2), probabilities, 1, "zeros")
    said = strip_in_words(strip, ("Bag", "Boot", "Coat"))
    assert said == "Boot is recognised at 2 of 4 positions; elsewhere the answer is Bag or Coat."


def test_a_matrix_without_mistakes_names_none() -> None:
    assert confusion_in_words(np.eye(2, dtype=np.int64), ("a", "b")) == "2 of 2 pictures are named rightly."


def test_one_epoch_is_not_many() -> None:
    assert history_in_words(Table({"epoch": [1], "train_accuracy": [0.5]})) == (
        "Accuracy and loss over 1 epoch. Last training accuracy: 50.0\u202f%."
    )
