"""What the layers of a network answer to pictures: whole maps of chosen steps, as copies that nothing can change."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32
from torch import Tensor, nn

from convlens.arrays import Images
from convlens.errors import SettingsError
from convlens.explain.operations import (
    AdaptivePool,
    AveragePool,
    Channels,
    ChannelSlopes,
    Concatenate,
    Flatten,
    MaxPool,
    Operation,
    PixelShuffle,
    Pointwise,
    Resize,
    Softmax,
    Unflatten,
)
from convlens.explain.recording import IMAGE, Recording, Step, blank, record
from convlens.explain.words import sides
from convlens.models.card import Card
from convlens.models.tensors import tensors

NUMBERS_AT_ONCE = 2**24
"""So many numbers, of all steps together, are held while pictures pass through: 64 MiB."""

RECTIFIERS = frozenset({"relu", "relu6", "hardtanh", "threshold", "leaky_relu", "elu", "gelu", "silu", "hardswish"})
"""What cuts or damps the numbers below 0; there a unit that is not active can hardly be moved."""

Numbers: TypeAlias = Float32[np.ndarray, "n ..."]

_NEVER_NEGATIVE = frozenset({"relu", "relu6", "sigmoid", "hardsigmoid", "softplus"})
_KEEPING_SIGN = (
    *(MaxPool, AveragePool, AdaptivePool, Flatten, Unflatten, Concatenate, Channels, Resize, PixelShuffle),
)


@dataclass(frozen=True, eq=False)
class Captured:
    """One step's answers to pictures.

    Attributes:
        name: of the step.
        kind: what the network calls it, such as "Conv2d".
        positive: no number can be below 0, as after a ReLU.
        values: a row per picture: (N, C, H, W) for maps, (N, units) behind the flattening.
    """

    name: str
    kind: str
    positive: bool
    values: Numbers


def captured(
    module: nn.Module, images: Tensor, names: Sequence[str], channel: int | None = None
) -> tuple[Captured, ...]:
    """Give what the named steps answer to each picture (N, C, H, W), in eval mode.

    Args:
        channel: keep this one of each step alone, so that many pictures fit into memory: (N, 1, H, W) or (N, 1).

    Raises:
        UnknownNameError: no step is called so.
        SettingsError: a step has no such channel.
    """
    first = blank(module, images.shape[1], (images.shape[2], images.shape[3]))
    steps = [first.steps[first.place(name)] for name in names]
    if channel is not None:
        for step in steps:
            require_channel(step, channel)
    at_once = max(1, NUMBERS_AT_ONCE // sum(prod(step.output_shape) for step in first.steps))
    kept: list[list[Numbers]] = [[] for _ in names]
    for start in range(0, len(images), at_once):
        found = record(module, images[start : start + at_once])
        for parts, name in zip(kept, names, strict=True):
            value = found.steps[found.place(name)].value
            chosen = value if channel is None else value[:, channel : channel + 1]
            parts.append(chosen.float().cpu().numpy())
    return tuple(
        Captured(step.name, step.kind, never_negative(first, first.place(step.name)), np.concatenate(parts))
        for step, parts in zip(steps, kept, strict=True)
    )


def seen_by(
    module: nn.Module, card: Card, images: Images, names: Sequence[str], channel: int | None = None
) -> tuple[Captured, ...]:
    """Give what the named steps answer to pictures, which are normalised as the network reads them."""
    return captured(module, tensors(images, card.mean, card.std), names, channel)


def has_maps(step: Step) -> bool:
    """Say whether a step's answers have rows and columns."""
    return len(step.output_shape) == 3


def require_maps(recording: Recording, name: str) -> Step:
    """Give the step of that name, which has rows and columns.

    Raises:
        UnknownNameError: no step is called so.
        SettingsError: it has none; the sentence names steps that do.
    """
    step = recording.steps[recording.place(name)]
    if has_maps(step):
        return step
    known = [one.name for one in recording.steps if has_maps(one)]
    shown = f"choose one of {', '.join(known[:12])}" if known else "this network has no such layer"
    shape = sides(step.output_shape) or "one number"
    raise SettingsError(f"a map has rows and columns, but {name!r} ({step.kind}) gives {shape} per picture; {shown}")


def require_channel(step: Step, channel: int) -> None:
    """Refuse a filter or a unit that a step does not have.

    Raises:
        SettingsError: it has fewer.
    """
    count = step.output_shape[0] if step.output_shape else 0
    if not 0 <= channel < count:
        what = "filters" if has_maps(step) else "units"
        raise SettingsError(f"{step.name!r} has the {what} 0 to {count - 1}; got {channel}")


def never_negative(recording: Recording, place: int) -> bool:
    """Say whether no number of a step can be below 0, by what the network does, not by what one picture gave."""
    if place == IMAGE:
        return False
    step = recording.steps[place]
    operation = step.operation
    if isinstance(operation, Softmax):
        return True
    if isinstance(operation, Pointwise) and operation.name in _NEVER_NEGATIVE:
        return True
    keeps = isinstance(operation, _KEEPING_SIGN) or (isinstance(operation, Pointwise) and operation.name == "identity")
    return keeps and all(never_negative(recording, one) for one in step.inputs)


def before_rectifier(recording: Recording, place: int) -> int:
    """Give the step whose numbers a rectifier takes; any other step is given back as it is."""
    operation = recording.steps[place].operation
    while _rectifies(operation):
        before = recording.steps[place].inputs[0]
        if before == IMAGE:
            break
        place = before
        operation = recording.steps[place].operation
    return place


def after_rectifier(recording: Recording, place: int) -> int:
    """Give the step that rectifies a step's numbers, if one takes them and nothing else does; else the step itself."""
    takers = [number for number, step in enumerate(recording.steps) if place in step.inputs]
    if len(takers) == 1 and _rectifies(recording.steps[takers[0]].operation):
        return takers[0]
    return place


def _rectifies(operation: Operation) -> bool:
    is_rectifier = isinstance(operation, Pointwise) and operation.name in RECTIFIERS
    return is_rectifier or isinstance(operation, ChannelSlopes)


def learned(module: nn.Module, recording: Recording, kinds: type | tuple[type, ...]) -> Iterator[Step]:
    """Give the steps of these operations whose weights are learned, in their order; a fixed blur is not among them."""
    for step in recording.steps:
        if isinstance(step.operation, kinds) and _has_parameters(module, step):
            yield step


def _has_parameters(module: nn.Module, step: Step) -> bool:
    return next(module.get_submodule(step.layer).parameters(recurse=False), None) is not None


def names(steps: Iterable[Step]) -> tuple[str, ...]:
    """Give the names of steps."""
    return tuple(step.name for step in steps)
