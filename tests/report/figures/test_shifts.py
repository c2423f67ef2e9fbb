"""The numbers printed in a map are the table's, at their place; lines tell networks apart."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

import numpy as np
import pytest

from convlens.report.colours import luminance
from convlens.report.figures import accuracy_colours, accuracy_scale, shift_lines, shift_map
from convlens.tables import Table

SVG = "{http://www.w3.org/2000/svg}"
Cells = Callable[[int], Table]
Texts = Callable[[str], list[str]]


def printed(svg: str) -> dict[tuple[int, int], str]:
    """Find the numbers by their place: (column, row) of the grid → text."""
    root = ET.fromstring(svg)
    left, top, side = (float(part) for part in root.attrib["data-grid"].split())
    found = {}
    for node in root.iter(f"{SVG}text"):
        column, row = (float(node.attrib["x"]) - left) / side, (float(node.attrib["y"]) - top) / side
        if column > 0 and row > 0 and "transform" not in node.attrib:
            found[int(column), int(row)] = node.text or ""
    return found


def test_each_cell_of_a_shift_map_prints_its_accuracy(cells: Cells) -> None:
    audit = cells(5)
    numbers = printed(shift_map(audit))
    for row in audit.rows():
        expected = round(100 * float(row["accuracy"] or 0))
        assert numbers[int(row["dx"] or 0) + 5, int(row["dy"] or 0) + 5] == str(expected)


def test_the_order_of_the_rows_does_not_move_a_cell(cells: Cells) -> None:
    audit = cells(2)
    assert printed(shift_map(Table.from_rows(audit.rows()[::-1]))) == printed(shift_map(audit))


def test_the_unmoved_and_the_lowest_cell_are_framed(cells: Cells) -> None:
    svg = shift_map(cells(5))
    frames = re.findall(r'style="fill: none; (?:stroke-dasharray: [\d.,]+; )?[^"]*stroke: [^"]*"', svg)
    assert sum("dasharray" in frame for frame in frames) == 1
    assert sum("dasharray" not in frame for frame in frames) == 1
    assert "Lowest: 10.1\u202f% (8.1–13.1), 5 px left, 5 px up." in ET.fromstring(svg).attrib["aria-label"]


def test_a_wide_audit_keeps_its_cells_and_drops_its_numbers(cells: Cells, texts: Texts) -> None:
    svg = shift_map(cells(15))
    assert svg.count("<path") > 31 * 31
    assert len(texts(svg)) < 40


@pytest.mark.parametrize(("reach", "step"), [(5, 1), (8, 1), (10, 2), (14, 2), (28, 5), (40, 5)])
def test_offsets_are_named_at_every_second_or_fifth_where_cells_are_narrow(
    cells: Cells, texts: Texts, reach: int, step: int
) -> None:
    named = {text.replace("−", "-") for text in texts(shift_map(cells(reach)))[: 2 * (2 * reach // step + 1)]}
    expected = {str(offset) for offset in range(-reach, reach + 1) if offset % step == 0}
    assert expected <= named
    assert (str(step + 1) in named) == (step == 1)


def test_no_number_is_printed_too_small_to_be_read(cells: Cells) -> None:
    for reach in (5, 7, 8, 9, 10, 12):
        svg = shift_map(cells(reach))
        sizes = [float(size) for size in re.findall(r"font-size: ([\d.]+)px", svg)]
        assert min(sizes) >= 8
        inside = [place for place in printed(svg) if max(place) <= 2 * reach]
        assert len(inside) == (reach <= 8) * (2 * reach + 1) ** 2


@pytest.mark.parametrize("axis", ["dx", "dy"])
def test_an_audit_along_one_axis_is_a_map_too(cells: Cells, axis: str, texts: Texts) -> None:
    line = Table.from_rows(row for row in cells(5).rows() if row[axis] == 0)
    assert sum(text.isdigit() and len(text) == 2 for text in texts(shift_map(line))) >= 11


def test_the_accuracy_scale_only_grows_brighter() -> None:
    light = luminance(accuracy_colours(np.linspace(0, 1, 101)))
    assert np.all(np.diff(light) > 0)
    assert accuracy_scale()[0] == "#440154"
    assert len(accuracy_scale()) == 11


def test_equal_accuracies_have_equal_colours_in_every_map(cells: Cells) -> None:
    audit = cells(1)
    dim = Table({**audit.columns, "accuracy": [share / 3 for share in audit["accuracy"]]})
    both = Table.from_rows([*dim.rows()[:8], audit.rows()[8]])
    fill = re.findall(r"fill: (#\w{6})", shift_map(audit))
    assert re.findall(r"fill: (#\w{6})", shift_map(both))[-2:] == fill[-2:]


def test_lines_tell_eight_networks_apart_without_colour(cells: Cells, texts: Texts) -> None:
    svg = shift_lines({f"net {number}": cells(2) for number in range(8)})
    legend = [text for text in texts(svg) if text.startswith("net")]
    assert len(legend) == 8
    assert len(set(re.findall(r"stroke-dasharray: [\d.,]+", svg))) == 3


def test_a_map_of_probabilities_prints_these_and_names_its_own_lowest_cell(cells: Cells, texts: Texts) -> None:
    audit = cells(1)
    shares = [0.9, 0.8, 0.7, 0.61, 0.95, 0.6, 0.5, 0.4, 0.3]
    ends = {"p_low": shares, "p_high": shares}
    table = Table(
        {**audit.columns, "true_probability": shares} | {f"true_probability{k[1:]}": v for k, v in ends.items()}
    )
    svg = shift_map(table, column="true_probability")
    assert printed(svg)[0, 0] == "90"
    assert printed(svg)[2, 2] == "30"
    label = ET.fromstring(svg).attrib["aria-label"]
    assert label.startswith("Probability of the true class at 9 shifts. Not moved: 95.0")
    assert "Lowest: 30.0\u202f% (30.0–30.0), 1 px right, 1 px down." in label


def test_a_network_keeps_its_colour_where_others_are_missing(cells: Cells) -> None:
    alone = shift_lines({"b": cells(1)}, order=["a", "b"])
    assert "--series-2" in alone
    assert "--series-1" not in alone
