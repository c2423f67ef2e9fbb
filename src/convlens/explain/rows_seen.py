"""Which rows and columns of the picture each row and column of a step reads, followed from the picture on.

Windows read the same rows whatever the column, so that the rows can be followed alone. A row of numbers is one unit.
"""

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Bool

from convlens.explain.operations import (
    AdaptivePool,
    AveragePool,
    Convolution,
    Flatten,
    GroupNorm,
    LayerNorm,
    Linear,
    MaxPool,
    Pad,
    PixelShuffle,
    Resize,
    Softmax,
    TransposedConvolution,
    Unflatten,
    Unknown,
)
from convlens.explain.reads import tables
from convlens.explain.recording import IMAGE, Recording, Step

Axis: TypeAlias = Literal[0, 1]
Seen: TypeAlias = Bool[np.ndarray, "_ _"]
"""Which rows (or columns) of the picture are read by the units in each row (or column) of a step."""


def rows_seen(recording: Recording, axis: Axis) -> list[Seen | None]:
    """Give what each step reads of the picture along an axis, None where it is not known."""
    found: list[Seen | None] = []
    picture = np.eye(recording.input_shape[1 + axis], dtype=bool)
    for step in recording.steps:
        read = [picture if one == IMAGE else found[one] for one in step.inputs]
        shapes = [recording.shape(one) for one in step.inputs]
        known = [one for one in read if one is not None]
        is_known = len(known) == len(read) and not isinstance(step.operation, Unknown)
        found.append(_passed_on(step, known, shapes, axis) if is_known else None)
    return found


def takes_all(step: Step, axis: Axis) -> bool:
    """Say whether each number of a step reads all that lies along an axis."""
    is_row = len(step.output_shape) == 1
    match step.operation:
        case Linear() | Softmax():
            return is_row
        case GroupNorm():
            return True
        case LayerNorm(axes):
            return is_row or 1 + axis in axes
        case AdaptivePool(size=size):
            return size[axis] == 1
        case _:
            return False


def _passed_on(step: Step, read: Sequence[Seen], shapes: Sequence[tuple[int, ...]], axis: Axis) -> Seen:
    units = step.output_shape[1 + axis] if len(step.output_shape) == 3 else 1
    match step.operation:
        case (
            Convolution()
            | TransposedConvolution()
            | MaxPool()
            | AveragePool()
            | AdaptivePool()
            | Pad()
            | Resize()
            | PixelShuffle()
        ):
            output = step.output_shape[1:] if len(step.output_shape) == 3 else (1, 1)
            reads = tables(step.operation, output, shapes[0])[axis]
            return np.asarray(reads.astype(np.float32) @ read[0].astype(np.float32) > 0)
        case Flatten() | Unflatten():
            return np.asarray(read[0].any(axis=0, keepdims=True)).repeat(units, axis=0)
        case _ if takes_all(step, axis):
            return np.asarray(read[0].any(axis=0, keepdims=True)).repeat(units, axis=0)
        case _:
            return np.asarray(np.logical_or.reduce(np.broadcast_arrays(*read)))
