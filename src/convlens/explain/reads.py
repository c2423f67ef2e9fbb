"""Which numbers a step reads for its outputs: the way back from a set of wanted outputs to the inputs that matter.

A window reads the same rows whatever the column, so that along each axis a table "output k reads input x" says it all,
and a set of wanted cells becomes the set of cells that are read by two matrix products. Nothing here looks at weights:
a weight that happens to be 0 still reads.

Sets are boolean arrays (sets, …) that broadcast to the shape of a step's value, so that "the same for every channel" is
an axis of length 1.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from jaxtyping import Bool, Int64

from convlens.explain.groups import gathered
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
    PaddingMode,
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
from convlens.explain.windows import neighbours, reaching, repeated, share

Shape = tuple[int, ...]
Cells = Bool[np.ndarray, "sets ..."]
"""Sets of cells of one step's value, each broadcast to its shape."""
Table = Bool[np.ndarray, "_ _"]
"""Which inputs along one axis each output reads."""


def reads(operation: Operation, wanted: Cells, output: Shape, inputs: Sequence[Shape]) -> tuple[Cells, ...]:
    """Give, for each input of a step, the cells that it reads for the wanted outputs.

    Args:
        output: the shape of what the step gives, without the batch axis.
        inputs: likewise of what it takes.
    """
    match operation:
        case Convolution(groups=groups) | TransposedConvolution(groups=groups):
            return (_convolved(operation, wanted, groups, output, inputs[0]),)
        case MaxPool() | AveragePool() | AdaptivePool() | Pad() | Resize():
            # a mean over the whole map may have dropped its two axes
            places = wanted if len(output) == 3 else wanted[..., None, None]
            size = (output[-2], output[-1]) if len(output) == 3 else (1, 1)
            return (_spread(places, *tables(operation, size, inputs[0])),)
        case BatchNorm() | Pointwise() | ChannelSlopes():
            return (wanted,)
        case GroupNorm() | LayerNorm():
            return (gathered(operation, wanted, output),)
        case Linear() | Softmax():
            return (any_along(wanted, 1, keep=True),)
        case Flatten() | Unflatten():
            return (_reshaped(wanted, output, inputs[0]),)
        case PixelShuffle(factor):
            return (_unshuffled(wanted, factor, output),)
        case Add() | Subtract() | Multiply():
            return tuple(_gathered(wanted, output, shape) for shape in inputs)
        case Concatenate():
            return _parted(wanted, output, inputs)
        case Channels(places):
            return (_chosen(wanted, places, inputs[0]),)
        case Unknown(what):
            raise AssertionError(f"nobody knows what {what} reads")


def tables(operation: Operation, output: Shape, read: Shape) -> tuple[Table, Table]:
    """Say which rows each row of a step's output reads, and which columns each column.

    Args:
        operation: one that looks through windows, or brings places elsewhere.
        output: the size of its map.
        read: the shape of what it reads.
    """
    down, across = zip(output[-2:], read[-2:], strict=True)
    return table(operation, 0, *down), table(operation, 1, *across)


