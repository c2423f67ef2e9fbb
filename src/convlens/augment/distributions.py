"""What a parameter may be: a number, a range, a choice; and the one grammar that turns spellings into these.

A distribution gives each image its value from the image's key alone. The spellings:

    5                        that number
    (-5, 5)                  even over the range; in a whole parameter (pixels, grey levels, counts) both ends included
    [0, 5, (10, 20)]         one of these, each equally often
    {"x": (-5, 5), "y": 0}   the axes drawn apart, a missing one neutral; without it both axes share one draw
    Uniform(-5, 5)           a `Distribution` is itself
    3 + 2 * Normal(0, 1)     + − * / on distributions and numbers, image by image; each operand draws for itself
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar, Literal, TypeAlias, TypeGuard, get_args

import numpy as np
from scipy.special import log_ndtr, ndtri, ndtri_exp  # type: ignore[import-untyped]

from convlens.arrays import Keys, PerImage
from convlens.errors import SettingsError
from convlens.rng import subkeys, uniforms

# Beyond this, float64 no longer holds every whole number.
_LARGEST_WHOLE = 2.0**53
# A quantile at 0 would be infinite; this is half of the smallest step that `uniforms` takes.
_SMALLEST_SHARE = 2.0**-54
# Bounds so many standard deviations away differ from infinite ones in nothing, and their squares still fit float64.
_FAR = 1e100

Operator: TypeAlias = Literal["+", "-", "*", "/"]
_RESULTS: Mapping[Operator, np.ufunc] = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}


class Distribution(ABC):
    """One number per image, drawn from the image's key.

    `+ − * /` with numbers and other distributions give a distribution again.
    """

    # NumPy's numbers would try to spread themselves over a distribution on their right; so they leave it to us.
    __array_ufunc__: ClassVar[None] = None

    @abstractmethod
    def sample(self, keys: Keys) -> PerImage:
        """Draw one number for each key."""

    @property
    @abstractmethod
    def whole(self) -> bool:
        """Whether every number drawn is a whole one."""

    @property
    @abstractmethod
    def support(self) -> tuple[float, float]:
        """The smallest and the largest number that can come."""

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
        object.__setattr__(self, "value", _finite(self.value, "Constant"))

    def sample(self, keys: Keys) -> PerImage:
        """Give the number to every key."""
        return np.full(len(keys), self.value, np.float64)

    @property
    def whole(self) -> bool:
        """Whether the number is a whole one."""
        return _is_whole(self.value)

    @property
    def support(self) -> tuple[float, float]:
        """The number, twice."""
        return float(self.value), float(self.value)


@dataclass(frozen=True)
class Uniform(Distribution):
    """Any number from `low` to `high`, each equally often."""

    low: int | float
    high: int | float

    def __post_init__(self) -> None:
        _set_range(self, "Uniform")

    def sample(self, keys: Keys) -> PerImage:
        """Draw from [low, high)."""
        return self.low + uniforms(keys)[:, 0] * (self.high - self.low)

    @property
    def whole(self) -> bool:
        """Whether the range is a single whole number."""
        return self.low == self.high and _is_whole(self.low)

    @property
    def support(self) -> tuple[float, float]:
        """Both ends."""
        return float(self.low), float(self.high)


@dataclass(frozen=True)
class DiscreteUniform(Distribution):
    """Any whole number from `low` to `high`, both ends included, each equally often."""

    low: int | float
    high: int | float

    def __post_init__(self) -> None:
        _set_range(self, "DiscreteUniform")
        for end in (self.low, self.high):
            if not _is_whole(end):
                raise SettingsError(f"DiscreteUniform wants whole numbers, got {_number(end)}; use Uniform for others")

    def sample(self, keys: Keys) -> PerImage:
        """Draw from {low, …, high}."""
        return self.low + np.floor(uniforms(keys)[:, 0] * (self.high - self.low + 1))

    @property
    def whole(self) -> bool:
        """Always."""
        return True

    @property
    def support(self) -> tuple[float, float]:
        """Both ends."""
        return float(self.low), float(self.high)


@dataclass(frozen=True)
class Choice(Distribution):
    """One of several numbers or distributions, each equally often."""

    options: Sequence[int | float | Distribution]

    def __post_init__(self) -> None:
        given: object = self.options
        if not isinstance(given, (tuple, list)) or not given:
            raise SettingsError(f"Choice wants a list of at least one number or distribution, got {given!r}")
        options = tuple(one if isinstance(one, Distribution) else Constant(one) for one in given)
        object.__setattr__(self, "options", options)

    def sample(self, keys: Keys) -> PerImage:
        """Draw which option, then let that option draw."""
        options = self._distributions()
        drawn = np.stack([one.sample(subkeys(keys, f"option {position}")) for position, one in enumerate(options)])
        chosen = DiscreteUniform(0, len(options) - 1).sample(keys).astype(np.int64)
        values: PerImage = drawn[chosen, np.arange(len(keys))]
        return values

    @property
    def whole(self) -> bool:
        """Whether every option is."""
        return all(one.whole for one in self._distributions())

    @property
    def support(self) -> tuple[float, float]:
        """The smallest low end and the largest high end."""
        lows, highs = zip(*(one.support for one in self._distributions()), strict=True)
        return min(lows), max(highs)

    def _distributions(self) -> list[Distribution]:
        return [one for one in self.options if isinstance(one, Distribution)]


@dataclass(frozen=True)
class Normal(Distribution):
    """A number from the bell curve around `loc` with the standard deviation `scale`."""

    loc: int | float
    scale: int | float

    def __post_init__(self) -> None:
        _set_spread(self, "Normal")

    def sample(self, keys: Keys) -> PerImage:
        """Draw by the inverse of the distribution function, so no further than 8.3 standard deviations away."""
        values: PerImage = self.loc + self.scale * ndtri(_shares(keys))
        return values

    @property
    def whole(self) -> bool:
        """Whether it cannot differ from a whole `loc`."""
        return self.scale == 0 and _is_whole(self.loc)

    @property
    def support(self) -> tuple[float, float]:
        """Everything, unless `scale` is 0."""
        return _around(self.loc, self.scale)


@dataclass(frozen=True)
class TruncatedNormal(Distribution):
    """A number from the bell curve around `loc`, of those from `low` to `high` only; nothing heaps up at the ends."""

    loc: int | float
    scale: int | float
    low: int | float
    high: int | float

    def __post_init__(self) -> None:
        _set_spread(self, "TruncatedNormal")
        if self.scale == 0:
            raise SettingsError("TruncatedNormal wants a scale above 0, got 0")
        _set_range(self, "TruncatedNormal")

    def sample(self, keys: Keys) -> PerImage:
        """Draw by the inverse of the distribution function.

        It is computed from logarithms in the half where its values are small, so that bounds far out in a tail work.
        """
        ends = np.clip((np.array([self.low, self.high]) / self.scale) - self.loc / self.scale, -_FAR, _FAR)
        upper_half = ends.sum() > 0
        near, far = -ends[::-1] if upper_half else ends
        at_near, at_far = log_ndtr(near), log_ndtr(far)
        share = uniforms(keys)[:, 0]
        share = np.maximum(1 - share if upper_half else share, _SMALLEST_SHARE)
        quantile = ndtri_exp(at_far + np.log(share + (1 - share) * np.exp(at_near - at_far)))
        values: PerImage = np.clip(self.loc + self.scale * (-quantile if upper_half else quantile), self.low, self.high)
        return values

    @property
    def whole(self) -> bool:
        """Whether the range is a single whole number."""
        return self.low == self.high and _is_whole(self.low)

    @property
    def support(self) -> tuple[float, float]:
        """Both ends."""
        return float(self.low), float(self.high)


@dataclass(frozen=True)
class Laplace(Distribution):
    """A number from Laplace's curve around `loc`: sharper in the middle and wider in the tails than the bell.

    Its density is exp(−|x − loc| / scale) / (2 · scale); the standard deviation is √2 · scale.
    """

    loc: int | float
    scale: int | float

    def __post_init__(self) -> None:
        _set_spread(self, "Laplace")

    def sample(self, keys: Keys) -> PerImage:
        """Draw by the inverse of the distribution function."""
        share = _shares(keys)
        tail = np.log(2 * np.minimum(share, 1 - share))
        values: PerImage = self.loc + self.scale * np.where(share < 0.5, tail, -tail)
        return values

    @property
    def whole(self) -> bool:
        """Whether it cannot differ from a whole `loc`."""
        return self.scale == 0 and _is_whole(self.loc)

    @property
    def support(self) -> tuple[float, float]:
        """Everything, unless `scale` is 0."""
        return _around(self.loc, self.scale)


@dataclass(frozen=True)
class Binomial(Distribution):
    """1 in a share `p` of the images, 0 in the others."""

    p: int | float

    def __post_init__(self) -> None:
        object.__setattr__(self, "p", _finite(self.p, "Binomial"))
        if not 0 <= self.p <= 1:
            raise SettingsError(f"Binomial wants a probability from 0 to 1, got {_number(self.p)}")

    def sample(self, keys: Keys) -> PerImage:
        """Draw 0 or 1."""
        return (uniforms(keys)[:, 0] < self.p).astype(np.float64)

    @property
    def whole(self) -> bool:
        """Always."""
        return True

    @property
    def support(self) -> tuple[float, float]:
        """0 and 1, or the one of them that a certain `p` leaves."""
        return float(self.p == 1), float(self.p > 0)


@dataclass(frozen=True)
class Clip(Distribution):
    """What `distribution` draws, moved to the nearer end where it lies outside of `low` … `high`."""

    distribution: Distribution
    low: int | float
    high: int | float

    def __post_init__(self) -> None:
        given: object = self.distribution
        if not isinstance(given, Distribution):
            raise SettingsError(f"Clip wants a distribution such as Normal(0, 1), got {given!r}")
        _set_range(self, "Clip")

    def sample(self, keys: Keys) -> PerImage:
        """Draw what the distribution alone would draw, and clip it."""
        values: PerImage = np.clip(self.distribution.sample(keys), self.low, self.high)
        return values

    @property
    def whole(self) -> bool:
        """Whether the distribution is, and an end that it can reach."""
        return self.distribution.whole and all(_is_whole(end) for end in self.support)

    @property
    def support(self) -> tuple[float, float]:
        """The distribution's, clipped."""
        low, high = (min(max(end, self.low), self.high) for end in self.distribution.support)
        return float(low), float(high)


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
            if not isinstance(side, Distribution) and not _is_number(side):
                raise SettingsError(f"+ − * / on distributions want numbers or distributions, got {side!r}")
            object.__setattr__(self, name, side if isinstance(side, Distribution) else Constant(side))
        if self.operator not in get_args(Operator):
            raise SettingsError(f"arithmetic on distributions knows + − * /, got {self.operator!r}")
        left, right = self._sides()
        if self.operator == "/" and any(low <= 0 <= high for low, high in _ranges(right)):
            raise SettingsError(f"a divisor that can be 0 may not stand in {self!r}; Clip(…, low, high) keeps it away")
        bounded = all(math.isfinite(end) for side in (left, right) for end in side.support)
        if bounded and not all(math.isfinite(end) for end in self.support):
            raise SettingsError(f"the numbers that {self!r} can give are too large")

    def sample(self, keys: Keys) -> PerImage:
        """Draw both sides apart and combine them."""
        left, right = self._sides()
        return _combined(left.sample(subkeys(keys, "left")), self.operator, right.sample(subkeys(keys, "right")))

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
        results = np.array([_ends(one, self.operator, other) for one in _ranges(left) for other in _ranges(right)])
        return float(results.min()), float(results.max())

    def __repr__(self) -> str:
        """Write it as it was built."""
        return f"({self.left!r} {self.operator} {self.right!r})"

    def _sides(self) -> tuple[Distribution, Distribution]:
        assert isinstance(self.left, Distribution)
        assert isinstance(self.right, Distribution)
        return self.left, self.right


