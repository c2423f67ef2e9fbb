"""Optimizers, and their state as plain tensors by name."""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

from convlens.train.settings import Settings

MOMENTUM = 0.9


def make_optimizer(parameters: Iterable[nn.Parameter], settings: Settings) -> torch.optim.Optimizer:
    """Build Adam, or SGD with Nesterov momentum 0.9; the loop sets the learning rate before every step."""
    if settings.optimizer == "sgd":
        return torch.optim.SGD(parameters, settings.learning_rate, momentum=MOMENTUM, nesterov=True, fused=True)
    return torch.optim.Adam(parameters, settings.learning_rate, fused=True)


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Flatten an optimizer's memory (moments, step counts) to tensors named "parameter.quantity"."""
    memory = optimizer.state_dict()["state"]
    return {
        f"{parameter}.{quantity}": value
        for parameter, quantities in memory.items()
        for quantity, value in quantities.items()
        if isinstance(value, Tensor)
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Put back copies of what `optimizer_tensors` gave."""
    parameters = [one for group in optimizer.param_groups for one in group["params"]]
    memory: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        number, _, quantity = name.partition(".")
        memory.setdefault(int(number), {})[quantity] = _laid_out_like(parameters[int(number)], value)
    optimizer.load_state_dict({"state": memory, "param_groups": optimizer.state_dict()["param_groups"]})


def _laid_out_like(parameter: nn.Parameter, value: Tensor) -> Tensor:
    """Copy a tensor into the parameter's order in memory.

    The fused kernels walk a parameter and its moments side by side in memory: moments of a channels_last weight that
    come back from a file in plain order would meet the wrong weights, without an error.
    """
    if value.shape != parameter.shape:
        return value.clone()
    return torch.empty_like(parameter, dtype=value.dtype, requires_grad=False).copy_(value)
