"""Filters as the doctor treats them: to which layer a ReLU belongs, and weights drawn anew on a copy."""

import math

import numpy as np
import torch
from jaxtyping import Bool
from torch import nn

from convlens.explain.operations import (
    AdaptivePool,
    AveragePool,
    BatchNorm,
    Convolution,
    Linear,
    MaxPool,
    Pad,
    Pointwise,
)
from convlens.explain.recording import IMAGE, Recording

SEED = 0


def owner(recording: Recording, position: int) -> str:
    """Name the layer whose filters a step's channels are: the convolution or linear layer before it.

    Between the two each channel is on its own. Where several layers meet before, it is the step itself.
    """
    at = position
    while at != IMAGE:
        step = recording.steps[at]
        if isinstance(step.operation, Convolution | Linear):
            return step.name
        if not isinstance(step.operation, Pointwise | BatchNorm | MaxPool | AveragePool | AdaptivePool | Pad):
            break
        at = step.inputs[0]
    return recording.steps[position].name


def noun(recording: Recording, layer: str) -> str:
    """Say what a layer consists of: filters, or units where there is no map."""
    return "filters" if len(recording.steps[recording.place(layer)].output_shape) > 1 else "units"


def redrawn(module: nn.Module, layer: str, which: Bool[np.ndarray, " filters"]) -> bool:
    """Draw some filters of a layer anew, in place, and say whether it has such filters.

    They are drawn as a layer's first weights are: from a normal distribution whose variance is 2 over the number of
    weights, without a bias.

    Source: He et al. 2015, "Delving deep into rectifiers", equation (10).
    """
    found = dict(module.named_modules()).get(layer)
    if not isinstance(found, nn.Conv2d | nn.Linear):
        return False
    rows = torch.from_numpy(np.flatnonzero(which))
    each = found.weight[0].numel()
    drawn = torch.randn((len(rows), each), generator=torch.Generator().manual_seed(SEED)) * math.sqrt(2 / each)
    with torch.no_grad():
        found.weight[rows] = drawn.to(found.weight).reshape(len(rows), *found.weight.shape[1:])
        if found.bias is not None:
            found.bias[rows] = 0
    return True
