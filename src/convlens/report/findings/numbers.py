"""Values of a table as numbers, with their intervals."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float64

from convlens.audit.intervals import Estimate
from convlens.report.content import Proportion
from convlens.report.words import interval, percent
from convlens.tables import Table, Value


def numbers(table: Table, column: str) -> Float64[np.ndarray, " rows"]:
    """Give a column as floats; an empty cell or a missing column is NaN."""
    cells = table.columns.get(column, (None,) * len(table))
    return np.array([np.nan if cell is None else float(cell) for cell in cells], np.float64)


def proportion(row: Mapping[str, Value], column: str, prefix: str = "") -> Proportion:
    """Give the share in a row of a table whose ends are the columns `<prefix>low` and `<prefix>high`."""
    return Proportion(*(float(row[name] or 0) for name in (column, f"{prefix}low", f"{prefix}high")))


def estimate(row: Mapping[str, Value], column: str, prefix: str = "") -> Estimate:
    """Give the number in a row of a table, in the same way."""
    return Estimate(*(float(row[name] or 0) for name in (column, f"{prefix}low", f"{prefix}high")))


def share(found: Proportion) -> str:
    """Write a share with its interval: 88.3 % (86.1–90.2)."""
    return f"{percent(found.value)} ({interval(found)})"
