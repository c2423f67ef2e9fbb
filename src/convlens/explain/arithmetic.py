"""What one number of a network is made of: the numbers that were read, what was done to them, and the total.

Each class holds one kind of arithmetic with everything it needs, and its `total` is worked out from these parts alone.
Rows and columns are those of the step's input; in the padding around it they are below 0, or beyond its last.
"""

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from convlens.explain.window_arithmetic import Averaged as Averaged
from convlens.explain.window_arithmetic import Dotted as Dotted
from convlens.explain.window_arithmetic import Largest as Largest
from convlens.explain.window_arithmetic import Row
from convlens.explain.window_arithmetic import Weighted as Weighted

Place: TypeAlias = tuple[int, ...]
"""(channel, row, column) of a map, or (index,) of a plain row of numbers."""


@dataclass(frozen=True)
class Normalised:
    """(input − mean) / √(variance + eps) · weight + bias, by the running statistics of the channel."""

    channel: int
    input: float
    mean: float
    variance: float
    eps: float
    weight: float
    bias: float

    @property
    def deviation(self) -> float:
        """√(variance + eps)."""
        return math.sqrt(self.variance + self.eps)

    @property
    def total(self) -> float:
        """The input brought to mean 0 and deviation 1, then to the learnt ones."""
        return (self.input - self.mean) / self.deviation * self.weight + self.bias


@dataclass(frozen=True, eq=False)
class Standardised:
    """(input − mean) / √(variance + eps) · weight + bias, by the mean and variance of numbers that it is one of.

    Attributes:
        first, last: the corners of the piece that the numbers are.
        index: of the number in question among them.
        centred: the mean is taken away; without, the variance is the mean square, and that is RMSNorm.
    """

    numbers: Row
    first: Place
    last: Place
    index: int
    eps: float
    weight: float
    bias: float
    centred: bool = True

    @property
    def input(self) -> float:
        """The number itself."""
        return float(self.numbers[self.index])

    @property
    def mean(self) -> float:
        """Of all the numbers, or 0 where it is not taken away."""
        return float(self.numbers.mean()) if self.centred else 0.0

    @property
    def variance(self) -> float:
        """The mean square of their distances from the mean: by their number, not by one less."""
        return float(((self.numbers - self.mean) ** 2).mean())

    @property
    def deviation(self) -> float:
        """√(variance + eps)."""
        return math.sqrt(self.variance + self.eps)

    @property
    def total(self) -> float:
        """The input brought to mean 0 and deviation 1, then to the learnt ones."""
        return (self.input - self.mean) / self.deviation * self.weight + self.bias


@dataclass(frozen=True)
class Applied:
    """A function of one number.

    Attributes:
        value: what the function gives.
    """

    name: str
    parameters: tuple[tuple[str, float], ...]
    input: float
    value: float

    @property
    def total(self) -> float:
        """The function's value."""
        return self.value


@dataclass(frozen=True)
class Copied:
    """A number that is only brought to another place: flattened, joined, or framed by padding.

    Attributes:
        source: the step it comes from, "" for what padding puts there.
        place: where it stood.
    """

    source: str
    place: Place | None
    input: float

    @property
    def total(self) -> float:
        """The number itself."""
        return self.input


@dataclass(frozen=True)
class Joined:
    """Numbers of several steps added up, multiplied, or the second taken away from the first.

    Attributes:
        sources: the steps they come from.
        places: where each stands there.
    """

    sign: str
    sources: tuple[str, ...]
    places: tuple[Place, ...]
    inputs: tuple[float, ...]

    @property
    def total(self) -> float:
        """The sum (+), the difference (−) or the product (·)."""
        if self.sign == "−":
            return self.inputs[0] - self.inputs[1]
        return sum(self.inputs) if self.sign == "+" else math.prod(self.inputs)


@dataclass(frozen=True, eq=False)
class Shared:
    """e^(z − largest z) over the sum of these for all classes: a softmax. The largest is taken off against overflow.

    Attributes:
        inputs: z, one per class.
        index: the class in question.
    """

    inputs: Row
    index: int

    @property
    def largest(self) -> float:
        """The largest z."""
        return float(self.inputs.max())

    @property
    def exponentials(self) -> Row:
        """e^(z − largest z) of each class."""
        exponentials: Row = np.exp(self.inputs - self.largest)
        return exponentials

    @property
    def total(self) -> float:
        """The share of this class."""
        exponentials = self.exponentials
        return float(exponentials[self.index] / exponentials.sum())


Arithmetic: TypeAlias = (
    Weighted | Dotted | Largest | Averaged | Normalised | Standardised | Applied | Copied | Joined | Shared
)