@dataclass(frozen=True)
class PerAxis:
    """The two axes, drawn apart."""

    x: Distribution
    y: Distribution


Spelling: TypeAlias = int | float | tuple[Any, ...] | list[Any] | Distribution
AxesSpelling: TypeAlias = Spelling | Mapping[str, Any] | PerAxis


def as_distribution(
    value: object, *, whole: bool, name: str, low: float = -math.inf, high: float = math.inf
) -> Distribution:
    """Turn a spelling of the grammar into a distribution.

    Args:
        whole: the parameter counts pixels, grey levels or things; the literal's own type never matters.
        name: the parameter, for the sentence of an error.
        low: the smallest value that the parameter may take.
        high: the largest.

    Raises:
        SettingsError: the spelling is none of the grammar's, is out of range, or gives fractions to a whole parameter.
    """
    distribution = _read(value, whole, name)
    if whole and not distribution.whole:
        raise SettingsError(f"{name} wants whole numbers, got {value!r}")
    smallest, largest = distribution.support
    if smallest < low or largest > high:
        hint = "" if math.isfinite(smallest + largest) else "; Clip(…, low, high) keeps an unbounded one within"
        raise SettingsError(f"{name} wants values from {_number(low)} to {_number(high)}, got {value!r}{hint}")
    return distribution


