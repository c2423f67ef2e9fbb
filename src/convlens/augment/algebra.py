"""What a distribution is, a number as the simplest of them, and + − * / on them.

A distribution is a number of uniforms that it uses up, and a pure function of these: all randomness lies in the
uniforms, so everything an image needs is drawn in one go and turned into parameters afterwards.
"""

import functools
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import ClassVar, Literal, TypeAlias, TypeGuard, get_args

import numpy as np
from jaxtyping import Float64

from convlens.arrays import Keys, PerImage
from convlens.errors import SettingsError
from convlens.rng import uniforms

# Beyond this, float64 no longer holds every whole number.
_LARGEST_WHOLE = 2.0**53

Uniforms: TypeAlias = Float64[np.ndarray, "uses n"]
"""Numbers from [0, 1): a column for each image, a row for each number that a distribution uses."""
Operator: TypeAlias = Literal["+", "-", "*", "/"]
_RESULTS: Mapping[Operator, np.ufunc] = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}


class Distribution(ABC):
    """One number per image, drawn from the image's key.

    `+ − * /` with numbers and other distributions give a distribution again.
    """

    # NumPy's numbers would try to spread themselves over a distribution on their right; so they leave it to us.
    __array_ufunc__: ClassVar[None] = None

    @abstractmethod
    def of(self, uniforms: Uniforms) -> PerImage:
        """Give the number that each image's uniforms stand for: `uses` rows of numbers from [0, 1), one column each."""

    def sample(self, keys: Keys) -> PerImage:
        """Draw one number for each key."""
        return self.of(uniforms(keys, self.uses).T)

    @property
    def uses(self) -> int:
        """How many uniforms a draw uses."""
        return 1

    @property
    @abstractmethod
    def whole(self) -> bool:
        """Whether every number drawn is a whole one."""

    @property
    @abstractmethod
    def support(self) -> tuple[float, float]:
        """The smallest and the largest number that can come."""

    @property
    def ranges(self) -> list[tuple[float, float]]:
        """The support in parts, where there are gaps in it."""
        return [self.support]

    def __add__(self, other: "float | Distribution") -> "Arithmetic":
        return Arithmetic(self, "+", other)

    def __radd__(self, other: float) -> "Arithmetic":
        return Arithmetic(other, "+", self)

    def __sub__(self, other: "float | Distribution") -> "Arithmetic":
        return Arithmetic(self, "-", other)

    def __rsub__(self, other: float) -> "Arithmetic":
        return Arithmetic(other, "-", self)

    def __mul__(self, other: "float | Distribution") -> "Arithmetic":
        return Arithmetic(self, "*", other)

    def __rmul__(self, other: float) -> "Arithmetic":
        return Arithmetic(other, "*", self)

    def __truediv__(self, other: "float | Distribution") -> "Arithmetic":
        return Arithmetic(self, "/", other)

    def __rtruediv__(self, other: float) -> "Arithmetic":
        return Arithmetic(other, "/", self)


@dataclass(frozen=True)
class Constant(Distribution):
    """Always the same number."""

    value: int | float

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", finite(self.value, "Constant"))

    def of(self, uniforms: Uniforms) -> PerImage:
        """Give the number to every image."""
        return _repeated(float(self.value), uniforms.shape[1])

    @property
    def uses(self) -> int:
        """None."""
        return 0

    @property
    def whole(self) -> bool:
        """Whether the number is a whole one."""
        return is_whole(self.value)

    @property
    def support(self) -> tuple[float, float]:
        """The number, twice."""
        return float(self.value), float(self.value)


