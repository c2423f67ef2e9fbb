"""The door where pictures, labels and a model come in: checked here, trusted behind."""

from typing import Any

import numpy as np

from convlens.arrays import Images, Labels, Predict
from convlens.audit.checks import trusted_columns
from convlens.errors import SettingsError, ShapeError
from convlens.models.given_images import checked_images

MANY = 10
"""So many class names are listed in a sentence."""


def checked_pairs(images: object, labels: object) -> tuple[Images, Labels]:
    """Give pictures and their labels as an audit takes them; labels of other whole numbers become int64.

    Raises:
        ShapeError: the pictures are not (N, H, W, C) uint8, there are none, or not as many labels, one number each.
    """
    pictures = checked_images(images)
    if not isinstance(labels, np.ndarray) or labels.ndim != 1 or (labels.dtype.kind not in "iu" and labels.size):
        came = f"{labels.dtype} {labels.shape}" if isinstance(labels, np.ndarray) else f"a {type(labels).__name__}"
        raise ShapeError(
            f"labels are wanted as a NumPy array (N,) of whole numbers from 0, one for each image, got {came}; "
            "give numpy.array(labels) with the number of each class"
        )
    count = len(pictures)
    if count < 1 or len(labels) != count:
        raise ShapeError(f"an audit wants images and one label each, got {count} images and {len(labels)} labels")
    return pictures, labels.astype(np.int64)


def checked_names(
    predict: Predict, images: Images, class_names: tuple[str, ...] | None, *, tried: bool = False
) -> tuple[str, ...]:
    """Give the name of each column of a model's answers: "0", "1", … where nobody named them.

    Args:
        images: the pictures, a few of which the model is tried on.
        tried: it was seen before that the model answers as an audit needs it, for which it need not be asked again.

    Raises:
        ShapeError: the model's answers are not (N, classes ≥ 2), or there is another number of names.
        ConvlensError: the answers are not finite, or one picture gets several.
    """
    if tried and class_names is not None:
        return class_names
    columns = trusted_columns(predict, images)
    if class_names is None:
        return tuple(map(str, range(columns)))
    if len(class_names) != columns:
        shown = ", ".join(class_names[:MANY]) + (", …" if len(class_names) > MANY else "")
        raise ShapeError(
            f"the model gives {columns} columns of logits, but there are {len(class_names)} class names ({shown}); "
            "give one name for each column, in their order"
        )
    return class_names


def require_usable(images: object, labels: object, class_names: tuple[str, ...], batch_size: int) -> Labels:
    """Give the labels, and refuse what cannot be audited.

    Raises:
        ShapeError: the pictures are not (N, H, W, C) uint8, there are none, or the labels do not fit them.
        SettingsError: a batch of no image.
    """
    _, numbers = checked_pairs(images, labels)
    last = len(class_names) - 1
    if numbers.min() < 0 or numbers.max() > last:
        raise ShapeError(f"an audit wants labels from 0 to {last}, got {numbers.min()} to {numbers.max()}")
    if batch_size < 1:
        raise SettingsError(f"an audit wants a batch of at least one image, got batch_size {batch_size!r}")
    return numbers


def require_function(predict: Any) -> None:
    """Refuse what is no function from pictures to logits.

    Raises:
        ShapeError: it is a torch network, or nothing that can be called; the sentence says how to make one.
    """
    wanted = "an audit wants a function from images (N, H, W, C) uint8 to logits (N, classes)"
    make = "make one of a torch network with convlens.models.predictor(module, card)"
    # Told by its methods: audits load without torch. A module can be called, but wants other tensors.
    if hasattr(predict, "state_dict") and hasattr(predict, "forward"):
        raise ShapeError(f"{wanted}, got the torch module {type(predict).__name__}; {make}")
    if not callable(predict):
        raise ShapeError(f"{wanted}, got a {type(predict).__name__}; {make}")
