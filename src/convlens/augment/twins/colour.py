"""The twins of `convlens.augment.colour`; those that need red, green and blue leave other images unchanged."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor

from convlens.augment.colour import (
    LUMA,
    AddToHueAndSaturation,
    ChannelShuffle,
    Grayscale,
    MultiplyHueAndSaturation,
    hue_and_saturation,
)
from convlens.augment.draws import Parameters, unfolded
from convlens.augment.twins.registry import twin
from convlens.augment.twins.tensors import Levels, Tensors, as_tensors, moved, over_pixels
from convlens.rng import uniforms

Plane: TypeAlias = Float32[Tensor, "n 1 h w"]

_FULL_TURN = 360.0


@twin(Grayscale)
def grayscale(_: Grayscale, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Blend each image with its grey version."""
    if tensors.shape[1] != 3:
        return tensors.clone()
    share = over_pixels(parameters["alpha"], tensors)
    levels = tensors.to(torch.float32)
    red, green, blue = _planes(levels)
    grey = red * LUMA[0] + green * LUMA[1] + blue * LUMA[2]
    return as_tensors(levels * (1 - share) + grey * share, tensors)


@twin(AddToHueAndSaturation)
def add_to_hue_and_saturation(augmenter: AddToHueAndSaturation, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Turn the hue of each image and add to its saturation, on scales where 255 is a full turn and full saturation."""
    value_hue, value_saturation = hue_and_saturation(augmenter, "value", parameters, np.int64(0))
    turn, more = over_pixels(value_hue / 255 % 1 * _FULL_TURN, tensors), over_pixels(value_saturation / 255, tensors)
    return _in_hsv(tensors, lambda hue, saturation: (hue + turn, saturation + more))


@twin(MultiplyHueAndSaturation)
def multiply_hue_and_saturation(
    augmenter: MultiplyHueAndSaturation, tensors: Tensors, parameters: Parameters
) -> Tensors:
    """Multiply the hue of each image, an angle from red at 0, and its saturation."""
    each = hue_and_saturation(augmenter, "mul", parameters, np.float64(1))
    mul_hue, mul_saturation = (over_pixels(one, tensors) for one in each)
    return _in_hsv(tensors, lambda hue, saturation: (hue * mul_hue, saturation * mul_saturation))


@twin(ChannelShuffle)
def channel_shuffle(augmenter: ChannelShuffle, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Put the channels of each image into an order of its own."""
    count, channels = tensors.shape[:2]
    movable = np.array([one for one in augmenter.channels or range(channels) if one < channels], np.int64)
    places = np.argsort(uniforms(unfolded(parameters["order"]), len(movable)), axis=1, kind="stable")
    source = np.tile(np.arange(channels), (count, 1))
    source[:, movable] = np.where(parameters["order"][:, None] != 0, movable[places], movable)
    return tensors[torch.arange(count, device=tensors.device)[:, None], moved(source, tensors, np.int64)]


def _in_hsv(tensors: Tensors, change: Callable[[Plane, Plane], tuple[Plane, Plane]]) -> Tensors:
    """Change hue (0–360, from there on it goes round) and saturation (0–1), and keep the value."""
    if tensors.shape[1] != 3:
        return tensors.clone()
    levels = tensors.to(torch.float32)
    value, least = levels.amax(1, keepdim=True), levels.amin(1, keepdim=True)
    spread = value - least
    hue, saturation = change(_hue(levels, value, spread), spread / value.clamp(min=1e-6))
    # A channel stands at its fullest for a third of the turn, and falls and rises within a sixth on either side.
    saturation = saturation.clamp(0, 1)
    first = moved(np.array([5, 3, 1]), tensors).view(1, 3, 1, 1)
    place = (first + hue / 60).remainder(6)
    missing = torch.minimum(place, 4 - place).clamp(0, 1)
    return as_tensors(value * (1 - saturation * missing), tensors)


def _planes(levels: Levels) -> list[Plane]:
    return [levels[:, channel : channel + 1] for channel in range(3)]


def _hue(levels: Levels, value: Plane, spread: Plane) -> Plane:
    """Give the angle from red at 0 by green at 120 and blue at 240; grey has the hue 0."""
    red, green, blue = _planes(levels)
    sixth = 60 / spread.clamp(min=1e-6)
    hue = torch.where(value == red, (green - blue) * sixth, (red - green) * sixth + 240)
    hue = torch.where((value == green) & (value != red), (blue - red) * sixth + 120, hue)
    return torch.where(hue < 0, hue + _FULL_TURN, hue)
