"""The parts of one number: which numbers a step reads for it, from where, and with which weights.

They follow the definition for a single output. Whole maps are computed by `blocks`, in another way.
"""

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from convlens.explain.arithmetic import (
    Applied,
    Arithmetic,
    Copied,
    Dotted,
    Joined,
    Normalised,
    Place,
    Shared,
    Standardised,
)
from convlens.explain.computing import Numbers, numbers
from convlens.explain.groups import OwnNorm, together
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
    PixelShuffle,
    Pointwise,
    Resize,
    Softmax,
    Subtract,
    TransposedConvolution,
    Unflatten,
    Unknown,
)
from convlens.explain.source import Source as Source
from convlens.explain.source import copied
from convlens.explain.window_parts import adaptive, averaged, max_pooled, put_together, resized, weighted
from convlens.explain.windows import repeated


def parts(operation: Operation, sources: Sequence[Source], place: Place, value: float) -> Arithmetic:
    """Take one number of a step apart.

    Args:
        sources: what the step reads, in its order.
        place: of the number in the step's output.
        value: of the number; a function of one number is looked up, not worked out once more.
    """
    x = sources[0].value
    match operation:
        case Convolution():
            return weighted(operation, x, place)
        case TransposedConvolution():
            return put_together(operation, x, place)
        case Resize():
            return resized(operation, sources[0], place)
        case MaxPool():
            return max_pooled(operation, x, place)
        case AveragePool():
            return averaged(operation, x, place)
        case AdaptivePool():
            return adaptive(operation, x, place)
        case BatchNorm():
            return _normalised(operation, x, place)
        case GroupNorm() | LayerNorm():
            return _standardised(operation, x, place)
        case ChannelSlopes(slopes):
            return Applied("leaky_relu", (("negative_slope", float(slopes[place[0]])),), float(x[place]), value)
        case Linear(weight, bias):
            return Dotted(x, numbers(weight[place[0]]), None if bias is None else float(bias[place[0]]))
        case Flatten():
            return copied(sources[0], tuple(map(int, np.unravel_index(place[0], x.shape))))
        case Unflatten(shape):
            return copied(sources[0], tuple(map(int, np.unravel_index(_flat(place, shape), x.shape))))
        case PixelShuffle(factor):
            channel, row, column = place
            within = row % factor * factor + column % factor
            return copied(sources[0], (channel * factor**2 + within, row // factor, column // factor))
        case Pad():
            return _framed(operation, sources[0], place)
        case Concatenate():
            return _joined(sources, place)
        case Pointwise("identity"):
            return copied(sources[0], place)
        case Pointwise(name, parameters):
            return Applied(name, parameters, float(x[place]), value)
        case Channels(kept):
            return copied(sources[0], (kept[place[0]], *place[1:]))
        case Add() | Subtract() | Multiply():
            places = tuple(_stretched(place, one.value.shape) for one in sources)
            inputs = tuple(float(one.value[where]) for one, where in zip(sources, places, strict=True))
            sign = {Add: "+", Subtract: "−", Multiply: "·"}[type(operation)]
            return Joined(sign, tuple(one.name for one in sources), places, inputs)
        case Softmax():
            return Shared(x.reshape(len(x), -1)[:, _flat(place[1:], x.shape[1:])], place[0])
        case Unknown():
            raise AssertionError("a trace holds no unknown step")


def _standardised(operation: OwnNorm, x: Numbers, place: Place) -> Standardised:
    piece = together(operation, place, x.shape)
    inside = x[piece]
    first = tuple(one.start or 0 for one in piece)
    weight, bias = (
        _factor(operation, one, usual, x, place) for one, usual in ((operation.weight, 1.0), (operation.bias, 0.0))
    )
    return Standardised(
        numbers=inside.reshape(-1),
        first=first,
        last=tuple(start + side - 1 for start, side in zip(first, inside.shape, strict=True)),
        index=_flat(tuple(at - start for at, start in zip(place, first, strict=True)), inside.shape),
        eps=operation.eps,
        weight=weight,
        bias=bias,
        centred=not isinstance(operation, LayerNorm) or operation.centred,
    )


def _factor(operation: OwnNorm, given: Tensor | None, usual: float, x: Numbers, place: Place) -> float:
    if given is None:
        return usual
    return float(given[place[0]] if isinstance(operation, GroupNorm) else given.expand(x.shape)[place])


def _normalised(operation: BatchNorm, x: Numbers, place: Place) -> Normalised:
    channel = place[0]
    weight, bias = (
        usual if given is None else float(given[channel])
        for given, usual in ((operation.weight, 1.0), (operation.bias, 0.0))
    )
    mean, variance = float(operation.mean[channel]), float(operation.var[channel])
    return Normalised(channel, float(x[place]), mean, variance, operation.eps, weight, bias)


def _framed(operation: Pad, source: Source, place: Place) -> Copied:
    axes = zip(place[-2:], source.value.shape[-2:], operation.sides, strict=True)
    row, column = (int(repeated(np.array([at - before]), side, operation.mode)[0]) for at, side, (before, _) in axes)
    if row < 0 or column < 0:
        return Copied("", None, operation.value)
    return copied(source, (*place[:-2], row, column))


def _joined(sources: Sequence[Source], place: Place) -> Copied:
    channel = place[0]
    for source in sources:
        if channel < len(source.value):
            return copied(source, (channel, *place[1:]))
        channel -= len(source.value)
    raise AssertionError("a place beyond the joined channels")


def _flat(place: Place, shape: tuple[int, ...]) -> int:
    return int(np.ravel_multi_index(place, shape)) if shape else 0


def _stretched(place: Place, shape: tuple[int, ...]) -> Place:
    """Give the place that a step of this shape is read at, where axes of length 1 serve for all."""
    return tuple(0 if side == 1 else at for at, side in zip(place[len(place) - len(shape) :], shape, strict=True))
