"""The worked examples: their sums are true, and what is marked is what they are made of."""

import math
import re
from itertools import pairwise

import numpy as np
import pytest

from convlens import blocks
from convlens.report.lesson.content import Column, Example, Grid
from convlens.report.lesson.convolutions import Setting, worked
from convlens.report.lesson.numbers import added, bracketed, products, span, told
from convlens.report.lesson.page import chapters

EXAMPLES = {one.key: one for chapter in chapters() for one in chapter.examples}


def grids(example: Example) -> list[Grid]:
    return [one for column in example.columns for one in column.grids]


def column(example: Example, *names: str) -> Column:
    return next(one for one in example.columns if one.name in names)


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def matrix(grid: Grid) -> np.ndarray:
    """The numbers of a grid without its padding."""
    rows = [
        [number(text) for q, text in enumerate(row) if (r, q) not in grid.padded] for r, row in enumerate(grid.rows)
    ]
    return np.array([row for row in rows if row])


def stacked(example: Example, *names: str) -> np.ndarray:
    return np.array([matrix(one) for one in column(example, *names).grids])


def results(key: str) -> list[list[list[float]]]:
    return stacked(EXAMPLES[key], "result").tolist()


def test_the_first_example_of_every_course_is_there():
    assert results("one-filter") == [[[44, 54, 64], [84, 94, 104], [124, 134, 144]]]
    assert results("stride") == [[[44, 64], [124, 144]]]


def test_the_other_examples_by_hand():
    assert results("padding")[0][0] == [4, 11, 18, 25, 12]
    assert results("max-pool") == [[[5, 4], [6, 7]]]
    assert results("dropped") == [[[7, 9], [17, 19]]]
    assert results("ceil") == [[[7, 9, 10], [17, 19, 20], [22, 24, 25]]]
    assert results("average-pool") == [[[2, 4], [2, 6]]]
    assert results("flat") == [[[7, 1, 4, 0, 9, 2, 5, 8, 3, 6, 2, 1]]]
    assert results("sums") == [[[2], [-3], [3]]]
    assert results("relu") == [[[0, 0, 2], [5, 0, 0], [1, 7, 0]]]
    assert results("normalised") == [[[3, -1], [1, 5]], [[-2, 0], [-4, -1]]]


def value(text: str) -> float:
    """Work out one side of an equation as it stands on the page."""
    python = text.replace("−", "-").replace("·", "*").replace("√", "sqrt ")
    python = re.sub(r"sqrt (\d+)", r"sqrt(\1)", python).replace("e^", "exp ")
    python = re.sub(r"exp (\d+)", r"exp(\1)", python)
    python = python.replace("⌊", "floor(").replace("⌋", ")").replace("⌈", "ceil(").replace("⌉", ")")
    return eval(python, {"sqrt": math.sqrt, "exp": math.exp, "floor": math.floor, "ceil": math.ceil, "max": largest})


def largest(*numbers: float) -> float:
    return sorted(numbers)[-1]


def equations(line: str) -> list[list[str]]:
    """The chains of equal sides in a line: what stands before a colon, and words, are none."""
    parts = re.split(r": |, and |, columns? ", line.removesuffix("."))
    return [part.split(" = ") for part in parts if " = " in part and not re.match(r"(rows|columns) ", part)]


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_both_sides_of_every_equals_sign_are_equal(example):
    chains = [chain for output in example.outputs for line in output.lines for chain in equations(line)]
    if example.size:
        chains.append(example.size.split(" = ")[1:])
    for chain in chains:
        for left, right in pairwise(chain):
            assert value(left) == pytest.approx(value(right), rel=2e-5), chain
    assert len(chains) >= len(example.outputs)


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_each_sum_ends_in_the_number_that_stands_in_the_result(example):
    if example.key == "flat":
        return  # there the number that comes out is a place
    drawn = grids(example)
    for output in example.outputs:
        grid, row, col = output.place
        said = [line for line in output.lines if " = " in line]
        said = [line for line in said if not line.startswith("padding not counted")]
        assert said[-1].split(" = ")[-1] == drawn[grid].rows[row][col]


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_every_number_of_the_result_is_worked_out_once(example):
    first = len(grids(example)) - len(column(example, "result").grids)
    places = [
        (first + at, row, col)
        for at, one in enumerate(column(example, "result").grids)
        for row, texts in enumerate(one.rows)
        for col in range(len(texts))
    ]
    assert [output.place for output in example.outputs] == places
    assert len({output.name for output in example.outputs}) == len(places)


