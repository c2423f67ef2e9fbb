"""Smooth noise for blends: a mask from 0 to 1 for each image, expanded from its key.

A mask is noise on a few pixels, enlarged to the image. All grids of a batch are computed together, one after the other
in one long array; they differ in size from image to image. One mask may be the mean, or the largest or smallest value,
of several. At last an S curve around a threshold can pull it towards 0 and 1.

Sources: simplex noise: Gustavson, "Simplex noise demystified", 2005, after Perlin, "Noise hardware", 2001. A spectrum
whose amplitudes are a power of the frequency: Timmer & König, "On generating power law noise", Astronomy and
Astrophysics 300, 1995.
"""

import functools
import itertools
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
    # Python's own numbers: there are a few grids, and a call of NumPy costs more than all of them.
    most = size_px_max.shape[1]
    wanted = [
        (row, plane, step)
        for row, (several, grids) in enumerate(zip(planes.tolist(), iterations.tolist(), strict=True))
        for plane in range(several)
        for step in range(min(grids, most))
    ]
    rows, plane, step = np.array(wanted, np.int64).T
    starts = np.array([_start_of_grid(plane, step) for _, plane, step in wanted], np.uint64)
    keys = mixed(unfolded(noise)[rows] + starts)
    longest = max(size)
    longer = np.minimum(size_px_max[rows, step], longest)
    sizes = longer[:, None] * np.array([side / longest for side in size])
    return Grids(rows, plane, step, keys, np.maximum(np.rint(sizes, out=sizes), 1, out=sizes).astype(np.int64))


@functools.lru_cache(maxsize=4096)
def _start_of_grid(plane: int, step: int) -> int:
    return start_of(f"grid {step} of plane {plane}")


def simplex_noise(grids: Grids) -> list[Numbers]:
    """Give each grid's noise, around 0.5, each pixel a step away from the next, from a place of the grid's own."""
    sizes = grids.sizes.tolist()
    counts = [height * width for height, width in sizes]
    # Two rows of numbers, y and x.
    places = np.concatenate([_places(height, width) for height, width in sizes], axis=1)
    places += uniforms(grids.keys, 2).astype(np.float32).T.repeat(counts, axis=1)
    values = simplex(places[1], places[0], grids.keys.repeat(counts))
    values *= np.float32(0.5)
    values += np.float32(0.5)
    ends = itertools.accumulate(counts)
    return [values[end - count : end].reshape(size) for end, count, size in zip(ends, counts, sizes, strict=True)]


@functools.lru_cache(maxsize=256)
def _places(height: int, width: int) -> Float32[np.ndarray, "2 pixels"]:
    """Give y and x of each pixel."""
    places = np.indices((height, width), np.float32).reshape(2, -1)
    places.flags.writeable = False
    return places


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
    # The three corners of each point's triangle.
    dx, dy, hashed = (
        np.empty((3, *x.shape), np.float32),
        np.empty((3, *x.shape), np.float32),
        np.empty((3, *x.shape), np.uint64),
    )
    dx[0], dx[1], dx[2] = right, right - ahead + _UNSKEW, right - 1 + 2 * _UNSKEW
    dy[0], dy[1], dy[2] = below, below - (1 - ahead) + _UNSKEW, below - 1 + 2 * _UNSKEW
    first = keys + column.astype(np.int64).view(np.uint64) * _ACROSS + row.astype(np.int64).view(np.uint64) * _DOWN
    hashed[0], hashed[1], hashed[2] = first, first + np.where(lower, _ACROSS, _DOWN), first + _ACROSS + _DOWN
    slope = (mixed(hashed) >> _TOP_BITS).view(np.int64)
    near = np.float32(0.5) - dx * dx
    near -= dy * dy
    np.maximum(near, 0, out=near)
    near *= near
    near *= near
    dx *= _SLOPE_X.take(slope)
    dx += np.multiply(dy, _SLOPE_Y.take(slope), out=dy)
    near *= dx
    total: Numbers = near[0] + near[1] + near[2]
    total *= np.float32(1 / _LARGEST)
    return total


