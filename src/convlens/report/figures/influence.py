"""The effective receptive field: how strongly each pixel moves a number, and the two rectangles that tell its size."""

from typing import Any

import numpy as np
from jaxtyping import Float64
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from convlens.report.colours import SERIES
from convlens.report.figures import drawing as draw
from convlens.report.figures.palettes import palette
from convlens.report.findings.influence import Corners, influence_in_short, influence_in_words
from convlens.report.scales import common_scale, levels
from convlens.report.words import percent


@draw.in_one_style
def influence_map(
    values: Float64[np.ndarray, "height width"],
    box: Corners,
    seen: Corners | None,
    name: str,
    *,
    share: float = 0.95,
    key: str = "influence",
) -> str:
    """Draw the influence of each pixel, rising from 0; a solid frame holds the share, a dashed one all that is seen.

    Args:
        values: sum up to 1.
        seen: the rectangle around the pixels that can have any influence; None where that is unknown.
        name: of the place, such as "the middle of conv2".
    """
    height, width = values.shape
    side = draw.PLOT / max(height, width)
    told = influence_in_short(box, seen, share)
    whole_width, whole_height = max(4 + width * side + 80, 0.52 * draw.TEXT * len(told)), height * side + 46
    figure = draw.new_figure(whole_width, whole_height)
    axes = draw.grid_at(figure, width, height, side, 4, 4)
    single = values.astype(np.float32)
    colours = palette("positive")[levels(single, common_scale("positive", single)).astype(np.int64) - 1]
    axes.imshow(colours, interpolation="none", aspect="auto")
    if seen is not None:
        _frame(axes, seen, 0.3, {"linestyle": (0, (4, 2))})
    _frame(axes, box, 0.0, {})
    axes.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5), xticks=[], yticks=[])
    figure.text(4 / whole_width, 20 / whole_height, told, va="baseline")
    bar = draw.axes_at(figure, 4 + width * side + 10, 42, 9, height * side)
    bar.imshow(palette("positive")[:, None], origin="lower", aspect="auto", extent=(0, 1, 0, 1), interpolation="none")
    bar.set_xticks([])
    bar.yaxis.tick_right()
    bar.set_yticks([0, 1], ["0", percent(float(values.max()))])
    return draw.svg(figure, key, influence_in_words(box, seen, name, share))


def _frame(axes: Axes, corners: Corners, beyond: float, look: dict[str, Any]) -> None:
    """Draw a frame around pixels: dark below, bright above, so that it is seen on any colour."""
    top, left, height, width = corners
    corner = left - 0.5 - beyond, top - 0.5 - beyond
    for colour, line in (("#000000", 3.2), (SERIES[1], 1.6)):
        frame = Rectangle(corner, width + 2 * beyond, height + 2 * beyond, clip_on=False, fill=False, edgecolor=colour)
        frame.set(linewidth=line, **look)
        axes.add_artist(frame)
