"""Which answers flip, and at which shifts: by class, by side, and by odd and even moves."""

from collections.abc import Mapping, Sequence

from convlens.report.figures import drawing as draw
from convlens.report.figures.dots import Dot, Row, dot_plot
from convlens.report.findings.flips import (
    classes_in_words,
    comparison_in_words,
    phases_in_words,
    sides_in_words,
    unsteadiest,
)
from convlens.report.findings.numbers import estimate
from convlens.report.words import percent, shortened
from convlens.tables import Table, Value


@draw.in_one_style
def class_flips(classes: Table, *, key: str = "classes") -> str:
    """Draw for each class how many of its pictures flip at some shift, with intervals, and where most go.

    Args:
        classes: columns class, flip_rate, low, high, goes_to. With many classes the unsteadiest are drawn.
    """
    shown = unsteadiest(classes)
    rows = [Row(str(row["class"]), (_dot(row, "flip_rate", 100.0),), _whither(row)) for row in shown.rows()]
    figure = dot_plot(rows, ("",), "pictures that flip at some shift, %", plot=150, limits=(0, 100))
    return draw.svg(figure, key, classes_in_words(classes))


@draw.in_one_style
def sides(audits: Mapping[str, Table], *, order: Sequence[str] = (), key: str = "sides") -> str:
    """Draw how much the accuracy differs between opposite sides and between odd and even moves, in points.

    Args:
        audits: of each network: columns pair, difference, low, high.
    """
    rows, places = _rows(audits, "pair", "difference"), draw.places(audits, order)
    figure = dot_plot(rows, list(audits), "difference, points", around_zero=True, places=places)
    return draw.svg(figure, key, sides_in_words(audits))


@draw.in_one_style
def phases(audits: Mapping[str, Table], *, order: Sequence[str] = (), key: str = "phases") -> str:
    """Draw the accuracy at even and at odd moves.

    Args:
        audits: of each network: columns phase, accuracy, low, high.
    """
    rows, places = _rows(audits, "phase", "accuracy"), draw.places(audits, order)
    figure = dot_plot(rows, list(audits), "accuracy, %", places=places)
    return draw.svg(figure, key, phases_in_words(audits))


@draw.in_one_style
def differences(comparison: Table, *, key: str = "differences") -> str:
    """Draw differences between networks on the same pictures, in points, with their intervals around 0.

    Args:
        comparison: columns name, difference, low, high.
    """
    rows = [Row(str(row["name"]), (_dot(row, "difference", 100.0),)) for row in comparison.rows()]
    figure = dot_plot(rows, ("",), "first minus second, points", around_zero=True, letters=40)
    return draw.svg(figure, key, comparison_in_words(comparison))


def _rows(audits: Mapping[str, Table], name: str, value: str) -> Sequence[Row]:
    """Put the networks' values of the same name into one row, in the order in which the names come first."""
    names = dict.fromkeys(str(row[name]) for table in audits.values() for row in table.rows())
    found = [{str(row[name]): _dot(row, value, 100.0) for row in table.rows()} for table in audits.values()]
    return [Row(one, tuple(rows.get(one) for rows in found)) for one in names]


def _dot(row: Mapping[str, Value], value: str, scale: float) -> Dot:
    found = estimate(row, value)
    return Dot(scale * found.value, scale * found.low, scale * found.high)


def _whither(row: Mapping[str, Value]) -> str:
    """Give the most frequent destination as a note."""
    if row.get("to") is None:
        return ""
    return f"→ {shortened(str(row['to']), 16)} {percent(float(row['to_share'] or 0), 0)}"
