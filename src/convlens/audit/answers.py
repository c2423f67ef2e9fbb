"""The door where a model's answers come in: checked here, trusted behind."""

import numpy as np

from convlens.arrays import Images, Logits, Predict
from convlens.errors import ConvlensError, ShapeError


def checked_logits(predict: Predict, images: Images) -> Logits:
    """Ask the model and give its logits as float32.

    Raises:
        ShapeError: the answer is not (N, classes) with two classes or more.
        ConvlensError: a logit is not finite.
    """
    answer: object = predict(images)
    logits = np.asarray(answer)
    came = f"{logits.dtype} {logits.shape} for {len(images)} images"
    if logits.ndim != 2 or len(logits) != len(images) or logits.dtype.kind not in "fiu":
        raise ShapeError(f"an audit wants one row of logits per image, (N, classes) of numbers, got {came}")
    if logits.shape[1] < 2:
        raise ShapeError(
            f"an audit wants logits of two classes or more, got {came}; "
            "a one-logit head z must be given as the two columns (0, z)"
        )
    with np.errstate(over="ignore"):  # what overflows is caught as infinite below
        single: Logits = logits.astype(np.float32)
    if not np.isfinite(single).all():
        bad = int(np.count_nonzero(~np.isfinite(single).all(axis=1)))
        raise ConvlensError(
            f"the model gave logits that are not finite for {bad} of {len(images)} images; check its weights"
        )
    return single
