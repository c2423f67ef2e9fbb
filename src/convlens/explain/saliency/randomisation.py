"""A network that has forgotten what it learned, wholly or from the answer downwards."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from convlens.explain.saliency.scores import Picture, outputs_of, quietly
from convlens.models.networks import drawing
from convlens.rng import keys_of


def weighted_layers(module: nn.Module, picture: Picture) -> tuple[str, ...]:
    """Name the parts that hold weights of their own, from the answer back to the picture; "" is the network itself.

    Parts that do not run for this picture, or whose `forward` is not called, come last.
    """
    holders = [name for name, part in module.named_modules() if any(True for _ in part.parameters(recurse=False))]
    ran: list[str] = []

    def note(name: str) -> Callable[[nn.Module, tuple[Any, ...]], None]:
        return lambda _, __: ran.append(name)

    handles = [module.get_submodule(name).register_forward_pre_hook(note(name)) for name in holders]
    try:
        with quietly(module):
            outputs_of(module, picture)
    finally:
        for handle in handles:
            handle.remove()
    order = list(dict.fromkeys(reversed(ran)))
    return (*order, *reversed([name for name in holders if name not in order]))


def randomised(module: nn.Module, layers: tuple[str, ...], seed: int) -> Iterator[tuple[str, nn.Module]]:
    """Give copies of a network in which one layer after another has forgotten: each with all before it.

    A layer draws its first weights anew, as before any training; one that has no way to do so gets its own weights in a
    random order. The network itself stays as it is. A weight that two layers share is drawn anew with the first.

    Source: Adebayo et al., "Sanity checks for saliency maps", NeurIPS 2018, section 3.1 (cascading randomisation).
    """
    forgotten = copy.deepcopy(module)
    keys = keys_of(seed, "forgotten weights", 0, np.arange(len(layers)))
    for name, key in zip(layers, keys.tolist(), strict=True):
        with drawing(key):
            _forget(forgotten.get_submodule(name))
        yield name, forgotten


def _forget(layer: nn.Module) -> None:
    reset = getattr(layer, "reset_parameters", None)
    if callable(reset):
        reset()
        return
    with torch.no_grad():
        for weights in layer.parameters(recurse=False):
            weights.copy_(_shuffled(weights))


def _shuffled(weights: Tensor) -> Tensor:
    order = torch.randperm(weights.numel()).to(weights.device)
    return weights.flatten()[order].view_as(weights)
