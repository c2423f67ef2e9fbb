"""What every command prints with: tables and lines on stdout, notes on stderr, shares in words."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table as Grid

if TYPE_CHECKING:
    from pathlib import Path

    from convlens.tables import Table

LISTED = 6
"""So many files are listed one by one."""


def as_json(value: Any) -> None:
    """Print plain values as JSON."""
    print(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def as_grid(heads: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> None:
    """Print rows under heads; numbers stand to the right, and nothing is cut off when the output is a file."""
    listed = [[_cell(value) for value in row] for row in rows]
    grid = Grid(title=title or None, box=None, pad_edge=False, title_justify="left", header_style="bold")
    for place, head in enumerate(heads):
        numeric = all(row[place].lstrip("+-−")[:1].isdigit() or row[place] in {"", "—", "?"} for row in listed)
        grid.add_column(head, justify="right" if numeric and listed else "left", overflow="fold")
    for row in listed:
        grid.add_row(*row)
    console = Console(width=None if sys.stdout.isatty() else 200, markup=False, highlight=False)
    console.print(grid)


def line(text: str = "") -> None:
    """Print one line of a result."""
    print(text)


def note(text: str) -> None:
    """Print what the user should know besides the result."""
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


def _cell(value: object) -> str:
    if value is None:
        return "—"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)
