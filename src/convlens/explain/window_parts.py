"""The parts of one number that is read through a window: by a convolution, a pool, or between the four around it.

y[o, r, q] = b[o] + Σ w[o, c, i, j] · x[c, r·stride + i·dilation − padding, q·stride + j·dilation − padding]: torch does
not flip the filter.
"""

import numpy as np

from convlens.explain.arithmetic import Averaged, Copied, Largest, Place, Weighted
from convlens.explain.computing import Numbers, numbers
from convlens.explain.operations import (
    AdaptivePool,
    AveragePool,
    Convolution,
    MaxPool,
    Resize,
    Sides,
    TransposedConvolution,
)
from convlens.explain.source import Source, copied
from convlens.explain.windows import Places, listed, neighbours, reaching, seen, share, taps


def weighted(operation: Convolution, x: Numbers, place: Place) -> Weighted:
    """Give the window of a convolution and its filter."""
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


def put_together(operation: TransposedConvolution, x: Numbers, place: Place) -> Weighted:
    """Take apart y[o, r, q] = b[o] + Σ w[c, o, i, j] · x[c, k, l], over all taps i by which k reaches r."""
    weight, size = operation.weight, (x.shape[1], x.shape[2])
    each, many = weight.shape[1], weight.shape[0] // operation.groups
    first = place[0] // each * many
    (rows, down), (columns, across) = (reaching(operation, axis, place[1 + axis], size[axis]) for axis in (0, 1))
    channels = slice(first, first + many)
    return Weighted(
        channels=tuple(range(first, first + many)),
        rows=listed(rows),
        columns=listed(columns),
        size=size,
        mode="zeros",
        window=seen(x[channels], rows, columns),
        filter=numbers(weight[channels, place[0] % each])[:, down[:, None], across],
        bias=None if operation.bias is None else float(operation.bias[place[0]]),
        taps=(listed(down), listed(across)),
    )


def resized(operation: Resize, source: Source, place: Place) -> Weighted | Copied:
    """Give the one number, or the two or four with their weights, that a place of a resized map is made of."""
    x = source.value
    (rows, down), (columns, across) = (
        neighbours(operation, axis, place[1 + axis], x.shape[1 + axis]) for axis in (0, 1)
    )
    if len(rows) == len(columns) == 1:
        return copied(source, (place[0], int(rows[0]), int(columns[0])))
    window = seen(x[place[0] : place[0] + 1], rows, columns)
    weights = (down[:, None] * across)[None]
    size = (x.shape[1], x.shape[2])
    return Weighted((place[0],), listed(rows), listed(columns), size, "zeros", window, weights, None)


def max_pooled(operation: MaxPool, x: Numbers, place: Place) -> Largest:
    """Give the window of a max pool, and who wins it."""
    return _largest(x, place[0], *_clipped(taps(operation.window, *place[1:]), x.shape[1:]))


def _largest(x: Numbers, channel: int, rows: Places, columns: Places) -> Largest:
    window = x[channel][np.ix_(rows, columns)]
    down, across = np.unravel_index(int(window.argmax()), window.shape)
    winner = int(rows[down]), int(columns[across])
    return Largest(channel, listed(rows), listed(columns), window, winner)


def averaged(operation: AveragePool, x: Numbers, place: Place) -> Averaged:
    """Give the window of an average pool and what its sum is divided by."""
    around = operation.window.padding if operation.count_include_pad else ((0, 0), (0, 0))
    rows, columns = _clipped(taps(operation.window, *place[1:]), x.shape[1:], around)
    window = seen(x[place[0] : place[0] + 1], rows, columns)[0]
    divisor = operation.divisor or window.size
    return Averaged(place[0], listed(rows), listed(columns), (x.shape[1], x.shape[2]), window, divisor)


def adaptive(operation: AdaptivePool, x: Numbers, place: Place) -> Averaged | Largest:
    """Give the window of a pool to a given size."""
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
