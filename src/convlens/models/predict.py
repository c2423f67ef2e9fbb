"""A network as a plain function from images to logits."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from convlens.arrays import Images, Logits, Predict
from convlens.errors import ShapeError
from convlens.models.card import Card
from convlens.models.memory import keep_memory
from convlens.models.memory_format import ordered, reads_channels_last
from convlens.models.modes import evaluating
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

    The module is moved to the device, and put into eval mode for each call and back afterwards. A one-logit head z
    becomes the columns (0, z), whose softmax is (1 − σ(z), σ(z)).

    Raises:
        ShapeError: on calling it, images of another size or channel count than the network reads, or a network that
            does not give one logit per class.
    """
    keep_memory()
    # The weights keep their layout: a training under way keeps its optimizer's moments in the same one.
    module = module.to(torch.device(device))
    channels_last = reads_channels_last(module, (card.channels, *card.size))
    classes = len(card.class_names)

    def predict(images: Images) -> Logits:
        require_readable(images, card)
        parts = [np.zeros((0, classes), np.float32)]
        with evaluating(module), torch.inference_mode():
            for start in range(0, len(images), batch_size):
                batch = tensors(images[start : start + batch_size], card.mean, card.std, device)
                batch = ordered(batch, channels_last=channels_last)
                with torch.autocast(batch.device.type, torch.bfloat16, enabled=precision == "bf16"):
                    outputs = checked_outputs(module(batch), len(batch), *([classes, 1] if classes == 2 else [classes]))
                parts.append(two_columns(outputs).float().cpu().numpy())
        return np.concatenate(parts)

    return predict


def require_readable(images: Images, card: Card) -> None:
    """Refuse pictures of another size or channel count than a network reads.

    Raises:
        ShapeError: they are.
    """
    if images.shape[1:] != (*card.size, card.channels):
        raise ShapeError(
            f"the network reads pictures of {_spelled(*card.size, card.channels)}, but these are "
            f"{_spelled(*images.shape[1:])}; load them with that size and channel count"
        )


def checked_outputs(outputs: Any, count: int, *columns: int) -> Tensor:
    """Give what a network gave for `count` pictures, when it is one row each of as many logits as wanted.

    Rows and columns of length 1, as a 1×1 convolution at the end leaves them, go.

    Raises:
        ShapeError: it is something else.
    """
    if isinstance(outputs, Tensor) and outputs.ndim == 4 and outputs.shape[2:] == (1, 1):
        outputs = outputs.flatten(1)
    if isinstance(outputs, Tensor) and outputs.ndim == 2 and len(outputs) == count and outputs.shape[1] in columns:
        return outputs
    came = f"a tensor of shape {tuple(outputs.shape)}" if isinstance(outputs, Tensor) else f"a {type(outputs).__name__}"
    raise ShapeError(
        f"the network must give {' or '.join(map(str, columns))} logit{'s' if columns != (1,) else ''} for each "
        f"picture, but gave {came} for {count} of them; end it in a linear layer of that many"
    )


def two_columns(outputs: Tensor) -> Tensor:
    """Turn a one-logit head z (N, 1) into the two columns (0, z); leave other heads as they are."""
    return torch.cat([torch.zeros_like(outputs), outputs], dim=1) if outputs.shape[1] == 1 else outputs


def _spelled(*shape: int) -> str:
    if len(shape) != 3:
        return f"an array of {len(shape) + 1} axes, not (N, H, W, C)"
    height, width, channels = shape
    return f"{height}×{width} pixels with {channels} channel{'s' if channels > 1 else ''}"
