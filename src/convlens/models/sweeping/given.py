"""The door of a sweep: a network without a card gets one, and pairs of numbers become shifts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import nn

from convlens.arrays import Images, Pixels
from convlens.errors import SettingsError, ShapeError
from convlens.models.answering import columns_of
from convlens.models.card import Card, Head
from convlens.models.modes import evaluating
from convlens.models.sweeping.canvas import seen_size
from convlens.models.tensors import tensors
from convlens.models.weights import Classifier

PerChannel: TypeAlias = float | Sequence[float] | None


@dataclass(frozen=True, eq=False)
class Moves:
    """Shifts in the order in which they were given.

    Attributes:
        dx: pixels to the right, one for each.
        dy: pixels down.
        radius: the largest along an axis.
    """

    dx: Pixels
    dy: Pixels
    radius: int


def moves_of(pairs: Any) -> Moves:
    """Read a sequence of (dx, dy) pairs.

    Raises:
        SettingsError: it is none, it is empty, or a number is not whole.
    """
    wanted = (
        "shifts are wanted as convlens.audit.grid(R) or line(R), or as (dx, dy) pairs of whole pixels like "
        "[(0, 0), (1, 0)]"
    )
    try:
        numbers = np.asarray(pairs)
    except ValueError as error:  # rows of different lengths
        raise SettingsError(f"{wanted}, got rows of different lengths") from error
    if numbers.ndim != 2 or numbers.shape[1] != 2 or not len(numbers) or numbers.dtype.kind not in "iu":
        shown = repr(pairs)
        raise SettingsError(f"{wanted}, got {shown if len(shown) <= 80 else shown[:80] + '…'}")
    dx, dy = numbers.astype(np.int64).T
    return Moves(dx, dy, int(np.abs(numbers.astype(np.int64)).max()))


def classifier_of(
    model: Any,
    images: Images,
    radius: int,
    border: str,
    *,
    mean: PerChannel = None,
    std: PerChannel = None,
    device: torch.device | str = "cpu",
) -> Classifier:
    """Give a network with a card: its own, or one made for pictures of the size that the border rule shows.

    Args:
        mean: of each channel of pictures scaled to 0..1, or one number for all; 0 when None.
        std: likewise; 1 when None.

    Raises:
        SettingsError: the model is neither a network nor a `Classifier`, a mean or deviation does not fit the channels,
            or is given beside a card, which has them.
        ShapeError: the network does not read such pictures, or gives no row of logits for each.
    """
    if isinstance(model, Classifier):
        if mean is not None or std is not None:
            raise SettingsError("this network's card says its mean and std already; leave them out here")
        return model
    if not isinstance(model, nn.Module):
        raise SettingsError(
            f"a sweep wants a torch network or a Classifier, got a {type(model).__name__}; "
            "convlens.models.create makes a network, and convlens.models.load reads one from its weights file"
        )
    size, channels = seen_size(images.shape[1:3], radius, border), images.shape[3]
    means, deviations = _per_channel("mean", mean, 0.0, channels), _per_channel("std", std, 1.0, channels)
    if min(deviations) <= 0:
        raise SettingsError(f"std is a number above 0 for each channel, got {std!r}")
    model.to(torch.device(device))
    blank = tensors(np.zeros((1, *size, channels), np.uint8), means, deviations, device)
    try:
        with evaluating(model), torch.inference_mode():
            columns = columns_of(model(blank)).shape[1]
    except (RuntimeError, ValueError) as error:
        raise ShapeError(
            f"the network cannot read pictures of {size[0]}×{size[1]} pixels with {channels} channel(s) ({error}); "
            "give images of the size that it reads"
        ) from error
    names = tuple(map(str, range(max(2, columns))))
    head: Head = "sigmoid" if columns == 1 else "softmax"
    return Classifier(model, Card(type(model).__name__, names, size, channels, head, means, deviations))


def _per_channel(name: str, value: PerChannel, default: float, channels: int) -> tuple[float, ...]:
    given = default if value is None else value
    numbers = np.asarray(given, np.float64)
    if numbers.ndim == 0:
        return (float(numbers),) * channels
    if numbers.shape != (channels,):
        raise SettingsError(f"{name} is one number, or one for each of {channels} channel(s), got {value!r}")
    return tuple(map(float, numbers))
