"""One picture with its maps, as a value that can be kept on disk and drawn later."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from convlens.arrays import Image
from convlens.explain.saliency.results import Checked, Deletion, Randomisation, SaliencyMap

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class PictureMaps:
    """A picture, the class that its maps explain, and the maps with their checks.

    Attributes:
        name: which picture it is, in words.
        class_name: of the class that is explained.
        answer: the name of the class that the network names.
        probability: of the class that is explained.
        left_out: the maps that could not be made, each with the reason.
    """

    picture: Image
    name: str
    class_name: str
    answer: str
    probability: float
    maps: tuple[Checked, ...]
    left_out: tuple[tuple[str, str], ...] = ()

    def to_json(self, *, curves: bool = True) -> dict[str, Any]:
        """Give everything but the picture as plain values.

        Args:
            curves: with the maps, the curves and every seed; else the numbers alone that stand for them.
        """
        return {
            "picture": self.name,
            "class": self.class_name,
            "answer": self.answer,
            "probability": self.probability,
            "maps": [one.to_json(curves=curves) for one in self.maps],
            "left_out": [{"method": method, "reason": reason} for method, reason in self.left_out],
        }

    def arrays(self) -> dict[str, np.ndarray]:
        """Give the picture and all arrays of the maps, by names."""
        found: dict[str, np.ndarray] = {"picture": self.picture}
        for one in self.maps:
            parts = {
                "values": one.map.values,
                "fractions": one.deletion.fractions,
                "curve": one.deletion.curve,
                "random": one.deletion.random,
                "randomised_values": one.randomisation.values,
                "randomised_sizes": one.randomisation.sizes,
            }
            found |= {f"{one.map.method}.{name}": part for name, part in parts.items()}
        return found


def picture_maps(told: Mapping[str, Any], arrays: Arrays) -> PictureMaps:
    """Put together again what `to_json` and `arrays` gave.

    Raises:
        KeyError: something is missing.
    """
    left_out = tuple((one["method"], one["reason"]) for one in told["left_out"])
    maps = tuple(_checked(one, arrays) for one in told["maps"])
    words = (told["picture"], told["class"], told["answer"], float(told["probability"]))
    return PictureMaps(arrays["picture"], *words, maps, left_out)


def _checked(told: Mapping[str, Any], arrays: Arrays) -> Checked:
    part = {name: arrays[f"{told['method']}.{name}"] for name in ("values", "fractions", "curve", "random")}
    settings = tuple((name, value) for name, value in told["settings"].items())
    found = SaliencyMap(told["method"], part["values"], told["signed"], told["target"], told["by_size"], settings)
    forgetful = (arrays[f"{told['method']}.randomised_{name}"] for name in ("values", "sizes"))
    return Checked(
        found,
        Deletion(part["fractions"], part["curve"], part["random"]),
        Randomisation(tuple(told["randomisation"]["layers"]), *forgetful),
    )
