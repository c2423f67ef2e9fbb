"""The figures, each a function from plain values to SVG markup.

The same input gives the same bytes. Ink follows the page's text colour, text stays text, and nothing a user names
is read as a formula. Lengths are in points; a page shows a point as a CSS pixel or thereabouts.
"""

import functools
import io
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ParamSpec

import matplotlib as mpl
import numpy as np
from jaxtyping import Float64, Int64
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from convlens.report.colours import INK, SERIES, SHADE, Rgb, ink_on
from convlens.report.content import Filmstrip
from convlens.report.findings import (
    cells_in_words,
    classes_shown,
    confusion_in_words,
    history_in_words,
    largest_confusion,
    lines_in_words,
    lowest_cell,
    numbers,
    strip_in_words,
)
from convlens.report.svg import inlined
from convlens.report.words import percent, shortened, signed
from convlens.tables import Table

_PLOT = 292.0
_TEXT = 10.0
_DASHES: tuple[Any, ...] = ("solid", (0, (5, 2)), (0, (1.5, 1.5)), (0, (7, 2, 1.5, 2)))
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")

# everything from matplotlib's own defaults, so that no setting file of the user changes a byte
_STYLE: dict[Any, Any] = {
    **{name: value for name, value in mpl.rcParamsDefault.items() if not name.startswith("backend")},
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.size": _TEXT,
    "axes.titlesize": _TEXT,
    "axes.titlepad": 5.0,
    "axes.labelsize": _TEXT,
    "axes.labelpad": 4.0,
    "legend.fontsize": _TEXT,
    "legend.frameon": False,
    "legend.borderpad": 0.0,
    "legend.borderaxespad": 0.0,
    "legend.handlelength": 2.2,
    "legend.columnspacing": 1.4,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    **dict.fromkeys(("text.color", "axes.labelcolor", "xtick.color", "ytick.color", "axes.edgecolor"), INK),
    **dict.fromkeys(("xtick.major.size", "ytick.major.size"), 0.0),
    **{f"axes.spines.{side}": False for side in ("left", "right", "top", "bottom")},
}

P = ParamSpec("P")


def _in_one_style(draw: Callable[P, str]) -> Callable[P, str]:
    """Draw and save with our settings, whatever matplotlib was set to; they are put back afterwards."""

    @functools.wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> str:
        with mpl.rc_context(_STYLE), warnings.catch_warnings():
            # the text is set by the reader's browser; that matplotlib's font lacks a sign does not matter
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            return draw(*args, **kwargs)

    return drawn


@_in_one_style
def curves(history: Table, *, measured_on: str = "validation", key: str = "curves") -> str:
    """Draw accuracy and loss over the epochs; where there was no validation, its lines are left out.

    Args:
        measured_on: the word for the validation columns, such as "test" when they were measured on the test pictures.
    """
    figure = _figure(340, 342)
    epochs = numbers(history, "epoch")
    for bottom, measure, scale in ((204.0, "accuracy", 100.0), (40.0, "loss", 1.0)):
        axes = _axes(figure, 42, bottom, _PLOT, 114)
        for series, (column, label) in enumerate((("validation", measured_on), ("train", "training"))):
            values = scale * numbers(history, f"{column}_{measure}")
            if np.isfinite(values).any():
                axes.plot(epochs, values, label=label, **_line(series))
        axes.set_title(f"{measure}, %" if scale > 1 else measure, loc="left")
        axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, min_n_ticks=1))
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5))
        axes.margins(x=0.03, y=0.08)
        _rules(axes)
        if axes.lines and measure == "accuracy":
            axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.03), ncols=2)
    axes.set_xlabel("epoch")
    return _svg(figure, key, history_in_words(history, measured_on))


@_in_one_style
def confusion_map(
    matrix: Int64[np.ndarray, "classes classes"], class_names: Sequence[str], *, key: str = "confusion"
) -> str:
    """Draw the counts of a confusion matrix, each row shaded by its shares; rows are the true classes.

    A zero stays blank, the most frequent mistake is framed, and counts are printed where they fit.
    """
    count, side = len(class_names), max(_PLOT / len(class_names), 11.0)
    size = min(_TEXT, 0.8 * side)
    left = 14 + _width(class_names, size)
    figure = _figure(left + count * side + 4, 26 + count * side + left)
    axes = _grid(figure, count, count, side, left, 24)
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    printed = _fits(str(matrix.max()), side)
    for row, column in np.argwhere(matrix > 0).tolist():
        _shaded(axes, column, row, float(shares[row, column]), str(matrix[row, column]) if printed else "")
    worst = largest_confusion(matrix)
    if worst is not None:
        _frame(axes, worst[1], worst[0], INK)
    names = [shortened(name) for name in class_names]
    axes.set_xticks(range(count), names, rotation=90, fontsize=size)
    axes.set_yticks(range(count), names, fontsize=size)
    axes.set_title("rows: true class, columns: answer", loc="left")
    return _svg(figure, key, confusion_in_words(matrix, class_names))


