"""The effective receptive field: how strongly each pixel moves one number of a layer, on average over pictures."""

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float64
from torch import Tensor, nn

from convlens.errors import SettingsError, ShapeError
from convlens.explain.boxes import Box
from convlens.explain.channel_axes import axes_of, shape_upright
from convlens.explain.fields import Field, field_of
from convlens.explain.layer_outputs import LayerOutput, caught, layer_outputs, map_of
from convlens.explain.orders import upright
from convlens.explain.origins import Order
from convlens.explain.places import outside
from convlens.explain.recording import Recording, record
from convlens.models.modes import evaluating

SHARE = 0.95
"""So much of all influence lies in the box."""

_NUMBERS_AT_ONCE = 2**22


@dataclass(frozen=True, eq=False, repr=False)
class EffectiveField:
    """The effective receptive field of one place in a layer's map.

    Attributes:
        layer: the part of the network whose output it is.
        unit: row and column in its map.
        channel: None for all channels together.
        values: the influence of each pixel, summing up to 1.
        images: over how many pictures it was averaged.
        box: the smallest centred rectangle with `share` of the influence, cut at the picture.
        theoretical: the pixels that the place can see at all; its box is None where that is unknown.
    """

    layer: str
    unit: tuple[int, int]
    channel: int | None
    values: Float64[np.ndarray, "height width"]
    images: int
    box: Box
    theoretical: Field | None
    share: float = SHARE

    def __repr__(self) -> str:
        place = f"{self.layer!r}, row {self.unit[0]}, column {self.unit[1]}"
        return f"EffectiveField({place}, {self.share:.0%} within {self.box.height}×{self.box.width} pixels)"

    def to_json(self) -> dict[str, Any]:
        """Give everything as plain values; a size is height and width in pixels."""
        seen = None if self.theoretical is None else self.theoretical.size
        return {
            "layer": self.layer,
            "unit": list(self.unit),
            "channel": self.channel,
            "images": self.images,
            "share": self.share,
            "size": [self.box.height, self.box.width],
            "top_left": [self.box.top, self.box.left],
            "theoretical_size": None if seen is None else list(seen),
            "theoretical_status": "unknown" if self.theoretical is None else self.theoretical.status,
            "values": self.values.tolist(),
        }


def effective_field(
    module: nn.Module,
    images: Float[Tensor, "n channels height width"],
    layer: str | None = None,
    *,
    unit: tuple[int, int] | None = None,
    channel: int | None = None,
    share: float = SHARE,
) -> EffectiveField:
    """Measure the mean over pictures of |∂y/∂x|, with y a layer's number at one place, and how far it reaches.

    Args:
        images: as the network reads them.
        layer: the part of the network whose output it is; the last with rows and columns when None.
        unit: row and column in its map; the middle when None.
        channel: of the map; when None, the sum over all, which is a gradient of 1 sent back from each.
        share: of the influence that the box holds.

    Raises:
        SettingsError: the layer has no rows and columns or no such place, or the place moves with no pixel.
        UnknownNameError: there is no such layer.
        ShapeError: the network cannot read the pictures.

    Source: Luo et al., "Understanding the effective receptive field in deep convolutional neural networks", NeurIPS
    2016, section 3.
    """
    if not len(images) or not 0 < share <= 1:
        raise SettingsError(
            f"an effective field wants pictures and a share above 0 and at most 1, got {len(images)} and {share:g}"
        )
    with evaluating(module), torch.no_grad():
        outputs = layer_outputs(module, lambda: _pass(module, images[:1]))
    place = map_of(outputs, layer, "an effective receptive field")
    recording = record(module, images[:1])
    order = axes_of(recording, place.layer, place.call)
    count, rows, columns = shape_upright(place, order)
    at = (rows // 2, columns // 2) if unit is None else unit
    if wrong := outside(place.layer, (count, rows, columns), (channel or 0, *at)):
        raise SettingsError(wrong)
    influence = _influence(module, images, place, order, at, channel)
    if not influence.sum() > 0:
        raise SettingsError(
            f"the number at row {at[0]}, column {at[1]} of {place.layer!r} moves with no pixel of these {len(images)} "
            "pictures (a ReLU that is 0 for all of them, or channels whose sum is always the same, as behind a "
            "LayerNorm?); take more pictures, another place, one channel, or the layer before"
        )
    values = influence / influence.sum()
    seen = _theoretical(recording, place, (count, rows, columns), (channel or 0, *at))
    return EffectiveField(
        place.layer, at, channel, values, len(images), _box(values, _centre(values, seen), share), seen, share
    )


def _pass(module: nn.Module, images: Tensor) -> None:
    try:
        module(images.clone())
    except (RuntimeError, ValueError, AssertionError, IndexError, TypeError) as error:
        raise ShapeError(
            f"the network cannot read pictures of shape {tuple(images.shape[1:])} "
            f"({str(error).partition(chr(10))[0]}); give them as it was trained on"
        ) from error


def _influence(
    module: nn.Module, images: Tensor, place: LayerOutput, order: Order, at: tuple[int, int], channel: int | None
) -> Float64[np.ndarray, "height width"]:
    """Add up |∂y/∂x| over pictures and their channels. In eval mode no picture touches another's number."""
    total = np.zeros(images.shape[2:])
    several = max(1, _NUMBERS_AT_ONCE // (prod(images.shape[1:]) * 64))
    for start in range(0, len(images), several):
        with (
            evaluating(module),
            torch.inference_mode(False),
            torch.enable_grad(),
            caught(module, place) as kept,
        ):
            pixels = images[start : start + several].detach().clone().requires_grad_()
            module(pixels.clone())
            numbers = upright(kept[0], order)[:, :, at[0], at[1]]
            value = (numbers if channel is None else numbers[:, channel]).sum()
            if not value.requires_grad:
                raise SettingsError(f"the network's forward cuts the gradient before {place.layer!r}")
            (slopes,) = torch.autograd.grad(value, pixels, allow_unused=True, materialize_grads=True)
        total += slopes.double().abs().sum(dim=(0, 1)).cpu().numpy()
    return total


def _theoretical(
    recording: Recording, place: LayerOutput, shape: tuple[int, int, int], unit: tuple[int, int, int]
) -> Field | None:
    """Follow the place back exactly; None for a container, whose output is no step of its own."""
    steps = [step for step in recording.steps if step.layer == place.layer and step.output_shape == shape]
    return field_of(recording, steps[-1].name, unit) if steps else None


def _centre(values: Float64[np.ndarray, "height width"], seen: Field | None) -> tuple[int, int]:
    """Give twice the row and the column of the middle: of what can be seen, or else of the influence itself."""
    box = None if seen is None else seen.box
    if box is not None:
        return 2 * box.top + box.height - 1, 2 * box.left + box.width - 1
    rows, columns = (np.arange(side) for side in values.shape)
    return round(2 * float(values.sum(axis=1) @ rows)), round(2 * float(values.sum(axis=0) @ columns))


def _box(values: Float64[np.ndarray, "height width"], centre: tuple[int, int], share: float) -> Box:
    """Grow a rectangle around the middle, one pixel on each side at a time, until it holds the share."""
    height, width = values.shape
    for reach in range(max(values.shape) + 1):
        (top, bottom), (left, right) = (
            (max(0, middle // 2 - reach), min(side, (middle + 1) // 2 + reach + 1))
            for middle, side in zip(centre, (height, width), strict=True)
        )
        # the sum of everything may miss 1 by a rounding
        if values[top:bottom, left:right].sum() >= share - 1e-12:
            break
    return Box(top, left, bottom - top, right - left)
