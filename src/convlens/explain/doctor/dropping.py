"""Layers whose windows leave out a part of the map before them."""

from dataclasses import dataclass

import numpy as np

from convlens.explain.operations import AveragePool, Convolution, MaxPool
from convlens.explain.reads import Table, tables
from convlens.explain.recording import Recording
from convlens.explain.words import layer as named


@dataclass(frozen=True)
class Dropping:
    """A layer that does not read all of its map.

    Attributes:
        position: of its step.
        layer: the step's name.
        module: the path of the module that did it, "" for the network itself.
        size: height and width of the map that comes in.
        read: how many rows and columns are read.
        last: how many of the last rows and columns are not, beyond the gaps that its stride leaves anyway.
    """

    position: int
    layer: str
    module: str
    size: tuple[int, int]
    read: tuple[int, int]
    last: tuple[int, int]


def droppings(recording: Recording) -> list[Dropping]:
    """Give the steps that do not read all of their map, in the order of the network."""
    found = []
    for position, step in enumerate(recording.steps):
        operation = step.operation
        if not isinstance(operation, Convolution | MaxPool | AveragePool):
            continue
        shape = recording.shape(step.inputs[0])
        both = tables(operation, step.output_shape, shape)
        read = tuple(int(table.any(axis=0).sum()) for table in both)
        if read == shape[-2:]:
            continue
        window = operation.window
        gaps = [
            max(0, stride - gap * (kernel - 1) - 1)
            for stride, gap, kernel in zip(window.stride, window.dilation, window.kernel, strict=True)
        ]
        last = tuple(max(0, _unread_at_the_end(table) - gap) for table, gap in zip(both, gaps, strict=True))
        found.append(
            Dropping(position, step.name, step.layer, (shape[-2], shape[-1]), (read[0], read[1]), (last[0], last[1]))
        )
    return found


def in_words(one: Dropping) -> str:
    """Say what a layer reads: "pool2 reads 10 of 11 rows and 10 of 11 columns"."""
    (rows, columns), (height, width) = one.read, one.size
    return f"{named(one.layer)} reads {rows} of {height} rows and {columns} of {width} columns"


def _unread_at_the_end(table: Table) -> int:
    read = np.flatnonzero(table.any(axis=0))
    last = int(read[-1]) if len(read) else -1
    return int(table.shape[1]) - 1 - last
