"""Drawn letters: X from two bent strokes, O from a closed, dented ellipse, white on black, 28 × 28.

Image i is a pure function of (seed, i). Every other image is an X. All lengths are pixels; a letter always lies
within the frame.
"""

import math

import numpy as np
from jaxtyping import Float32, Float64

from convlens.arrays import Images, Indices, Keys, Labels, PerImage
from convlens.rng import keys_of, subkeys, uniforms

CLASS_NAMES = ("o", "x")
SIDE_PX = 28

_O_POINTS = 37
_X_POINTS = 8
_CHUNK = 64

Points = Float64[np.ndarray, "n strokes points 2"]


def letters(seed: int, indices: Indices) -> tuple[Images, Labels]:
    """Draw the images at `indices`; label 0 is an O, 1 an X."""
    labels = (indices % 2).astype(np.int64)
    images = np.empty((len(indices), SIDE_PX, SIDE_PX, 1), np.uint8)
    for label, outline in enumerate((_ellipses, _crosses)):
        chosen = np.flatnonzero(labels == label)
        for start in range(0, len(chosen), _CHUNK):
            rows = chosen[start : start + _CHUNK]
            keys = keys_of(seed, "xo", 0, indices[rows])
            images[rows] = _inked(_placed(outline(keys), keys), keys)
    return images, labels


def _between(keys: Keys, name: str, low: float, high: float) -> PerImage:
    drawn: PerImage = low + (high - low) * uniforms(subkeys(keys, name))[:, 0]
    return drawn


def _ellipses(keys: Keys) -> Points:
    """Closed curves r(θ) = 1 + a cos(2θ + α) + b cos(3θ + β)."""
    theta = np.linspace(0.0, 2.0 * np.pi, _O_POINTS)[None, :]
    radius = np.ones((len(keys), _O_POINTS))
    for wave in (2, 3):
        height = _between(keys, f"dent-{wave}", 0.0, 0.16 / wave * 2)[:, None]
        phase = _between(keys, f"dent-phase-{wave}", 0.0, 2.0 * np.pi)[:, None]
        radius += height * np.cos(wave * theta + phase)
    return np.stack([radius * np.cos(theta), radius * np.sin(theta)], axis=-1)[:, None]


def _crosses(keys: Keys) -> Points:
    """Two quadratic Béziers from corner to corner, (1−t)² A + 2t(1−t) B + t² C."""
    corners = np.array([[[-1.0, -1.0], [1.0, 1.0]], [[1.0, -1.0], [-1.0, 1.0]]])
    ends = corners[None] + 0.25 * _spread(keys, "ends", (2, 2, 2))
    middles = ends.mean(axis=2) + 0.45 * _spread(keys, "bend", (2, 2))
    t = np.linspace(0.0, 1.0, _X_POINTS)[None, None, :, None]
    start, end, middle = ends[:, :, 0, None], ends[:, :, 1, None], middles[:, :, None]
    points: Points = (1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * end
    return points


def _spread(keys: Keys, name: str, shape: tuple[int, ...]) -> Float64[np.ndarray, "n ..."]:
    """Draw numbers from −1 … 1, an array of `shape` per image."""
    drawn: Float64[np.ndarray, "n ..."] = uniforms(subkeys(keys, name), math.prod(shape)).reshape(-1, *shape)
    return 2.0 * drawn - 1.0


def _placed(points: Points, keys: Keys) -> Points:
    """Stretch, slant, turn, scale and move: the letter's larger half side is its size, and all of it is inside."""
    stretch = np.exp(_between(keys, "aspect", -0.4, 0.4))
    slant = _between(keys, "slant", -0.35, 0.35)
    turn = np.radians(_between(keys, "turn", -18.0, 18.0))
    cos, sin, one, zero = np.cos(turn), np.sin(turn), np.ones_like(turn), np.zeros_like(turn)
    rotated = np.stack([np.stack([cos, -sin], -1), np.stack([sin, cos], -1)], -2)
    slanted = np.stack([np.stack([stretch, slant], -1), np.stack([zero, one / stretch], -1)], -2)
    matrices = np.einsum("nij,njk->nik", rotated, slanted)
    shaped = np.einsum("nij,nspj->nspi", matrices, points)
    low, high = shaped.min(axis=(1, 2)), shaped.max(axis=(1, 2))
    half = (high - low) / 2
    size = _between(keys, "size", 4.5, 12.0)
    scale = size / half.max(axis=1)
    room = SIDE_PX / 2 - 0.5 - _thickness(keys)[:, None] / 2 - half * scale[:, None]
    centre = SIDE_PX / 2 - 0.5 + np.maximum(room, 0.0) * _spread(keys, "place", (2,))
    middle = (low + high) / 2
    placed: Points = (shaped - middle[:, None, None]) * scale[:, None, None, None] + centre[:, None, None]
    return placed


def _thickness(keys: Keys) -> PerImage:
    return _between(keys, "thickness", 1.0, 3.0)


def _inked(points: Points, keys: Keys) -> Images:
    """Draw strokes: full ink up to half the thickness from the line, falling to none over one pixel."""
    coverage = np.clip(_thickness(keys)[:, None] / 2 + 0.5 - _distances(points), 0.0, 1.0)
    ink = _between(keys, "ink", 130.0, 255.0)[:, None]
    images: Images = np.rint(ink * coverage).astype(np.uint8).reshape(-1, SIDE_PX, SIDE_PX, 1)
    return images


def _distances(points: Points) -> Float32[np.ndarray, "n pixels"]:
    """Give each pixel centre's distance to the nearest of the line pieces between neighbouring points."""
    lines = points.astype(np.float32)
    starts = lines[:, :, :-1].reshape(len(lines), -1, 1, 2)
    steps = np.diff(lines, axis=2).reshape(starts.shape)
    lengths = np.maximum((steps**2).sum(axis=-1), np.float32(1e-12))
    axis = np.arange(SIDE_PX, dtype=np.float32)
    # x and y apart: the products with a step need one axis each, 28 numbers and not 784
    dx, dy = axis - starts[..., 0], axis - starts[..., 1]
    along = (dx * steps[..., 0])[:, :, None, :] + (dy * steps[..., 1])[:, :, :, None]
    share = np.clip(along / lengths[..., None], 0.0, 1.0)
    squares = (dx[:, :, None, :] - share * steps[..., 0, None]) ** 2
    squares += (dy[:, :, :, None] - share * steps[..., 1, None]) ** 2
    distances: Float32[np.ndarray, "n pixels"] = np.sqrt(squares.min(axis=1)).reshape(len(lines), -1)
    return distances
