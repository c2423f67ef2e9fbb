"""A dot stands at its value, and its bar from one end of the interval to the other."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis.strategies import floats, lists, tuples

from convlens.report.figures import drawing as draw
from convlens.report.figures.dots import Dot, Row, dot_plot

Across = Callable[[str], list[float]]
Texts = Callable[[str], list[str]]
SVG = "{http://www.w3.org/2000/svg}"


@draw.in_one_style
def drawn(rows: list[Row], series: tuple[str, ...] = ("",), **given: object) -> str:
    return draw.svg(dot_plot(rows, series, "share, %", **given), "dots", "dots")  # type: ignore[arg-type]


@given(values=lists(tuples(floats(-40, 40), floats(0.1, 5), floats(0.1, 5)), min_size=1, max_size=6))
def test_every_dot_stands_at_its_value(across: Across, values: list[tuple[float, float, float]]) -> None:
    rows = [
        Row(f"row {chr(97 + place)}", (Dot(value, value - below, value + above),))
        for place, (value, below, above) in enumerate(values)
    ]
    # the file keeps two digits of a point, and 190 points are the whole axis
    assert across(drawn(rows, limits=(-50, 50))) == pytest.approx([value for value, _, _ in values], abs=0.02)


def test_a_bar_reaches_from_one_end_to_the_other() -> None:
    svg = drawn([Row("a", (Dot(50, 25, 100),))], limits=(0, 100))
    bars = re.findall(r"M ([\d.]+) [\d.]+ L ([\d.]+) [\d.]+ \" style=\"[^\"]*stroke-opacity: 0.45", svg)
    (left, right), plot = (float(end) for end in bars[0]), 190.0
    assert right - left == pytest.approx(0.75 * plot, abs=0.02)
    assert "stroke-linecap: square" not in re.findall(r"<path [^>]*stroke-opacity: 0.45[^>]*>", svg)[0]


def test_rows_keep_their_order_from_the_top(texts: Texts) -> None:
    svg = drawn([Row(name, (Dot(1, 0, 2),)) for name in ("first", "second", "third")])
    root = ET.fromstring(svg)
    heights = {node.text: float(node.attrib["y"]) for node in root.iter(f"{SVG}text") if node.text}
    assert heights["first"] < heights["second"] < heights["third"]


def test_the_dots_of_a_row_lie_apart_and_what_is_missing_is_left_out() -> None:
    svg = drawn([Row("a", (Dot(1, 0, 2), None, Dot(1, 0, 2)))], ("one", "two", "three"))
    root = ET.fromstring(svg)
    heights = [float(node.attrib["y"]) for node in root.iter(f"{SVG}use")]
    assert len(heights) == 3 + 2  # the legend names all three
    assert len(set(heights[:2])) == 2


def test_joined_dots_lie_on_one_line() -> None:
    svg = drawn([Row("a", (Dot(10, 9, 11), Dot(60, 58, 62)))], ("one", "two"), joined=True)
    heights = [float(node.attrib["y"]) for node in ET.fromstring(svg).iter(f"{SVG}use")]
    assert heights[0] == heights[1]


def test_differences_show_a_line_at_zero_and_signs(texts: Texts) -> None:
    svg = drawn([Row("a", (Dot(3, 2, 4),)), Row("b", (Dot(-3, -4, -2),))], around_zero=True)
    assert {"−4", "0", "+4"} <= set(texts(svg))
    assert "stroke-opacity: 0.55" in svg


def test_tiny_differences_are_not_blown_up(across: Across, texts: Texts) -> None:
    svg = drawn([Row("a", (Dot(0.01, -0.01, 0.02),))], around_zero=True)
    assert {"−1", "+1"} <= set(texts(svg))
    assert across(svg) == pytest.approx([0.01], abs=0.01)


def test_a_row_without_dots_still_has_its_label_and_note(texts: Texts) -> None:
    found = texts(drawn([Row("not asked", (None,), "no test")]))
    assert "not asked" in found
    assert "no test" in found


def test_many_long_names_make_a_legend_of_several_lines(texts: Texts) -> None:
    names = tuple(f"a network with a long name {number}" for number in range(5))
    svg = drawn([Row("a", tuple(Dot(number, 0, 9) for number in range(5)))], names)
    heights = {
        node.attrib["y"] for node in ET.fromstring(svg).iter(f"{SVG}text") if (node.text or "").startswith("a network")
    }
    assert len(heights) == 5
    assert all(float(height) > 0 for height in heights)
