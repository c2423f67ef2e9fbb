"""How a network stands: in training or eval mode, and on which device."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


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


def device_of(module: nn.Module, otherwise: torch.device | str = "cpu") -> torch.device:
    """Give the device of a network's weights, or another one where it has none."""
    return next((one.device for one in module.parameters()), torch.device(otherwise))
