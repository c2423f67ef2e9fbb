"""Saliency maps and what their checks found, as plain values."""

import math
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from jaxtyping import Float64

Map: TypeAlias = Float64[np.ndarray, "height width"]
Steps: TypeAlias = Float64[np.ndarray, " steps"]
Stages: TypeAlias = Float64[np.ndarray, "seeds stages"]

Method: TypeAlias = Literal["gradient", "gradient-times-input", "grad-cam", "occlusion"]

TOO_ALIKE = math.sqrt(0.5)
"""From this rank correlation on a map is too much like that of a network that has learned nothing: its square, one
half, is the share of the ranks' variance that both have in common: most of the map's order owes nothing to learning."""


@dataclass(frozen=True, eq=False, repr=False)
class SaliencyMap:
    """For each pixel of a picture, how much it matters for one class.

    Attributes:
        values: as the method defines them.
        signed: negative values speak against the class; else there are none.
        target: the class, as its place among the logits.
        by_size: the pixels that matter most are those with the largest values whatever their sign.
        settings: what the map depends on besides, such as a patch's side.
    """

    method: Method
    values: Map
    signed: bool
    target: int
    by_size: bool = False
    settings: tuple[tuple[str, str | int], ...] = ()

    def __repr__(self) -> str:
        height, width = self.values.shape
        return f"SaliencyMap({self.method!r}, class {self.target}, {height}×{width} pixels)"

    @property
    def importance(self) -> Map:
        """What the pixels are put in order by, the most important the largest."""
        return np.abs(self.values) if self.by_size else self.values

    @property
    def is_flat(self) -> bool:
        """Whether it tells no pixel from another."""
        return bool(self.values.max() == self.values.min())


@dataclass(frozen=True, eq=False)
class Deletion:
    """The probability of the class while pixels are replaced: the map's most important first, and in random orders.

    Attributes:
        fractions: which share of the pixels is replaced, from 0 to 1.
        curve: the probability then.
        random: a row for each random order.
    """

    fractions: Steps
    curve: Steps
    random: Float64[np.ndarray, "orders steps"]

    @property
    def area(self) -> float:
        """The area under the curve; a good map makes it small."""
        return float(_areas(self.fractions, self.curve[None])[0])

    @property
    def random_areas(self) -> Float64[np.ndarray, " orders"]:
        """The same for each random order."""
        return _areas(self.fractions, self.random)

    @property
    def beats_random(self) -> bool:
        """Whether the area is below those of all random orders; by chance that happens once in one more than these."""
        return bool(self.area < self.random_areas.min())

    def to_json(self, *, curves: bool = True) -> dict[str, Any]:
        """Give the areas as plain values, and the curves where they are wanted."""
        areas = self.random_areas
        told = {
            "area": self.area,
            "random_area": float(areas.mean()),
            "random_area_low": float(areas.min()),
            "random_area_high": float(areas.max()),
            "random_orders": len(areas),
            "beats_random": self.beats_random,
        }
        drawn = {
            "fractions": self.fractions,
            "curve": self.curve,
            "random_mean": self.random.mean(axis=0),
            "random_low": self.random.min(axis=0),
            "random_high": self.random.max(axis=0),
        }
        return told | ({name: one.tolist() for name, one in drawn.items()} if curves else {})


@dataclass(frozen=True, eq=False)
class Randomisation:
    """How much a map is like the one that the network gives when it has forgotten what it learned.

    Attributes:
        layers: the layer that has forgotten last at each stage, with all before it; ("all",) for all at once.
        values: rank correlation of the two maps, a row for each seed.
        sizes: the same of their sizes, the signs taken away; equal to `values` for a map without signs.
    """

    layers: tuple[str, ...]
    values: Stages
    sizes: Stages

    @property
    def likeness(self) -> float:
        """The larger of the two correlations when all is forgotten, mean over the seeds."""
        return float(max(self.values[:, -1].mean(), self.sizes[:, -1].mean()))

    @property
    def spread(self) -> tuple[float, float]:
        """The lowest and the highest of the seeds, of that correlation."""
        larger = max((self.values[:, -1], self.sizes[:, -1]), key=lambda seeds: float(seeds.mean()))
        return float(larger.min()), float(larger.max())

    @property
    def is_too_alike(self) -> bool:
        """Whether the map owes too little to what was learned."""
        return self.likeness >= TOO_ALIKE

    def to_json(self, *, curves: bool = True) -> dict[str, Any]:
        """Give the likeness as plain values, and that of every seed and stage where it is wanted."""
        low, high = self.spread
        told = {
            "likeness": self.likeness,
            "low": low,
            "high": high,
            "too_alike_from": TOO_ALIKE,
            "too_alike": self.is_too_alike,
            "seeds": len(self.values),
            "layers": list(self.layers),
        }
        return told | ({"values": self.values.tolist(), "sizes": self.sizes.tolist()} if curves else {})


@dataclass(frozen=True, eq=False)
class Checked:
    """A map beside its two checks."""

    map: SaliencyMap
    deletion: Deletion
    randomisation: Randomisation

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the map is not to be trusted; none where it passed."""
        found = []
        if self.map.is_flat:
            return ("it tells no pixel from another",)
        if not self.deletion.beats_random:
            areas = self.deletion.random_areas
            found.append(
                "replacing the pixels it calls important lowers the probability no faster than random orders do (area "
                f"{self.deletion.area:.3f}; {len(areas)} random orders {areas.min():.3f} to {areas.max():.3f})"
            )
        if self.randomisation.is_too_alike:
            found.append(
                "a network that has forgotten what it learned gives nearly the same map (rank correlation "
                f"{self.randomisation.likeness:.2f}, too much from {TOO_ALIKE:.2f} on)"
            )
        return tuple(found)

    @property
    def label(self) -> str:
        """What stands on the picture: "" or "do not trust: …"."""
        return f"do not trust: {'; '.join(self.reasons)}" if self.reasons else ""

    def to_json(self, *, curves: bool = True) -> dict[str, Any]:
        """Give everything as plain values; the map and the curves where they are wanted."""
        told: dict[str, Any] = {
            "method": self.map.method,
            "target": self.map.target,
            "signed": self.map.signed,
            "by_size": self.map.by_size,
            "settings": dict(self.map.settings),
            "trusted": not self.reasons,
            "label": self.label,
            "deletion": self.deletion.to_json(curves=curves),
            "randomisation": self.randomisation.to_json(curves=curves),
        }
        return told | ({"values": self.map.values.tolist()} if curves else {})


def _areas(fractions: Steps, curves: Float64[np.ndarray, "n steps"]) -> Float64[np.ndarray, " n"]:
    """Give the area below each curve, by trapezoids."""
    middles = (curves[:, 1:] + curves[:, :-1]) / 2
    return np.asarray(middles @ np.diff(fractions), np.float64)