@dataclass(frozen=True, repr=False)
class Arithmetic(Distribution):
    """The sum, difference, product or quotient of two distributions, image by image: what `+ − * /` build.

    Both sides draw for themselves, so `d - d` is not 0.

    Raises:
        SettingsError: a side is neither number nor distribution, the divisor can be 0, or the numbers get too large.
    """

    left: int | float | Distribution
    operator: Operator
    right: int | float | Distribution

    def __post_init__(self) -> None:
        for name in ("left", "right"):
            side: object = getattr(self, name)
            if not isinstance(side, Distribution) and not is_number(side):
                raise SettingsError(f"+ − * / on distributions want numbers or distributions, got {side!r}")
            object.__setattr__(self, name, side if isinstance(side, Distribution) else Constant(side))
        if self.operator not in get_args(Operator):
            raise SettingsError(f"arithmetic on distributions knows + − * /, got {self.operator!r}")
        left, right = self._sides()
        if self.operator == "/" and any(low <= 0 <= high for low, high in right.ranges):
            raise SettingsError(f"a divisor that can be 0 may not stand in {self!r}; Clip(…, low, high) keeps it away")
        bounded = all(math.isfinite(end) for side in (left, right) for end in side.support)
        if bounded and not all(math.isfinite(end) for end in self.support):
            raise SettingsError(f"the numbers that {self!r} can give are too large")

    def of(self, uniforms: Uniforms) -> PerImage:
        """Draw both sides apart and combine them."""
        left, right = self._sides()
        return _combined(left.of(uniforms[: left.uses]), self.operator, right.of(uniforms[left.uses :]))

    @property
    def uses(self) -> int:
        """As many as both sides together."""
        return sum(side.uses for side in self._sides())

    @property
    def whole(self) -> bool:
        """Whether both sides are, and float64 holds the result exactly; a quotient never is."""
        exact = all(abs(end) <= _LARGEST_WHOLE for end in self.support)
        return self.operator != "/" and exact and all(side.whole for side in self._sides())

    @property
    def support(self) -> tuple[float, float]:
        """The smallest and the largest result of the sides' ends."""
        left, right = self._sides()
        # 0 · ∞ is 0 here: an unbounded side draws finite numbers. And ∞ ÷ ∞ lies between the results of the other ends.
        results = np.array([_ends(one, self.operator, other) for one in left.ranges for other in right.ranges])
        return float(results.min()), float(results.max())

    def __repr__(self) -> str:
        """Write it as it was built."""
        return f"({self.left!r} {self.operator} {self.right!r})"

    def _sides(self) -> tuple[Distribution, Distribution]:
        assert isinstance(self.left, Distribution)
        assert isinstance(self.right, Distribution)
        return self.left, self.right


def finite(value: object, name: str) -> float:
    """Give the number.

    Raises:
        SettingsError: it is none, or not finite.
    """
    try:
        number = float(value) if is_number(value) else math.nan
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise SettingsError(f"{name} wants a finite number, got {value!r}")
    return number


def is_number(value: object) -> TypeGuard[float]:
    """Take NumPy's numbers too, but no truth value: True is no number of pixels."""
    return isinstance(value, Real) and not issubclass(type(value), bool)


def is_whole(value: float) -> bool:
    """Say whether it is a whole number, and float64 holds it exactly."""
    return float(value).is_integer() and abs(value) <= _LARGEST_WHOLE


@functools.lru_cache(maxsize=1024)
def _repeated(value: float, count: int) -> PerImage:
    """Give the same array again for the same number: most parameters of a pipeline are constants."""
    values: PerImage = np.full(count, value, np.float64)
    values.flags.writeable = False
    return values


def _ends(left: tuple[float, float], operator: Operator, right: tuple[float, float]) -> tuple[float, float]:
    """Combine two ranges; every operator is monotone in each side, so the extremes are at the corners."""
    with np.errstate(all="ignore"):
        corners = _combined(np.repeat(left, 2), operator, np.tile(right, 2))
    known = np.where(np.isnan(corners), 0.0, corners)
    return float(known.min()), float(known.max())


def _combined(left: PerImage, operator: Operator, right: PerImage) -> PerImage:
    values: PerImage = _RESULTS[operator](left, right)
    return values


def shown(value: float) -> str:
    """Write a number for a sentence, without the point when it is a whole one."""
    return repr(int(value)) if math.isfinite(value) and is_whole(value) else repr(value)
