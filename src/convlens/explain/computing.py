"""One step worked out by `blocks`, in float64, from its operation and what it reads."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float64
from torch import Tensor

from convlens import blocks
from convlens.explain.operations import (
    AdaptivePool,
    Add,
    AveragePool,
    BatchNorm,
    Channels,
    ChannelSlopes,
    Concatenate,
    Convolution,
    Flatten,
    GroupNorm,
    LayerNorm,
    Linear,
    MaxPool,
    Multiply,
    Operation,
    Pad,
    Pair,
    PixelShuffle,
    Pointwise,
    Resize,
    Softmax,
    Subtract,
    TransposedConvolution,
    Unflatten,
    Unknown,
    Window,
)

Numbers = Float64[np.ndarray, "..."]


def computed(operation: Operation, inputs: Sequence[Numbers]) -> Numbers:
    """Give a step's value for one picture.

    Args:
        inputs: what it reads, in its order, without a batch axis.
    """
    x = inputs[0]
    match operation:
        case Convolution(window, weight, bias, groups, mode):
            around: dict[str, Any] = {key: getattr(window, key) for key in ("stride", "padding", "dilation")}
            value = blocks.convolve(x, numbers(weight), optional(bias), groups=groups, mode=mode, **around)
        case TransposedConvolution(window, weight, bias, groups, extra):
            around = {"stride": window.stride, "dilation": window.dilation, "cut": _cut(window)}
            value = blocks.convolve_transposed(x, numbers(weight), optional(bias), groups=groups, extra=extra, **around)
        case MaxPool(window):
            value, _ = blocks.max_pool(x, dilation=window.dilation, **_pooling(window))
        case AveragePool(window, count_include_pad, divisor):
            value = blocks.average_pool(x, count_include_pad=count_include_pad, divisor=divisor, **_pooling(window))
        case AdaptivePool(kind, size, flat):
            value = blocks.adaptive_pool(x, size, kind)
            value = value.reshape(len(value)) if flat else value
        case Pad(sides, mode, fill):
            value = blocks.pad(x, sides, mode, fill)
        case BatchNorm(mean, var, weight, bias, eps):
            value = blocks.batch_norm(x, numbers(mean), numbers(var), optional(weight), optional(bias), eps)
        case GroupNorm(groups, weight, bias, eps):
            value = blocks.group_norm(x, groups, optional(weight), optional(bias), eps)
        case LayerNorm(axes, weight, _, eps, centred=False):
            value = x / np.sqrt((x**2).mean(axis=axes, keepdims=True) + eps)
            value = value if weight is None else value * numbers(weight)
        case LayerNorm(axes, weight, bias, eps):
            value = blocks.layer_norm(x, axes, optional(weight), optional(bias), eps)
        case ChannelSlopes(slopes):
            value = blocks.prelu(x, numbers(slopes))
        case Pointwise(name, parameters):
            value = function(name, parameters)(x)
        case Linear(weight, bias):
            value = blocks.linear(x, numbers(weight), optional(bias))
        case Flatten():
            value = blocks.flatten(x) if x.ndim == 3 else x.reshape(-1)
        case Unflatten(shape):
            is_row_made_of_maps = x.ndim == 1 and len(shape) == 3
            value = blocks.unflatten(x, (shape[0], shape[1], shape[2])) if is_row_made_of_maps else x.reshape(shape)
        case Resize(way, size, step):
            value = blocks.resize(x, size, way, step)
        case PixelShuffle(factor):
            value = blocks.pixel_shuffle(x, factor)
        case Add():
            value = inputs[0] + inputs[1]
        case Subtract():
            value = inputs[0] - inputs[1]
        case Channels(places):
            value = x[list(places)]
        case Multiply():
            value = inputs[0] * inputs[1]
        case Concatenate():
            value = np.concatenate(inputs)
        case Softmax():
            value = blocks.softmax(x)
        case Unknown():
            raise AssertionError("an unknown step is not worked out")
    return np.asarray(value, np.float64)


def numbers(tensor: Tensor) -> Numbers:
    """Give a tensor's numbers in float64."""
    values: Numbers = tensor.detach().cpu().double().numpy()
    return values


def optional(tensor: Tensor | None) -> Numbers | None:
    """Give a tensor's numbers, or None for none."""
    return None if tensor is None else numbers(tensor)


def function(name: str, parameters: Sequence[tuple[str, float]]) -> Callable[[Numbers], Numbers]:
    """Give a function of one number.

    Raises:
        UnknownNameError: `blocks` has none of that name.
    """
    if name == "gelu_tanh":
        return blocks.activation("gelu", approximate="tanh")
    return blocks.activation(name, **dict(parameters))


def _cut(window: Window) -> Pair:
    (above, _), (left, _) = window.padding
    return above, left


def _pooling(window: Window) -> dict[str, Any]:
    return {"kernel": window.kernel, "stride": window.stride, "padding": window.padding, "ceil": window.ceil}
