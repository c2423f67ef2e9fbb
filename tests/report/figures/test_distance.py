"""What is drawn against the distance is the table's; a network looks the same in all figures."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

import numpy as np
import pytest

from convlens.report.figures import drift, within
from convlens.tables import Table

Texts = Callable[[str], list[str]]
SVG = "{http://www.w3.org/2000/svg}"


def rings(right: list[float], drifts: list[float]) -> Table:
    columns: dict[str, list[float]] = {"radius": list(range(len(right)))}
    for name, values in (("right_within", right), ("unflipped", right), ("margin_drift", drifts)):
        columns |= {name: values, f"{name}_low": [v - 0.02 for v in values], f"{name}_high": [v + 0.02 for v in values]}
    return Table(columns)


def heights(svg: str) -> list[float]:
    """Read the values of the markers off the ticks of the upright axis, up to the distance of a text from its line."""
    root = ET.fromstring(svg)
    nodes = [node for node in root.iter(f"{SVG}text") if "text-anchor: end" in node.attrib["style"]]
    ticks = {float(node.text or ""): float(node.attrib["y"]) for node in nodes}
    low, high = min(ticks), max(ticks)
    marks = [node for node in root.iter(f"{SVG}use") if "fill-opacity: 0.2" not in node.attrib["style"]]
    slope = (high - low) / (ticks[high] - ticks[low])
    return [low + slope * (float(node.attrib["y"]) - ticks[low]) for node in marks]


def test_the_curve_goes_through_the_shares() -> None:
    shares = [0.9, 0.55, 0.2, 0.0]
    found = heights(within({"a": rings(shares, [0, 1, 2, 3])}))
    assert np.diff(found) == pytest.approx(100 * np.diff(shares), abs=0.1)
    assert found[-1] == pytest.approx(0, abs=3)


def test_half_is_marked_so_that_the_median_can_be_read() -> None:
    assert re.search(
        r"stroke-dasharray: [\d.,]+; stroke-dashoffset: 0; stroke: currentColor", within({"a": rings([1, 0], [0, 1])})
    )


@pytest.mark.parametrize(("column", "axis"), [("right_within", "right at"), ("unflipped", "same answer at")])
def test_the_axis_says_what_is_drawn(texts: Texts, column: str, axis: str) -> None:
    found = texts(within({"a": rings([1, 0.5], [0, 1])}, column=column))
    assert any(text.startswith(axis) for text in found)
    assert "distance r, px" in found


def test_the_label_gives_the_shares_with_their_intervals() -> None:
    label = ET.fromstring(within({"a": rings([0.9, 0.55, 0.2], [0, 1, 2])})).attrib["aria-label"]
    assert label == "Right at every shift: a within 1 px 55.0\u202f% (53.0–57.0), within 2 px 20.0\u202f% (18.0–22.0)."


def test_the_drift_starts_at_the_bottom_and_is_told_in_logits() -> None:
    svg = drift({"a": rings([1, 1, 1], [0, 1.5, 3.25])})
    label = ET.fromstring(svg).attrib["aria-label"]
    assert "a by 1.50 (1.48–1.52) at 1 px, 3.25 (3.23–3.27) at 2 px" in label


def test_several_networks_are_named_and_one_is_not(texts: Texts) -> None:
    table = rings([1, 0.5], [0, 1])
    assert "one" in texts(within({"one": table, "two": table}))
    assert "one" not in texts(within({"one": table}))


def test_a_network_keeps_its_colour_where_others_are_missing() -> None:
    svg = within({"b": rings([1, 0.5], [0, 1])}, order=["a", "b"])
    assert "--series-2" in svg
    assert "--series-1" not in svg


def test_an_audit_of_one_ring_is_drawn() -> None:
    assert "within 0 px" in within({"a": rings([0.9], [0.0])})
