"""A picture as it enters a network: a batch of one, in the network's own dtype."""

import numpy as np
import torch
from torch import Tensor, nn

from convlens.errors import ShapeError
from convlens.explain.words import counted, sides
from convlens.models.card import Card


def entered(image: Tensor | np.ndarray, module: nn.Module, card: Card | None) -> Tensor:
    """Give a picture as a batch of one, in the network's own dtype and place.

    Raises:
        ShapeError: it is no such picture.
    """
    batch, shape = image if isinstance(image, Tensor) else torch.from_numpy(np.array(image)), sides(image.shape)
    if batch.ndim == 3:
        batch = batch[None]
    if batch.ndim != 4 or len(batch) != 1:
        raise ShapeError(f"one picture is wanted, C×H×W or 1×C×H×W; got the shape {shape}")
    channels = card.channels if card is not None else first_channels(module)
    came = tuple(batch.shape[1:])
    if channels is not None and came[0] != channels:
        if came[2] == channels or (came[2] in (1, 3, 4) and came[0] > came[2]):
            told, axes = ("N×", (0, 3, 1, 2)) if image.ndim == 4 else ("", (2, 0, 1))
            turn = "permute" if isinstance(image, Tensor) else "transpose"
            raise ShapeError(
                f"{told}C×H×W is wanted with {counted(channels)}, and {shape} looks like {told}H×W×C; bring the "
                f"channels before the rows with {turn}{axes}"
            )
        raise ShapeError(f"the network reads {counted(channels)}, and the picture {shape} has {came[0]}")
    if card is not None and came[1:] != tuple(card.size):
        raise ShapeError(
            f"the network reads pictures of {sides(card.size)} pixels, and this one has {sides(came[1:])}; resize it"
            " first"
        )
    like = next((one for one in module.parameters() if one.is_floating_point()), batch)
    return batch.to(like.device, like.dtype if like.is_floating_point() else torch.float32)


def picture_shape(module: nn.Module, shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Give channels, height and width of a picture from its shape, or from a batch's.

    Raises:
        ShapeError: it is no such shape, or has its channels last.
    """
    if len(shape) not in (3, 4) or min(shape) < 1:
        raise ShapeError(f"the shape of a picture is (channels, height, width), like (1, 28, 28); got {shape!r}")
    channels, height, width = shape[-3:]
    reads = first_channels(module)
    is_last = channels == height and width in (1, 3) if reads is None else channels != reads == width
    if is_last and channels > 4:
        meant = (*shape[:-3], width, channels, height)
        raise ShapeError(
            f"the shape of a picture is (channels, height, width), and {shape!r} looks like (height, width, channels); "
            f"write {meant!r}"
        )
    return channels, height, width


def first_channels(module: nn.Module) -> int | None:
    """Give the channels that a network reads, where it begins with a convolution; later ones read other numbers."""
    first = next((layer for layer in module.modules() if not any(layer.children())), None)
    return first.in_channels if isinstance(first, nn.Conv2d | nn.ConvTranspose2d) else None
