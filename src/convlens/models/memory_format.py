"""In which order the numbers of a batch lie in memory: channels last, as in images, or channels before rows.

Convolutions on a processor are several times as fast where channels lie last, and compute the same. But a `forward` of
somebody's own may ask for a `view` of a map, as in `x.view(x.size(0), -1)`, which torch refuses for numbers in that
order.
"""

import torch
from torch import Tensor, nn

from convlens.models.modes import device_of, evaluating

Shape = tuple[int, int, int]
"""Channels, height and width of a picture."""


def reads_channels_last(module: nn.Module, shape: Shape) -> bool:
    """Say whether a network, with its weights as they lie, reads tensors whose channels lie last in memory.

    Layers of torch and our own do. Whatever has another `forward` is shown two blank pictures.
    """
    if all(_is_layer(part) for part in module.modules()):
        return True
    channels, height, width = shape
    blank = torch.zeros(2, height, width, channels, device=device_of(module)).permute(0, 3, 1, 2)
    try:
        with evaluating(module), torch.inference_mode():
            module(blank)
    except Exception:  # whatever it is, the network will say it again in the usual order, or is mended by it
        return False
    return True


def lay_out(module: nn.Module, shape: Shape) -> bool:
    """Put a network's weights into the order that it reads fastest; say whether channels lie last in it."""
    module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if reads_channels_last(module, shape):
        return True
    module.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    return False


def ordered(batch: Tensor, *, channels_last: bool) -> Tensor:
    """Give a batch (N, C, height, width) with its channels last in memory, or before rows and columns."""
    if channels_last:
        return batch.contiguous(memory_format=torch.channels_last)
    # Not `contiguous`: one channel is contiguous in either order, and torch would still take it for channels_last.
    return batch.clone(memory_format=torch.contiguous_format)


def _is_layer(part: nn.Module) -> bool:
    return type(part).__module__.startswith(("torch.nn.", "convlens."))
