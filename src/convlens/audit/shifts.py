"""Which shifts an audit tries."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from convlens.arrays import Pixels
from convlens.errors import SettingsError
from convlens.models.sweeping.canvas import every_move, steps
from convlens.models.sweeping.canvas import require_something_left as nothing_left

Pattern: TypeAlias = Literal["grid", "line", "list"]


@dataclass(frozen=True, eq=False)
class Shifts:
    """A list of shifts that holds the unshifted cell (0, 0) once.

    Attributes:
        dx: pixels to the right, one for each cell.
        dy: pixels down.
        radius: the largest shift along an axis.
        pattern: how the cells lie: "grid" (every cell within the radius), "line" (the horizontal ones), else "list".
    """

    dx: Pixels
    dy: Pixels
    radius: int
    pattern: Pattern = "list"

    def __post_init__(self) -> None:
        if len(self.dx) != len(self.dy) or np.count_nonzero((self.dx == 0) & (self.dy == 0)) != 1:
            raise SettingsError("shifts want as many dx as dy and the unshifted cell (0, 0) exactly once among them")
        if max(np.abs(self.dx).max(), np.abs(self.dy).max()) != self.radius:
            raise SettingsError(f"the radius is the largest shift along an axis, got {self.radius!r}")

    def __len__(self) -> int:
        return len(self.dx)

    @property
    def origin(self) -> int:
        """The position of the unshifted cell."""
        return int(np.flatnonzero((self.dx == 0) & (self.dy == 0))[0])

    @property
    def levels(self) -> Pixels:
        """The ring of each cell, max(|dx|, |dy|) in pixels; 0 is the unshifted one."""
        rings: Pixels = np.maximum(np.abs(self.dx), np.abs(self.dy))
        return rings


def require_something_left(shifts: Shifts, size: tuple[int, int]) -> None:
    """Refuse shifts as large as the image.

    Raises:
        SettingsError: a shift reaches the image's height or width; the sentence says below which it must stay.
    """
    nothing_left(shifts.dx, shifts.dy, size)


def grid(radius: int) -> Shifts:
    """Give all (2R+1)² shifts of up to R pixels along each axis, both ends included, row by row from the top left."""
    return Shifts(*every_move(radius), radius, "grid")


def line(radius: int) -> Shifts:
    """Give the 2R+1 horizontal shifts from −R to R."""
    sideways = steps(radius)
    return Shifts(sideways, np.zeros_like(sideways), radius, "line")
