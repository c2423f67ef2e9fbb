"""Models that are no torch network: what is asked, what enters, and what their answers mean."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor, nn

from convlens.arrays import Images, Logits, Predict
from convlens.errors import ShapeError
from convlens.models.answering import Answers, columns_of
from convlens.models.card import Card
from convlens.models.modes import device_of
from convlens.models.predict import predictor, require_readable
from convlens.models.tensors import as_images_lie

Entering: TypeAlias = Float32[np.ndarray, "n h w c"]
"""What enters a network, laid out like images."""

PLAIN_FUNCTION = "a plain function"


@dataclass(frozen=True, eq=False)
class Foreign:
    """A model without a torch network.

    Attributes:
        kind: what it is, for sentences: "an ONNX file".
        ask: images and the card of how they are read → the model's own columns.
        entering: the same → what the model is fed.
        answers: its columns → logits per class.
    """

    kind: str
    ask: Callable[[Images, Card], Any]
    entering: Callable[[Images, Card], Entering]
    answers: Answers = field(default_factory=Answers)


def foreign_predictor(model: Foreign, card: Card) -> Predict:
    """Make `Predict` from a model without a torch network.

    Raises:
        ShapeError: on calling it, images that do not fit the card, or answers that do not fit its classes.
    """
    classes = len(card.class_names)

    def predict(images: Images) -> Logits:
        require_readable(images, card)
        if not len(images):
            return np.zeros((0, classes), np.float32)
        with torch.inference_mode():
            logits: Logits = model.answers(own_columns(model, images, card)).numpy()
        if logits.shape != (len(images), classes):
            raise ShapeError(
                f"the model gave {logits.shape} for {len(images)} pictures, but {classes} classes are wanted; "
                "tell with --class-map which of its answers is which class"
            )
        return logits

    return predict


def own_columns(model: Foreign, images: Images, card: Card) -> Tensor:
    """Ask a model without a torch network; give its own columns, (N, columns) float32.

    Raises:
        ShapeError: it gave something else than one row of numbers for each picture.
    """
    outputs = np.asarray(model.ask(images, card))
    if outputs.dtype.kind not in "fiu" or outputs.ndim < 2 or len(outputs) != len(images):
        raise ShapeError(
            f"{model.kind} must give one row of logits for each picture, (N, classes), but this one gave "
            f"{outputs.dtype} {outputs.shape} for {len(images)} of them"
        )
    return columns_of(torch.from_numpy(np.array(outputs, np.float32)))


def from_function(predict: Predict) -> Foreign:
    """Make a model of a plain function images → logits, which is fed the images themselves."""

    def ask(images: Images, _card: Card) -> Any:
        return predict(images)

    def entering(images: Images, _card: Card) -> Entering:
        return images.astype(np.float32)

    return Foreign(PLAIN_FUNCTION, ask, entering)


def with_answers(module: nn.Module, answers: Answers) -> nn.Module:
    """Put what turns a network's columns into logits per class behind it, where that changes anything."""
    return module if answers.changes_nothing else nn.Sequential(OrderedDict(network=module, answers=answers))


def entering_network(module: nn.Module, card: Card, images: Images) -> Entering:
    """Give the very tensor that a network is called with for these images, laid out like images."""
    caught: list[Tensor] = []

    def catch(_module: nn.Module, inputs: tuple[Any, ...]) -> None:
        caught.append(inputs[0].detach().float().cpu())

    predict = predictor(module, card, device=device_of(module))  # tries the network, which nobody is to watch yet
    handle = module.register_forward_pre_hook(catch)
    try:
        predict(images)
    finally:
        handle.remove()
    return as_images_lie(torch.cat(caught).numpy())


def network_columns(module: nn.Module, card: Card, images: Images) -> Tensor:
    """Give a network's own columns for some images, whatever their number.

    Raises:
        ShapeError: it gives something else than one row of numbers for each picture, or cannot read them.
    """
    kept: list[Tensor] = []

    def keep(_module: nn.Module, _inputs: tuple[Any, ...], outputs: Any) -> Tensor:
        kept.append(columns_of(outputs).detach().float().cpu())
        return torch.zeros(len(outputs), len(card.class_names), device=outputs.device)

    predict = predictor(module, card)  # tries the network, which nobody is to watch yet
    handle = module.register_forward_hook(keep)
    try:
        predict(images)
    except (RuntimeError, ValueError) as error:
        height, width = card.size
        raise ShapeError(
            f"the network cannot read pictures of {height}×{width} pixels with {card.channels} channels: "
            f"{' '.join(str(error).split())[:200]}; give those that it was trained with, by --size and --channels"
        ) from error
    finally:
        handle.remove()
    return torch.cat(kept)


def state_digest(module: nn.Module) -> str:
    """Give the SHA-256 of a network's layers as they print and of all its weights."""
    digest = hashlib.sha256(repr(module).encode())
    for name, tensor in sorted(module.state_dict().items()):
        plain = tensor.detach().cpu().contiguous()
        digest.update(f"{name}\0{plain.dtype}\0{tuple(plain.shape)}\0".encode())
        digest.update(plain.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
