"""One picture moved: the probability of each class, and which class wins where."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from convlens.report.colours import INK, SERIES
from convlens.report.content import Board, Filmstrip
from convlens.report.figures import drawing as draw
from convlens.report.findings.pictures import board_in_words, classes_shown, strip_in_words, winners_of
from convlens.report.words import percent, short_names, shortened, signed


@draw.in_one_style
def probability_map(filmstrip: Filmstrip, class_names: Sequence[str], *, key: str = "probabilities") -> str:
    """Draw one network's probabilities in per cent, classes across, shifts down; each row's winner is framed.

    With many classes only the likeliest are drawn, and the true one; the figure says so.
    """
    shown = classes_shown(filmstrip)
    rows, side = len(filmstrip.offsets), min(draw.PLOT / len(shown), 60.0)
    tall, left, foot = min(side, 24.0), 44.0, 22.0 if len(shown) < len(class_names) else 4.0
    names = [shortened(class_names[index]) for index in shown]
    upright = draw.label_width(names) < side
    slanted = 8.0 if upright else 0.72 * draw.label_width(names)
    figure = draw.new_figure(left + len(shown) * side + max(4, slanted - side / 2), slanted + 16 + rows * tall + foot)
    axes = draw.grid_at(figure, len(shown), rows, side, left, slanted + 16, tall)
    true = shown.index(filmstrip.true_label)
    axes.add_patch(Rectangle((true - 0.5, -0.74), 1, 0.12, facecolor=SERIES[1], linewidth=0, clip_on=False))
    for row, probabilities in enumerate(filmstrip.probabilities):
        winner = int(probabilities.argmax())
        for column, index in enumerate(shown):
            share = float(probabilities[index])
            draw.shaded(axes, column, row, share, f"{100 * share:.0f}", bold=index == winner)
            if index == winner:
                draw.frame(axes, column, row, INK)
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
    return draw.svg(figure, key, strip_in_words(filmstrip, class_names))


@draw.in_one_style
def winner_map(board: Board, class_names: Sequence[str], *, order: Sequence[int] = (), key: str = "winners") -> str:
    """Draw which class wins at every shift: letters in each cell, the true class plain, each other one tinted.

    Beyond six other classes the rest are hatched; a list below the map explains the letters.

    Args:
        order: classes that have the first letters and tints, so that several maps have the same ones.
    """
    across, down = sorted(set(board.dx)), sorted(set(board.dy))
    winners = winners_of(board)
    known = list(dict.fromkeys([board.true_label, *order, *winners]))
    letters = dict(zip(known, short_names([class_names[index] for index in known]), strict=True))
    looks = dict(zip(known, [{}, *(_tint(place) for place in range(len(known) - 1))], strict=True))
    listed = [index for index in known if index in winners or index == board.true_label]
    side, left, top = draw.PLOT / max(len(across), len(down)), 44.0, 4.0
    height, entries = len(down) * side, -(-len(listed) // 2)
    figure = draw.new_figure(max(left + len(across) * side + 4, 340), top + height + 42 + 17 * entries)
    axes = draw.grid_at(figure, len(across), len(down), side, left, top)
    for x, y, winner in zip(board.dx, board.dy, board.probabilities.argmax(axis=1).tolist(), strict=True):
        _winner(axes, (across.index(x), down.index(y)), letters[winner], looks[winner], side)
        if (x, y) == (0, 0):
            draw.frame(axes, across.index(x), down.index(y), INK)
    for axis, offsets in ((axes.xaxis, across), (axes.yaxis, down)):
        draw.offset_ticks(axis, offsets, side)
    axes.set_xlabel("picture moved right by … px")
    axes.set_ylabel("moved down by … px")
    key_axes = draw.grid_at(figure, 2, entries, 148, left, top + height + 42, 17)
    for place, index in enumerate(listed):
        said = f"{shortened(class_names[index], 20)}, {winners.get(index, 0)}"
        _entry(key_axes, place, letters[index], looks[index], said, bold=index == board.true_label)
    key_axes.set_axis_off()
    return draw.svg(figure, key, board_in_words(board, class_names))


def _tint(place: int) -> dict[str, Any]:
    """Give the look of the other classes: a colour each, then a hatch."""
    if place < len(SERIES):
        return {"facecolor": SERIES[place], "alpha": 0.42}
    return {"facecolor": "none", "edgecolor": INK, "alpha": 0.35, "hatch": ("///", "\\\\\\", "xxx")[place % 3]}


def _winner(axes: Axes, place: tuple[int, int], letters: str, look: dict[str, Any], side: float) -> None:
    if look:
        draw.cell(axes, *place, **look)
    if draw.fits(letters, side):
        draw.number(axes, *place, letters, INK)


def _entry(axes: Axes, place: int, letters: str, look: dict[str, Any], said: str, *, bold: bool) -> None:
    """Explain one class: a swatch with its letters, its name and in how many cells it wins."""
    column, row = place % 2, place // 2
    x, y = column - 0.5, row - 0.44
    if look:
        axes.add_artist(Rectangle((x, y), 22 / 148, 0.88, clip_on=False, linewidth=0, **look))
    axes.text(x + 11 / 148, row, letters, size=9, ha="center", va="center_baseline")
    axes.text(x + 28 / 148, row, said, va="center_baseline", weight="bold" if bold else "normal")
