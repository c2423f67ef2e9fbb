"""What an audit must show, as a sentence that a machine can check: `right_everywhere>=0.7`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from convlens.audit.numbers import NAMES
from convlens.errors import ConvlensError, SettingsError
from convlens.registry import near_names

Comparison = Literal[">=", "<="]

SHIFT_NUMBERS = NAMES
"""The numbers of an audit over shifts."""

CHANGE_NUMBERS = (
    "unchanged_everywhere",
    "consistency_to_origin",
    "clean",
    "lowest",
    "right_everywhere",
    "mean",
    "fidelity",
    "area_under_curve",
    "median_amount_to_flip",
)
"""Those of an audit of one change."""

SPATIAL_NUMBERS = (
    "clean",
    "random",
    "worst_of_random",
    "grid",
    "mean",
    "lowest",
    "unchanged_random",
    "unchanged_worst_of_random",
    "unchanged_grid",
)
"""Those of moves and turns at once."""

NO_SHARES = ("median_first_flip_px", "median_amount_to_flip")
"""Numbers that may be larger than 1."""


@dataclass(frozen=True)
class Requirement:
    """One number of an audit and the bound that its whole interval must keep.

    Attributes:
        comparison: ">=" asks it of the interval's lower end, "<=" of its upper end.
    """

    name: str
    comparison: Comparison
    bound: float

    def __str__(self) -> str:
        return f"{self.name}{self.comparison}{self.bound:g}"

    def shortfall(self, result: Mapping[str, Any]) -> str | None:
        """Say how an audit misses the bound; None when it keeps it.

        An end of the interval that is None lies beyond the audit's largest step, and keeps every ">=".

        Raises:
            SettingsError: the audit has no number of that name.
        """
        intervals: Mapping[str, Any] = result["intervals"]
        if self.name not in intervals:
            raise SettingsError(
                f"--require {str(self)!r}: this audit has no number {self.name!r}"
                f"{near_names(self.name, list(intervals))} (it has {', '.join(intervals)})"
            )
        low, high = (float("inf") if end is None else float(end) for end in intervals[self.name])
        kept = low >= self.bound if self.comparison == ">=" else high <= self.bound
        if kept:
            return None
        end, word = (low, "lower") if self.comparison == ">=" else (high, "upper")
        value = result[self.name]
        spelled = "more than the audit's range" if value is None else f"{value:.4g}"
        return f"{self} is not shown: {self.name} is {spelled}, and its interval's {word} end {end:.4g}"


def requirement(text: str) -> Requirement:
    """Read `NAME>=NUMBER` or `NAME<=NUMBER`.

    Raises:
        SettingsError: it is neither.
    """
    found = re.fullmatch(r"\s*([a-z_]+)\s*(>=|<=)\s*([-+.\deE]+)\s*", text)
    try:
        bound = float(found[3]) if found else float("nan")
    except ValueError:
        bound = float("nan")
    if found is None or bound != bound:
        raise SettingsError(
            f"a requirement is written like 'right_everywhere>=0.7', with one of {', '.join(get_args(Comparison))}; "
            f"got {text!r}"
        )
    return Requirement(found[1], ">=" if found[2] == ">=" else "<=", bound)


def require_possible(requirements: Iterable[Requirement], names: Sequence[str]) -> None:
    """Refuse, before an audit takes its time, what it will not be able to answer.

    Args:
        names: of the numbers that the audit will have.

    Raises:
        SettingsError: a requirement names none of them, or bounds a share by what is not between 0 and 1.
    """
    for one in requirements:
        if one.name not in names:
            raise SettingsError(
                f"--require {str(one)!r}: such an audit has no number {one.name!r}{near_names(one.name, list(names))} "
                f"(it has {', '.join(names)})"
            )
        if one.bound < 0 or (one.bound > 1 and one.name not in NO_SHARES):
            kind = "a size from 0 up" if one.name in NO_SHARES else "a share from 0 to 1"
            hint = f"; {one.bound:g} % is written {one.bound / 100:g}" if 2 <= one.bound <= 100 else ""
            raise SettingsError(f"--require {str(one)!r}: {one.name} is {kind}, got {one.bound:g}{hint}")


def require(result: Mapping[str, Any], requirements: Iterable[Requirement]) -> None:
    """Let an audit that keeps every requirement pass.

    Raises:
        ConvlensError: one is not kept; the sentence names all of these.
        SettingsError: the audit has no number of that name.
    """
    missed = [told for one in requirements if (told := one.shortfall(result)) is not None]
    if missed:
        raise ConvlensError("; ".join(missed))
