"""What a saliency map explains: one number for one class of one picture."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from jaxtyping import Float, Float64
from torch import Tensor, nn

from convlens.errors import ShapeError, UnknownNameError
from convlens.models.modes import evaluating
from convlens.models.predict import two_columns

Picture = Float[Tensor, "1 channels height width"]
"""One picture as the network reads it."""

_UNREADABLE = (RuntimeError, ValueError, AssertionError, IndexError, TypeError)


def score(outputs: Float[Tensor, "n columns"], target: int) -> Float[Tensor, " n"]:
    """Give the logit of a class; of a one-logit head z, the log-odds of the class: −z for the first, z for the second.

    The zero that stands for the first class of such a head moves with no pixel, so it would explain nothing.
    """
    if outputs.shape[1] == 1:
        return outputs[:, 0] if target == 1 else -outputs[:, 0]
    return outputs[:, target]


def probability(outputs: Float[Tensor, "n columns"], target: int) -> Float64[Tensor, " n"]:
    """Give the probability of a class, from logits of either kind of head."""
    return two_columns(outputs.double()).softmax(dim=1)[:, target]


def answered(module: nn.Module, picture: Picture, target: int | None) -> tuple[int, int, float]:
    """Give the class that is explained, the class that the network names, and the probability of the first.

    Raises:
        UnknownNameError: the network has no class `target`.
        ShapeError: the network cannot read the picture.
    """
    target = resolved(module, picture, target)
    with quietly(module):
        outputs = outputs_of(module, picture)
    return target, int(two_columns(outputs).argmax()), float(probability(outputs, target)[0])


def resolved(module: nn.Module, picture: Picture, target: int | None) -> int:
    """Give the class to explain: the one asked for, or else the network's answer.

    Raises:
        UnknownNameError: the network has no such class.
        ShapeError: the network cannot read the picture, or gives something else than a row of logits.
    """
    with quietly(module):
        columns = two_columns(outputs_of(module, picture))
    if target is None:
        return int(columns.argmax())
    if not 0 <= target < columns.shape[1]:
        raise UnknownNameError(f"the network has the classes 0 to {columns.shape[1] - 1}; got class {target!r}")
    return target


def outputs_of(module: nn.Module, batch: Tensor) -> Tensor:
    """Run the network and give its rows of logits, (N, columns).

    Raises:
        ShapeError: it cannot read pictures of that size and channels, or does not give a row for each.
    """
    if batch.ndim != 4 or not batch.is_floating_point():
        raise ShapeError(
            f"a saliency map wants a float tensor (1, channels, height, width), got {batch.dtype} of shape "
            f"{tuple(batch.shape)}; make it with `models.tensors`"
        )
    try:
        # a copy enters, so that a first layer that works in place changes neither the picture nor what a slope is of
        outputs = module(batch.clone())
    except _UNREADABLE as error:
        _, channels, height, width = batch.shape
        turned = "; (N, channels, height, width) is wanted, and this looks like (N, height, width, channels)"
        raise ShapeError(
            f"the network cannot read a picture of {height}×{width} pixels with {channels} channel"
            f"{'s' if channels > 1 else ''} ({str(error).partition(chr(10))[0]}); give it in the size it was trained on"
            f"{turned if width in (1, 3) and channels not in (1, 3) else ''}"
        ) from error
    if not isinstance(outputs, Tensor) or outputs.ndim != 2 or len(outputs) != len(batch):
        came = tuple(outputs.shape) if isinstance(outputs, Tensor) else type(outputs).__name__
        raise ShapeError(
            f"the network must give one row of logits for each picture, (N, classes), but gave {came} for "
            f"{len(batch)}; end it in a linear layer"
        )
    return outputs


@contextmanager
def quietly(module: nn.Module) -> Iterator[None]:
    """Run the network in eval mode and without gradients; each part's own mode comes back."""
    with evaluating(module), torch.no_grad():
        yield


@contextmanager
def differentiably(module: nn.Module) -> Iterator[None]:
    """Run the network in eval mode and with gradients, even inside a block that switched them off."""
    with evaluating(module), torch.inference_mode(False), torch.enable_grad():
        yield
