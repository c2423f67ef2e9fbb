"""Receptive fields in closed form: how large, how far apart, and where the first one lies.

Along one axis the field of unit y of a step is the pixels from y·jump + start to y·jump + start + size − 1, some of
which may lie beyond the picture. The picture has start 0, size 1 and jump 1; a window of kernel k, stride s, dilation d
and padding p before makes of these

    start − p · jump,    size + d · (k − 1) · jump,    s · jump

Source: Araujo, Norris & Sim 2019, "Computing receptive fields of convolutional neural networks", section 2.1: r₀ is the
size, S the jump, and P = −start.

A transposed convolution of stride 1 is such a window too, turned around: start − (d·(k − 1) − p) · jump. One with a
larger stride, or resizing to a larger map, lets several units share a field, so that there is no one jump.

What reads a whole map (a linear layer after flattening, a mean over all rows and columns, a normalisation by the map's
own numbers) does not move with its unit. Its field is given as what it truly reads, nothing beyond the picture.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

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
from convlens.explain.reads import Table, table
from convlens.explain.recording import IMAGE, Recording, Step
from convlens.explain.rows_seen import Axis, rows_seen, takes_all

Side: TypeAlias = tuple[int, int | None, float]
"""Size, jump and centre along one axis."""


@dataclass(frozen=True)
class Moving:
    """The fields along one axis of units that read one after the other.

    Attributes:
        start: the first pixel that unit 0 reads; below 0 it lies beyond the picture.
        count: of units along the axis.
    """

    start: int
    size: int
    jump: int
    count: int


Along: TypeAlias = Moving | Literal["whole", "uneven", "unknown"]
"""How a step's units read along one axis: "whole" reads the same for all units, "uneven" differs in no regular way."""


@dataclass(frozen=True)
class Reach:
    """The receptive field of a step's units, each a pair (down, across).

    Attributes:
        size: in pixels.
        jump: how far the field moves from one unit to the next; None where it is the same for all.
        centre: of unit 0's field; 0 is the centre of the first pixel.
    """

    size: tuple[int, int]
    jump: tuple[int | None, int | None]
    centre: tuple[float, float]


def fields(recording: Recording) -> tuple[Reach | None, ...]:
    """Give the receptive field of every step, None where it is unknown or differs in no regular way."""
    sides = [[*_sides(recording, axis)] for axis in (0, 1)]
    return tuple(_reach(down, across) for down, across in zip(*sides, strict=True))


def _reach(down: Side | None, across: Side | None) -> Reach | None:
    if down is None or across is None:
        return None
    return Reach((down[0], across[0]), (down[1], across[1]), (down[2], across[2]))


def _sides(recording: Recording, axis: Axis) -> Iterator[Side | None]:
    """Give size, jump and centre of every step along an axis."""
    for along, seen in zip(_ways(recording, axis), rows_seen(recording, axis), strict=True):
        if isinstance(along, Moving):
            yield along.size, along.jump, along.start + (along.size - 1) / 2
        elif along == "whole" and seen is not None and seen.any():
            reading = seen[seen.any(axis=1)]  # what lies in padding alone reads nothing
            places = np.flatnonzero(reading[len(reading) // 2])
            first, last = int(places[0]), int(places[-1])
            yield last - first + 1, None, (first + last) / 2
        else:
            yield None


def _ways(recording: Recording, axis: Axis) -> list[Along]:
    found: list[Along] = []
    picture = Moving(0, 1, 1, recording.input_shape[1 + axis])
    for step in recording.steps:
        found.append(_along(step, [picture if one == IMAGE else found[one] for one in step.inputs], axis))
    return found


def _along(step: Step, read: Sequence[Along], axis: Axis) -> Along:
    """Say how a step reads along an axis, from how its inputs do."""
    if isinstance(step.operation, Unknown) or "unknown" in read:
        return "unknown"
    if isinstance(step.operation, (Add, Subtract, Multiply, Concatenate)):
        return _joined(read)
    first = read[0]
    if takes_all(step, axis):
        return first if isinstance(first, Moving) and first.count == 1 else "whole"
    if isinstance(first, str):
        return "uneven" if first == "whole" and _leaves_gaps(step.operation, axis) else first
    units = step.output_shape[1 + axis] if len(step.output_shape) == 3 else first.count
    match step.operation:
        case Convolution(window) | MaxPool(window) | AveragePool(window):
            reach = window.dilation[axis] * (window.kernel[axis] - 1)
            return _windowed(first, reach, window.stride[axis], window.padding[axis][0], units)
        case TransposedConvolution(window) if window.stride[axis] == 1:
            reach = window.dilation[axis] * (window.kernel[axis] - 1)
            return _windowed(first, reach, 1, reach - window.padding[axis][0], units)
        case Pad(sides):
            return _windowed(first, 0, 1, sides[axis][0], units)
        case AdaptivePool(size=size):
            kernel, rest = divmod(first.count, size[axis])
            return "uneven" if rest else _even(first, kernel, size[axis])
        case TransposedConvolution() | Resize() | PixelShuffle():
            return _regular(first, table(step.operation, axis, units, first.count))
        case Unflatten():
            return first if first.count == units == 1 else "whole" if first.count == 1 else "uneven"
        case BatchNorm() | Channels() | ChannelSlopes() | Pointwise() | Linear() | Flatten():
            return first
        case LayerNorm() | GroupNorm() | Softmax():  # over the channels alone
            return first


def _leaves_gaps(operation: Operation, axis: Axis) -> bool:
    """Say whether some outputs along an axis may read nothing at all."""
    if not isinstance(operation, TransposedConvolution):
        return False
    window = operation.window
    is_dense = window.dilation[axis] == 1 and window.kernel[axis] >= window.stride[axis]
    return not is_dense or operation.extra[axis] > window.padding[axis][1]


def _regular(read: Moving, reads: Table) -> Along:
    """Say how units read whose inputs a table tells: alike, moving on by equal steps, or in no such way."""
    if not reads.any(axis=1).all():
        return "uneven"
    first, last = reads.argmax(axis=1), reads.shape[1] - 1 - reads[:, ::-1].argmax(axis=1)
    steps = np.unique(np.diff(first))
    if len(steps) > 1 or len(np.unique(last - first)) > 1:
        return "uneven"
    if len(steps) and not steps[0]:
        return "whole"
    jump = int(steps[0]) if len(steps) else 1
    return _windowed(read, int(last[0] - first[0]), jump, -int(first[0]), len(reads))


def _windowed(read: Moving, reach: int, stride: int, before: int, units: int) -> Moving:
    return Moving(read.start - before * read.jump, read.size + reach * read.jump, read.jump * stride, units)


def _even(read: Moving, kernel: int, units: int) -> Moving:
    return _windowed(read, kernel - 1, kernel, 0, units)


def _joined(read: Sequence[Along]) -> Along:
    """Say how the sum of several steps reads: what lies around all their fields, when these move together."""
    if "whole" in read:
        return "whole"
    moving = [one for one in read if isinstance(one, Moving)]
    if len(moving) < len(read):
        return "uneven"
    if len({one.count for one in moving}) > 1:  # a single number for a whole map
        return "whole"
    if len({one.jump for one in moving}) > 1:
        return "uneven"
    start, end = min(one.start for one in moving), max(one.start + one.size for one in moving)
    return replace(moving[0], start=start, size=end - start)
