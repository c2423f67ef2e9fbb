"""What a network computes, step by step, in a vocabulary that can be followed by hand.

A step's operation is one of the classes here, whatever the network wrote for it: a layer, a function, or a method.
What is not known becomes `Unknown`, and is never guessed. Numbers of an operation (weights, means) are torch tensors as
the network holds them; sizes are plain integers, always a pair (down, across).
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from torch import Tensor

Pair: TypeAlias = tuple[int, int]
Sides: TypeAlias = tuple[Pair, Pair]
"""((above, below), (left, right)), in pixels of the step's input."""

PaddingMode: TypeAlias = Literal["zeros", "reflect", "replicate", "circular"]


@dataclass(frozen=True)
class Window:
    """How a convolution or a pool walks over its input.

    Attributes:
        padding: before and after, per axis; "same" is resolved to numbers.
        ceil: a last window that hangs over the edge counts.
    """

    kernel: Pair
    stride: Pair
    padding: Sides
    dilation: Pair = (1, 1)
    ceil: bool = False


@dataclass(frozen=True, eq=False)
class Convolution:
    """weight (O, C/g, kh, kw), bias (O,) or None; the padding comes in as `mode` says."""

    window: Window
    weight: Tensor
    bias: Tensor | None
    groups: int = 1
    mode: PaddingMode = "zeros"


@dataclass(frozen=True)
class MaxPool:
    """The largest of each window; padding never wins."""

    window: Window


@dataclass(frozen=True)
class AveragePool:
    """The mean of each window; `divisor` replaces the count where it is given."""

    window: Window
    count_include_pad: bool = True
    divisor: int | None = None


@dataclass(frozen=True)
class AdaptivePool:
    """To a given size: window i covers floor(i·n/m) to ceil((i+1)·n/m) − 1.

    Attributes:
        size: (1, 1) is the mean, or the largest, of all rows and columns.
        flat: rows and columns are dropped afterwards: (C,) instead of (C, 1, 1).
    """

    kind: Literal["mean", "max"]
    size: Pair
    flat: bool = False


@dataclass(frozen=True)
class Pad:
    """Rows and columns added around (negative: cut off)."""

    sides: Sides
    mode: PaddingMode = "zeros"
    value: float = 0.0


@dataclass(frozen=True, eq=False)
class BatchNorm:
    """(x − mean) / √(var + eps) · weight + bias, per channel, from the running statistics."""

    mean: Tensor
    var: Tensor
    weight: Tensor | None
    bias: Tensor | None
    eps: float


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
class Add:
    """The sum of two steps, as in a residual network."""


@dataclass(frozen=True)
class Multiply:
    """The product of two steps, as in squeeze and excitation."""


@dataclass(frozen=True)
class Concatenate:
    """Channels of several steps after one another."""


@dataclass(frozen=True)
class Softmax:
    """Over the classes."""


@dataclass(frozen=True)
class Unknown:
    """Something that is not followed: nothing is known of how its output depends on its input.

    Attributes:
        what: the function or the layer, as torch or the user calls it.
        reason: why it is not followed.
    """

    what: str
    reason: str


Operation: TypeAlias = (
    Convolution
    | MaxPool
    | AveragePool
    | AdaptivePool
    | Pad
    | BatchNorm
    | Pointwise
    | Linear
    | Flatten
    | Add
    | Multiply
    | Concatenate
    | Softmax
    | Unknown
)
