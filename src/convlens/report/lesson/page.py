"""The page of worked examples: one self-contained HTML file, whole without its script."""

import functools
import inspect
import json
from dataclasses import dataclass

from jinja2 import Environment

from convlens.blocks import by_hand
from convlens.report.environment import templates
from convlens.report.lesson import convolutions, functions, pools, rows
from convlens.report.lesson.content import Chapter, Column, Example, Grid, Mark, Output


def lesson_page() -> str:
    """Give the page as HTML text, always the same.

    Each example shows one of its outputs worked out; its script lets the reader choose another one. All of them stand
    in a table below, which the script reads too.
    """
    return _environment().get_template("lesson.html").render(chapters=[_laid_out(one) for one in chapters()])


def chapters() -> tuple[Chapter, ...]:
    """Give what the page tells, in the order in which it is read."""
    return (
        convolutions.chapter(),
        functions.activations(),
        pools.chapter(),
        functions.normalisation(),
        rows.flattening(),
        rows.sums(),
        rows.answers(),
    )


@dataclass(frozen=True)
class Square:
    """A cell of a grid on the page: its number, its classes, and the note that it starts with."""

    text: str
    classes: str
    note: str
    output: int | None


@dataclass(frozen=True)
class Board:
    """A grid on the page, with its place among the grids of its example."""

    grid: Grid
    index: int
    rows: tuple[tuple[Square, ...], ...]


@dataclass(frozen=True)
class Group:
    """A column of an example on the page."""

    column: Column
    boards: tuple[Board, ...]


@dataclass(frozen=True)
class Shown:
    """An example on the page: its grids as they look at first, and the output that is worked out."""

    example: Example
    groups: tuple[Group, ...]
    output: Output


@dataclass(frozen=True)
class Section:
    """A chapter on the page; `loops` are the names and sources of its blocks by hand."""

    chapter: Chapter
    examples: tuple[Shown, ...]
    panels: tuple[Group, ...]
    loops: tuple[tuple[str, str], ...]


@functools.cache
def _environment() -> Environment:
    environment = templates()
    environment.filters["packed"] = packed
    environment.filters["equated"] = equated
    environment.filters["parts"] = lambda text: [text]  # asked for by the captions of tables
    return environment


def equated(text: str) -> list[str]:
    """Give the parts of a line at whose beginnings it is best broken: before each equals sign, after a colon."""
    return text.replace(" = ", "\n= ").replace(": ", ":\n").split("\n")


def packed(marks: tuple[Mark, ...]) -> str:
    """Give the cells of an output as JSON for the script: [grid, row, column, note, strong]."""
    listed = [[*mark.place, mark.note, int(mark.strong)] for mark in marks]
    return json.dumps(listed, ensure_ascii=False, separators=(",", ":"))


def _laid_out(chapter: Chapter) -> Section:
    panels = [Group(column, (_board(column.grids[0], 0, {}, {}, None),)) for column in chapter.panels]
    loops = tuple((name, inspect.getsource(getattr(by_hand, name)).rstrip()) for name in chapter.loops)
    return Section(chapter, tuple(map(_shown, chapter.examples)), tuple(panels), loops)


def _shown(example: Example) -> Shown:
    output = example.outputs[example.start]
    marks = {mark.place: mark for mark in output.marks}
    places = {one.place: number for number, one in enumerate(example.outputs)}
    groups, index = [], 0
    for column in example.columns:
        boards = []
        for one in column.grids:
            boards.append(_board(one, index, marks, places if column.chosen else {}, output))
            index += 1
        groups.append(Group(column, tuple(boards)))
    return Shown(example, tuple(groups), output)


def _board(
    grid: Grid,
    index: int,
    marks: dict[tuple[int, int, int], Mark],
    places: dict[tuple[int, int, int], int],
    output: Output | None,
) -> Board:
    rows = []
    for r, row in enumerate(grid.rows):
        squares = []
        for q, text in enumerate(row):
            place = (index, r, q)
            mark = marks.get(place)
            classes = [
                *(["padded"] if (r, q) in grid.padded else []),
                *(["unread"] if (r, q) in grid.left_out else []),
                *(["seen"] if mark else []),
                *(["strong"] if mark and mark.strong else []),
                *(["chosen"] if output and output.place == place else []),
            ]
            squares.append(Square(text, " ".join(classes), mark.note if mark else "", places.get(place)))
        rows.append(tuple(squares))
    return Board(grid, index, tuple(rows))
