"""What moving the pictures does, in words: at each shift, and within a distance."""

from collections.abc import Mapping

import numpy as np

from convlens.report.content import Reach
from convlens.report.findings.numbers import estimate, numbers, proportion, share
from convlens.report.words import moved, reach
from convlens.tables import Table

MAPPED = {
    "accuracy": "Accuracy",
    "true_probability": "Probability of the true class",
    "unchanged": "Share of unchanged answers",
}
"""What a map over the shifts may show."""


def cells_in_words(cells: Table, lowest: tuple[int, int], column: str = "accuracy") -> str:
    """Say the value of the unmoved pictures and of the lowest cell."""
    rows = {(row["dx"], row["dy"]): row for row in cells.rows()}
    prefix = "" if column == "accuracy" else f"{column}_"
    said = f"Not moved: {share(proportion(rows[0, 0], column, prefix))}. " if (0, 0) in rows else ""
    return f"{said}Lowest: {share(proportion(rows[lowest], column, prefix))}, {moved(*lowest)}."


def lines_in_words(audits: Mapping[str, Table]) -> str:
    """Say the range of each network's accuracy along the sideways shifts."""
    said = []
    for name, cells in audits.items():
        rows = sorted((row for row in cells.rows() if row["dy"] == 0), key=lambda row: float(row["accuracy"] or 0))
        if rows:
            said.append(f"{name}: from {share(proportion(rows[0], 'accuracy'))} to ")
            said[-1] += f"{share(proportion(rows[-1], 'accuracy'))}."
    return " ".join(said)


def within_in_words(audits: Mapping[str, Table], column: str) -> str:
    """Say how large the share is within the first pixel and within the last."""
    what = {"right_within": "Right at every shift", "unflipped": "The same answer at every shift"}[column]
    said = []
    for name, rings in audits.items():
        rows = rings.rows()
        ends = dict.fromkeys((min(1, len(rows) - 1), len(rows) - 1))
        shares = [f"within {rows[at]['radius']} px {share(proportion(rows[at], column, column + '_'))}" for at in ends]
        said.append(f"{name} {', '.join(shares)}")
    return f"{what}: {'; '.join(said)}."


def first_flip_in_words(name: str, found: Reach, radius: int) -> str:
    """Say how far half of the answers hold."""
    if found.value is None:
        return (
            f"{name}: more than half of the answers never flip within {radius} px, so the median first flip is "
            f"{reach(found, radius, 'px')}."
        )
    return f"{name}: half of the answers have flipped within {reach(found, radius, 'px')}, the median first flip."


def drift_in_words(audits: Mapping[str, Table]) -> str:
    """Say by how much the lead of the unmoved answer changes near and far."""
    said = []
    for name, rings in audits.items():
        rows = rings.rows()
        ends = dict.fromkeys((min(1, len(rows) - 1), len(rows) - 1))
        told = []
        for at in ends:
            found = estimate(rows[at], "margin_drift", "margin_drift_")
            told.append(f"{found.value:.2f} ({found.low:.2f}–{found.high:.2f}) at {rows[at]['radius']} px")
        said.append(f"{name} by {', '.join(told)}")
    return f"The answer's lead over the next class changes, in logits: {'; '.join(said)}."


def lowest_cell(cells: Table, column: str = "accuracy") -> tuple[int, int]:
    """Find the (dx, dy) of the lowest value; of equals the first."""
    row = cells.rows()[int(np.argmin(numbers(cells, column)))]
    return int(row["dx"] or 0), int(row["dy"] or 0)


def mapped(cells: Table) -> tuple[str, ...]:
    """Give the columns of the cells that a map can show; the unchanged answers only where nothing else is known."""
    known = tuple(column for column in MAPPED if column in cells.columns)
    return tuple(column for column in known if column != "unchanged") or known
