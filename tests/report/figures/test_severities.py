"""A change's curve, and the amount by which half of the answers have flipped."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace

import pytest

from convlens.report.content import Reach, Report, Severity
from convlens.report.figures import legend, severity_curve
from convlens.tables import Table

Across = Callable[[str], list[float]]
Texts = Callable[[str], list[str]]


@pytest.fixture
def rotation(whole: Callable[..., Report]) -> Severity:
    return whole("cnn").models[0].severities[0]


def test_each_side_of_a_change_that_goes_both_ways_has_its_own_median(rotation: Severity, across: Across) -> None:
    both = replace(rotation, below=Reach(10, 5, None), above=Reach(5, 5, 10))
    assert sorted(across(severity_curve({"cnn": both}))) == pytest.approx([-10, 5], abs=0.1)


def test_a_side_that_more_than_half_of_the_answers_survive_has_no_mark(rotation: Severity, across: Across) -> None:
    assert across(severity_curve({"cnn": rotation})) == pytest.approx([-10], abs=0.1)


def test_a_median_of_both_sides_together_is_marked_on_neither(rotation: Severity, across: Across) -> None:
    older = replace(rotation, below=None, above=None)
    assert across(severity_curve({"cnn": older})) == []


def test_a_change_that_goes_one_way_has_one_mark(rotation: Severity, across: Across) -> None:
    upwards = replace(rotation, curve=Table.from_rows(rotation.curve.rows()[2:]), to_flip=Reach(5, 5, 10))
    assert across(severity_curve({"cnn": upwards})) == pytest.approx([5], abs=0.1)


def test_where_more_than_half_hold_nothing_is_marked_and_that_is_said(rotation: Severity, across: Across) -> None:
    svg = severity_curve({"cnn": replace(rotation, to_flip=Reach(None, 10, None), below=Reach(None, 10, None))})
    assert across(svg) == []
    assert "more than half hold to 10° (at least to 10°)" in ET.fromstring(svg).attrib["aria-label"]


def test_without_labels_the_unchanged_answers_are_drawn(rotation: Severity, texts: Texts) -> None:
    columns = {
        name: column for name, column in rotation.curve.columns.items() if name not in ("accuracy", "low", "high")
    }
    svg = severity_curve({"cnn": replace(rotation, curve=Table(columns))})
    assert "same answer, %" in texts(svg)
    assert "lowest 21.0\u202f% (20.0–22.0) at −10°" in ET.fromstring(svg).attrib["aria-label"]


def test_a_network_keeps_its_colour_where_others_are_missing(rotation: Severity) -> None:
    svg = severity_curve({"b": rotation}, order=["a", "b"])
    assert "--series-2" in svg
    assert "--series-1" not in svg


def test_one_legend_serves_all_panels(texts: Texts) -> None:
    svg = legend(["one", "two", "three"])
    assert texts(svg) == ["one", "two", "three"]
    assert len(set(re.findall(r"var\(--series-\d", svg))) == 3
