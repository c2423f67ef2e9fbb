"""The receptive field of a number on its picture: the pixels it can depend on, their box, and the holes."""

import numpy as np
from jaxtyping import Bool, Float64
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle

from convlens.arrays import Image
from convlens.explain.boxes import Pixels, box_around
from convlens.explain.boxes import field_in_words as field_in_words
from convlens.report.colours import INK, SERIES
from convlens.report.figures import drawing as draw
from convlens.report.words import shortened

VEIL = (0.5, 0.5, 0.5, 0.72)
"""Lies over the pixels that do not count; a grey that veils light and dark ones alike."""


@draw.in_one_style
def receptive_field(image: Image, pixels: Pixels, name: str, *, key: str = "field") -> str:
    """Draw a picture on which the pixels outside a receptive field are veiled; a line runs around the field.

    Where the field has holes, or does not fill a rectangle, a dashed line shows the rectangle around it.

    Args:
        name: of the number, such as "conv2:0,3,3".
    """
    height, width = pixels.shape
    side = draw.PLOT / max(height, width)
    figure = draw.new_figure(width * side + 48, height * side + 40)
    axes = draw.grid_at(figure, width, height, side, 40, 6)
    grey = image.shape[2] == 1
    shown = image[:, :, 0] if grey else image
    axes.imshow(shown, cmap="gray" if grey else None, vmin=0, vmax=255, interpolation="none", aspect="auto")
    veil = np.zeros((height, width, 4))
    veil[~pixels] = VEIL
    axes.imshow(veil, interpolation="none", aspect="auto")
    axes.add_collection(LineCollection(list(outline(pixels)), colors=SERIES[1], linewidths=1.6, capstyle="projecting"))
    box = box_around(pixels)
    if box is not None:
        if int(pixels.sum()) < box.height * box.width:
            corner, wide, tall = (box.left - 0.8, box.top - 0.8), box.width + 0.6, box.height + 0.6
            around = Rectangle(corner, wide, tall, clip_on=False, fill=False, edgecolor=SERIES[0])
            around.set(linewidth=1.4, linestyle=(0, (4, 2)))
            axes.add_artist(around)
        axes.set_xticks(sorted({box.left, box.right}))
        axes.set_yticks(sorted({box.top, box.bottom}))
    else:
        axes.set(xticks=[], yticks=[])
    axes.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    axes.set_xlabel(field_in_words(pixels, shortened(name, 28)), loc="left", color=INK)
    return draw.svg(figure, key, field_in_words(pixels, name, at_length=True))


def outline(pixels: Pixels) -> Float64[np.ndarray, "lines 2 2"]:
    """Give the lines that part marked pixels from others, each from (x, y) to (x, y); pixel (0, 0) is centred at 0."""
    framed = np.pad(pixels, 1)
    y, left, right = _runs(framed[1:] != framed[:-1])
    across = np.stack([np.stack([left, y], 1), np.stack([right, y], 1)], axis=1)
    x, top, bottom = _runs((framed[:, 1:] != framed[:, :-1]).T)
    down = np.stack([np.stack([x, top], 1), np.stack([x, bottom], 1)], axis=1)
    # the frame's first pixel lies at −1, and a line half a pixel after the one that it follows
    lines: Float64[np.ndarray, "lines 2 2"] = np.concatenate([across, down]) - 0.5
    return lines


def _runs(marked: Bool[np.ndarray, "rows columns"]) -> tuple[Float64[np.ndarray, " runs"], ...]:
    """Give the row of each run of marks, where it starts, and where the next mark would be."""
    steps = np.diff(np.pad(marked, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(steps == 1)
    _, ends = np.nonzero(steps == -1)
    return rows.astype(np.float64), starts - 1.0, ends - 1.0
