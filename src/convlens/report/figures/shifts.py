"""What happens at each shift: a map over both axes, and lines along one."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from jaxtyping import Float64
from matplotlib.ticker import MaxNLocator

from convlens.report.colours import Rgb, ink_on
from convlens.report.figures import drawing as draw
from convlens.report.findings.moves import MAPPED, cells_in_words, lines_in_words, lowest_cell
from convlens.report.findings.numbers import numbers
from convlens.report.words import signed
from convlens.tables import Table


@draw.in_one_style
def shift_map(
    cells: Table, *, column: str = "accuracy", lowest_at: tuple[int, int] | None = None, key: str = "shift-map"
) -> str:
    """Draw a share at every shift, in whole per cent, on the scale 0–100 % that all maps have in common.

    Args:
        cells: columns dx, dy (whole pixels, right and down positive), the share and the ends of its interval.
        column: the share: one of `MAPPED`.
        lowest_at: the cell to frame as the lowest; found here when not given.
        key: starts the ids of the figure.
    """
    dx, dy, shares = numbers(cells, "dx"), numbers(cells, "dy"), numbers(cells, column)
    across, down = sorted({round(x) for x in dx}), sorted({round(y) for y in dy})
    side, left, top = draw.PLOT / max(len(across), len(down)), 44.0, 4.0
    figure = draw.new_figure(max(left + len(across) * side + 4, 200), top + len(down) * side + 36)
    axes = draw.grid_at(figure, len(across), len(down), side, left, top)
    lowest = lowest_cell(cells, column) if lowest_at is None else lowest_at
    for x, y, share, colour in zip(dx, dy, shares, accuracy_colours(shares), strict=True):
        place, ink = (across.index(x), down.index(y)), ink_on(colour)
        draw.cell(axes, *place, facecolor=draw.hexed(colour))
        if draw.fits("100", side):
            draw.number(axes, *place, f"{100 * share:.0f}", ink)
        if (x, y) == (0, 0):
            draw.frame(axes, *place, ink)
        if (x, y) == lowest:
            draw.frame(axes, *place, ink, dashed=True)
    for axis, offsets in ((axes.xaxis, across), (axes.yaxis, down)):
        draw.offset_ticks(axis, offsets, side)
    axes.set_xlabel("pictures moved right by … px")
    axes.set_ylabel("moved down by … px")
    said = f"{MAPPED[column]} at {len(cells)} shifts. {cells_in_words(cells, lowest, column)}"
    return draw.svg(figure, key, said, (left, top, side))


@draw.in_one_style
def shift_lines(audits: Mapping[str, Table], *, order: Sequence[str] = (), key: str = "shift-lines") -> str:
    """Draw accuracy against sideways shifts (the row dy = 0) with its Wilson bands, one line per network."""
    lines = {name: [row for row in cells.rows() if row["dy"] == 0] for name, cells in audits.items()}
    head = 10 + 15 * draw.legend_rows(list(lines), 400)
    figure = draw.new_figure(420, head + 238)
    axes = draw.axes_at(figure, 40, 42, 372, 196)
    places = draw.places(lines, order)
    for series, rows in zip(places, lines.values(), strict=True):
        table = Table.from_rows(sorted(rows, key=lambda row: float(row["dx"] or 0)))
        dx, accuracy, low, high = (numbers(table, column) for column in ("dx", "accuracy", "low", "high"))
        axes.fill_between(dx, 100 * low, 100 * high, color=draw.colour(series), alpha=0.2, linewidth=0)
        axes.plot(dx, 100 * accuracy, **draw.line_look(series))
    axes.set_ylim(0, 100)
    axes.margins(x=0.02)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=11, integer=True))
    axes.xaxis.set_major_formatter(lambda value, _: signed(round(value)))
    axes.set_xlabel("pictures moved right by … px")
    axes.set_ylabel("accuracy, %")
    draw.rules(axes)
    draw.legend(axes, list(lines), 400, [draw.line_look(series) for series in places])
    return draw.svg(figure, key, f"Accuracy against the sideways shift. {lines_in_words(audits)}")


def accuracy_colours(shares: Float64[np.ndarray, " n"]) -> Rgb:
    """Give the colour of each share from 0 to 1 (viridis: its luminance only rises)."""
    return np.asarray(mpl.colormaps["viridis"](np.asarray(shares, np.float64))[:, :3], np.float64)


def accuracy_scale(steps: int = 11) -> tuple[str, ...]:
    """Give evenly spaced colours from 0 % to 100 %, for a legend."""
    return tuple(draw.hexed(colour) for colour in accuracy_colours(np.linspace(0, 1, steps)))
