"""The chapter on pooling: the largest of each window, or the mean; what is dropped, and what hangs over."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Num

from convlens.blocks.pooling import adaptive_pool, average_pool, max_pool
from convlens.blocks.sizes import adaptive_window
from convlens.blocks.windows import Window, window_at
from convlens.report.lesson.content import Chapter, Column, Example, Grid, Mark, Output, grid
from convlens.report.lesson.convolutions import Setting, framed, size_line
from convlens.report.lesson.numbers import added, bracketed, span, told

Map = Num[np.ndarray, "h w"]
Places = tuple[list[int], list[int]]
"""Rows and columns."""

TIES = np.array([[1, 3, 2, 0], [5, 5, 1, 4], [0, 2, 7, 7], [1, 6, 7, 3]])
FIVE = np.arange(1, 26).reshape(5, 5)
EIGHTS = np.array([[8, 0, 4, 4], [0, 0, 4, 4], [1, 2, 6, 8], [3, 2, 8, 2]])


def chapter() -> Chapter:
    """Give the whole chapter."""
    return Chapter(
        "pooling",
        "Pooling",
        "A pool has a window and no numbers of its own. It keeps one number of each window: the largest, or the mean."
        " Each channel is pooled by itself.",
        examples=tuple(_examples()),
        loops=("max_pool", "average_pool"),
    )


def _examples() -> Iterator[Example]:
    yield _maxima(
        "max-pool",
        "Max pooling: the largest of each window",
        "The windows are 2×2 and do not overlap, for the stride is the window's size unless told otherwise. Among"
        " equals the first wins, row by row.",
        TIES,
    )
    yield _maxima(
        "dropped",
        "What does not fill a window is dropped",
        "Five is no multiple of two. The last row and the last column are read by no window: whatever stands there, the"
        " result is the same.",
        FIVE,
        start=3,
    )
    yield _maxima(
        "ceil",
        "Rounded up: the last windows hang over",
        "With ceil the size is rounded up. A last window counts although it hangs over the edge, where nothing can win."
        " One that would begin beyond the edge is left out.",
        FIVE,
        ceil=True,
        start=2,
    )
    yield _means(
        "average-pool",
        "Average pooling: the mean of each window",
        "The sum of the window, divided by how many numbers it holds.",
        EIGHTS,
    )
    yield _means(
        "average-padding",
        "Does padding count?",
        "With padding 1 the corner window holds three zeros of padding. They count, and pull the mean down, unless"
        " count_include_pad is off; then only the numbers of the map are counted.",
        EIGHTS,
        padding=1,
    )
    yield _means(
        "average-ceil",
        "A mean that hangs over the edge",
        "Rounded up again: what hangs over the edge is not counted.",
        FIVE,
        ceil=True,
        start=2,
    )
    yield _adaptive()


def _maxima(key: str, title: str, said: str, maps: Map, ceil: bool = False, start: int = 0) -> Example:
    values, winners = max_pool(maps[None], 2, ceil=ceil)
    outputs = []
    for row, column in np.ndindex(values.shape[1:]):
        seen = window_at(maps[None], (row, column), 2, 2)
        won = divmod(int(winners[0, row, column]), maps.shape[1])
        largest, numbers = values[0, row, column].item(), seen.values[0][~seen.padded].tolist()
        place = f"row {won[0]}, column {won[1]}"
        lines = (
            _where(_inside(seen)),
            f"max({', '.join(map(told, numbers))}) = {told(largest)}",
            f"the first of them stands at {place}" if numbers.count(largest) > 1 else f"it stands at {place}",
        )
        marks = tuple(replace(mark, strong=mark.place[1:] == won) for mark in _marks(seen))
        outputs.append(Output((1, row, column), f"row {row}, column {column}", lines, marks))
    drawn = _hanging(maps) if ceil else grid(maps, left_out=_left_out(maps, outputs))
    columns = Column("map", (drawn,)), Column("result", (grid(values[0]),), "→", chosen=True)
    size = size_line(len(maps), 2, Setting(stride=2), ceil)
    code = f"max_pool(maps, 2{', ceil=True' if ceil else ''})"
    return Example(key, title, said, columns, tuple(outputs), code, size, start)


def _means(key: str, title: str, said: str, maps: Map, padding: int = 0, ceil: bool = False, start: int = 0) -> Example:
    values = average_pool(maps[None], 2, padding=padding, ceil=ceil)[0]
    without = average_pool(maps[None], 2, padding=padding, ceil=ceil, count_include_pad=False)[0]
    outputs = []
    for row, column in np.ndindex(values.shape):
        seen = window_at(maps[None], (row, column), 2, 2, padding)
        inside = seen.values[0][~seen.padded].tolist()
        counted = seen.values[0].ravel().tolist() if padding else inside
        where = (seen.rows.tolist(), seen.columns.tolist()) if padding else _inside(seen)
        lines = [_where(where), _mean(counted, values[row, column].item())]
        if padding and seen.padded.any():
            lines.append(f"padding not counted: {_mean(inside, without[row, column].item())}")
        outputs.append(
            Output((1, row, column), f"row {row}, column {column}", tuple(lines), tuple(_marks(seen, padding)))
        )
    drawn = _hanging(maps) if ceil else framed(maps[None], padding)[0]
    columns = Column("map", (drawn,)), Column("result", (grid(values),), "→", chosen=True)
    size = size_line(len(maps), 2, Setting(stride=2, padding=padding), ceil)
    code = f"average_pool(maps, 2{', padding=1' if padding else ''}{', ceil=True' if ceil else ''})"
    return Example(key, title, said, columns, tuple(outputs), code, size, start)


def _adaptive() -> Example:
    values = adaptive_pool(FIVE[None], 3)[0]
    outputs = []
    for row, column in np.ndindex(values.shape):
        rows, columns = (
            list(range(first, last + 1)) for first, last in (adaptive_window(at, 5, 3) for at in (row, column))
        )
        lines = (
            _share("rows", row, rows),
            _share("columns", column, columns),
            _mean(FIVE[np.ix_(rows, columns)].ravel().tolist(), values[row, column].item()),
        )
        marks = tuple(Mark((0, r, q)) for r in rows for q in columns)
        outputs.append(Output((1, row, column), f"row {row}, column {column}", lines, marks))
    return Example(
        "adaptive",
        "Adaptive pooling: to a wanted size",
        "Whatever the size of the map, 3×3 numbers come out. The windows differ in size and may overlap. To 1×1 it is"
        " global pooling, the mean of the whole map, with which many networks end.",
        (Column("map", (grid(FIVE),)), Column("result", (grid(values),), "→", chosen=True)),
        tuple(outputs),
        "adaptive_pool(maps, 3)",
        start=4,
    )


def _share(word: str, at: int, places: list[int]) -> str:
    return f"{word} ⌊{at}·5 / 3⌋ = {places[0]} to ⌈{at + 1}·5 / 3⌉ − 1 = {places[-1]}"


def _mean(numbers: Sequence[float], mean: float) -> str:
    if len(numbers) == 1:
        return f"{bracketed(numbers[0])} / 1 = {told(mean)}"
    return f"({added(numbers)}) / {len(numbers)} = {bracketed(sum(numbers))} / {len(numbers)} = {told(mean)}"


def _inside(seen: Window) -> Places:
    """Give the rows and columns of a window that lie on the map."""
    down, across = ~seen.padded.all(axis=1), ~seen.padded.all(axis=0)
    return seen.rows[down].tolist(), seen.columns[across].tolist()


def _where(places: Places) -> str:
    return f"The window lies on {span(places[0], 'row')}, {span(places[1], 'column')}."


def _marks(seen: Window, padding: int = 0) -> list[Mark]:
    return [Mark((0, r + padding, q + padding)) for r in seen.rows.tolist() for q in seen.columns.tolist()]


def _hanging(maps: Map) -> Grid:
    """Give the map with an empty row below and an empty column to its right, over which windows hang."""
    drawn = framed(maps[None], ((0, 1), (0, 1)))[0]
    rows = tuple(
        tuple("" if (r, q) in drawn.padded else text for q, text in enumerate(row)) for r, row in enumerate(drawn.rows)
    )
    beyond = len(maps)
    return replace(drawn, rows=rows, heads=(*drawn.heads[:beyond], ""), names=(*drawn.names[:beyond], ""))


def _left_out(maps: Map, outputs: list[Output]) -> Bool[np.ndarray, "h w"]:
    out = np.ones(maps.shape, bool)
    for mark in (mark for output in outputs for mark in output.marks):
        out[mark.place[1:]] = False
    return out