@_in_one_style
def shift_map(cells: Table, *, lowest_at: tuple[int, int] | None = None, key: str = "shift-map") -> str:
    """Draw the accuracy at every shift, in whole per cent, on the scale 0–100 % that all maps share.

    Args:
        cells: columns dx, dy (whole pixels, right and down positive) and accuracy.
        lowest_at: the cell to frame as the lowest; found here when not given.
        key: starts the ids of the figure.
    """
    dx, dy, accuracy = numbers(cells, "dx"), numbers(cells, "dy"), numbers(cells, "accuracy")
    across, down = sorted({round(x) for x in dx}), sorted({round(y) for y in dy})
    side, left, top = _PLOT / max(len(across), len(down)), 44.0, 4.0
    figure = _figure(max(left + len(across) * side + 4, 200), top + len(down) * side + 36)
    axes = _grid(figure, len(across), len(down), side, left, top)
    lowest = lowest_cell(cells) if lowest_at is None else lowest_at
    for x, y, share, colour in zip(dx, dy, accuracy, accuracy_colours(accuracy), strict=True):
        place, ink = (across.index(x), down.index(y)), ink_on(colour)
        _cell(axes, *place, facecolor=_hex(colour))
        if _fits("100", side):
            _number(axes, *place, f"{100 * share:.0f}", ink)
        if (x, y) == (0, 0):
            _frame(axes, *place, ink)
        if (x, y) == lowest:
            _frame(axes, *place, ink, dashed=True)
    for axis, offsets in ((axes.xaxis, across), (axes.yaxis, down)):
        step = 1 if side >= 17 else max(1, round(17 / side))
        shown = [offset for offset in offsets if offset % step == 0]
        axis.set_ticks([offsets.index(offset) for offset in shown], [signed(offset) for offset in shown])
    axes.set_xlabel("pictures moved right by … px")
    axes.set_ylabel("moved down by … px")
    return _svg(figure, key, f"Accuracy at {len(cells)} shifts. {cells_in_words(cells, lowest)}", (left, top, side))


@_in_one_style
def shift_lines(audits: Mapping[str, Table], *, key: str = "shift-lines") -> str:
    """Draw accuracy against sideways shifts (the row dy = 0) with its Wilson bands, one line per network."""
    lines = {name: [row for row in cells.rows() if row["dy"] == 0] for name, cells in audits.items()}
    figure = _figure(480, 300)
    axes = _axes(figure, 40, 42, 432, 226)
    for series, (name, rows) in enumerate(lines.items()):
        table = Table.from_rows(sorted(rows, key=lambda row: float(row["dx"] or 0)))
        dx, accuracy, low, high = (numbers(table, column) for column in ("dx", "accuracy", "low", "high"))
        colour = SERIES[series % len(SERIES)]
        axes.fill_between(dx, 100 * low, 100 * high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(dx, 100 * accuracy, label=shortened(name, 28), **_line(series))
    axes.set_ylim(0, 100)
    axes.margins(x=0.02)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=11, integer=True))
    axes.xaxis.set_major_formatter(lambda value, _: signed(round(value)))
    axes.set_xlabel("pictures moved right by … px")
    axes.set_title("accuracy, %", loc="left")
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.01), ncols=min(3, len(audits)))
    _rules(axes)
    return _svg(figure, key, f"Accuracy against the sideways shift. {lines_in_words(audits)}")


@_in_one_style
def probability_map(filmstrip: Filmstrip, class_names: Sequence[str], *, key: str = "probabilities") -> str:
    """Draw one network's probabilities in per cent, classes across, shifts down; each row's winner is framed.

    With many classes only the likeliest are drawn, and the true one; the figure says so.
    """
    shown = classes_shown(filmstrip)
    rows, side = len(filmstrip.offsets), min(_PLOT / len(shown), 60.0)
    tall, left, foot = min(side, 24.0), 44.0, 22.0 if len(shown) < len(class_names) else 4.0
    names = [shortened(class_names[index]) for index in shown]
    upright = _width(names, _TEXT) < side
    slanted = 8.0 if upright else 0.72 * _width(names, _TEXT)
    figure = _figure(left + len(shown) * side + max(4, slanted - side / 2), slanted + 16 + rows * tall + foot)
    axes = _grid(figure, len(shown), rows, side, left, slanted + 16, tall)
    true = shown.index(filmstrip.true_label)
    axes.add_patch(Rectangle((true - 0.5, -0.74), 1, 0.12, facecolor=SERIES[1], linewidth=0, clip_on=False))
    for row, probabilities in enumerate(filmstrip.probabilities):
        winner = int(probabilities.argmax())
        for column, index in enumerate(shown):
            share = float(probabilities[index])
            _shaded(axes, column, row, share, f"{100 * share:.0f}", bold=index == winner)
            if index == winner:
                _frame(axes, column, row, INK)
    axes.xaxis.tick_top()
    turn: dict[str, Any] = {} if upright else {"rotation": 45, "ha": "left", "rotation_mode": "anchor"}
    axes.set_xticks(range(len(shown)), names, **turn)
    axes.tick_params(axis="x", pad=8)
    axes.get_xticklabels()[true].set_fontweight("bold")
    axes.set_yticks(range(rows), [signed(offset) for offset in filmstrip.offsets])
    axes.set_ylabel("moved right by … px")
    if len(shown) < len(class_names):
        rest = float(np.delete(filmstrip.probabilities, shown, axis=1).max())
        said = f"{len(shown)} of {len(class_names)} classes; no other reaches more than {percent(rest)}"
        axes.set_xlabel(said, loc="left")
        axes.xaxis.set_label_position("bottom")
    return _svg(figure, key, strip_in_words(filmstrip, class_names))


