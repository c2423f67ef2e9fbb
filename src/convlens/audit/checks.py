"""Before a long audit: is this a function from each picture to its own logits?

A model whose answer to a picture depends on chance, or on which pictures stand beside it, changes its answers without
any shift: an audit would count that as a lack of robustness. A few pictures are enough to see it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from convlens.arrays import Images, Logits, Predict
from convlens.audit.answers import checked_logits
from convlens.errors import ConvlensError, ShapeError

SAMPLE = 16
"""So many pictures are looked at, spread evenly over the set."""

ALONE = 3
"""So many of them are shown alone too."""

AGAIN = {"fp32": 1e-4, "bf16": 2e-2}
"""Largest gap between two answers to the same batch, relative to the largest logit. The same sums in the same order are
equal to the last bit; a GPU may add in another order, which changes the last few of 24 bits (or of 8, in bf16). Dropout
or added noise changes whole per cents."""

BESIDE = {"fp32": 1e-2, "bf16": 5e-2}
"""Largest gap between the answers to a picture in two batches. Another batch size may choose another algorithm, some of
which round to 11 bits (TF32) in every layer; BatchNorm that uses its batch's own mean changes logits by tens of per
cents."""


def checked_predictor(
    predict: Predict, images: Images, classes: int | Sequence[str], *, precision: str = "fp32"
) -> Predict:
    """Give a model's function back when it answers a few pictures as an audit needs it.

    Args:
        images: the pictures, as the model sees them.
        classes: how many there are, or their names.
        precision: "fp32" or "bf16"; the latter rounds more, so larger gaps are allowed.

    Raises:
        ShapeError: an answer is not one row of logits for each picture, or has another number of classes.
        ConvlensError: a logit is not finite, or the answer to a picture is another one when it is asked for again, or
            when other pictures stand beside it. The sentence gives the picture and both answers.
    """
    _require_classes(trusted_columns(predict, images, precision=precision), classes)
    return predict


def trusted_columns(predict: Predict, images: Images, *, precision: str = "fp32") -> int:
    """Give the number of columns of a model's answers, when it answers a few pictures as an audit needs it.

    Args and errors are those of `checked_predictor`; any number of classes will do.
    """
    places = np.unique(np.linspace(0, len(images) - 1, SAMPLE).astype(int)) if len(images) else np.zeros(0, int)
    if not len(places):
        raise ShapeError("an audit wants images, got none")
    sample: Images = np.ascontiguousarray(images[places])
    first = _asked(predict, sample, places)
    again, beside = AGAIN[precision], BESIDE[precision]
    _require_equal(first, _asked(predict, sample, places), places, again, "asked the same twice")
    turned = _asked(predict, sample[::-1], places[::-1])[::-1]
    _require_equal(first, turned, places, beside, "with the other pictures of its batch in another order")
    for row in range(min(ALONE, len(places))):
        single = slice(row, row + 1)
        alone = _alone(predict, sample[single], places[single], len(places))
        words = f"among {len(places)} pictures and then alone"
        _require_equal(first[single], alone, places[single], beside, words)
    return int(first.shape[1])


def _asked(predict: Predict, images: Images, places: Any) -> Logits:
    """Ask about copies, so that a model that writes into what it is given does not change what it is asked next."""
    given: list[Any] = []

    def keeping(batch: Any) -> Any:
        given.append(predict(batch))
        return given[-1]

    try:
        return checked_logits(keeping, np.array(images))
    except ConvlensError as error:
        answer = np.asarray(given[-1]) if given else np.zeros(0)
        if isinstance(error, ShapeError) or answer.ndim != 2 or len(answer) != len(places):
            raise
        with np.errstate(over="ignore"):
            bad = int(np.flatnonzero(~np.isfinite(answer.astype(np.float32)).all(axis=1))[0])
        raise ConvlensError(
            f"the model's answer to picture {places[bad]} is not finite: {_spelled(answer[bad])}; check its weights, "
            "and the mean and standard deviation that its pictures are normalised with"
        ) from error


def _alone(predict: Predict, image: Images, places: Any, count: int) -> Logits:
    try:
        return _asked(predict, image, places)
    except ConvlensError:
        raise
    except Exception as error:
        raise ConvlensError(
            f"the model answers {count} pictures at once, but picture {places[0]} alone it cannot: "
            f"{' '.join(str(error).split())[:200]}; put it into evaluation mode, since BatchNorm in training mode "
            "needs several"
        ) from error


def _require_classes(columns: int, classes: int | Sequence[str]) -> None:
    count = classes if isinstance(classes, int) else len(classes)
    if columns == count:
        return
    named = "" if isinstance(classes, int) else f" ({', '.join(list(classes)[:10])}{', …' if count > 10 else ''})"
    raise ShapeError(
        f"the model answers with {columns} classes, but {count} are wanted{named}; "
        "tell with a class map which of its answers is which class"
    )


def _require_equal(first: Logits, second: Logits, places: Any, allowed: float, when: str) -> None:
    gaps = np.abs(first - second).max(axis=1)
    scale = max(float(np.abs(first).max()), float(np.abs(second).max()), 1e-6)
    row = int(gaps.argmax())
    if gaps[row] <= allowed * scale:
        return
    raise ConvlensError(
        f"the model gives picture {places[row]} two answers, {when}: {_spelled(first[row])} and then "
        f"{_spelled(second[row])}, a gap of {gaps[row] / scale:.2g} of its largest logit (at most {allowed:g} is "
        "rounding); put it into evaluation mode, and let chance and the batch have no part in its answers"
    )


def _spelled(row: Any) -> str:
    shown = ", ".join(f"{value:.4g}" for value in row[:5])
    return f"[{shown}{', …' if len(row) > 5 else ''}]"
