"""The parts of one number: which numbers a step reads for it, from where, and with which weights.

They follow the definition for a single output, such as that of a convolution, which torch does not flip:
y[o, r, q] = b[o] + Σ w[o, c, i, j] · x[c, r·stride + i·dilation − padding, q·stride + j·dilation − padding].
Whole maps are computed by `blocks`, in another way.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from convlens.explain.arithmetic import (
    Applied,
    Arithmetic,
    Averaged,
    Copied,
    Dotted,
    Joined,
    Largest,
    Normalised,
    Place,
    Shared,
    Weighted,
)
from convlens.explain.computing import Numbers, numbers
from convlens.explain.operations import (
    AdaptivePool,
    Add,
    AveragePool,
    BatchNorm,
    Concatenate,
    Convolution,
    Flatten,
    Linear,
    MaxPool,
    Multiply,
    Operation,
    Pad,
    Pointwise,
    Sides,
    Softmax,
    Unknown,
)
from convlens.explain.windows import Places, listed, repeated, seen, share, taps


@dataclass(frozen=True, eq=False)
class Source:
    """A step's value for one picture, without the batch axis; its name is "image" for the picture itself."""

    name: str
    value: Numbers


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
            return _weighted(operation, x, place)
        case MaxPool(window):
            return _largest(x, place[0], *_clipped(taps(window, *place[1:]), x.shape[1:]))
        case AveragePool():
            return _averaged(operation, x, place)
        case AdaptivePool():
            return _adaptive(operation, x, place)
        case BatchNorm():
            return _normalised(operation, x, place)
        case Linear(weight, bias):
            row = place[:-1]
            return Dotted(x[row], numbers(weight[place[-1]]), None if bias is None else float(bias[place[-1]]))
        case Flatten():
            source = tuple(map(int, np.unravel_index(place[0], x.shape)))
            return Copied(sources[0].name, source, float(x[source]))
        case Pad():
            return _framed(operation, sources[0], place)
        case Concatenate():
            return _joined(sources, place)
        case Pointwise("identity"):
            return Copied(sources[0].name, place, float(x[place]))
        case Pointwise(name, parameters):
            return Applied(name, parameters, float(x[place]), value)
        case Add() | Multiply():
            places = tuple(_stretched(place, one.value.shape) for one in sources)
            inputs = tuple(float(one.value[where]) for one, where in zip(sources, places, strict=True))
            sign = "+" if isinstance(operation, Add) else "·"
            return Joined(sign, tuple(one.name for one in sources), places, inputs)
        case Softmax():
            return Shared(x.reshape(len(x), -1)[:, _flat(place[1:], x.shape[1:])], place[0])
        case Unknown():
            raise AssertionError("a trace holds no unknown step")


def _weighted(operation: Convolution, x: Numbers, place: Place) -> Weighted:
    output, weight = place[0], operation.weight
    each = weight.shape[1]
    first = output // (weight.shape[0] // operation.groups) * each
    rows, columns = taps(operation.window, *place[1:])
    return Weighted(
        channels=tuple(range(first, first + each)),
        rows=listed(rows),
        columns=listed(columns),
        size=(x.shape[1], x.shape[2]),
        mode=operation.mode,
        window=seen(x[first : first + each], rows, columns, operation.mode),
        filter=numbers(weight[output]),
        bias=None if operation.bias is None else float(operation.bias[output]),
    )


def _largest(x: Numbers, channel: int, rows: Places, columns: Places) -> Largest:
    window = x[channel][np.ix_(rows, columns)]
    down, across = np.unravel_index(int(window.argmax()), window.shape)
    winner = int(rows[down]), int(columns[across])
    return Largest(channel, listed(rows), listed(columns), window, winner)


def _averaged(operation: AveragePool, x: Numbers, place: Place) -> Averaged:
    around = operation.window.padding if operation.count_include_pad else ((0, 0), (0, 0))
    rows, columns = _clipped(taps(operation.window, *place[1:]), x.shape[1:], around)
    window = seen(x[place[0] : place[0] + 1], rows, columns)[0]
    divisor = operation.divisor or window.size
    return Averaged(place[0], listed(rows), listed(columns), (x.shape[1], x.shape[2]), window, divisor)


def _adaptive(operation: AdaptivePool, x: Numbers, place: Place) -> Averaged | Largest:
    cell = (0, 0) if operation.flat else place[1:]
    rows, columns = (share(*each) for each in zip(cell, x.shape[1:], operation.size, strict=True))
    if operation.kind == "max":
        return _largest(x, place[0], rows, columns)
    window = x[place[0]][np.ix_(rows, columns)]
    return Averaged(place[0], listed(rows), listed(columns), (x.shape[1], x.shape[2]), window, window.size)


def _clipped(
    places: tuple[Places, Places], size: tuple[int, ...], around: Sides = ((0, 0), (0, 0))
) -> tuple[Places, Places]:
    """Leave out what lies outside the map and the padding around it."""
    rows, columns = (
        one[(one >= -before) & (one < side + after)]
        for one, side, (before, after) in zip(places, size, around, strict=True)
    )
    return rows, columns


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
    where = (*place[:-2], row, column)
    return Copied(source.name, where, float(source.value[where]))


def _joined(sources: Sequence[Source], place: Place) -> Copied:
    channel = place[0]
    for source in sources:
        if channel < len(source.value):
            where = (channel, *place[1:])
            return Copied(source.name, where, float(source.value[where]))
        channel -= len(source.value)
    raise AssertionError("a place beyond the joined channels")


def _flat(place: Place, shape: tuple[int, ...]) -> int:
    return int(np.ravel_multi_index(place, shape)) if shape else 0


def _stretched(place: Place, shape: tuple[int, ...]) -> Place:
    """Give the place that a step of this shape is read at, where axes of length 1 serve for all."""
    return tuple(0 if side == 1 else at for at, side in zip(place[len(place) - len(shape) :], shape, strict=True))
