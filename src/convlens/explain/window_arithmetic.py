"""Sums of products, the largest and the mean of a window: numbers that are made of many others.

Rows and columns are those of the step's input; in the padding around it they are below 0, or beyond its last.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float64, Int64

from convlens.explain.operations import PaddingMode

Stack: TypeAlias = Float64[np.ndarray, "c kh kw"]
Window: TypeAlias = Float64[np.ndarray, "kh kw"]
Row: TypeAlias = Float64[np.ndarray, " n"]


@dataclass(frozen=True, eq=False)
class Weighted:
    """Σ window · filter over channels, rows and columns, plus the bias.

    Attributes:
        channels: of the input, that this output channel reads; with groups not all.
        rows, columns: where each row and column of the window lies.
        size: height and width of the input; what lies outside is padding.
        mode: what the padding holds.
        bias: None where the layer has none.
        taps: the rows and columns of the filter that meet the window, where they are not all in their order: in a
            transposed convolution.
    """

    channels: tuple[int, ...]
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    size: tuple[int, int]
    mode: PaddingMode
    window: Stack
    filter: Stack
    bias: float | None
    taps: tuple[tuple[int, ...], tuple[int, ...]] | None = None

    @property
    def products(self) -> Stack:
        """Each number of the window times the weight on it."""
        products: Stack = self.window * self.filter
        return products

    @property
    def sums(self) -> Row:
        """The sum of the products of each channel."""
        sums: Row = self.products.sum(axis=(1, 2))
        return sums

    @property
    def padded(self) -> Bool[np.ndarray, "kh kw"]:
        """Which places of the window lie in the padding."""
        return _outside(self.rows, self.columns, self.size)

    @property
    def total(self) -> float:
        """The sums and the bias together."""
        return float(self.sums.sum() + (self.bias or 0.0))


@dataclass(frozen=True, eq=False)
class Dotted:
    """Σ input · weight, plus the bias: a linear layer.

    Attributes:
        folded: (channels, rows, columns) of the maps that were flattened to the inputs, if they were.
    """

    inputs: Row
    weights: Row
    bias: float | None
    folded: tuple[int, int, int] | None = None

    @property
    def products(self) -> Row:
        """Each input times the weight on it."""
        products: Row = self.inputs * self.weights
        return products

    @property
    def total(self) -> float:
        """The products and the bias together."""
        return float(self.products.sum() + (self.bias or 0.0))

    def largest(self, count: int) -> Int64[np.ndarray, " some"]:
        """Give the places of the terms that move the total most, the largest first; of equal ones the earlier."""
        return np.argsort(-abs(self.products), kind="stable")[:count].astype(np.int64)

    def rest(self, count: int) -> float:
        """Give the sum of all terms but the `count` largest."""
        left = np.delete(self.products, self.largest(count))
        return float(left.sum())


@dataclass(frozen=True, eq=False)
class Largest:
    """The largest of a window; padding (−∞) never wins.

    Attributes:
        winner: the row and column of the input that the largest comes from; of equal ones the first, row by row.
    """

    channel: int
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    window: Window
    winner: tuple[int, int]

    @property
    def total(self) -> float:
        """The number at the winner's place."""
        return float(self.window[self.rows.index(self.winner[0]), self.columns.index(self.winner[1])])


@dataclass(frozen=True, eq=False)
class Averaged:
    """The sum of a window divided by a number, mostly that of its places."""

    channel: int
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    size: tuple[int, int]
    window: Window
    divisor: int

    @property
    def padded(self) -> Bool[np.ndarray, "kh kw"]:
        """Which places of the window lie in the padding."""
        return _outside(self.rows, self.columns, self.size)

    @property
    def total(self) -> float:
        """The sum over the divisor."""
        return float(self.window.sum() / self.divisor)


def _outside(rows: tuple[int, ...], columns: tuple[int, ...], size: tuple[int, int]) -> Bool[np.ndarray, "kh kw"]:
    down, across = (
        np.array([not 0 <= one < side for one in places]) for places, side in zip((rows, columns), size, strict=True)
    )
    outside: Bool[np.ndarray, "kh kw"] = down[:, None] | across[None, :]
    return outside
