"""What every figure is drawn with: one style whatever matplotlib was set to, axes placed by points, cells, SVG."""

import functools
import io
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ParamSpec

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from convlens.report.colours import INK, SERIES, SHADE, Rgb
from convlens.report.svg import inlined
from convlens.report.words import shortened, signed

PLOT = 292.0
"""The width of the plot in a figure of the usual size."""

TEXT = 10.0
"""The size of the letters."""

READABLE = 8.0
"""Numbers smaller than this are not written into cells: a table holds them."""

_DASHES: tuple[Any, ...] = ("solid", (0, (5, 2)), (0, (1.5, 1.5)), (0, (7, 2, 1.5, 2)))
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")

# everything from matplotlib's own defaults, so that no setting file of the user changes a byte
_STYLE: dict[Any, Any] = {
    **{name: value for name, value in mpl.rcParamsDefault.items() if not name.startswith("backend")},
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.size": TEXT,
    "axes.titlesize": TEXT,
    "axes.titlepad": 5.0,
    "axes.labelsize": TEXT,
    "axes.labelpad": 4.0,
    "legend.fontsize": TEXT,
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


def in_one_style(draw: Callable[P, str]) -> Callable[P, str]:
    """Draw and save with our settings, whatever matplotlib was set to; they are put back afterwards."""

    @functools.wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> str:
        with mpl.rc_context(_STYLE), warnings.catch_warnings():
            # the text is set by the reader's browser; that matplotlib's font lacks a sign does not matter
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            return draw(*args, **kwargs)

    return drawn


def new_figure(width: float, height: float) -> Figure:
    """Make a figure of so many points."""
    return Figure(figsize=(width / 72, height / 72), dpi=72)


def axes_at(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Place axes by points, so that a figure looks the same whatever its numbers are."""
    whole_width, whole_height = figure.get_size_inches() * 72
    place = (left / whole_width, bottom / whole_height, width / whole_width, height / whole_height)
    return figure.add_axes(place)


def grid_at(
    figure: Figure, columns: int, rows: int, side: float, left: float, top: float, tall: float | None = None
) -> Axes:
    """Place axes whose units are cells, with row 0 on top."""
    height = rows * (side if tall is None else tall)
    axes = axes_at(figure, left, float(figure.get_size_inches()[1]) * 72 - top - height, columns * side, height)
    axes.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))
    return axes


def rules(axes: Axes, axis: str = "y") -> None:
    """Draw faint lines at the ticks of one axis, behind the data."""
    axes.grid(axis="x" if axis == "x" else "y", color=INK, alpha=0.14, linewidth=0.7)
    axes.set_axisbelow(True)


def places(names: Iterable[str], order: Sequence[str]) -> list[int]:
    """Give each network its place among all of the page, so that it looks the same in every figure."""
    return [order.index(name) if name in order else place for place, name in enumerate(names)]


def colour(series: int) -> str:
    """Give the colour of a network by its place."""
    return SERIES[series % len(SERIES)]


def mark(series: int) -> str:
    """Give the marker of a network by its place."""
    return _MARKERS[series % len(_MARKERS)]


def line_look(series: int) -> dict[str, Any]:
    """Tell a line apart by colour, dash and marker; the three have cycles of different length."""
    return {
        "color": colour(series),
        "linestyle": _DASHES[series % len(_DASHES)],
        "marker": mark(series),
        "markersize": 4.5,
        "linewidth": 1.8,
        "clip_on": False,
    }


def offset_ticks(axis: Axis, offsets: Sequence[int], side: float) -> None:
    """Name the columns or rows of a map by their offsets; where cells are narrow, only some."""
    # an offset of two digits with its sign takes 17 points, and an even step is easier to count on
    step = next(step for step in (1, 2, 5, 10, 20, 50, len(offsets)) if step * side >= 17 or step >= len(offsets))
    shown = [offset for offset in offsets if offset % step == 0]
    axis.set_ticks([offsets.index(offset) for offset in shown], [signed(offset) for offset in shown])


def zero_line(axes: Axes) -> None:
    """Draw an upright line at 0, where two things do not differ."""
    axes.axvline(0, color=INK, alpha=0.55, linewidth=1.0, zorder=0.5)


def legend_rows(names: Sequence[str], width: float, *, dots: bool = False) -> int:
    """Give how many lines a legend of these names takes in so many points; none for a single name."""
    return -(-len(names) // _legend_columns(names, width, dots)) if len(names) > 1 else 0


def legend(axes: Axes, names: Sequence[str], width: float, looks: Sequence[dict[str, Any]], beyond: float = 0) -> None:
    """Name the series above the axes; a single one needs no name.

    Args:
        width: of the legend.
        looks: of the series, by `line_look` or `dot_look`.
        beyond: how far it reaches past the axes on the right.
    """
    if len(names) < 2:
        return
    handles = [Line2D([], [], **look, label=legend_name(name)) for name, look in zip(names, looks, strict=True)]
    corner = 1 + beyond / axes.bbox.width, 1 + 7 / axes.bbox.height
    dots = looks[0]["linestyle"] == "none"
    short = {"handlelength": 1.0, "handletextpad": 0.4} if dots else {}
    axes.legend(
        handles=handles, loc="lower right", bbox_to_anchor=corner, ncols=_legend_columns(names, width, dots), **short
    )


def legend_name(name: str) -> str:
    """Give a network's name as a legend shows it."""
    return shortened(name, 28)


def dot_look(series: int, *, hollow: bool = False) -> dict[str, Any]:
    """Tell a dot apart by colour and marker; a hollow one shows the page inside."""
    return {
        "color": colour(series),
        "marker": mark(series),
        "markersize": 5.5,
        "linestyle": "none",
        "clip_on": False,
        **({"markerfacecolor": "none", "markeredgewidth": 1.4} if hollow else {}),
    }


def cell(axes: Axes, column: int, row: int, **look: Any) -> None:
    """Fill a cell, leaving a hair of the page between neighbours."""
    _box(axes, column, row, 0.45, linewidth=0, **look)


def shaded(axes: Axes, column: int, row: int, share: float, text: str, *, bold: bool = False) -> None:
    """Draw a cell whose opacity is its share, so that it reads on a light and on a dark page."""
    cell(axes, column, row, facecolor=SHADE, alpha=round(share, 3))
    # from there on white has more contrast than the ink of a light page, and enough on a dark one
    number(axes, column, row, text, "#ffffff" if share > 0.72 else INK, bold=bold)


def number(axes: Axes, column: int, row: int, text: str, ink: str, *, bold: bool = False) -> None:
    """Write a short text into a cell."""
    if text:
        size, weight = _number_size(min(_side(axes))), "bold" if bold else "normal"
        axes.text(column, row, text, color=ink, size=size, weight=weight, ha="center", va="center_baseline")


def frame(axes: Axes, column: int, row: int, ink: str, *, dashed: bool = False) -> None:
    """Draw a frame inside a cell."""
    style = (0, (2, 1.4)) if dashed else "solid"
    _box(axes, column, row, 1.7, fill=False, edgecolor=ink, linewidth=1.4, linestyle=style)


def fits(text: str, side: float) -> bool:
    """Say whether a number of this length can be read in a cell: it must not be too wide, nor too small."""
    return len(text) * 0.58 * _number_size(side) <= 0.94 * side and _number_size(side) >= READABLE


def label_width(names: Sequence[str], size: float = TEXT, limit: int = 14) -> float:
    """Estimate the room of the longest label, cut at `limit` letters; the reader's font is not known here."""
    return 0.56 * size * max(len(shortened(name, limit)) for name in names)


def hexed(rgb: Rgb) -> str:
    """Spell a colour as a page does."""
    return "#" + "".join(f"{round(255 * part):02x}" for part in rgb.tolist())


def svg(figure: Figure, key: str, label: str, grid: tuple[float, float, float] | None = None) -> str:
    """Give the figure as SVG that can stand in a page.

    Args:
        key: starts the ids of the figure.
        label: what it shows, for those who do not see it.
        grid: left, top and side of its cells.
    """
    out = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with mpl.rc_context({"svg.hashsalt": key}):
        figure.savefig(out, format="svg", metadata=nothing, transparent=True)
    return inlined(out.getvalue(), key=key, label=label, grid=grid)


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


def _legend_columns(names: Sequence[str], width: float, dots: bool) -> int:
    """Give into how many columns a legend goes; it is filled column by column, each as wide as its longest name."""
    widths = [0.56 * TEXT * len(legend_name(name)) + (24 if dots else 40) for name in names]
    for columns in range(len(names), 1, -1):
        tall = -(-len(names) // columns)
        if sum(max(widths[start : start + tall]) for start in range(0, len(names), tall)) <= width:
            return columns
    return 1


def _number_size(side: float) -> float:
    return min(TEXT, 0.42 * side + 1)
