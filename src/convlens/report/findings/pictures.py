"""What one moved picture shows, in words."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from convlens.report.content import Board, Filmstrip
from convlens.report.words import either, listed

CLASSES_SHOWN = 12
"""A probability map with more classes shows the likeliest of them."""


def strip_in_words(filmstrip: Filmstrip, class_names: Sequence[str]) -> str:
    """Say at how many positions the answer is right, and what else it is."""
    answers = filmstrip.probabilities.argmax(axis=1)
    right = int((answers == filmstrip.true_label).sum())
    others = [class_names[index] for index in dict.fromkeys(answers.tolist()) if index != filmstrip.true_label]
    said = f"{class_names[filmstrip.true_label]} is recognised at {right} of {len(answers)} positions"
    return f"{said}; elsewhere the answer is {either(others)}." if others else f"{said}."


def board_in_words(board: Board, class_names: Sequence[str]) -> str:
    """Say in how many cells the answer is right, and which other answers there are, the most frequent first."""
    winners = winners_of(board)
    right = winners.get(board.true_label, 0)
    others = [f"{class_names[index]} at {count}" for index, count in winners.items() if index != board.true_label]
    said = f"{class_names[board.true_label]} is recognised at {right} of {len(board.dx)} shifts"
    return f"{said}; the other answers: {listed(others)}." if others else f"{said}."


def winners_of(board: Board) -> dict[int, int]:
    """Give the classes that win somewhere and at how many shifts, the most frequent first, of equals the lower."""
    found, counts = np.unique(board.probabilities.argmax(axis=1), return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return dict(zip(found[order].tolist(), counts[order].tolist(), strict=True))


def winners_of_all(boards: Sequence[Board]) -> list[int]:
    """Give the classes that win somewhere on some of the boards, the most frequent first."""
    total: Counter[int] = Counter()
    for board in boards:
        total.update(winners_of(board))
    return [index for index, _ in total.most_common()]


def classes_shown(filmstrip: Filmstrip) -> list[int]:
    """Choose the classes of a probability map: all, or the likeliest anywhere in the strip and the true one."""
    count = filmstrip.probabilities.shape[1]
    if count <= CLASSES_SHOWN:
        return list(range(count))
    reached = filmstrip.probabilities.max(axis=0)
    reached[filmstrip.true_label] = np.inf
    chosen: list[int] = sorted(np.argsort(-reached, kind="stable")[:CLASSES_SHOWN].tolist())
    return chosen
