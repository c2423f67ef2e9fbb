"""What an audit must show, as a sentence that a machine can check: `right_everywhere>=0.7`."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from convlens.errors import ConvlensError, SettingsError
from convlens.registry import near_names

Comparison = Literal[">=", "<="]


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


def require(result: Mapping[str, Any], requirements: Iterable[Requirement]) -> None:
    """Let an audit that keeps every requirement pass.

    Raises:
        ConvlensError: one is not kept; the sentence names all of these.
        SettingsError: the audit has no number of that name.
    """
    missed = [told for one in requirements if (told := one.shortfall(result)) is not None]
    if missed:
        raise ConvlensError("; ".join(missed))
