"""What a network computes, step by step, in a vocabulary that can be followed by hand.

A step's operation is one of the classes here, whatever the network wrote for it: a layer, a function, or a method.
What is not known becomes `Unknown`, and is never guessed. Numbers of an operation (weights, means) are torch tensors as
the network holds them; sizes are plain integers, always a pair (down, across).
"""

from dataclasses import dataclass, fields
from typing import TypeAlias

from torch import Tensor

from convlens.explain.window_operations import AdaptivePool as AdaptivePool
from convlens.explain.window_operations import AveragePool as AveragePool
from convlens.explain.window_operations import Convolution as Convolution
from convlens.explain.window_operations import MaxPool as MaxPool
from convlens.explain.window_operations import Pad as Pad
from convlens.explain.window_operations import PaddingMode as PaddingMode
from convlens.explain.window_operations import Pair as Pair
from convlens.explain.window_operations import Resize as Resize
from convlens.explain.window_operations import ResizeKind as ResizeKind
from convlens.explain.window_operations import Sides as Sides
from convlens.explain.window_operations import TransposedConvolution as TransposedConvolution
from convlens.explain.window_operations import Window as Window


@dataclass(frozen=True, eq=False)
class BatchNorm:
    """(x − mean) / √(var + eps) · weight + bias, per channel, from the running statistics."""

    mean: Tensor
    var: Tensor
    weight: Tensor | None
    bias: Tensor | None
    eps: float


@dataclass(frozen=True, eq=False)
class GroupNorm:
    """(x − mean) / √(var + eps) · weight + bias, by the picture's own numbers in the group of channels.

    Attributes:
        groups: as many as channels is instance normalisation.
        weight, bias: per channel.
    """

    groups: int
    weight: Tensor | None
    bias: Tensor | None
    eps: float


@dataclass(frozen=True, eq=False)
class LayerNorm:
    """The same by the picture's own numbers along some axes, counted from 0; weight and bias stretch to its shape.

    Attributes:
        centred: the mean is taken away; without, and with the mean square as variance, it is RMSNorm.
    """

    axes: tuple[int, ...]
    weight: Tensor | None
    bias: Tensor | None
    eps: float
    centred: bool = True


@dataclass(frozen=True, eq=False)
class ChannelSlopes:
    """x, or below 0 the slope of its channel (C,) times x: a PReLU."""

    slopes: Tensor


@dataclass(frozen=True)
class Pointwise:
    """Each number from that number alone.

    Attributes:
        name: relu, relu6, leaky_relu, elu, gelu, silu, hardswish, hardsigmoid, sigmoid, tanh, identity (dropout in
            evaluation), scale (times the parameter `by`), shift (plus the parameter `by`), …
        parameters: by the names of torch's function.
    """

    name: str
    parameters: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, eq=False)
class Linear:
    """weight (out, in), bias (out,) or None."""

    weight: Tensor
    bias: Tensor | None


@dataclass(frozen=True)
class Flatten:
    """(C, H, W) to (C·H·W,); the index of (c, r, q) is c·H·W + r·W + q."""


@dataclass(frozen=True)
class Unflatten:
    """The way back: (C·H·W,) to the shape (C, H, W); or a row with axes of length 1 put in or left out."""

    shape: tuple[int, ...]


@dataclass(frozen=True)
class PixelShuffle:
    """(C·f², H, W) to (C, H·f, W·f): each cell becomes a square, filled from f² channels row by row."""

    factor: int


@dataclass(frozen=True)
class Add:
    """The sum of two steps, as in a residual network."""


@dataclass(frozen=True)
class Subtract:
    """The first of two steps minus the second."""


@dataclass(frozen=True)
class Multiply:
    """The product of two steps, as in squeeze and excitation."""


@dataclass(frozen=True)
class Concatenate:
    """Channels of several steps after one another."""


@dataclass(frozen=True)
class Channels:
    """Some channels of a step, or some numbers of a row, in this order: cut out, parted, or shuffled.

    Attributes:
        places: where each of them stood; none stands twice.
    """

    places: tuple[int, ...]


@dataclass(frozen=True)
class Softmax:
    """Over the classes."""


@dataclass(frozen=True)
class Unknown:
    """Something that is not followed: nothing is known of how its output depends on its input.

    Attributes:
        what: the function or the layer, as torch or the user calls it.
        reason: why it is not followed.
        outcome: which of several tensors that a function gave it is.
    """

    what: str
    reason: str
    outcome: int = 0


Operation: TypeAlias = (
    Convolution
    | TransposedConvolution
    | MaxPool
    | AveragePool
    | AdaptivePool
    | Pad
    | BatchNorm
    | GroupNorm
    | LayerNorm
    | ChannelSlopes
    | Pointwise
    | Linear
    | Flatten
    | Unflatten
    | Resize
    | PixelShuffle
    | Add
    | Subtract
    | Multiply
    | Concatenate
    | Channels
    | Softmax
    | Unknown
)


def tensors_of(operation: Operation) -> dict[str, Tensor]:
    """Give the numbers that an operation holds: its weight, its bias, its means."""
    held = {field.name: getattr(operation, field.name) for field in fields(operation)}
    return {name: one for name, one in held.items() if isinstance(one, Tensor)}
