"""Smooth noise for blends: a mask from 0 to 1 for each image, expanded from its key.

A mask is noise on a few pixels, enlarged to the image. All grids of a batch are computed together, one after the other
in one long array; they differ in size from image to image. One mask may be the mean, or the largest or smallest value,
of several. At last an S curve around a threshold can pull it towards 0 and 1.

Sources: simplex noise: Gustavson, "Simplex noise demystified", 2005, after Perlin, "Noise hardware", 2001. A spectrum
whose amplitudes are a power of the frequency: Timmer & König, "On generating power law noise", Astronomy and
Astrophysics 300, 1995.
"""

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from jaxtyping import Float32, Int64
from numpy.typing import NDArray
from scipy.fft import irfft2  # type: ignore[import-untyped]

from convlens.arrays import Keys, PerImage, Pixels
from convlens.augment.draws import Kept, unfolded
from convlens.rng import mixed, start_of, uniforms

Words: TypeAlias = NDArray[np.uint64]
Numbers: TypeAlias = NDArray[np.float32]
Masks: TypeAlias = Float32[np.ndarray, "n planes h w"]

UPSCALING: Mapping[str, int] = {"nearest": cv2.INTER_NEAREST, "linear": cv2.INTER_LINEAR, "cubic": cv2.INTER_CUBIC}
AGGREGATIONS: Mapping[str, np.ufunc] = {"min": np.minimum, "avg": np.add, "max": np.maximum}

# Triangles to squares, (√3 − 1) / 2, and back, (3 − √3) / 6.
_SKEW, _UNSKEW = np.float32((math.sqrt(3) - 1) / 2), np.float32((3 - math.sqrt(3)) / 6)
# What the three corners of a triangle can give to a point at most, if all slopes lead to it.
_LARGEST = 0.010080204702811438
_SLOPES = 64
_ANGLES = np.arange(_SLOPES) * (2 * math.pi / _SLOPES)
_SLOPE_X, _SLOPE_Y = np.cos(_ANGLES).astype(np.float32), np.sin(_ANGLES).astype(np.float32)
_TOP_BITS = np.uint64(64 - 6)
_ACROSS, _DOWN = np.uint64(start_of("across") | 1), np.uint64(start_of("down") | 1)
# The S curve of imgaug: the middle of its slope lies at a half where the threshold is 0.
_STEEPNESS, _MIDDLE = np.float32(20), np.float32(10)


@dataclass(frozen=True)
class Grids:
    """Small grids of noise, for one or several masks of each image.

    Attributes:
        rows: the image of each grid.
        planes: the mask that it is part of.
        steps: whether it is the first, second, … grid of its mask.
        keys: where its noise comes from.
        sizes: height and width.
    """

    rows: Int64[np.ndarray, " grids"]
    planes: Int64[np.ndarray, " grids"]
    steps: Int64[np.ndarray, " grids"]
    keys: Keys
    sizes: Int64[np.ndarray, "grids 2"]


def grids_of(
    size: tuple[int, int],
    noise: Kept,
    planes: Pixels,
    iterations: Pixels,
    size_px_max: Int64[np.ndarray, "n steps"],
) -> Grids:
    """Lay out the grids of a batch.

    Args:
        size: height and width of the images.
        noise: the key of each image.
        planes: how many masks it gets.
        iterations: how many grids make up each.
        size_px_max: the longer side of each grid; the other one keeps the image's proportions.
    """
    steps = size_px_max.shape[1]
    most = int(planes.max())
    wanted = (np.arange(steps) < iterations[:, None])[:, None] & (np.arange(most)[:, None] < planes[:, None, None])
    rows, plane, step = np.nonzero(wanted)
    starts = np.array([[start_of(f"grid {s} of plane {p}") for s in range(steps)] for p in range(most)], np.uint64)
    keys = mixed(unfolded(noise)[rows] + starts[plane, step])
    longest = max(size)
    longer = np.minimum(size_px_max[rows, step], longest)
    sizes = [np.maximum(np.rint(longer * (side / longest)), 1).astype(np.int64) for side in size]
    return Grids(rows, plane, step, keys, np.stack(sizes, axis=1))


def simplex_noise(grids: Grids) -> list[Numbers]:
    """Give each grid's noise, around 0.5, each pixel a step away from the next, from a place of the grid's own."""
    counts = grids.sizes.prod(axis=1)
    ends = np.cumsum(counts)
    grid = np.repeat(np.arange(len(counts)), counts)
    down, across = np.divmod(np.arange(len(grid)) - np.repeat(ends - counts, counts), grids.sizes[grid, 1])
    starts = uniforms(grids.keys, 2).astype(np.float32)
    y, x = down.astype(np.float32) + starts[grid, 0], across.astype(np.float32) + starts[grid, 1]
    values = simplex(x, y, grids.keys[grid]) * np.float32(0.5) + np.float32(0.5)
    return [values[end - count : end].reshape(size) for end, count, size in zip(ends, counts, grids.sizes, strict=True)]


