"""Dot plots: a row for each thing, a dot for each value with its interval; most figures of an audit are such."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from convlens.report.colours import INK
from convlens.report.figures import drawing as draw
from convlens.report.words import shortened, signed_number

LABEL_LETTERS = 24
ROW = 22.0
"""The height of a row with one or two dots."""

_APART = 7.0
_FOOT, _NOTE_LETTER = 34.0, 5.6


@dataclass(frozen=True)
class Dot:
    """A value and the two ends of its interval; an end that is not a number is not drawn."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Row:
    """A label on the left, one place per series (None: not measured), and a short text on the right."""

    label: str
    dots: tuple[Dot | None, ...]
    note: str = ""


def dot_plot(
    rows: Sequence[Row],
    series: Sequence[str],
    axis: str,
    *,
    around_zero: bool = False,
    joined: bool = False,
    plot: float = 190.0,
    limits: tuple[float, float] | None = None,
    places: Sequence[int] | None = None,
    letters: int = LABEL_LETTERS,
) -> Figure:
    """Draw rows of dots with their intervals; values are in the axis's unit.

    Args:
        series: the names of the dots of a row; one alone is not named.
        axis: the label below.
        around_zero: differences, with a line at 0 and signs at the numbers.
        joined: the dots of a row lie on one line, joined, and their intervals are drawn on it.
        plot: the width of the plot.
        limits: the ends of the axis; by the values when None.
        places: of the series among all colours and marks; 0, 1, … when None.
        letters: a longer label is cut.
    """
    left = 12 + draw.label_width([row.label for row in rows], limit=letters)
    right = 12 + _NOTE_LETTER * max(len(row.note) for row in rows)
    width = left + plot + right
    head = 8 + 15 * draw.legend_rows(series, width - 16, dots=True)
    lanes = 1 if joined else len(series)
    tall = ROW + _APART * max(0, lanes - 2)
    height = len(rows) * tall
    figure = draw.new_figure(width, head + height + _FOOT)
    axes = draw.axes_at(figure, left, _FOOT, plot, height)
    axes.set(xlim=limits or _limits(rows, around_zero), ylim=(len(rows) - 0.5, -0.5))
    numbers = range(len(series)) if places is None else places
    looks = [draw.dot_look(at, hollow=joined and number > 0) for number, at in enumerate(numbers)]
    for place, row in enumerate(rows):
        if joined:
            _join(axes, place, row)
        for number, dot in enumerate(row.dots):
            if dot is not None:
                offset = 0.0 if joined else (number - (lanes - 1) / 2) * _APART / tall
                _dot(axes, place + offset, dot, looks[number])
        if row.note:
            aside: dict[str, Any] = {"textcoords": "offset points", "va": "center_baseline"}
            axes.annotate(row.note, (1, place), (8, 0), ("axes fraction", "data"), **aside)
    axes.set_yticks(range(len(rows)), [shortened(row.label, letters) for row in rows])
    axes.tick_params(axis="y", pad=6)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(lambda value, _: signed_number(value) if around_zero else f"{value:g}")
    axes.set_xlabel(axis)
    draw.rules(axes, "x")
    if around_zero:
        draw.zero_line(axes)
    draw.legend(axes, series, width - 16, looks, beyond=right - 4)
    return figure


def _limits(rows: Sequence[Row], around_zero: bool) -> tuple[float, float]:
    """Give ends with a margin; where all is tiny, not so narrow that noise looks large."""
    ends = np.array([end for row in rows for dot in row.dots if dot for end in (dot.low, dot.value, dot.high)])
    ends = ends[np.isfinite(ends)]
    low, high = (float(ends.min()), float(ends.max())) if ends.size else (0.0, 0.0)
    if around_zero:
        low, high = min(low, -1.0), max(high, 1.0)
    room = 0.06 * (high - low) or 1.0
    return low - room, high + room


def _join(axes: Axes, place: int, row: Row) -> None:
    values = [dot.value for dot in row.dots if dot is not None]
    if len(values) > 1:
        axes.plot([min(values), max(values)], [place, place], color=INK, alpha=0.35, linewidth=1.2, zorder=1)


def _dot(axes: Axes, y: float, dot: Dot, look: dict[str, Any]) -> None:
    # square ends would make an interval look longer than it is
    bar = {"color": look["color"], "linewidth": 2.6, "alpha": 0.45, "solid_capstyle": "butt", "clip_on": False}
    axes.plot([dot.low, dot.high], [y, y], **bar)
    axes.plot([dot.value], [y], **look)
