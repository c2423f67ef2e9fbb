"""How sizes, amounts at the edges and positions are written, and what they become.

Each is a value that is compared, drawn from, and spelled as it is read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any, Literal, TypeAlias

from convlens.augment.algebra import Constant, Distribution, is_number
from convlens.augment.distributions import Choice, Clip, Normal, Uniform
from convlens.augment.draws import Draw, Whole
from convlens.augment.grammar import as_distribution
from convlens.augment.spelling import spelled_value
from convlens.errors import SettingsError

Unit: TypeAlias = Literal["px", "factor", "percent"]
Keep: TypeAlias = Literal["keep", "keep-aspect-ratio"]

AXES, SIDES = ("height", "width"), ("shorter-side", "longer-side")
EDGES = ("top", "right", "bottom", "left")

_SMALLEST_FACTOR = 0.001
_PLACES: Mapping[str, float] = {"left": 0, "top": 0, "center": 0.5, "right": 1, "bottom": 1}
_DRAWN_PLACES: Mapping[str, Distribution] = {
    "uniform": Uniform(0, 1),
    "normal": Clip(Normal(0.5, 0.175), 0, 1),
}


@dataclass(frozen=True)
class Amount:
    """A distribution with the unit of its numbers."""

    distribution: Distribution
    unit: Unit

    @property
    def draw(self) -> Draw:
        """Whole numbers for pixels."""
        return Whole(self.distribution) if self.unit == "px" else self.distribution

    def __repr__(self) -> str:
        """Spell it, with the point that tells factors from pixels."""
        if self.unit == "factor":
            return _spelled_factor(self.distribution)
        return spelled_value(self.distribution, whole=self.unit == "px")


@dataclass(frozen=True)
class BySide:
    """What `Resize` makes of each side: an amount or a word, by the name of the side."""

    sides: tuple[tuple[str, Amount | Keep], ...]

    def __repr__(self) -> str:
        """Spell it."""
        entries = (f'"{name}": {spelled_value(one)}' for name, one in self.sides)
        return f"{{{', '.join(entries)}}}"


@dataclass(frozen=True)
class ByEdge:
    """The amounts at the top, the right, the bottom and the left."""

    amounts: tuple[Amount, ...]

    def __repr__(self) -> str:
        """Spell it."""
        return f"({', '.join(map(repr, self.amounts))})"


@dataclass(frozen=True)
class Position:
    """Where a window lies: the share of what is too much, or too little, that is at its left and above."""

    x: Distribution
    y: Distribution

    def __repr__(self) -> str:
        """Spell it."""
        return f"({spelled_value(self.x)}, {spelled_value(self.y)})"


def as_size(value: Any) -> Amount | BySide:
    """Read the size of `Resize`.

    Raises:
        SettingsError: it has other sides than there are, a length that is none, or no length at all.
    """
    if isinstance(value, (Amount, BySide)):
        return value
    if not isinstance(value, Mapping):
        return _as_length(value, "size")
    names = next((names for names in (AXES, SIDES) if value and set(value) <= set(names)), None)
    if names is None:
        raise SettingsError(
            "size by side wants {'height': …, 'width': …} or {'shorter-side': …, 'longer-side': …}, or one of the two, "
            f"got {dict(value)!r}"
        )
    words = ("keep", "keep-aspect-ratio")
    sides: list[tuple[str, Amount | Keep]] = []
    for name in names:
        given = value.get(name, "keep")
        if isinstance(given, str) and given not in words:
            raise SettingsError(f"size[{name!r}] wants a number, 'keep' or 'keep-aspect-ratio', got {given!r}")
        if name in value:
            sides.append((name, given if isinstance(given, str) else _as_length(given, f"size[{name!r}]")))  # type: ignore[arg-type]
    if not any(isinstance(one, Amount) for _, one in sides):
        raise SettingsError(f"size wants a new length for one of the sides at least, got {dict(value)!r}")
    return BySide(tuple(sides))


def _as_length(value: object, name: str) -> Amount:
    """Read pixels or factors; how the numbers are written says which."""
    if isinstance(value, Amount):
        return value
    pixels = _are_whole(value)
    low = 1 if pixels else _SMALLEST_FACTOR
    return Amount(as_distribution(value, whole=pixels, name=name, low=low), "px" if pixels else "factor")


def _are_whole(value: object) -> bool:
    if isinstance(value, (tuple, list)):
        return all(map(_are_whole, value))
    return value.whole if isinstance(value, Distribution) else not is_number(value) or isinstance(value, Integral)


def _spelled_factor(distribution: Distribution) -> str:
    match distribution:
        case Constant(value):
            return repr(float(value))
        case Uniform(low, high):
            return f"({float(low)!r}, {float(high)!r})"
        case Choice(options):
            return f"[{', '.join(_spelled_factor(one) for one in options if isinstance(one, Distribution))}]"
    return spelled_value(distribution)


def as_edges(value: Any, unit: Literal["px", "percent"], low: float, high: float) -> Amount | ByEdge:
    """Read one amount for all edges, or four.

    Raises:
        SettingsError: there are two or more but not four, or one lies outside of `low` … `high`.
    """

    def amount(one: Any, name: str) -> Amount:
        return (
            one
            if isinstance(one, Amount)
            else Amount(as_distribution(one, whole=unit == "px", name=name, low=low, high=high), unit)
        )

    if isinstance(value, ByEdge):
        return value
    if isinstance(value, tuple) and len(value) == 4:
        return ByEdge(tuple(amount(one, f"{unit} at the {edge}") for one, edge in zip(value, EDGES, strict=True)))
    if isinstance(value, tuple) and len(value) != 2:
        raise SettingsError(
            f"{unit} wants one amount, a range (low, high) or four amounts (top, right, bottom, left), got {value!r}"
        )
    return amount(value, unit)


def as_position(value: Any) -> str | Position:
    """Read a position; words stay words.

    Raises:
        SettingsError: it is no such word, and no pair of shares.
    """
    if isinstance(value, Position):
        return value
    if isinstance(value, str):
        if value in (*_DRAWN_PLACES, "center") or re.fullmatch("(left|center|right)-(top|center|bottom)", value):
            return value
        raise SettingsError(
            "position wants uniform, normal, center, or (left|center|right)-(top|center|bottom) such as 'left-top', "
            f"got {value!r}"
        )
    if isinstance(value, Distribution):
        value = (value, value)
    if not isinstance(value, tuple) or len(value) != 2:
        raise SettingsError(f"position wants a word such as 'center', or (x, y) from 0 to 1, got {value!r}")
    x, y = (
        as_distribution(one, whole=False, name=f"position {axis}", low=0, high=1)
        for one, axis in zip(value, "xy", strict=True)
    )
    return Position(x, y)


def place_of(position: str | Position) -> Position:
    """Give the shares behind a word."""
    if isinstance(position, Position):
        return position
    if position in _DRAWN_PLACES:
        return Position(_DRAWN_PLACES[position], _DRAWN_PLACES[position])
    x, _, y = position.partition("-")
    return Position(Constant(_PLACES[x]), Constant(_PLACES[y or x]))


def is_length(value: object) -> bool:
    """Say whether it is a number of pixels that a side can have."""
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
