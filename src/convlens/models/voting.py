"""A vote over shifts: the network sees each picture in several places, and the mean of what it says counts."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from convlens.arrays import Images, Logits, Pixels, Predict
from convlens.errors import SettingsError
from convlens.models.sweep import ByShift
from convlens.models.sweeping.canvas import canvas, every_move, places, seen_size


@dataclass(frozen=True, eq=False)
class Moves:
    """All moves of up to `radius` pixels along both axes, row by row from the top left; `dx` right, `dy` down."""

    dx: Pixels
    dy: Pixels
    radius: int


def voting(
    predict: Predict, *, radius: int = 1, border: str = "zeros", fill: int = 0, by_shift: ByShift | None = None
) -> Predict:
    """Make a function that answers with the mean probabilities over the (2r+1)² moves of each picture.

    It gives their logarithms, so that they are logits whose softmax is the mean.

    Args:
        predict: from images (N, H, W, C) uint8 to logits.
        radius: the largest move in pixels: 1 asks 9 times, 2 asks 25 times.
        border: what comes in where content has moved away, as in an audit. Under "crop" the pictures are larger than
            what `predict` reads by the radius on each side.
        fill: for the border rules zeros and canvas: the grey level of the blank.
        by_shift: a cheaper way to the logits at all moves, such as `models.sweep.shared_sweep` gives.

    Raises:
        SettingsError: a radius below 0; when it is called, an unknown border rule or a grey level outside 0–255.
    """
    if radius < 0:
        raise SettingsError(f"a vote is over moves of 0 or more pixels, got a radius of {radius!r}")
    moves = Moves(*every_move(radius), radius)

    def vote(images: Images) -> Logits:
        if by_shift is not None:
            return mean_answer(by_shift(images, moves, border, fill))
        height, width = seen_size(images.shape[1:3], radius, border)
        surrounded = canvas(images, radius, border, fill)
        windows = (
            np.ascontiguousarray(surrounded[:, top : top + height, left : left + width])
            for top, left in places(moves.dx, moves.dy, radius)
        )
        return mean_answer(np.stack([predict(window) for window in windows], axis=1))

    return vote


def mean_answer(logits: Float32[np.ndarray, "n moves classes"]) -> Logits:
    """Give the logarithm of the mean of the moves' probabilities, for each image and class.

    Added up as logarithms: a probability too small for a float stays a large negative number.
    """
    exact = logits.astype(np.float64)
    log_probabilities = exact - np.logaddexp.reduce(exact, axis=2, keepdims=True)
    mean: Logits = np.logaddexp.reduce(log_probabilities, axis=1).astype(np.float32) - np.float32(
        math.log(logits.shape[1])
    )
    return mean