def accuracy_colours(shares: Float64[np.ndarray, " n"]) -> Rgb:
    """Give the colour of each share from 0 to 1 (viridis: its luminance only rises)."""
    return np.asarray(mpl.colormaps["viridis"](np.asarray(shares, np.float64))[:, :3], np.float64)


def accuracy_scale(steps: int = 11) -> tuple[str, ...]:
    """Give evenly spaced colours from 0 % to 100 %, for a legend."""
    return tuple(_hex(colour) for colour in accuracy_colours(np.linspace(0, 1, steps)))


def _figure(width: float, height: float) -> Figure:
    return Figure(figsize=(width / 72, height / 72), dpi=72)


def _axes(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Place axes by points, so that a figure looks the same whatever its numbers are."""
    whole_width, whole_height = figure.get_size_inches() * 72
    place = (left / whole_width, bottom / whole_height, width / whole_width, height / whole_height)
    return figure.add_axes(place)


def _grid(
    figure: Figure, columns: int, rows: int, side: float, left: float, top: float, tall: float | None = None
) -> Axes:
    """Place axes whose units are cells, with row 0 on top."""
    height = rows * (side if tall is None else tall)
    axes = _axes(figure, left, float(figure.get_size_inches()[1]) * 72 - top - height, columns * side, height)
    axes.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))
    return axes


def _rules(axes: Axes) -> None:
    axes.grid(axis="y", color=INK, alpha=0.14, linewidth=0.7)
    axes.set_axisbelow(True)


def _line(series: int) -> dict[str, Any]:
    """Tell a line apart by colour, dash and marker; the three have cycles of different length."""
    return {
        "color": SERIES[series % len(SERIES)],
        "linestyle": _DASHES[series % len(_DASHES)],
        "marker": _MARKERS[series % len(_MARKERS)],
        "markersize": 4.5,
        "linewidth": 1.8,
        "clip_on": False,
    }


def _side(axes: Axes) -> tuple[float, float]:
    """Give the width and height of a cell in points."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    return axes.bbox.width / (right - left), axes.bbox.height / (bottom - top)


def _box(axes: Axes, column: int, row: int, inset: float, **look: Any) -> None:
    """Draw a cell's rectangle, smaller by `inset` points on each side."""
    width, height = _side(axes)
    x, y = inset / width, inset / height
    corner = (column - 0.5 + x, row - 0.5 + y)
    # not `add_patch`: that would widen the limits, which are set, and take its time
    axes.add_artist(Rectangle(corner, 1 - 2 * x, 1 - 2 * y, clip_on=False, **look))


def _cell(axes: Axes, column: int, row: int, **look: Any) -> None:
    _box(axes, column, row, 0.45, linewidth=0, **look)


def _shaded(axes: Axes, column: int, row: int, share: float, text: str, *, bold: bool = False) -> None:
    """Draw a cell whose opacity is its share, so that it reads on a light and on a dark page."""
    _cell(axes, column, row, facecolor=SHADE, alpha=round(share, 3))
    # from there on white has more contrast than the ink of a light page, and enough on a dark one
    _number(axes, column, row, text, "#ffffff" if share > 0.72 else INK, bold=bold)


def _number(axes: Axes, column: int, row: int, text: str, ink: str, *, bold: bool = False) -> None:
    if text:
        size, weight = _number_size(min(_side(axes))), "bold" if bold else "normal"
        axes.text(column, row, text, color=ink, size=size, weight=weight, ha="center", va="center_baseline")


def _frame(axes: Axes, column: int, row: int, ink: str, *, dashed: bool = False) -> None:
    style = (0, (2, 1.4)) if dashed else "solid"
    _box(axes, column, row, 1.7, fill=False, edgecolor=ink, linewidth=1.4, linestyle=style)


def _number_size(side: float) -> float:
    return min(_TEXT, 0.42 * side + 1)


def _fits(text: str, side: float) -> bool:
    """Say whether a number of this length can be read in a cell."""
    return len(text) * 0.58 * _number_size(side) <= 0.94 * side and side >= 13


def _width(names: Sequence[str], size: float) -> float:
    """Estimate the room of the longest label; the reader's font is not known here."""
    return 0.56 * size * max(len(shortened(name)) for name in names)


def _hex(colour: Rgb) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in colour.tolist())


def _svg(figure: Figure, key: str, label: str, grid: tuple[float, float, float] | None = None) -> str:
    out = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with mpl.rc_context({"svg.hashsalt": key}):
        figure.savefig(out, format="svg", metadata=nothing, transparent=True)
    return inlined(out.getvalue(), key=key, label=label, grid=grid)