def as_axes(
    value: object, *, whole: bool, name: str, neutral: Spelling, low: float = -math.inf, high: float = math.inf
) -> Distribution | PerAxis:
    """Turn a spelling into one distribution that both axes share, or into two from the form `{"x": …, "y": …}`.

    Args:
        whole: as in `as_distribution`, like `name`, `low` and `high`.
        neutral: the value of an axis that the form leaves out.

    Raises:
        SettingsError: as in `as_distribution`, or the form has other names than x and y.
    """
    if isinstance(value, PerAxis):
        value = {"x": value.x, "y": value.y}
    if not isinstance(value, Mapping):
        return as_distribution(value, whole=whole, name=name, low=low, high=high)
    if not value or not set(value) <= {"x", "y"}:
        raise SettingsError(f"{name} by axis wants {{'x': …, 'y': …}} or one of the two, got {dict(value)!r}")
    x, y = (
        as_distribution(value.get(axis, neutral), whole=whole, name=f"{name}[{axis!r}]", low=low, high=high)
        for axis in ("x", "y")
    )
    return PerAxis(x, y)


def _read(value: object, whole: bool, name: str) -> Distribution:
    if isinstance(value, Distribution):
        return value
    if _is_number(value):
        return Constant(_finite(value, name))
    if isinstance(value, tuple):
        if len(value) != 2 or not all(_is_number(end) for end in value):
            raise SettingsError(
                f"{name} as a range wants two numbers (low, high), got {value!r}; write [a, b, …] to choose"
            )
        low, high = (_finite(end, name) for end in value)
        if low > high:
            raise SettingsError(f"{name} wants the smaller end first: ({_number(high)}, {_number(low)}), got {value!r}")
        if whole and not (_is_whole(low) and _is_whole(high)):
            raise SettingsError(f"{name} wants whole numbers, got {value!r}")
        return DiscreteUniform(low, high) if whole else Uniform(low, high)
    if isinstance(value, list):
        if not value:
            raise SettingsError(f"{name} as a list wants at least one value to choose, got []")
        return Choice(tuple(_read(one, whole, name) for one in value))
    raise SettingsError(
        f"{name} wants a number, a range (low, high), a list to choose from or a distribution, got {value!r}"
    )


