"""One number of a network and its whole arithmetic: as text, as JSON, and as Python to copy."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from convlens.explain.arithmetic import Arithmetic, Place
from convlens.explain.expressions import imports
from convlens.explain.layout import digits, where
from convlens.explain.snippets import number, snippet
from convlens.explain.spelled import spelled
from convlens.explain.words import layer


@dataclass(frozen=True)
class Next:
    """What becomes of a number in a step that follows: an activation, a normalisation, or a pool.

    Attributes:
        place: of the number that comes out.
        winner: for a pool: row and column of its window's largest number.
        wins: for a pool: whether that is the number in question.
    """

    layer: str
    kind: str
    place: Place
    value: float
    winner: tuple[int, int] | None = None
    wins: bool | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Unit:
    """One number of a network.

    Attributes:
        inputs: the steps that its own step reads, "image" for the picture.
        arithmetic: the parts that add up to it.
        value: as the trace has it, worked out by hand in float64.
        torch: torch's own number, worked out in `dtype`.
        then: what becomes of it, as far as it goes on alone.
    """

    layer: str
    kind: str
    place: Place
    inputs: tuple[str, ...]
    arithmetic: Arithmetic
    value: float
    torch: float
    dtype: str
    then: tuple[Next, ...] = ()

    @property
    def difference(self) -> float:
        """By how much the number by hand is more than torch's."""
        return 0.0 if self.value == self.torch else self.value - self.torch

    def text(self) -> str:
        """Give the arithmetic in lines, with at most six significant digits."""
        return "\n".join(
            [
                f"{layer(self.layer)} ({self.kind}), {where(self.place)}",
                "",
                *spelled(self.arithmetic, layer(self.inputs[0])),
                f"torch's own number {digits(self.torch)} ({apart(self.difference, self.dtype, self.torch)})",
                *(_followed(one, self.value) for one in self.then),
            ]
        )

    def to_json(self) -> dict[str, Any]:
        """Give everything as plain values, all digits kept; null stands for an infinite number."""
        return {
            "layer": self.layer,
            "kind": self.kind,
            "place": list(self.place),
            "inputs": list(self.inputs),
            "arithmetic": {"form": type(self.arithmetic).__name__.lower()} | _plain_fields(self.arithmetic),
            "value": _plain(self.value),
            "torch": _plain(self.torch),
            "difference": _plain(self.difference),
            "dtype": self.dtype,
            "then": [_plain_fields(one) for one in self.then],
        }

    def python(self) -> str:
        """Give a program of a few lines, with NumPy alone, that leaves the number in `total` and prints it."""
        lines = snippet(self.arithmetic)
        return "\n".join(
            [
                f"# {self.layer} ({self.kind}), {where(self.place)}",
                *imports(lines),
                *lines,
                f"print(total)  # by hand {number(self.value)}, torch {number(self.torch)} in {self.dtype}",
                "",
            ]
        )

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"Unit({self.layer!r}, {where(self.place)}, {digits(self.value)})"


def apart(difference: float, dtype: str, value: float) -> str:
    """Say how far a number by hand is from torch's, also in last places (ulp) of torch's number."""
    if difference == 0:
        return "the same"
    step = float(np.spacing(np.dtype(dtype).type(abs(value)))) if dtype in {"float16", "float32", "float64"} else 0.0
    places = f", {abs(difference) / step:.2g} ulp of {dtype}" if step and np.isfinite(step) else ""
    return f"{abs(difference):.2g} away{places}"


def _followed(one: Next, value: float) -> str:
    start = f"then {layer(one.layer)} ({one.kind}): "
    if one.winner is None:
        return f"{start}{digits(one.value)}"
    row, column = one.winner
    others = "an equal one comes first" if one.value == value else "another is larger"
    said = "it is the largest" if one.wins else f"{others}, at row {row}, column {column}"
    return f"{start}in the window of {where(one.place)} {said}: {digits(one.value)}"


_DERIVED = ("products", "sums", "padded", "mean", "variance", "deviation", "exponentials", "total")


def _plain_fields(one: Any) -> dict[str, Any]:
    names = [field.name for field in fields(one)]
    return {name: _plain(getattr(one, name)) for name in [*names, *(key for key in _DERIVED if hasattr(one, key))]}


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value
