"""Curves of learning, and the counts of a confusion matrix."""

import xml.etree.ElementTree as ET
from collections.abc import Callable

import numpy as np

from convlens.report.figures import confusion_map, curves
from convlens.tables import Table

Texts = Callable[[str], list[str]]
HISTORY = Table(
    {
        "epoch": [1, 2],
        "train_loss": [0.9, 0.4],
        "train_accuracy": [0.5, 0.8],
        "validation_loss": [0.8, None],
        "validation_accuracy": [0.6, None],
    }
)
MATRIX = np.array([[50, 3, 0], [7, 41, 2], [0, 0, 49]], np.int64)


def test_a_confusion_map_prints_its_counts_and_leaves_zeros_blank(texts: Texts) -> None:
    found = [text for text in texts(confusion_map(MATRIX, ("a", "b", "c"))) if text.isdigit()]
    assert sorted(found) == sorted(["50", "3", "7", "41", "2", "49"])


def test_a_confusion_map_says_the_most_frequent_mistake() -> None:
    label = ET.fromstring(confusion_map(MATRIX, ("a", "b", "c"))).attrib["aria-label"]
    assert (
        label == "140 of 152 pictures are named rightly. The most frequent mistake: 7 of 50 b pictures are taken for a."
    )


def test_forty_classes_get_no_numbers_in_their_confusion_map(texts: Texts) -> None:
    svg = confusion_map(np.full((40, 40), 12, np.int64), [f"class {number}" for number in range(40)])
    assert len(texts(svg)) == 2 * 40 + 1


def test_a_confusion_map_without_a_mistake_or_a_picture_is_drawn() -> None:
    assert "0 of 0 pictures" in confusion_map(np.zeros((2, 2), np.int64), ("a", "b"))


def test_curves_leave_out_a_validation_that_was_not_made(texts: Texts) -> None:
    without = Table({**HISTORY.columns, "validation_loss": [None, None], "validation_accuracy": [None, None]})
    assert "validation" in texts(curves(HISTORY))
    assert "validation" not in texts(curves(without))
    assert "training" in texts(curves(without))
