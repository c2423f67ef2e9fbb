"""What looks through windows or brings places elsewhere: convolutions, pools, padding, resizing.

Numbers of an operation are torch tensors as the network holds them; sizes are plain integers, a pair (down, across).
"""

from dataclasses import dataclass
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
