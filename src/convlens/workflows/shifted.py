"""One picture at every shift, as two figures hold it: a strip of the moves sideways, and a board of all of them."""

import numpy as np

from convlens.arrays import Image, Predict
from convlens.audit.one_image import probabilities_by_shift
from convlens.audit.placing import placed
from convlens.audit.shifts import grid, line
from convlens.report.content import Board, Filmstrip


def strip_and_board(
    predict: Predict, image: Image, true_label: int | None, *, radius: int, border: str, fill: int = 0
) -> tuple[Filmstrip, Board]:
    """Ask what a model says to a picture at all (2R+1)² shifts; the strip is the middle row of the board.

    Args:
        true_label: None where nobody knows it: the figures then hold the answers against the unmoved picture's.
        radius: the largest shift R in pixels.
    """
    shifts, along = grid(radius), line(radius)
    everywhere = probabilities_by_shift(predict, image, shifts, border=border, fill=fill)
    label = int(everywhere[shifts.origin].argmax()) if true_label is None else true_label
    copies = np.repeat(image[None], len(along), axis=0)
    moved = placed(copies, along.dx, along.dy, radius=radius, border=border, fill=fill)
    strip = Filmstrip(moved, tuple(along.dx.tolist()), everywhere[shifts.dy == 0], label, border)
    return strip, Board(tuple(shifts.dx.tolist()), tuple(shifts.dy.tolist()), everywhere, label, border)
