"""What the page of worked examples is made of: grids of numbers, and for each output the cells and the sum behind it.

A text is one string; its paragraphs are separated by line breaks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Num

from convlens.report.blocks import TableView
from convlens.report.lesson.numbers import told

Place = tuple[int, int, int]
"""(grid, row, column); the grids of an example are counted from left to right and from top to bottom."""


@dataclass(frozen=True)
class Grid:
    """A matrix as it is drawn.

    Attributes:
        rows: the numbers, as texts.
        heads, names: of the columns and of the rows.
        title: "channel 0"; what the reader is told that it is, where it is not alone.
        padded: cells of padding; empty when there are none.
        left_out: cells that no window reads.
    """

    rows: tuple[tuple[str, ...], ...]
    heads: tuple[str, ...]
    names: tuple[str, ...]
    title: str = ""
    padded: frozenset[tuple[int, int]] = frozenset()
    left_out: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True)
class Column:
    """Grids under a name.

    Attributes:
        sign: what stands before them.
        chosen: these are the outputs, of which the reader chooses one.
        across: so many of the grids stand side by side.
    """

    name: str
    grids: tuple[Grid, ...]
    sign: str = ""
    chosen: bool = False
    across: int = 1


@dataclass(frozen=True)
class Mark:
    """A cell that an output is made of; the note stands in the cell, below its number."""

    place: Place
    note: str = ""
    strong: bool = False


@dataclass(frozen=True)
class Output:
    """One number of the result: where it stands, how it is worked out line by line, and from which cells."""

    place: Place
    name: str
    lines: tuple[str, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Example:
    """One block at work on a few numbers.

    Attributes:
        key: the anchor on the page.
        said: what there is to see.
        size: how many numbers come out, worked out; "" where the question does not arise.
        start: which of the outputs is shown first.
        code: the call of `convlens.blocks` that gives the result.
    """

    key: str
    title: str
    said: str
    columns: tuple[Column, ...]
    outputs: tuple[Output, ...]
    code: str
    size: str = ""
    start: int = 0


@dataclass(frozen=True)
class Chapter:
    """Examples that belong together.

    Attributes:
        panels: grids that are only looked at.
        loops: the functions of `convlens.blocks.by_hand` whose source is shown.
    """

    key: str
    title: str
    said: str
    formula: str = ""
    examples: tuple[Example, ...] = ()
    panels: tuple[Column, ...] = ()
    tables: tuple[TableView, ...] = ()
    loops: tuple[str, ...] = ()


def grid(
    values: Num[np.ndarray, "h w"],
    title: str = "",
    *,
    first: tuple[int, int] = (0, 0),
    heads: Sequence[str] | None = None,
    names: Sequence[str] | None = None,
    padded: Bool[np.ndarray, "h w"] | None = None,
    left_out: Bool[np.ndarray, "h w"] | None = None,
) -> Grid:
    """Give a matrix as it is drawn; rows and columns are counted from `first` on where they have no names."""
    height, width = values.shape
    return Grid(
        tuple(tuple(map(told, row)) for row in values.tolist()),
        tuple(heads if heads is not None else (told(first[1] + at) for at in range(width))),
        tuple(names if names is not None else (told(first[0] + at) for at in range(height))),
        title,
        _cells(padded),
        _cells(left_out),
    )


def _cells(marked: Bool[np.ndarray, "h w"] | None) -> frozenset[tuple[int, int]]:
    if marked is None:
        return frozenset()
    return frozenset((row, column) for row, column in np.argwhere(marked).tolist())
