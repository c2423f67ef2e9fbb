"""What every command prints with: tables and lines on stdout, notes on stderr, shares in words."""

import json
import sys
import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table as Grid

from convlens.cli.show.narrow import GAP, narrow, natural_width

if TYPE_CHECKING:
    from pathlib import Path

    from convlens.tables import Table

LISTED = 6
"""So many files are listed one by one."""

NO_NUMBER = {"", "—", "?", "not known"}
"""What stands in a column of numbers where there is none."""

FILE_WIDTH = 200
"""So wide is a table in a file at least."""


def as_json(value: Any) -> None:
    """Print plain values as JSON."""
    print(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def as_grid(heads: Sequence[str], rows: Iterable[Sequence[object]], gap: int = GAP) -> None:
    """Print rows under heads; numbers stand to the right, and no cell is broken, however narrow the terminal.

    Args:
        gap: blanks between two columns, where the table fits.
    """
    listed = [[_cell(value) for value in row] for row in rows]
    right = [_numeric([row[place] for row in listed]) for place in range(len(heads))]
    space, needed = room(), natural_width(heads, listed, gap)
    console = Console(width=max(space or FILE_WIDTH, needed), markup=False, highlight=False, soft_wrap=True)
    if space is not None and needed > space:
        for text, is_head in narrow(heads, listed, right, space):
            console.print(text, style="bold" if is_head else "", soft_wrap=True)
        return
    grid = Grid(box=None, pad_edge=False, header_style="bold", padding=(0, gap, 0, 0))
    for head, stands_right in zip(heads, right, strict=True):
        grid.add_column(head, justify="right" if stands_right else "left", no_wrap=True)
    for row in listed:
        grid.add_row(*row)
    console.print(grid)


def room() -> int | None:
    """Give how many columns the terminal has; None where the output is a file, which may be as wide as it needs."""
    return Console().width if sys.stdout.isatty() else None


def line(text: str = "") -> None:
    """Print one line of a result."""
    print(text)


def note(text: str) -> None:
    """Print what the user should know besides the result; in a terminal, folded between words."""
    if sys.stderr.isatty():
        width = Console(stderr=True).width
        text = textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)
    print(text, file=sys.stderr)


def table(content: "Table") -> None:
    """Print a table of values."""
    as_grid(list(content.columns), zip(*content.columns.values(), strict=True))


def percent(value: float, low: float | None = None, high: float | None = None) -> str:
    """Write a proportion with its interval: "88.1 % (87.4–88.7)"."""
    head = f"{100 * value:.1f} %"
    return head if low is None or high is None else f"{head} ({100 * low:.1f}–{100 * high:.1f})"


def wrote(paths: "Sequence[Path]") -> None:
    """Say where results are: each file, or the folder of many."""
    if len(paths) <= LISTED:
        for path in paths:
            line(f"wrote {path}")
    else:
        line(f"wrote {len(paths)} files into {paths[0].parent}")


def _numeric(cells: Sequence[str]) -> bool:
    return bool(cells) and all(cell.lstrip("+-−<> ")[:1].isdigit() or cell in NO_NUMBER for cell in cells)


def _cell(value: object) -> str:
    if value is None:
        return "—"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)
