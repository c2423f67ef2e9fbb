"""What measures by distance know of a sweep, be it over shifts or over the amounts of another change."""

from typing import Protocol as Structural
from typing import runtime_checkable

import numpy as np
from jaxtyping import Int64

from convlens.arrays import Labels, Pixels
from convlens.audit.in_parts import SweepLogits


@runtime_checkable
class LevelledAnswers(Structural):
    """A sweep by its answers, for measures that need no logits."""

    @property
    def labels(self) -> Labels:
        """The right class of each image."""

    @property
    def labels_at(self) -> Int64[np.ndarray, "n s"]:
        """The class answered for each image in each cell."""

    @property
    def origin(self) -> int:
        """The position of the unchanged cell."""

    @property
    def levels(self) -> Pixels:
        """How far each cell lies from the unchanged one, in steps from 0, with every step up to the last present."""


@runtime_checkable
class Levelled(LevelledAnswers, Structural):
    """A sweep with its logits."""

    @property
    def logits(self) -> SweepLogits:
        """For each image, each cell, each class."""
