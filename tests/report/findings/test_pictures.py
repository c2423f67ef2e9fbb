"""One moved picture in words."""

import numpy as np

from convlens.report.content import Board, Filmstrip
from convlens.report.findings.pictures import board_in_words, strip_in_words, winners_of, winners_of_all


def test_a_strip_says_where_it_is_right_and_what_else_it_is() -> None:
    probabilities = np.eye(3)[[0, 1, 1, 2]]
    strip = Filmstrip(np.zeros((4, 2, 2, 1), np.uint8), (-1, 0, 1, 2), probabilities, 1, "zeros")
    said = strip_in_words(strip, ("Bag", "Boot", "Coat"))
    assert said == "Boot is recognised at 2 of 4 positions; elsewhere the answer is Bag or Coat."


def board(winners: list[int]) -> Board:
    count = len(winners)
    return Board(tuple(range(count)), (0,) * count, np.eye(3)[winners], 1, "zeros")


def test_a_board_counts_its_answers_the_most_frequent_first() -> None:
    found = board([2, 2, 0, 2, 1])
    assert board_in_words(found, ("Bag", "Boot", "Coat")) == (
        "Boot is recognised at 1 of 5 shifts; the other answers: Coat at 3 and Bag at 1."
    )
    assert list(winners_of(found)) == [2, 0, 1]
    assert board_in_words(board([1, 1]), ("Bag", "Boot", "Coat")) == "Boot is recognised at 2 of 2 shifts."


def test_several_boards_are_counted_together() -> None:
    assert winners_of_all([board([2, 2, 0]), board([0, 0, 1])]) == [0, 2, 1]
