"""What a network computes, step by step, in a vocabulary that can be followed by hand.

A step's operation is one of the classes here, whatever the network wrote for it: a layer, a function, or a method.
What is not known becomes `Unknown`, and is never guessed. Numbers of an operation (weights, means) are torch tensors as
the network holds them; sizes are plain integers, always a pair (down, across).
"""

from dataclasses import dataclass, fields
from typing import Literal, TypeAlias

from torch import Tensor

Pair: TypeAlias = tuple[int, int]
Sides: TypeAlias = tuple[Pair, Pair]
"""((above, below), (left, right)), in pixels of the step's input."""

PaddingMode: TypeAlias = Literal["zeros", "reflect", "replicate", "circular"]
ResizeKind: TypeAlias = Literal["nearest", "nearest-exact", "bilinear", "aligned"]


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


@dataclass(frozen=True, eq=False)
class TransposedConvolution:
    """weight (C, O/g, kh, kw), bias (O,) or None: each number puts its filters, times itself, onto the output.

    Attributes:
        window: number (r, q) reaches from r·stride − padding on; what lies outside the output is left off.
        extra: rows and columns that the output has more at its end, torch's output padding.
    """

    window: Window
    weight: Tensor
    bias: Tensor | None
    groups: int = 1
    extra: Pair = (0, 0)


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
    """The same by the picture's own numbers along some axes, counted from 0; weight and bias stretch to its shape."""

    axes: tuple[int, ...]
    weight: Tensor | None
    bias: Tensor | None
    eps: float


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
    """The way back: (C·H·W,) to the shape (C, H, W)."""

    shape: tuple[int, int, int]


@dataclass(frozen=True)
class Resize:
    """To another size: the nearest number, or a mean of the four around, the nearer the heavier.

    Attributes:
        kind: place k of the new axis lies at k·step of the old one ("nearest", "aligned"), in the middle of cells at
            (k + ½)·step ("nearest-exact"), or at (k + ½)·step − ½ and not below 0 ("bilinear"); "aligned" is bilinear
            otherwise.
    """

    kind: ResizeKind
    size: Pair
    step: tuple[float, float]


@dataclass(frozen=True)
class PixelShuffle:
    """(C·f², H, W) to (C, H·f, W·f): each cell becomes a square, filled from f² channels row by row."""

    factor: int


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
    | Multiply
    | Concatenate
    | Softmax
    | Unknown
)


def tensors_of(operation: Operation) -> dict[str, Tensor]:
    """Give the numbers that an operation holds: its weight, its bias, its means."""
    held = {field.name: getattr(operation, field.name) for field in fields(operation)}
    return {name: one for name, one in held.items() if isinstance(one, Tensor)}