def simplex(
    x: Float32[np.ndarray, " points"], y: Float32[np.ndarray, " points"], keys: Words
) -> Float32[np.ndarray, " points"]:
    """Give the simplex noise, from −1 to 1, at points of fields of their own.

    The plane is cut into equal triangles. Each corner holds a slope, drawn from the field's key, and lifts the points
    around it by (½ − r²)⁴ times the slope.

    Args:
        keys: of the field that each point lies in.
    """
    skewed = (x + y) * _SKEW
    column, row = np.floor(x + skewed), np.floor(y + skewed)
    back = (column + row) * _UNSKEW
    right, below = x - (column - back), y - (row - back)
    lower = right > below
    ahead = lower.astype(np.float32)
    hashed = keys + column.astype(np.int64).astype(np.uint64) * _ACROSS + row.astype(np.int64).astype(np.uint64) * _DOWN
    total = np.zeros(x.shape, np.float32)
    for dx, dy, key in (
        (right, below, hashed),
        (right - ahead + _UNSKEW, below - (1 - ahead) + _UNSKEW, hashed + np.where(lower, _ACROSS, _DOWN)),
        (right - 1 + 2 * _UNSKEW, below - 1 + 2 * _UNSKEW, hashed + _ACROSS + _DOWN),
    ):
        slope = (mixed(key.copy()) >> _TOP_BITS).astype(np.int64)
        near = np.maximum(np.float32(0.5) - dx * dx - dy * dy, 0)
        near *= near
        total += near * near * (dx * _SLOPE_X[slope] + dy * _SLOPE_Y[slope])
    return total * np.float32(1 / _LARGEST)


def frequency_noise(grids: Grids, exponent: PerImage) -> list[Numbers]:
    """Give each grid's noise, stretched over 0–1: waves of random phases, whose height is a power of their frequency.

    Args:
        exponent: of each grid; −4 is clouds, 0 white noise, 4 the finest grain.
    """
    found: list[Numbers] = [np.empty(0, np.float32)] * len(grids.keys)
    alike: dict[tuple[int, int], list[int]] = {}
    for place, (height, width) in enumerate(grids.sizes.tolist()):
        alike.setdefault((height, width), []).append(place)
    drawn = uniforms(grids.keys, max(_log_frequencies(*size).size for size in alike))
    waves = np.exp(2j * math.pi * drawn)
    for size, own in alike.items():
        frequencies = _log_frequencies(*size)
        # The wave of no frequency is the mean, which the stretch takes away.
        spectrum = np.exp(exponent[own, None, None] * frequencies)
        spectrum[:, 0, 0] = 0
        noise = irfft2(spectrum * waves[own, : frequencies.size].reshape(spectrum.shape), s=size)
        low, high = noise.min(axis=(1, 2), keepdims=True), noise.max(axis=(1, 2), keepdims=True)
        flat = high - low < 1e-9
        stretched = np.where(flat, 0.5, (noise - low) / np.where(flat, 1, high - low)).astype(np.float32)
        for place, one in zip(own, stretched, strict=True):
            found[place] = one
    return found


@functools.lru_cache(maxsize=256)
def _log_frequencies(height: int, width: int) -> NDArray[np.float64]:
    """Give the logarithm of each wave's frequency, of which the finest has 1."""
    frequencies = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    finest = frequencies.max() or 1.0
    frequencies[0, 0] = finest
    logarithms: NDArray[np.float64] = np.log(frequencies / finest)
    return logarithms


def masks_of(
    size: tuple[int, int],
    grids: Grids,
    noise: list[Numbers],
    upscale_method: NDArray[Any],
    aggregation_method: NDArray[Any],
    sigmoid: Pixels,
    sigmoid_thresh: PerImage,
) -> Masks:
    """Enlarge the grids and put them together.

    Args:
        size: height and width of the masks.
        noise: of each grid.
        upscale_method: (N, steps), a name of `UPSCALING`.
        aggregation_method: (N,), a name of `AGGREGATIONS`.
        sigmoid: 1 for an image whose masks are bent into an S.
        sigmoid_thresh: moves the S; 10 higher, and only what was 1 is still a half.
    """
    starts = np.flatnonzero(grids.steps == 0)
    masks = np.empty((len(starts), *size), np.float32)
    each = zip(
        np.cumsum(grids.steps == 0) - 1,
        grids.steps.tolist(),
        noise,
        upscale_method[grids.rows, grids.steps].tolist(),
        aggregation_method[grids.rows].tolist(),
        strict=True,
    )
    for place, step, small, upscaling, aggregation in each:
        mask, interpolation = masks[place], UPSCALING[upscaling]
        if step == 0:
            mask[...] = cv2.resize(small, size[::-1], interpolation=interpolation).reshape(size)
        else:
            further = cv2.resize(small, size[::-1], interpolation=interpolation).reshape(size)
            AGGREGATIONS[aggregation](mask, further, out=mask)
    rows = grids.rows[starts]
    added = np.diff(np.append(starts, len(grids.rows))) * (aggregation_method[rows] == "avg")
    masks /= np.maximum(added, 1).astype(np.float32)[:, None, None]
    # A cubic enlargement swings over.
    np.clip(masks, 0, 1, out=masks)
    bent = np.flatnonzero(sigmoid[rows])
    if bent.size:
        bend = masks[bent]
        bend *= -_STEEPNESS
        bend += (_MIDDLE + sigmoid_thresh[rows[bent]]).astype(np.float32)[:, None, None]
        # Beyond 80 the exponential nears the end of float32, and the mask has long been 0.
        np.exp(np.minimum(bend, 80, out=bend), out=bend)
        bend += 1
        masks[bent] = np.reciprocal(bend, out=bend)
    # An image with fewer masks than another has its last one again.
    planes = np.bincount(rows)
    places = np.minimum(np.arange(planes.max()), planes[:, None] - 1)
    spread: Masks = masks[np.cumsum(planes)[:, None] - planes[:, None] + places]
    return spread
