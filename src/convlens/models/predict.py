"""A network as a plain function from images to logits."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from convlens.arrays import Images, Logits, Predict
from convlens.errors import ShapeError
from convlens.models.card import Card
from convlens.models.memory import keep_memory
from convlens.models.precision import Precision
from convlens.models.tensors import tensors


def predictor(
    module: nn.Module,
    card: Card,
    *,
    device: torch.device | str = "cpu",
    precision: Precision = "fp32",
    batch_size: int = 512,
) -> Predict:
    """Make `Predict` from a network: images (N, H, W, C) uint8 → logits (N, classes) float32.

    The module is put into eval mode for each call and back afterwards. Its convolutions' weights are laid out
    channels_last, which changes no value and halves the time on a CPU. A one-logit head z becomes the columns (0, z),
    whose softmax is (1 − σ(z), σ(z)).

    Raises:
        ShapeError: on calling it, images of another size or channel count than the network reads.
    """
    keep_memory()
    module = module.to(device=torch.device(device), memory_format=torch.channels_last)  # type: ignore[call-overload]

    def predict(images: Images) -> Logits:
        if images.shape[1:] != (*card.size, card.channels):
            raise ShapeError(
                f"the network reads pictures of {_spelled(*card.size, card.channels)}, but these are "
                f"{_spelled(*images.shape[1:])}; load them with that size and channel count"
            )
        parts = []
        with evaluating(module), torch.inference_mode():
            for start in range(0, len(images), batch_size):
                batch = tensors(images[start : start + batch_size], card.mean, card.std, device)
                batch = batch.contiguous(memory_format=torch.channels_last)
                with torch.autocast(batch.device.type, torch.bfloat16, enabled=precision == "bf16"):
                    parts.append(two_columns(module(batch)).float().cpu().numpy())
        if not parts:
            return np.zeros((0, len(card.class_names)), np.float32)
        logits = np.concatenate(parts)
        if logits.shape != (len(images), len(card.class_names)):
            raise ShapeError(
                f"the network must give one logit for each of the {len(card.class_names)} classes, but gave an "
                f"array of shape {logits.shape} for {len(images)} pictures; end it in a linear layer of that many"
            )
        return logits

    return predict


def two_columns(outputs: Tensor) -> Tensor:
    """Turn a one-logit head z (N, 1) into the two columns (0, z); leave other heads as they are."""
    return (
        torch.cat([torch.zeros_like(outputs), outputs], dim=1)
        if outputs.ndim == 2 and outputs.shape[1] == 1
        else outputs
    )


@contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """Put every part of a network into eval mode and restore each part's own mode afterwards."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, training in modes:
            part.training = training


def _spelled(height: int, width: int, channels: int) -> str:
    return f"{height}×{width} pixels with {channels} channel{'s' if channels > 1 else ''}"
