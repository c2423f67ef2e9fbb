"""The one grammar of parameters: the spellings that become distributions.

5                        that number
(-5, 5)                  even over the range; in a whole parameter (pixels, grey levels, counts) both ends included
[0, 5, (10, 20)]         one of these, each equally often
{"x": (-5, 5), "y": 0}   the axes drawn apart, a missing one neutral; without it both axes share one draw
Uniform(-5, 5)           a `Distribution` is itself
3 + 2 * Normal(0, 1)     + − * / on distributions and numbers, image by image; each operand draws for itself
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from convlens.augment.algebra import Constant, Distribution, finite, is_number, is_whole, shown
from convlens.augment.distributions import Choice, DiscreteUniform, Uniform
from convlens.errors import SettingsError
from convlens.registry import near_names

ALL = "ALL"
"""Every option that there is, one drawn for each image: a border's modes, the orders of interpolation."""


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
        raise SettingsError(f"{name} wants values from {shown(low)} to {shown(high)}, got {value!r}{hint}")
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


def as_options(value: object, *, name: str, options: tuple[str, ...] | tuple[int, ...]) -> Any:
    """Give one of the options as it is, and several, from a list or `ALL`, as a tuple.

    Raises:
        SettingsError: there is no such option; the sentence lists them.
    """
    if isinstance(value, str) and value == ALL:
        return options
    if isinstance(value, (list, tuple)) and value:
        several = tuple(as_options(one, name=name, options=options) for one in value)
        return several if len(several) > 1 else several[0]
    listed = ", ".join(map(str, options))
    if isinstance(value, str) and isinstance(options[0], str) and value not in options:
        near = near_names(value, [str(one) for one in options])
        raise SettingsError(f"no {name} is named {value!r}{near} (choose one of {listed}, a list of them, or ALL)")
    if isinstance(value, bool) or not isinstance(value, (str, int)) or value not in options:
        raise SettingsError(f"{name} wants one of {listed}, a list of them, or ALL, got {value!r}")
    return value


def _read(value: object, whole: bool, name: str) -> Distribution:
    if isinstance(value, Distribution):
        return value
    if is_number(value):
        return Constant(finite(value, name))
    if isinstance(value, tuple):
        if len(value) != 2 or not all(is_number(end) for end in value):
            raise SettingsError(
                f"{name} as a range wants two numbers (low, high), got {value!r}; write [a, b, …] to choose"
            )
        low, high = (finite(end, name) for end in value)
        if low > high:
            raise SettingsError(f"{name} wants the smaller end first: ({shown(high)}, {shown(low)}), got {value!r}")
        if whole and not (is_whole(low) and is_whole(high)):
            raise SettingsError(f"{name} wants whole numbers, got {value!r}")
        return DiscreteUniform(low, high) if whole else Uniform(low, high)
    if isinstance(value, list):
        if not value:
            raise SettingsError(f"{name} as a list wants at least one value to choose, got []")
        return Choice(tuple(_read(one, whole, name) for one in value))
    raise SettingsError(
        f"{name} wants a number, a range (low, high), a list to choose from or a distribution, got {value!r}"
    )
