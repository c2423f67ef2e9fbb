"""A step of a network as it was followed by hand, with torch's own numbers beside it."""

from dataclasses import dataclass

import numpy as np

from convlens.explain.computing import Numbers
from convlens.explain.operations import Operation
from convlens.explain.words import sides


@dataclass(frozen=True, eq=False, repr=False)
class TracedStep:
    """What a step gave for one picture.

    Attributes:
        layer: the part of the network that was running, "" for the network itself.
        kind: as the network says it.
        inputs: positions of the steps that it reads, IMAGE for the picture.
        value: by hand, in float64, from hand-computed inputs; without a batch axis.
        torch: torch's own numbers.
    """

    name: str
    layer: str
    kind: str
    operation: Operation
    inputs: tuple[int, ...]
    value: Numbers
    torch: Numbers

    @property
    def difference(self) -> float:
        """The largest distance between a number by hand and torch's."""
        with np.errstate(invalid="ignore"):  # of two equal infinities
            apart = np.where(self.value == self.torch, 0.0, abs(self.value - self.torch))
        return float(apart.max(initial=0.0))

    @property
    def largest(self) -> float:
        """The largest magnitude of torch's finite numbers."""
        finite = abs(self.torch[np.isfinite(self.torch)])
        return float(finite.max(initial=0.0))

    def __repr__(self) -> str:
        return f"TracedStep({self.name!r}, {self.kind}, {sides(self.value.shape)})"
