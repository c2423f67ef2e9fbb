"""Rows taken a block at a time, so that what is computed from them stays small, however many there are."""

from collections.abc import Iterator

HELD = 2**21
"""So many values of a block are held at once: 16 MiB of float64."""


def blocks(rows: int, values_per_row: int) -> Iterator[slice]:
    """Give slices that cover all rows in order, each of at most `HELD` values, or of one row that has more."""
    step = max(1, HELD // max(values_per_row, 1))
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))
