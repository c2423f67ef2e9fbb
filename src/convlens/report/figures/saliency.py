"""A saliency map beside its picture and its deletion curve, with what the checks say."""

import textwrap

import numpy as np
from jaxtyping import UInt8
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from convlens.arrays import Image
from convlens.explain.saliency.results import Checked, Deletion, Map
from convlens.report.colours import SERIES
from convlens.report.figures import drawing as draw
from convlens.report.figures.palettes import palette
from convlens.report.findings.saliency import NAMES, checked_in_words, settings_in_words
from convlens.report.scales import NOTHING, Meaning, common_scale, levels
from convlens.report.shrinking import shrunk, shrunk_picture
from convlens.report.words import number, shortened

MOST_PX = 96
"""A larger picture and its map are drawn smaller, each pixel the mean of a block."""

_SIDE, _GAP, _BAR, _LEFT, _HEAD, _FOOT = 124.0, 10.0, 8.0, 4.0, 18.0, 36.0
_PLOT, _LINE, _LETTERS = 136.0, 13.0, 84


@draw.in_one_style
def saliency_map(picture: Image, checked: Checked, class_name: str, *, key: str = "saliency") -> str:
    """Draw picture, map with its legend, and deletion curve with the band of random orders; a label where it failed.

    Maps with a sign are blue below 0, white at 0 and red above, with limits as far from 0 on both sides; others rise
    from 0. The label stands above, in bold, and the map of a failed check is crossed by a dashed frame too.
    """
    told = textwrap.wrap(checked.label, _LETTERS)
    head = _LINE * len(told) + (6 if told else 0)
    width, height = _LEFT + 2 * _SIDE + 3 * _GAP + _BAR + 88 + _PLOT, head + _HEAD + _SIDE + _FOOT
    figure = draw.new_figure(width, height)
    for place, line in enumerate(told):
        at = 1 - (_LINE * (place + 0.8)) / height
        figure.text(_LEFT / width, at, line, weight="bold", color=SERIES[1], va="baseline")
    seen = draw.axes_at(figure, _LEFT, _FOOT, _SIDE, _SIDE)
    _picture(seen, shrunk_picture(picture, MOST_PX)[0], "the picture")
    seen.set_xlabel(f"random weights ρ {checked.randomisation.likeness:.2f}".replace("-", "−"))
    left = _LEFT + _SIDE + _GAP
    axes = draw.axes_at(figure, left, _FOOT, _SIDE, _SIDE)
    _map(figure, axes, checked, left)
    axes.set_title(f"{NAMES[checked.map.method]}, {shortened(class_name)}")
    axes.set_xlabel(settings_in_words(checked))
    _curve(draw.axes_at(figure, width - _PLOT - 14, _FOOT, _PLOT, _SIDE), checked.deletion)
    return draw.svg(figure, key, checked_in_words(checked, class_name))


def coloured(values: Map, signed: bool) -> UInt8[np.ndarray, "height width 3"]:
    """Give a map in colours: diverging around 0 with limits as far on both sides, or rising from 0."""
    meaning, single = _meaning(signed), values.astype(np.float32)
    found: UInt8[np.ndarray, "height width 3"] = palette(meaning)[
        levels(single, common_scale(meaning, single)).astype(np.int64) - NOTHING - 1
    ]
    return found


def _meaning(signed: bool) -> Meaning:
    return "signed" if signed else "positive"


def _map(figure: Figure, axes: Axes, checked: Checked, left: float) -> None:
    """Draw the map and its legend, with a tick at 0."""
    values = shrunk(checked.map.values[None].astype(np.float32), MOST_PX)[0].astype(np.float64)
    _picture(axes, coloured(values, checked.map.signed), "")
    limit = float(np.abs(values).max())
    low = -limit if checked.map.signed else 0.0
    if checked.reasons:
        for spine in axes.spines.values():
            spine.set(visible=True, color=SERIES[1], linestyle=(0, (3, 2)), linewidth=2)
    bar = draw.axes_at(figure, left + _SIDE + 5, _FOOT, _BAR, _SIDE)
    ramp = palette(_meaning(checked.map.signed))[:, None]
    bar.imshow(ramp, origin="lower", aspect="auto", extent=(0, 1, 0, 1), interpolation="none")
    bar.set_xticks([])
    bar.yaxis.tick_right()
    ticks = [low, 0.0, limit] if low < 0 else [0.0, limit]
    bar.set_yticks(np.linspace(0, 1, len(ticks)) if limit else [], [number(one) for one in ticks] if limit else [])
    bar.tick_params(axis="y", pad=3)


def _curve(axes: Axes, deletion: Deletion) -> None:
    """Draw the probability as the map's pixels go, over the range of all random orders and their mean."""
    share = 100 * deletion.fractions
    low, high = deletion.random.min(axis=0), deletion.random.max(axis=0)
    axes.fill_between(share, 100 * low, 100 * high, color=SERIES[5], alpha=0.25, linewidth=0)
    axes.plot(share, 100 * deletion.random.mean(axis=0), color=SERIES[5], linewidth=1.4, linestyle=(0, (5, 2)))
    axes.plot(share, 100 * deletion.curve, color=SERIES[0], linewidth=1.8)
    axes.set(xlim=(0, 100), ylim=(0, 100))
    axes.set_xticks([0, 50, 100])
    axes.set_yticks([0, 50, 100])
    axes.set_xlabel("pixels replaced, %")
    axes.set_ylabel("probability, %", labelpad=0)
    ends = ((0, "left", f"map {deletion.area:.3f}", 0), (100, "right", f"random {deletion.random_areas.mean():.3f}", 5))
    for x, side, told, series in ends:
        axes.text(x, 104, told, color=SERIES[series], ha=side)
    draw.rules(axes)


def _picture(axes: Axes, pixels: np.ndarray, title: str) -> None:
    shown = pixels.repeat(3, axis=2) if pixels.shape[2] == 1 else pixels
    axes.imshow(shown, interpolation="none", aspect="equal")
    axes.set_xticks([])
    axes.set_yticks([])
    if title:
        axes.set_title(title)