def _finite(value: object, name: str) -> float:
    try:
        number = float(value) if _is_number(value) else math.nan
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise SettingsError(f"{name} wants a finite number, got {value!r}")
    return number


def _is_number(value: object) -> TypeGuard[float]:
    """Take NumPy's numbers too, but no truth value: True is no number of pixels."""
    return isinstance(value, Real) and not issubclass(type(value), bool)


def _is_whole(value: float) -> bool:
    return float(value).is_integer() and abs(value) <= _LARGEST_WHOLE


def _set_range(distribution: Uniform | DiscreteUniform | TruncatedNormal | Clip, kind: str) -> None:
    low, high = _finite(distribution.low, kind), _finite(distribution.high, kind)
    if low > high:
        raise SettingsError(f"{kind} wants the smaller end first, got {_number(low)} and {_number(high)}")
    object.__setattr__(distribution, "low", low)
    object.__setattr__(distribution, "high", high)


def _set_spread(distribution: Normal | TruncatedNormal | Laplace, kind: str) -> None:
    for name in ("loc", "scale"):
        given: object = getattr(distribution, name)
        if isinstance(given, (Distribution, tuple, list)):
            raise SettingsError(
                f"{kind} wants numbers, got {name}={given!r}; for one drawn itself write loc + scale * {kind}(0, 1, …)"
            )
        object.__setattr__(distribution, name, _finite(given, kind))
    if distribution.scale < 0:
        raise SettingsError(f"{kind} wants a scale from 0 up, got {_number(distribution.scale)}")


def _shares(keys: Keys) -> PerImage:
    """Draw from (0, 1), both ends left out, for the inverse of a distribution function."""
    shares: PerImage = np.maximum(uniforms(keys)[:, 0], _SMALLEST_SHARE)
    return shares


def _around(loc: float, scale: float) -> tuple[float, float]:
    return (-math.inf, math.inf) if scale else (float(loc), float(loc))


def _ranges(distribution: Distribution) -> list[tuple[float, float]]:
    """Give the support, a choice's in parts: [-1, 1] has no 0 between."""
    if isinstance(distribution, Choice):
        return [part for one in distribution.options if isinstance(one, Distribution) for part in _ranges(one)]
    return [distribution.support]


def _ends(left: tuple[float, float], operator: Operator, right: tuple[float, float]) -> tuple[float, float]:
    """Combine two ranges; every operator is monotone in each side, so the extremes are at the corners."""
    with np.errstate(all="ignore"):
        corners = _combined(np.repeat(left, 2), operator, np.tile(right, 2))
    known = np.where(np.isnan(corners), 0.0, corners)
    return float(known.min()), float(known.max())


def _combined(left: PerImage, operator: Operator, right: PerImage) -> PerImage:
    values: PerImage = _RESULTS[operator](left, right)
    return values


def _number(value: float) -> str:
    return repr(int(value)) if math.isfinite(value) and _is_whole(value) else repr(value)
