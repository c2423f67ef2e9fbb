"""One image under many shifts: what the heat map shows."""

import numpy as np

from convlens.arrays import Image, Predict, Probabilities, softmax
from convlens.audit.answers import checked_logits
from convlens.audit.shifts import Shifts
from convlens.augment.geometry import translate


def probabilities_by_shift(
    predict: Predict, image: Image, shifts: Shifts, *, border: str, fill: int = 0
) -> Probabilities:
    """Give the probability of each class at each shift, (S, classes), each row summing to 1.

    Args:
        border: what comes in where content has moved away, one of `BORDERS`.
        fill: its grey level, for the border rule "zeros".

    Raises:
        SettingsError: an unknown border rule, or a grey level outside 0–255.
        ShapeError: the model's answers are not (N, classes ≥ 2).
        ConvlensError: they are not finite.
    """
    copies = np.repeat(image[None], len(shifts), axis=0)
    return softmax(checked_logits(predict, translate(copies, shifts.dx, shifts.dy, border=border, fill=fill)))
