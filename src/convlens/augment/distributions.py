"""What a parameter may be: a number, a range, a choice; and the one grammar that turns spellings into these.

A distribution gives each image its value from the image's key alone. The spellings:

    5                        that number
    (-5, 5)                  even over the range; in a whole parameter (pixels, grey levels, counts) both ends included
    [0, 5, (10, 20)]         one of these, each equally often
    {"x": (-5, 5), "y": 0}   the axes drawn apart, a missing one neutral; without it both axes share one draw
    Uniform(-5, 5)           a `Distribution` is itself
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, TypeAlias, TypeGuard

import numpy as np

from convlens.arrays import Keys, PerImage
from convlens.errors import SettingsError
from convlens.rng import subkeys, uniforms

# Beyond this, float64 no longer holds every whole number.
_LARGEST_WHOLE = 2.0**53


class Distribution(ABC):
    """One number per image, drawn from the image's key."""

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
        raise SettingsError(f"{name} wants values from {_number(low)} to {_number(high)}, got {value!r}")
    return distribution


def as_axes(
    value: object, *, whole: bool, name: str, neutral: float, low: float = -math.inf, high: float = math.inf
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


def _set_range(distribution: Uniform | DiscreteUniform, kind: str) -> None:
    low, high = _finite(distribution.low, kind), _finite(distribution.high, kind)
    if low > high:
        raise SettingsError(f"{kind} wants the smaller end first, got {_number(low)} and {_number(high)}")
    object.__setattr__(distribution, "low", low)
    object.__setattr__(distribution, "high", high)


def _number(value: float) -> str:
    return repr(int(value)) if math.isfinite(value) and _is_whole(value) else repr(value)
