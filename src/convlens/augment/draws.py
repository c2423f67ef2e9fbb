"""What is drawn for each image, by name: all of a pipeline's numbers in one go.

A `Draw` uses up some uniforms and turns them into one value per image. A `Plan` lists the draws of an augmenter with
all its children; the uniforms of a draw depend on the image's key and the draw's name alone, so a parameter keeps its
values whatever stands beside it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeAlias, runtime_checkable

import numpy as np
from jaxtyping import Int64
from numpy.typing import NDArray

from convlens.arrays import Keys
from convlens.augment.algebra import Constant, Distribution, Uniforms
from convlens.augment.distributions import Uniform
from convlens.rng import mixed, named_uniforms, starts

Parameters: TypeAlias = Mapping[str, NDArray[Any]]
"""What was drawn, by name, each with a leading N: kept it replays the batch, printed it explains a picture."""
Kept: TypeAlias = Int64[np.ndarray, " n"]
"""A key as a parameter: a whole number below 2⁵³, which JSON gives back exactly; 0 stands for none."""

_KEYS = 2.0**53


@runtime_checkable
class Draw(Protocol):
    """One value per image, as a pure function of uniforms; every `Distribution` is one."""

    @property
    def uses(self) -> int:
        """How many uniforms a value uses."""

    def of(self, uniforms: Uniforms) -> NDArray[Any]:
        """Give the value that each image's column of uniforms stands for."""


@dataclass(frozen=True)
class Drawn:
    """A draw and the name that its uniforms come from; two parameters of one name and draw share their values."""

    name: str
    draw: Draw


@dataclass(frozen=True)
class Whole:
    """A distribution of whole numbers, as such."""

    distribution: Distribution

    @property
    def uses(self) -> int:
        """As many as the distribution."""
        return self.distribution.uses

    def of(self, uniforms: Uniforms) -> Int64[np.ndarray, " n"]:
        """Give whole numbers."""
        return self.distribution.of(uniforms).astype(np.int64)


@dataclass(frozen=True)
class Happens:
    """1 with a probability that may itself be drawn, else 0."""

    p: Draw

    @property
    def uses(self) -> int:
        """One more than the probability."""
        return self.p.uses + 1

    def of(self, uniforms: Uniforms) -> Int64[np.ndarray, " n"]:
        """Give 0 or 1."""
        happens: Int64[np.ndarray, " n"] = (uniforms[0] < self.p.of(uniforms[1:])).astype(np.int64)
        return happens


@dataclass(frozen=True)
class Key:
    """A key from which `apply` expands what has the size of the image: noise, an order of channels, a field."""

    uses = 1

    def of(self, uniforms: Uniforms) -> Kept:
        """Give numbers from 1 to 2⁵³ − 1."""
        keys: Kept = np.maximum((uniforms[0] * _KEYS).astype(np.int64), 1)
        return keys


@dataclass(frozen=True)
class KeyIf:
    """A key with a probability that may itself be drawn, else 0."""

    p: Draw

    @property
    def uses(self) -> int:
        """Two more than the probability, and none where it never happens."""
        return 0 if self.p == Constant(0) else self.p.uses + 2

    def of(self, uniforms: Uniforms) -> Kept:
        """Give numbers from 0 to 2⁵³ − 1."""
        if not self.uses:
            return np.zeros(uniforms.shape[1], np.int64)
        keys: Kept = Key().of(uniforms) * Happens(self.p).of(uniforms[1:])
        return keys


@dataclass(frozen=True)
class OneOfThese:
    """One of several words or numbers, each equally often."""

    options: tuple[str, ...] | tuple[int, ...]
    uses = 1

    def of(self, uniforms: Uniforms) -> NDArray[Any]:
        """Give one option for each image."""
        chosen: NDArray[Any] = np.array(self.options)[(uniforms[0] * len(self.options)).astype(np.int64)]
        return chosen


