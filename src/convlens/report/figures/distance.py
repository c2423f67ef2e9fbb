"""What happens with the distance: how many answers hold within it, and how fast the lead of the answer melts."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from convlens.report.colours import INK
from convlens.report.figures import drawing as draw
from convlens.report.findings.moves import drift_in_words, within_in_words
from convlens.report.findings.numbers import numbers
from convlens.report.words import number
from convlens.tables import Table

WITHIN = {
    "right_within": "right at every shift within r, %",
    "unflipped": "same answer at every shift within r, %",
}
"""The columns that can be drawn against the distance, and what the axis says."""

_WIDTH, _LEFT, _PLOT, _TALL, _FOOT = 350.0, 46.0, 296.0, 190.0, 36.0


@draw.in_one_style
def within(
    audits: Mapping[str, Table], *, column: str = "right_within", order: Sequence[str] = (), key: str = "within"
) -> str:
    """Draw the share of pictures that hold at every shift within r pixels, with Wilson bands, a line per network.

    Args:
        audits: the rings of each network: radius, and the column with its ends `<column>_low` and `<column>_high`.
        column: one of `WITHIN`.
        order: the names of all networks of the page, which gives each its colour.
    """
    figure, axes = _lines(audits, column, 100.0, order)
    axes.set_ylim(0, 100)
    axes.axhline(50, color=INK, alpha=0.45, linewidth=0.9, linestyle=(0, (4, 3)), zorder=0.6)
    axes.set_ylabel(WITHIN[column])
    return draw.svg(figure, key, within_in_words(audits, column))


@draw.in_one_style
def drift(audits: Mapping[str, Table], *, order: Sequence[str] = (), key: str = "drift") -> str:
    """Draw by how much the lead of the unmoved answer changes on each ring, with bootstrap bands."""
    figure, axes = _lines(audits, "margin_drift", 1.0, order)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("change of the answer's lead, logits")
    return draw.svg(figure, key, drift_in_words(audits))


def _lines(audits: Mapping[str, Table], column: str, scale: float, order: Sequence[str]) -> tuple[Figure, Axes]:
    head = 10 + 15 * draw.legend_rows(list(audits), _WIDTH - 12)
    figure = draw.new_figure(_WIDTH, head + _TALL + _FOOT)
    axes = draw.axes_at(figure, _LEFT, _FOOT, _PLOT, _TALL)
    places = draw.places(audits, order)
    for series, rings in zip(places, audits.values(), strict=True):
        radius = numbers(rings, "radius")
        values, low, high = (scale * numbers(rings, f"{column}{end}") for end in ("", "_low", "_high"))
        axes.fill_between(radius, low, high, color=draw.colour(series), alpha=0.2, linewidth=0)
        axes.plot(radius, values, **draw.line_look(series))
    axes.margins(x=0.02)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5))
    axes.yaxis.set_major_formatter(lambda value, _: number(value))
    axes.set_xlabel("distance r, px")
    draw.rules(axes)
    draw.legend(axes, list(audits), _WIDTH - 12, [draw.line_look(series) for series in places])
    return figure, axes
