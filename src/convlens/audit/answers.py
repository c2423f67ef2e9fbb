"""The door where a model's answers come in: checked here, trusted behind."""

from typing import Any

import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

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
    single: Logits = finite(logits)
    return single


def class_logits(predict: Predict, images: Images, class_names: tuple[str, ...]) -> Logits:
    """Ask the model and give its logits as float32, one for each class.

    Raises:
        ShapeError: the answer is not (N, classes).
        ConvlensError: a logit is not finite.
    """
    logits = checked_logits(predict, images)
    _require_classes(logits.shape[1], class_names)
    return logits


def checked_sweep(
    answer: object, count: int, cells: int, class_names: tuple[str, ...]
) -> Float32[np.ndarray, "n s classes"]:
    """Give the logits of a sweep over some images as float32.

    Raises:
        ShapeError: they are not (images, cells, classes).
        ConvlensError: a logit is not finite.
    """
    logits = np.asarray(answer)
    if logits.ndim != 3 or logits.shape[:2] != (count, cells) or logits.dtype.kind not in "fiu":
        raise ShapeError(
            f"a sweep wants logits (images, shifts, classes), here ({count}, {cells}, {len(class_names)}), "
            f"got {logits.dtype} {logits.shape}"
        )
    _require_classes(logits.shape[2], class_names)
    single: Float32[np.ndarray, "n s classes"] = finite(logits)
    return single


def finite(logits: NDArray[Any]) -> Any:
    """Give logits as float32.

    Raises:
        ConvlensError: one is NaN or infinite; the sentence says for how many images.
    """
    with np.errstate(over="ignore"):  # what overflows is caught as infinite below
        single = logits.astype(np.float32)
    if not np.isfinite(single).all():
        bad = int(np.count_nonzero(~np.isfinite(single).reshape(len(single), -1).all(axis=1)))
        raise ConvlensError(
            f"the model gave logits that are not finite for {bad} of {len(single)} images; check its weights"
        )
    return single


def _require_classes(count: int, class_names: tuple[str, ...]) -> None:
    if count != len(class_names):
        raise ShapeError(
            f"the model answers with {count} classes, but the data have {len(class_names)} "
            f"({', '.join(class_names)}); audit it on the data it was trained for"
        )