CONVOLUTIONS = ["one-filter", "stride", "padding", "edges", "channels", "groups", "dilation", "sums"]


@pytest.mark.parametrize("key", CONVOLUTIONS)
def test_the_marked_cells_times_their_notes_are_the_result(key):
    example = EXAMPLES[key]
    drawn = grids(example)
    for output in example.outputs:
        total = 0.0
        for mark in output.marks:
            grid, row, col = mark.place
            if mark.note:
                total += number(drawn[grid].rows[row][col]) * number(mark.note.strip("×()"))
            elif any(drawn[grid] is one for one in getattr(by_name(example, "bias"), "grids", ())):
                total += number(drawn[grid].rows[row][col])
        grid, row, col = output.place
        assert total == number(drawn[grid].rows[row][col])


def by_name(example: Example, name: str) -> Column | None:
    return next((one for one in example.columns if one.name == name), None)


@pytest.mark.parametrize("key", ["max-pool", "dropped", "ceil"])
def test_the_winner_is_the_one_strong_cell_and_the_largest_marked(key):
    example = EXAMPLES[key]
    texts = grids(example)[0].rows
    for output in example.outputs:
        marked = [number(texts[r][q]) for _, r, q in (mark.place for mark in output.marks) if texts[r][q]]
        strong = [texts[mark.place[1]][mark.place[2]] for mark in output.marks if mark.strong]
        assert [number(text) for text in strong] == [max(marked)]


def test_what_no_window_reads_is_said_to_be_left_out():
    (drawn,) = column(EXAMPLES["dropped"], "map").grids
    assert drawn.left_out == {(r, q) for r in range(5) for q in range(5) if r == 4 or q == 4}
    assert column(EXAMPLES["max-pool"], "map").grids[0].left_out == frozenset()


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_the_call_that_is_shown_gives_the_result(example):
    given = {name: getattr(blocks, name) for name in blocks.__all__}
    names = [one.name for one in example.columns]
    if "picture" in names:
        filters = column(example, "filter", "filters")
        weight = np.array([matrix(one) for one in filters.grids])
        given["image"] = stacked(example, "picture")
        given["weight"] = weight.reshape(-1, filters.across, *weight.shape[1:])
    if "map" in names or "maps" in names:
        given["maps"] = stacked(example, "map", "maps")
    if "bias" in names:
        given["bias"] = stacked(example, "bias").ravel()
    if "row" in names:
        given["row"], given["weight"] = stacked(example, "row").ravel(), stacked(example, "weights")[0]
    if "z" in names:
        given["z"] = stacked(example, "z").ravel()
    if "a channel's numbers" in names:
        given |= dict(zip(("mean", "var", "weight", "bias"), stacked(example, "a channel's numbers")[0].T, strict=True))
    found = eval(example.code, given)
    found = found[0] if isinstance(found, tuple) else found
    np.testing.assert_allclose(found.ravel(), stacked(example, "result").ravel(), rtol=1e-5, atol=1e-12)


def test_channels_without_a_bias_are_only_summed_up():
    image = np.array([[[1]], [[10]]])
    example = worked("sum", "", "", (image, np.array([[[[2]], [[3]]]])), Setting(), "")
    assert example.outputs[0].lines[1:] == ("channel 0: 1·2 = 2 = 2", "channel 1: 10·3 = 30 = 30", "sum: 2 + 30 = 32")


def test_the_table_of_activations_by_hand():
    (chapter,) = (one for one in chapters() if one.key == "activations")
    rows = {row[0]: row[2:] for row in chapter.tables[0].rows}
    assert rows["relu"] == ("0", "0", "0", "1", "4")
    assert rows["leaky_relu"] == ("−0.04", "−0.01", "0", "1", "4")
    assert rows["hardsigmoid"] == ("0", "0.3333", "0.5", "0.6667", "1")


def test_numbers_are_told_in_short():
    assert [told(one) for one in (44, -0.5, 1 / 3, -0.0, 1234567.0)] == ["44", "−0.5", "0.333333", "0", "1.23457e+06"]
    assert bracketed(-3) == "(−3)"
    assert products([(1, 2), (3, -4)]) == "1·2 + 3·(−4)"
    assert added([1, -2]) == "1 + (−2)"


def test_places_are_told_in_words():
    assert span([3], "row") == "row 3"
    assert span([-1, 0], "row") == "rows −1 and 0"
    assert span([0, 1, 2], "column") == "columns 0 to 2"
    assert span([0, 2, 4], "row") == "rows 0, 2 and 4"
