"""Dots of classes, sides and comparisons stand at the table's numbers."""

import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest

from convlens.report.content import Report
from convlens.report.figures import class_flips, differences, phases, sides
from convlens.tables import Table

Across = Callable[[str], list[float]]
Texts = Callable[[str], list[str]]


def classes(count: int) -> Table:
    return Table.from_rows(
        {"class": f"c{place}", "count": 9, "flip_rate": place / 100, "low": place / 200, "high": place / 90, "to": None}
        for place in range(count)
    )


def test_classes_stand_in_their_order_at_their_rate(across: Across, texts: Texts) -> None:
    svg = class_flips(classes(5))
    assert across(svg) == pytest.approx([0, 1, 2, 3, 4], abs=0.05)
    assert [text for text in texts(svg) if text.startswith("c")] == [f"c{place}" for place in range(5)]


def test_of_many_classes_those_that_surely_flip_most_are_drawn(texts: Texts) -> None:
    svg = class_flips(classes(60))
    assert [text for text in texts(svg) if text.startswith("c")] == [f"c{place}" for place in range(59, 39, -1)]
    assert "Drawn are 20 of 60 classes" in ET.fromstring(svg).attrib["aria-label"]


def test_a_class_says_where_most_of_its_flips_go(whole: Callable[..., Report], texts: Texts) -> None:
    table = whole("cnn").models[0].classes
    assert table is not None
    assert [text for text in texts(class_flips(table)) if text.startswith("→")] == [
        f"→ {name} 62\u202f%" for name in ("c", "a", "b")
    ]


def test_differences_stand_in_points_on_their_side_of_zero(whole: Callable[..., Report], across: Across) -> None:
    directions = whole("cnn").models[0].directions
    assert directions is not None
    assert across(sides({"cnn": directions})) == pytest.approx([1.2, -5.3, 0.6], abs=0.05)


def test_what_one_network_lacks_is_left_out(whole: Callable[..., Report], across: Across) -> None:
    directions = whole("cnn").models[0].directions
    assert directions is not None
    less = Table.from_rows(directions.rows()[:1])
    found = across(sides({"one": directions, "two": less}))[:4]
    assert found == pytest.approx([1.2, 1.2, -5.3, 0.6], abs=0.05)


def test_phases_stand_at_their_accuracy(whole: Callable[..., Report], across: Across) -> None:
    table = whole("cnn").models[0].phases
    assert table is not None
    assert across(phases({"cnn": table})) == pytest.approx([73.1, 68.4, 70.2, 65.5], abs=0.06)


def test_a_comparison_says_which_differences_are_not_shown(whole: Callable[..., Report], across: Across) -> None:
    svg = differences(whole("a", "b").comparison["right_everywhere"])
    assert across(svg) == pytest.approx([15.1, 0.2], abs=0.06)
    assert ET.fromstring(svg).attrib["aria-label"] == (
        "a vs b: +15.1 points (+14.2 to +16.3). a vs c: no difference shown, +0.2 points (−0.4 to +0.9)."
    )
