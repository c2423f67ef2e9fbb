"""Turns and moves of a picture together: how far, in which steps, and the pixels of it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from convlens.arrays import Images, Keys, PerImage
from convlens.errors import SettingsError
from convlens.rng import uniforms

LARGE_SIDE = 32
"""Pictures beyond this side get the paper's limit for ImageNet, 24 of 224 px, those up to it 3 px."""


@dataclass(frozen=True)
class Limits:
    """How far, and in how many steps.

    Attributes:
        move_px: the largest move along an axis.
        moves: how many steps of each axis, both ends and 0 included.
        turn_deg: the largest turn.
        turns: how many steps of it, both ends and 0 included.
        tries: how many turns and moves are drawn for each picture.
    """

    move_px: float = 3.0
    moves: int = 5
    turn_deg: float = 30.0
    turns: int = 31
    tries: int = 10

    def __post_init__(self) -> None:
        if min(self.moves, self.turns) < 1 or not self.moves % 2 or not self.turns % 2 or self.tries < 1:
            raise SettingsError(
                "a spatial attack wants odd numbers of moves and turns, so that the unchanged picture is among them, "
                f"and a try or more; got {self.moves!r} moves, {self.turns!r} turns and {self.tries!r} tries"
            )
        if self.move_px < 0 or self.turn_deg < 0:
            raise SettingsError(
                f"the limits of a spatial attack are 0 or more, got {self.move_px!r} px and {self.turn_deg!r}°"
            )


def engstrom(size: tuple[int, int]) -> Limits:
    """Give the paper's limits for pictures of that height and width: 3 px, or 24/224 of the shorter side, and 30°."""
    side = min(size)
    return Limits() if side <= LARGE_SIDE else Limits(move_px=24 / 224 * side)


@dataclass(frozen=True, eq=False)
class Poses:
    """Turns and moves that are tried.

    Attributes:
        dx: pixels to the right.
        dy: pixels down.
        turn: degrees, clockwise about the centre, before the move.
    """

    dx: Float64[np.ndarray, "*poses"]
    dy: Float64[np.ndarray, "*poses"]
    turn: Float64[np.ndarray, "*poses"]

    def __len__(self) -> int:
        return len(self.dx)

    @property
    def origin(self) -> int:
        """The position of the unchanged one in a grid."""
        return int(np.flatnonzero((self.dx == 0) & (self.dy == 0) & (self.turn == 0))[0])


def poses(limits: Limits) -> Poses:
    """Give every move with every turn, the turn changing fastest."""
    steps, turns = _steps(limits.move_px, limits.moves), _steps(limits.turn_deg, limits.turns)
    dy, dx, turn = np.meshgrid(steps, steps, turns, indexing="ij")
    return Poses(dx.ravel(), dy.ravel(), turn.ravel())


def drawn_poses(limits: Limits, keys: Keys) -> Poses:
    """Draw `tries` moves and turns for each key, evenly within the limits: (N, tries)."""
    dx, dy, turn = 2 * uniforms(keys, 3 * limits.tries).reshape(-1, limits.tries, 3).transpose(2, 0, 1) - 1
    return Poses(dx * limits.move_px, dy * limits.move_px, turn * limits.turn_deg)


def posed(images: Images, dx: PerImage, dy: PerImage, turn: PerImage, *, border: str, fill: int = 0) -> Images:
    """Turn each image about its centre and move it, both in one bilinear sampling.

    The move that is delivered is the move that was asked for, and whole pixels are copied, not sampled. Nothing is cut
    off between the turn and the move.
    """
    from convlens.augment.matrices import affine_matrices
    from convlens.augment.warping import affine

    matrices = affine_matrices((images.shape[1], images.shape[2]), len(images), rotate=turn, right_px=dx, down_px=dy)
    return affine(images, matrices, border=border, fill=fill)


def _steps(limit: float, count: int) -> PerImage:
    """Give so many even steps from −limit to limit; 0 is exactly among them."""
    each_way = count // 2
    return limit * (np.arange(-each_way, each_way + 1) / max(each_way, 1))