@dataclass(frozen=True)
class Several:
    """So many values of a distribution for each image, drawn apart: (N, count)."""

    draw: Draw
    count: int

    @property
    def uses(self) -> int:
        """As many as all of them together."""
        return self.draw.uses * self.count

    def of(self, uniforms: Uniforms) -> NDArray[Any]:
        """Give a row of values for each image."""
        each = self.draw.uses
        columns = [self.draw.of(uniforms[place * each : (place + 1) * each]) for place in range(self.count)]
        return np.stack(columns, axis=1)


class _Entry(NamedTuple):
    """A draw, its uniforms among all, and the parameters that it gives."""

    draw: Draw
    start: int
    end: int
    names: tuple[str, ...]


class Plan:
    """All draws of an augmenter, ready to be made for any batch."""

    def __init__(self, draws: Mapping[str, Drawn]) -> None:
        self.draws = dict(draws)
        entries = []
        place = 0
        for one in dict.fromkeys(self.draws.values()):
            names = tuple(name for name, other in self.draws.items() if other == one)
            entries.append(_Entry(one.draw, place, place + one.draw.uses, names))
            place += one.draw.uses
        self._starts = starts([(one.name, one.draw.uses) for one in dict.fromkeys(self.draws.values())])
        # Even ranges are most of what is drawn: as arithmetic one line for all of them.
        # (A class of the user's that is a `Uniform` may draw otherwise.)
        self._even = [one for one in entries if type(one.draw) is Uniform]
        self._others = [one for one in entries if type(one.draw) is not Uniform]
        self._rows = np.array([one.start for one in self._even], np.int64)
        ends = np.array([one.draw.support for one in self._even if isinstance(one.draw, Uniform)]).reshape(-1, 2)
        self._lows, self._widths = ends[:, :1], np.diff(ends, axis=1)

    def sample(self, keys: Keys) -> Parameters:
        """Draw every parameter of each image from its key."""
        uniforms = named_uniforms(keys, self._starts)
        parameters = dict.fromkeys(self.draws, uniforms)
        if self._even:
            together = uniforms[self._rows] * self._widths + self._lows
            for one, values in zip(self._even, together, strict=True):
                parameters.update(dict.fromkeys(one.names, values))
        for draw, start, end, names in self._others:
            parameters.update(dict.fromkeys(names, draw.of(uniforms[start:end])))
        return parameters


class View(Mapping[str, NDArray[Any]]):
    """Some of the parameters of others, under other names or for some images only; looked up when they are wanted.

    A container hands its children what is theirs many times a batch, and most of it is never asked for.

    Args:
        names: own names, and theirs in `of`; None for all of them as they are.
        rows: of the images concerned; None for all.
    """

    def __init__(self, of: Parameters, *, names: Mapping[str, str] | None = None, rows: Any = None) -> None:
        self._of, self._names, self._rows = of, names, rows
        self._found: dict[str, NDArray[Any]] = {}

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self._found:
            values = self._of[name if self._names is None else self._names[name]]
            self._found[name] = values if self._rows is None else values[self._rows]
        return self._found[name]

    def __contains__(self, name: object) -> bool:
        return name in (self._of if self._names is None else self._names)

    def __iter__(self) -> Iterator[str]:
        return iter(self._of if self._names is None else self._names)

    def __len__(self) -> int:
        return len(self._of if self._names is None else self._names)


def unfolded(kept: Kept) -> Keys:
    """Give the 64-bit keys that stand behind keys kept as parameters, scattered over their whole range."""
    return mixed(kept.astype(np.uint64))


def parameters_to_json(parameters: Parameters) -> dict[str, list[Any]]:
    """Give the parameters as lists of numbers or words, or of lists of them, ready for JSON."""
    return {name: values.tolist() for name, values in parameters.items()}


def parameters_from_json(content: Mapping[str, list[Any]]) -> Parameters:
    """Read what `parameters_to_json` gave; the numbers come back exactly."""
    return {name: np.asarray(values) for name, values in content.items()}
