"""One image under many shifts: what the heat map shows."""

import numpy as np

from convlens.arrays import Image, Predict, Probabilities, softmax
from convlens.audit.answers import checked_logits
from convlens.audit.given import require_function
from convlens.audit.placing import placed
from convlens.audit.shifts import Shifts
from convlens.models.given_images import checked_images


def probabilities_by_shift(
    predict: Predict, image: Image, shifts: Shifts, *, border: str, fill: int = 0
) -> Probabilities:
    """Give the probability of each class at each shift, (S, classes), each row summing to 1.

    Args:
        border: what comes in where content has moved away, one of `PLACINGS`; for "crop" the image is the larger one.
        fill: its grey level, for the border rules "zeros" and "canvas".

    Raises:
        SettingsError: an unknown border rule, or a grey level outside 0–255.
        ShapeError: the image is not (H, W, C) uint8, or the model's answers are not (N, classes ≥ 2).
        ConvlensError: they are not finite.
    """
    require_function(predict)
    copies = np.repeat(checked_images(np.asarray(image)[None]), len(shifts), axis=0)
    moved = placed(copies, shifts.dx, shifts.dy, radius=shifts.radius, border=border, fill=fill)
    return softmax(checked_logits(predict, moved))
