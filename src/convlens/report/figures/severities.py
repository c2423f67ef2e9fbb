"""Accuracy against the amount of a change: a small panel for each change, a line for each network."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from convlens.report.content import Severity
from convlens.report.figures import drawing as draw
from convlens.report.findings.changes import curve_in_words
from convlens.report.findings.numbers import numbers
from convlens.report.words import number

_WIDTH, _LEFT, _PLOT, _TALL, _FOOT, _HEAD = 268.0, 42.0, 218.0, 116.0, 39.0, 8.0


@draw.in_one_style
def severity_curve(networks: Mapping[str, Severity], *, order: Sequence[str] = (), key: str = "severity") -> str:
    """Draw the share of right answers against the amount, with Wilson bands, and the median amount to flip.

    The median stands as an upright line in the network's colour and dash. Where the change goes both ways, each side of
    0 has its own; where that is not known, none, for the median of both says nothing of either. Without labels the
    share of unchanged answers is drawn.

    Args:
        networks: the same change for each network.
        order: the names of all networks of the page, which gives each its colour.
    """
    figure = draw.new_figure(_WIDTH, _HEAD + _TALL + _FOOT)
    axes = draw.axes_at(figure, _LEFT, _FOOT, _PLOT, _TALL)
    for series, severity in zip(draw.places(networks, order), networks.values(), strict=True):
        _curve(axes, series, severity)
    first = next(iter(networks.values()))
    axes.set_ylim(0, 100)
    axes.margins(x=0.03)
    axes.tick_params(axis="x", pad=6)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 3, 5, 10]))
    axes.xaxis.set_major_formatter(lambda value, _: number(value))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4))
    axes.set_xlabel(f"{first.name}, {first.unit}")
    axes.set_ylabel("right, %" if first.labelled else "same answer, %")
    draw.rules(axes)
    return draw.svg(figure, key, f"{first.name}, {first.unit}. {curve_in_words(networks)}")


@draw.in_one_style
def legend(names: Sequence[str], *, key: str = "legend") -> str:
    """Draw what tells the networks apart, once for many small panels."""
    figure = draw.new_figure(340, 6 + 15 * draw.legend_rows(names, 330))
    axes = draw.axes_at(figure, 0, 0, 340, 1)
    axes.set_axis_off()
    draw.legend(axes, names, 330, [draw.line_look(series) for series in range(len(names))])
    return draw.svg(figure, key, f"Lines and colours of {', '.join(names)}")


def _curve(axes: Axes, series: int, severity: Severity) -> None:
    name, prefix = ("accuracy", "") if severity.labelled else ("unchanged", "unchanged_")
    amounts = numbers(severity.curve, "amount")
    share, low, high = (100 * numbers(severity.curve, column) for column in (name, f"{prefix}low", f"{prefix}high"))
    axes.fill_between(amounts, low, high, color=draw.colour(series), alpha=0.2, linewidth=0)
    axes.plot(amounts, share, **(draw.line_look(series) | {"marker": "", "linewidth": 1.6}))
    for place in _medians(severity):
        axes.plot([place, place], [0, 50], **(draw.line_look(series) | {"marker": "", "linewidth": 1.0}))
        axes.plot([place], [50], **(draw.dot_look(series) | {"markersize": 4.5}))


def _medians(severity: Severity) -> list[float]:
    """Give the amounts at which half of the answers of a side have flipped."""
    if not severity.both_ways:
        sign = -1 if severity.ends[0] < 0 else 1
        found = [(severity.to_flip, sign)]
    else:
        found = [(one, sign) for one, sign in ((severity.below, -1), (severity.above, 1)) if one is not None]
    return [sign * one.value for one, sign in found if one.value is not None]
