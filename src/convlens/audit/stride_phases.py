"""Which moves show whether a flip comes from the stride alone: moves with every phase, and multiples of the stride.

A network with stride s keeps one place in s. A move by a multiple of s brings the same places of the content onto the
kept ones, so the map moves by whole cells and nothing else happens; any other move has another *phase*. Along an axis
on which a shift is a multiple of the stride (0 among them) its phase is that of the unmoved image, and nothing there is
to be averaged.
"""

import itertools
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float64, Int64

Moves: TypeAlias = Int64[np.ndarray, " m"]
Weights: TypeAlias = Float64[np.ndarray, " m"]

MOST_PHASES = 8
"""So many phases along an axis are averaged; of larger strides an even sample."""


@dataclass(frozen=True, eq=False)
class Window:
    """Moves along one axis, in pixels, and their weights, which add up to 1."""

    moves: Moves
    weights: Weights


def around(shift_px: int, stride: int, most_px: int) -> Window | None:
    """Give moves about a shift along one axis and their weights, every phase of the stride weighing the same.

    The moves lie evenly on both sides of the shift, so that neither nearness nor distance decides what their average
    says: for an even stride s those from shift − s/2 to shift + s/2, whose two ends have one phase and half the weight
    each. Where these would take in the unmoved place, or moves that cannot be made, they are the s nearest moves beside
    it on the shift's own side: an average that holds the unmoved answer would be drawn to it.

    Args:
        most_px: the largest move that can be made.

    Returns:
        None when the moves that can be made do not have all phases.
    """
    if shift_px % stride == 0:
        return Window(np.array([shift_px]), np.ones(1))
    sign, far = (1 if shift_px > 0 else -1), abs(shift_px)
    offsets, weights = _phases(stride)
    moves = far + offsets
    if moves[0] < 1 or moves[-1] > most_px:
        offsets, weights = _run(stride)
        moves = max(1, min(far - stride // 2, most_px - offsets[-1])) + offsets
        if moves[-1] > most_px:
            return None
    return Window(sign * moves, weights / weights.sum())


def around_multiple(multiple_px: int, shift_px: int, stride: int, most_px: int) -> Window | None:
    """Give moves about a multiple of the stride beside a shift, and their weights, as `around` does about the shift.

    Returns:
        None when they cannot all be made.
    """
    if shift_px % stride == 0:
        return Window(np.array([multiple_px]), np.ones(1))
    offsets, weights = _phases(stride)
    moves = multiple_px + offsets
    return None if np.abs(moves).max() > most_px else Window(moves, weights / weights.sum())


def multiples(dx: int, dy: int, stride: tuple[int, int], most_px: tuple[int, int]) -> list[tuple[int, int]]:
    """Give the moves (dx, dy) by multiples of the stride that surround a shift, without the unmoved one and its own.

    Args:
        stride: down and to the right.
        most_px: the largest moves that can be made, down and to the right.
    """
    right, down = (sorted({shift // s * s, -(-shift // s) * s}) for shift, s in ((dx, stride[1]), (dy, stride[0])))
    return [
        (x, y)
        for x, y in itertools.product(right, down)
        if (x, y) not in ((0, 0), (dx, dy)) and abs(x) <= most_px[1] and abs(y) <= most_px[0]
    ]


def _phases(stride: int) -> tuple[Moves, Weights]:
    """Give offsets about 0 that have all phases alike."""
    if stride > MOST_PHASES:
        offsets, weights = _run(stride)
        return offsets - stride // 2, weights
    half = stride // 2
    offsets = np.arange(-half, half + 1)
    return offsets, np.where((stride % 2 == 0) & (np.abs(offsets) == half), 0.5, 1.0)


def _run(stride: int) -> tuple[Moves, Weights]:
    """Give offsets from 0 up, one per phase."""
    if stride <= MOST_PHASES:
        return np.arange(stride), np.ones(stride)
    steps = np.arange(MOST_PHASES)
    # Equal steps would keep the phase of the first layers; stretched, they have all
    # phases of 2, 4 and 8 where the stride is a power of two.
    return steps * stride // MOST_PHASES + steps * (stride // MOST_PHASES) // MOST_PHASES, np.ones(MOST_PHASES)
