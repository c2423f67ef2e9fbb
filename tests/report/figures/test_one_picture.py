"""One picture moved: every probability is printed, and every shift shows its winner."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from convlens.report.content import Board, Filmstrip
from convlens.report.figures import probability_map, winner_map

SVG = "{http://www.w3.org/2000/svg}"
Strips = Callable[[int, str], Filmstrip]
Texts = Callable[[str], list[str]]


def test_a_probability_map_prints_every_probability(filmstrip: Strips, texts: Texts) -> None:
    strip = filmstrip(3, "zeros")
    found = texts(probability_map(strip, ("a", "b", "c")))
    shares = [f"{100 * share:.0f}" for share in strip.probabilities.ravel()]
    assert found.count("moved right by … px") == 1
    for share in set(shares):
        offsets = [text for text in map(str, strip.offsets) if text == share]
        assert found.count(share) == shares.count(share) + len(offsets)


def test_a_probability_map_of_many_classes_says_what_it_leaves_out(filmstrip: Strips, texts: Texts) -> None:
    strip = filmstrip(40, "wrap")
    names = [f"c{number}" for number in range(40)]
    found = texts(probability_map(strip, names))
    shown = [names.index(text) for text in found if text in names]
    rest = np.delete(strip.probabilities, shown, axis=1).max()
    assert len(shown) == 12
    assert strip.true_label in shown
    assert f"12 of 40 classes; no other reaches more than {100 * rest:.1f}\u202f%" in found


def test_the_true_class_is_shown_even_when_it_never_wins(filmstrip: Strips, texts: Texts) -> None:
    strip = filmstrip(40, "wrap")
    probabilities = strip.probabilities.copy()
    probabilities[:, 1] = 0.0
    assert "c1" in texts(probability_map(replace(strip, probabilities=probabilities), [f"c{n}" for n in range(40)]))


def board(winners: list[list[int]], classes: int, true_label: int = 0) -> Board:
    """Make a board whose rows, from the top, are won by these classes."""
    reach = len(winners) // 2
    side = range(-reach, reach + 1)
    dx, dy = zip(*((x, y) for y in side for x in side), strict=True)
    flat = np.array(winners).ravel()
    return Board(dx, dy, np.eye(classes)[flat] * 0.5 + 0.5 / classes, true_label, "zeros")


def in_cells(svg: str) -> list[str]:
    """Find the letters in the cells of a 3×3 map, row by row."""
    nodes = [node for node in ET.fromstring(svg).iter(f"{SVG}text") if float(node.attrib.get("y", 0)) < 296]
    inside = [node for node in nodes if float(node.attrib.get("x", 0)) > 50 and "transform" not in node.attrib]
    ordered = sorted(inside, key=lambda node: (round(float(node.attrib["y"])), float(node.attrib["x"])))
    return [node.text or "" for node in ordered]


def test_every_shift_shows_the_letters_of_its_winner_row_by_row() -> None:
    svg = winner_map(board([[1, 1, 2], [0, 0, 2], [0, 1, 0]], 3), ("Coat", "Shirt", "Bag"))
    assert in_cells(svg) == ["Sh", "Sh", "Ba", "Co", "Co", "Ba", "Co", "Sh", "Co"]


def test_the_list_below_counts_the_cells_of_each_class_and_explains_its_letters(texts: Texts) -> None:
    found = texts(winner_map(board([[1, 1, 2], [0, 0, 2], [0, 1, 0]], 3), ("Coat", "Shirt", "Bag")))
    for entry, letters in (("Coat, 4", "Co"), ("Shirt, 3", "Sh"), ("Bag, 2", "Ba")):
        assert found[found.index(entry) - 1] == letters


def test_cells_of_the_true_class_are_plain_and_the_others_tinted() -> None:
    svg = winner_map(board([[0, 0, 0], [0, 0, 1], [2, 0, 0]], 3), ("Coat", "Shirt", "Bag"))
    assert svg.count("opacity: 0.42") == 2 + 2  # two cells, and two swatches of the list


def test_many_other_classes_are_told_apart_by_hatches_too() -> None:
    svg = winner_map(board([[1, 2, 3], [4, 0, 5], [6, 7, 8]], 9), [f"{letter}x" for letter in "abcdefghi"])
    assert len(set(re.findall(r"fill: url\(#[\w-]+\)", svg))) == 2
    assert len(set(re.findall(r"fill: (var\(--series-\d)", svg))) == 6


def test_maps_of_one_picture_give_a_class_the_same_letters_and_tint() -> None:
    names = ("Coat", "Shirt", "Shoe", "Bag")
    one = winner_map(board([[3, 3, 3], [0, 0, 0], [2, 2, 2]], 4), names, order=[2, 3], key="a")
    other = winner_map(board([[3, 3, 3], [0, 0, 0], [0, 0, 0]], 4), names, order=[2, 3], key="a")
    tint = re.compile(r'<path [^>]*fill: (var\(--series-\d)[^>]*opacity: 0.42"/>')
    assert tint.findall(one)[:3] == tint.findall(other)[:3]
    assert in_cells(one)[:3] == in_cells(other)[:3]


def test_a_large_map_is_drawn_without_letters(texts: Texts) -> None:
    side = range(31)
    svg = winner_map(board([[(x + y) % 2 for x in side] for y in side], 2), ("Coat", "Shirt"))
    assert texts(svg).count("Sh") == 1  # in the list
    assert svg.count("opacity: 0.42") > 31 * 15
