"""Which numbers of a map are normalised together, by their own mean and variance."""

from typing import TypeAlias

import numpy as np
from jaxtyping import Bool

from convlens.explain.operations import GroupNorm, LayerNorm

OwnNorm: TypeAlias = GroupNorm | LayerNorm
Shape: TypeAlias = tuple[int, ...]


def together(operation: OwnNorm, place: Shape, shape: Shape) -> tuple[slice, ...]:
    """Give the piece of a value of this shape whose mean and variance the number at `place` is normalised by."""
    if isinstance(operation, LayerNorm):
        return tuple(slice(None) if axis in operation.axes else slice(at, at + 1) for axis, at in enumerate(place))
    each = shape[0] // operation.groups
    first = place[0] // each * each
    return (slice(first, first + each), *[slice(None)] * (len(shape) - 1))


def gathered(operation: OwnNorm, wanted: Bool[np.ndarray, "sets ..."], shape: Shape) -> Bool[np.ndarray, "sets ..."]:
    """Give the numbers that are normalised together with some wanted one; sets stretch to the shape."""
    if isinstance(operation, LayerNorm):
        return np.asarray(wanted.any(axis=tuple(1 + axis for axis in operation.axes), keepdims=True))
    found = np.asarray(wanted.any(axis=tuple(range(2, wanted.ndim)), keepdims=True))
    if found.shape[1] == 1:
        return found
    each = shape[0] // operation.groups
    groups = found.reshape(len(found), operation.groups, each, *[1] * (len(shape) - 1)).any(axis=2)
    return groups.repeat(each, axis=1)
