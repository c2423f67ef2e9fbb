"""Numbers, places and matrices as lines of text, every number with at most six significant digits."""

import textwrap
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from jaxtyping import Bool, Float64

from convlens.explain.arithmetic import Place


def digits(value: float) -> str:
    """Give a number with at most six significant digits."""
    text = f"{value:.6g}"
    return "0" if text == "-0" else text


def where(place: Place) -> str:
    """Say a place in words: "channel 0, row 5, column 5", or "number 7" in a row of numbers."""
    if len(place) != 3:
        return f"number {', '.join(map(str, place))}"
    return f"channel {place[0]}, row {place[1]}, column {place[2]}"


def grid(
    values: Float64[np.ndarray, "h w"],
    marked: Bool[np.ndarray, "h w"] | None = None,
    written: Callable[[float], str] = digits,
) -> list[str]:
    """Give a matrix as lines of equal length, each number as `written`; marked ones stand in brackets."""
    cells = [[written(value) for value in row] for row in values.tolist()]
    if marked is not None:
        cells = [
            [f"({cell})" if is_marked else cell for cell, is_marked in zip(row, marks, strict=True)]
            for row, marks in zip(cells, marked.tolist(), strict=True)
        ]
    width = max((len(cell) for row in cells for cell in row), default=0)
    return ["  ".join(cell.rjust(width) for cell in row) for row in cells]


def side_by_side(*blocks: tuple[str, Sequence[str]], between: Sequence[str] = ()) -> list[str]:
    """Put matrices next to one another, each under its heading, with signs such as × and = between them."""
    signs = [*between, *[" "] * (len(blocks) - 1 - len(between))]
    height = max(len(lines) for _, lines in blocks)
    columns = []
    for heading, lines in blocks:
        filled = [heading, *lines, *[""] * (height - len(lines))]
        width = max(map(len, filled))
        columns.append([line.ljust(width) for line in filled])
    out = []
    for row in range(height + 1):
        joints = [f"  {sign if row == (height + 1) // 2 else ' '}  " for sign in signs]
        parts = [part for pair in zip([column[row] for column in columns], [*joints, ""], strict=True) for part in pair]
        out.append("".join(parts).rstrip())
    return out


def span(places: Sequence[int], word: str) -> str:
    """Say which rows or columns a window lies on: "rows 5 to 7", or "rows 5, 7, 9" where it has holes."""
    if len(places) == 1:
        return f"{word} {places[0]}"
    if list(places) == list(range(places[0], places[-1] + 1)):
        return f"{word}s {places[0]} to {places[-1]}"
    return f"{word}s {', '.join(map(str, places))}"


def table(rows: Iterable[Sequence[str]]) -> list[str]:
    """Give a head and rows as lines, every column as wide as its widest; numbers stand to the right."""
    columns = []
    for cells in zip(*rows, strict=True):
        width = max(map(len, cells))
        numeric = all(cell[:1].isdigit() or cell[:1] == "-" for cell in cells[1:])
        columns.append([cell.rjust(width) if numeric else cell.ljust(width) for cell in cells])
    return ["  ".join(line).rstrip() for line in zip(*columns, strict=True)]


def equation(terms: Sequence[str], total: str, start: str, *, width: int = 118) -> list[str]:
    """Write "start = term + term + … = total" in lines of at most so many letters, those after the first indented."""
    line = f"{start} = {' + '.join(terms)} = {total}"
    return textwrap.wrap(line, width, subsequent_indent=" " * (len(start) + 3), break_long_words=False)