def table(operation: Operation, axis: Literal[0, 1], outputs: int, inputs: int) -> Table:
    """Say which of the inputs along an axis each of a step's outputs reads."""
    match operation:
        case Convolution(window, mode=mode):
            return window_table(window, axis, outputs, inputs, mode)
        case MaxPool(window) | AveragePool(window):
            return window_table(window, axis, outputs, inputs)
        case AdaptivePool():
            return _listed([share(at, inputs, outputs) for at in range(outputs)], inputs)
        case Pad(sides, mode):
            places = repeated(np.arange(outputs) - sides[axis][0], inputs, mode)
            return _marked(places[:, None], inputs)
        case TransposedConvolution():
            return _listed([reaching(operation, axis, at, inputs)[0] for at in range(outputs)], inputs)
        case Resize():
            return _listed([neighbours(operation, axis, at, inputs)[0] for at in range(outputs)], inputs)
        case PixelShuffle(factor):
            return _marked(np.arange(outputs)[:, None] // factor, inputs)
        case _:
            raise AssertionError(f"{type(operation).__name__} has no windows")


def any_along(
    cells: Bool[np.ndarray, "..."], axes: int | tuple[int, ...], *, keep: bool = False
) -> Bool[np.ndarray, "..."]:
    """Say where some cell along the axes is marked; along no axes, the marks as they are."""
    return np.asarray(np.any(cells, axis=axes, keepdims=keep))


def window_table(window: Window, axis: int, outputs: int, inputs: int, mode: PaddingMode = "zeros") -> Table:
    """Say which inputs along one axis each of a window's outputs reads: tap a of output k at k·s + a·d − p.

    Padding holds nothing to be read, except where it repeats what lies inside.
    """
    taps = np.arange(window.kernel[axis]) * window.dilation[axis]
    places = np.arange(outputs)[:, None] * window.stride[axis] + taps - window.padding[axis][0]
    return _marked(repeated(places.ravel(), inputs, mode).reshape(places.shape), inputs)


def _listed(places: Sequence[Int64[np.ndarray, " _"]], inputs: int) -> Table:
    """Turn the inputs of each output into a table."""
    found = np.zeros((len(places), inputs), bool)
    for row, own in zip(found, places, strict=True):
        row[own] = True
    return found


def _marked(places: Int64[np.ndarray, "_ _"], inputs: int) -> Table:
    """Turn (outputs, taps) places into a table; −1 is no place."""
    found = np.zeros((len(places), inputs), bool)
    rows, taps = np.nonzero((places >= 0) & (places < inputs))
    found[rows, places[rows, taps]] = True
    return found


def _convolved(operation: Operation, wanted: Cells, groups: int, output: Shape, read: Shape) -> Cells:
    sets, channels = len(wanted), wanted.shape[1]
    if channels > 1:  # a filter reads all channels of its group
        wanted = any_along(wanted.reshape(sets, groups, channels // groups, *wanted.shape[2:]), 2)
    cells = _spread(wanted, *tables(operation, output, read))
    return cells if cells.shape[1] == 1 else cells.repeat(read[0] // groups, axis=1)


def _spread(wanted: Cells, rows: Table, columns: Table) -> Cells:
    """Give the cells that are read by a set of cells: x, y with an output k, l in the set, k reading x and l y."""
    whole = np.broadcast_to(wanted, (*wanted.shape[:2], len(rows), len(columns)))
    cells: Cells = rows.T.astype(np.float32) @ whole.astype(np.float32) @ columns.astype(np.float32) > 0
    return cells


def _reshaped(wanted: Cells, output: Shape, read: Shape) -> Cells:
    if wanted[0].size == 1:
        return wanted.reshape(len(wanted), *[1] * len(read))
    return np.broadcast_to(wanted, (len(wanted), *output)).reshape(len(wanted), *read)


def _unshuffled(wanted: Cells, factor: int, output: Shape) -> Cells:
    channels, height, width = output
    whole = np.broadcast_to(wanted, (len(wanted), *output))
    squares = whole.reshape(len(wanted), channels, height // factor, factor, width // factor, factor)
    return squares.transpose(0, 1, 3, 5, 2, 4).reshape(len(wanted), -1, height // factor, width // factor)


def _gathered(wanted: Cells, output: Shape, read: Shape) -> Cells:
    """Undo the stretching of axes of length 1, and of axes that were not there."""
    wanted = any_along(wanted, tuple(range(1, 1 + len(output) - len(read))))
    return any_along(wanted, tuple(place for place, side in enumerate(read, start=1) if side == 1), keep=True)


def _parted(wanted: Cells, output: Shape, inputs: Sequence[Shape]) -> tuple[Cells, ...]:
    if wanted.shape[1] == 1 and output[0] > 1:
        return (wanted,) * len(inputs)
    ends = np.cumsum([shape[0] for shape in inputs])
    return tuple(np.split(wanted, ends[:-1], axis=1))


def _chosen(wanted: Cells, places: Sequence[int], read: Shape) -> Cells:
    cells: Cells = np.zeros((len(wanted), read[0], *wanted.shape[2:]), bool)
    cells[:, list(places)] = wanted  # one mark for all channels is stretched
    return cells