def frequency_noise(grids: Grids, exponent: PerImage) -> list[Numbers]:
    """Give each grid's noise, stretched over 0–1: waves of random phases, whose height is a power of their frequency.

    Args:
        exponent: of each grid; −4 is clouds, 0 white noise, 4 the finest grain.
    """
    sizes: list[tuple[int, int]] = [(height, width) for height, width in grids.sizes.tolist()]
    # Grids of one size lie next to each other, for one transform.
    order = sorted(range(len(sizes)), key=sizes.__getitem__)
    logarithms = [_log_frequencies(*sizes[place]) for place in order]
    counts = [one.size for one in logarithms]
    phases = uniforms(grids.keys[order], max(counts)) * (2 * math.pi)
    phase = np.concatenate([one[:count] for one, count in zip(phases, counts, strict=True)])
    height = np.concatenate([one.ravel() for one in logarithms])
    height *= exponent[order].repeat(counts)
    np.exp(height, out=height)
    # The wave of no frequency is the mean, which the stretch takes away.
    height[list(itertools.accumulate(counts[:-1], initial=0))] = 0
    spectrum = np.empty(phase.shape, np.complex128)
    np.multiply(height, np.cos(phase), out=spectrum.real)
    np.multiply(height, np.sin(phase), out=spectrum.imag)
    waves, start = [], 0
    for size, alike in itertools.groupby(
        zip([sizes[place] for place in order], counts, strict=True), lambda one: one[0]
    ):
        end = start + sum(count for _, count in alike)
        waves.append(irfft2(spectrum[start:end].reshape(-1, size[0], size[1] // 2 + 1), s=size).ravel())
        start = end
    noise, areas = np.concatenate(waves), [sizes[place][0] * sizes[place][1] for place in order]
    starts = list(itertools.accumulate(areas[:-1], initial=0))
    low, extent = np.minimum.reduceat(noise, starts), np.maximum.reduceat(noise, starts)
    extent -= low
    flat = extent < 1e-9
    if flat.any():
        low[flat], extent[flat] = -0.5, 1
        noise[flat.repeat(areas)] = 0
    noise -= low.repeat(areas)
    noise /= extent.repeat(areas)
    stretched = noise.astype(np.float32)
    found: list[Numbers] = [stretched] * len(order)
    for place, start, area in zip(order, starts, areas, strict=True):
        found[place] = stretched[start : start + area].reshape(sizes[place])
    return found


@functools.lru_cache(maxsize=256)
def _log_frequencies(height: int, width: int) -> NDArray[np.float64]:
    """Give the logarithm of each wave's frequency, of which the finest has 1."""
    frequencies = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    finest = frequencies.max() or 1.0
    frequencies[0, 0] = finest
    logarithms: NDArray[np.float64] = np.log(frequencies / finest)
    logarithms.flags.writeable = False
    return logarithms


def masks_of(
    size: tuple[int, int],
    grids: Grids,
    noise: list[Numbers],
    upscale_method: str | NDArray[Any],
    aggregation_method: str | NDArray[Any],
    sigmoid: Pixels,
    sigmoid_thresh: PerImage,
) -> Masks:
    """Enlarge the grids and put them together.

    Args:
        size: height and width of the masks.
        noise: of each grid.
        upscale_method: a name of `UPSCALING`, or (N, steps) of them.
        aggregation_method: a name of `AGGREGATIONS`, or (N,) of them.
        sigmoid: 1 for an image whose masks are bent into an S.
        sigmoid_thresh: moves the S; 10 higher, and only what was 1 is still a half.
    """
    rows, steps = grids.rows.tolist(), grids.steps.tolist()
    upscaling = _for_each(upscale_method, grids.rows, grids.steps)
    aggregation = _for_each(aggregation_method, grids.rows)
    # The grids of each mask, and how many masks each image has.
    firsts = [place for place, step in enumerate(steps) if step == 0]
    planes = [0] * (rows[-1] + 1)
    for first in firsts:
        planes[rows[first]] += 1
    masks = np.empty((len(firsts), *size), np.float32)
    for mask, first, end in zip(masks, firsts, [*firsts[1:], len(rows)], strict=True):
        cv2.resize(noise[first], size[::-1], mask, interpolation=UPSCALING[upscaling[first]])
        for place in range(first + 1, end):
            further = cv2.resize(noise[place], size[::-1], interpolation=UPSCALING[upscaling[place]])
            AGGREGATIONS[aggregation[first]](mask, further.reshape(size), out=mask)
        if end - first > 1 and aggregation[first] == "avg":
            mask /= np.float32(end - first)
    # A cubic enlargement swings over.
    np.maximum(masks, 0, out=masks)
    np.minimum(masks, 1, out=masks)
    bends = sigmoid.tolist()
    bent = [place for place, first in enumerate(firsts) if bends[rows[first]]]
    if bent:
        middles = (_MIDDLE + sigmoid_thresh[[rows[firsts[place]] for place in bent]]).astype(np.float32)
        bend = masks if len(bent) == len(masks) else masks[bent]
        bend *= -_STEEPNESS
        bend += middles[:, None, None]
        # Beyond 80 the exponential nears the end of float32, and the mask has long been 0.
        if middles.max() > 80:
            np.minimum(bend, 80, out=bend)
        np.exp(bend, out=bend)
        bend += 1
        np.reciprocal(bend, out=bend)
        if bend is not masks:
            masks[bent] = bend
    most = max(planes)
    if len(masks) < most * len(planes):
        # An image with fewer masks than another has its last one again.
        starts = itertools.accumulate(planes[:-1], initial=0)
        several = zip(starts, planes, strict=True)
        masks = masks[[start + min(place, own - 1) for start, own in several for place in range(most)]]
    spread: Masks = masks.reshape(len(planes), most, *size)
    return spread


def _for_each(words: str | NDArray[Any], *places: Pixels) -> list[str]:
    """Give the word for each grid, from one for all or an array of them."""
    if isinstance(words, str):
        return [words] * len(places[0])
    return list(words[places].tolist())
