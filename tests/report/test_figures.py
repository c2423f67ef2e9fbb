"""The numbers printed in a figure are the table's, at their place; colours and bytes keep their promises."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest

from convlens.report.colours import luminance
from convlens.report.content import Filmstrip
from convlens.report.figures import (
    accuracy_colours,
    accuracy_scale,
    confusion_map,
    curves,
    probability_map,
    shift_lines,
    shift_map,
)
from convlens.tables import Table

SVG = "{http://www.w3.org/2000/svg}"
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
Cells = Callable[[int], Table]
Strips = Callable[[int, str], Filmstrip]


def texts(svg: str) -> list[str]:
    return [node.text or "" for node in ET.fromstring(svg).iter(f"{SVG}text")]


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


def test_a_wide_audit_keeps_its_cells_and_drops_its_numbers(cells: Cells) -> None:
    svg = shift_map(cells(15))
    assert svg.count("<path") > 31 * 31
    assert len(texts(svg)) < 40


@pytest.mark.parametrize("axis", ["dx", "dy"])
def test_an_audit_along_one_axis_is_a_map_too(cells: Cells, axis: str) -> None:
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


def test_a_confusion_map_prints_its_counts_and_leaves_zeros_blank() -> None:
    found = [text for text in texts(confusion_map(MATRIX, ("a", "b", "c"))) if text.isdigit()]
    assert sorted(found) == sorted(["50", "3", "7", "41", "2", "49"])


def test_a_confusion_map_says_the_most_frequent_mistake() -> None:
    label = ET.fromstring(confusion_map(MATRIX, ("a", "b", "c"))).attrib["aria-label"]
    assert (
        label == "140 of 152 pictures are named rightly. The most frequent mistake: 7 of 50 b pictures are taken for a."
    )


def test_forty_classes_get_no_numbers_in_their_confusion_map() -> None:
    svg = confusion_map(np.full((40, 40), 12, np.int64), [f"class {number}" for number in range(40)])
    assert len(texts(svg)) == 2 * 40 + 1


def test_a_confusion_map_without_a_mistake_or_a_picture_is_drawn() -> None:
    assert "0 of 0 pictures" in confusion_map(np.zeros((2, 2), np.int64), ("a", "b"))


def test_a_probability_map_prints_every_probability(filmstrip: Strips) -> None:
    strip = filmstrip(3, "zeros")
    found = texts(probability_map(strip, ("a", "b", "c")))
    shares = [f"{100 * share:.0f}" for share in strip.probabilities.ravel()]
    assert found.count("moved right by … px") == 1
    for share in set(shares):
        offsets = [text for text in map(str, strip.offsets) if text == share]
        assert found.count(share) == shares.count(share) + len(offsets)


def test_a_probability_map_of_many_classes_says_what_it_leaves_out(filmstrip: Strips) -> None:
    strip = filmstrip(40, "wrap")
    names = [f"c{number}" for number in range(40)]
    found = texts(probability_map(strip, names))
    shown = [names.index(text) for text in found if text in names]
    rest = np.delete(strip.probabilities, shown, axis=1).max()
    assert len(shown) == 12
    assert strip.true_label in shown
    assert f"12 of 40 classes; no other reaches more than {100 * rest:.1f}\u202f%" in found


def test_the_true_class_is_shown_even_when_it_never_wins(filmstrip: Strips) -> None:
    strip = filmstrip(40, "wrap")
    probabilities = strip.probabilities.copy()
    probabilities[:, 1] = 0.0
    assert "c1" in texts(probability_map(replace(strip, probabilities=probabilities), [f"c{n}" for n in range(40)]))


def test_curves_leave_out_a_validation_that_was_not_made() -> None:
    without = Table({**HISTORY.columns, "validation_loss": [None, None], "validation_accuracy": [None, None]})
    assert "validation" in texts(curves(HISTORY))
    assert "validation" not in texts(curves(without))
    assert "training" in texts(curves(without))


def test_lines_tell_eight_networks_apart_without_colour(cells: Cells) -> None:
    svg = shift_lines({f"net {number}": cells(2) for number in range(8)})
    legend = [text for text in texts(svg) if text.startswith("net")]
    assert len(legend) == 8
    assert len(set(re.findall(r"stroke-dasharray: [\d.,]+", svg))) == 3


NAME = "<b>&$x$ \\alpha 猫 ' \""


@pytest.mark.parametrize("key", ["a", 'k"<&'])
def test_names_are_drawn_letter_by_letter(cells: Cells, filmstrip: Strips, key: str) -> None:
    assert NAME[:13] + "…" in texts(confusion_map(MATRIX, (NAME, "b", "c"), key=key))
    assert NAME[:13] + "…" in texts(probability_map(filmstrip(3, "zeros"), (NAME, "b", "c"), key=key))
    assert NAME in texts(shift_lines({NAME: cells(1)}, key=key))


def draw_all(cells: Table, strip: Filmstrip, key: str) -> list[str]:
    return [
        curves(HISTORY, key=key),
        confusion_map(MATRIX, ("a", "b", "c"), key=key),
        shift_map(cells, key=key),
        shift_lines({"a": cells}, key=key),
        probability_map(strip, ("a", "b", "c"), key=key),
    ]


def test_no_setting_of_matplotlib_changes_a_figure(cells: Cells, filmstrip: Strips) -> None:
    usual = draw_all(cells(2), filmstrip(3, "zeros"), "k")
    with mpl.rc_context({"font.size": 20, "svg.fonttype": "path", "axes.grid": True, "lines.linewidth": 9}):
        assert draw_all(cells(2), filmstrip(3, "zeros"), "k") == usual
        assert mpl.rcParams["font.size"] == 20


def test_figures_of_other_keys_share_no_id(cells: Cells, filmstrip: Strips) -> None:
    ids = [
        set(re.findall(r' id="([^"]*)"', svg))
        for key in ("one", "two")
        for svg in [" ".join(draw_all(cells(2), filmstrip(3, "zeros"), key))]
    ]
    assert ids[0]
    assert not ids[0] & ids[1]


def test_a_figure_is_one_element_without_foreign_words(cells: Cells, filmstrip: Strips) -> None:
    for svg in draw_all(cells(2), filmstrip(3, "zeros"), "k"):
        assert ET.fromstring(svg).tag == f"{SVG}svg"
        assert svg.startswith("<svg ")
        assert re.findall(r"https?://[^\"]*", svg) == ["http://www.w3.org/2000/svg"]
        assert "currentColor" in svg
        assert "#010203" not in svg
