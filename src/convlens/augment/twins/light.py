"""The twins of `convlens.augment.light`: formulas of each value by itself, in grey levels."""

from collections.abc import Callable
from typing import TypeVar

import torch

from convlens.augment.augmenter import Augmenter
from convlens.augment.channels import PerChannel
from convlens.augment.draws import Parameters
from convlens.augment.light import (
    Add,
    GammaContrast,
    Invert,
    LinearContrast,
    LogContrast,
    Multiply,
    Posterize,
    SigmoidContrast,
    Solarize,
)
from convlens.augment.twins.registry import twin
from convlens.augment.twins.tensors import Levels, Spread, Tensors, as_tensors, over_pixels

Formula = TypeVar("Formula", bound=Callable[..., Levels])


def pointwise(cls: type[Augmenter]) -> Callable[[Formula], Formula]:
    """Register a formula: from grey levels, and parameters that spread over them, to grey levels of its own."""

    def register(formula: Formula) -> Formula:
        @twin(cls)
        def changed(augmenter: Augmenter, tensors: Tensors, parameters: Parameters) -> Tensors:
            own = {name: values for name, values in parameters.items() if name != "per_channel"}
            if isinstance(augmenter, PerChannel):
                own = {name: augmenter.spread(name, parameters, tensors.shape[1]) for name in own}
            spread = {name: over_pixels(values, tensors) for name, values in own.items()}
            return as_tensors(formula(tensors.to(torch.float32), **spread), tensors)

        return formula

    return register


@pointwise(Multiply)
def multiply(levels: Levels, mul: Spread) -> Levels:
    """Multiply the grey levels."""
    return levels * mul


@pointwise(Add)
def add(levels: Levels, value: Spread) -> Levels:
    """Add whole grey levels."""
    return levels + value


@pointwise(LinearContrast)
def linear_contrast(levels: Levels, alpha: Spread) -> Levels:
    """Stretch the distance from middle grey: 127 + α·(v − 127)."""
    return ((levels - 127) * alpha).add_(127)


@pointwise(GammaContrast)
def gamma_contrast(levels: Levels, gamma: Spread) -> Levels:
    """Bend the grey levels: 255·(v / 255)^γ."""
    return (levels / 255).pow_(gamma).mul_(255)


@pointwise(SigmoidContrast)
def sigmoid_contrast(levels: Levels, gain: Spread, cutoff: Spread) -> Levels:
    """Bend the grey levels into an S around the cut-off: 255 / (1 + exp(gain·(cutoff − v / 255)))."""
    return (levels / 255 - cutoff).mul_(gain).sigmoid_().mul_(255)


@pointwise(LogContrast)
def log_contrast(levels: Levels, gain: Spread) -> Levels:
    """Bend the grey levels: 255·gain·log2(1 + v / 255)."""
    return (levels / 255).add_(1).log2_().mul_(255 * gain)


@pointwise(Invert)
def invert(levels: Levels, inverted: Spread) -> Levels:
    """Turn the chosen images, or channels, into their negatives: 255 − v."""
    return torch.where(inverted > 0, 255 - levels, levels)


@pointwise(Solarize)
def solarize(levels: Levels, inverted: Spread, threshold: Spread) -> Levels:
    """Invert the values at or above the threshold (grey levels) in the chosen images, or channels."""
    return torch.where((inverted > 0) & (levels >= threshold), 255 - levels, levels)


@pointwise(Posterize)
def posterize(levels: Levels, nb_bits: Spread) -> Levels:
    """Keep the highest bits of each value, and set the others to 0."""
    step = 2 ** (8 - nb_bits)
    return (levels / step).floor_().mul_(step)
