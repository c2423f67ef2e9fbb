"""Superpixels: an image cut into small even areas that follow its edges, some of them painted in their mean colour.

The areas come from SLIC, a k-means of colour and place in which each centre competes for the pixels near to it only.
Here the neighbourhood is fixed: a pixel may go to the 3 × 3 centres around the cell of the initial grid that it lies
in. So the distances of all pixels of a cell to its nine centres are one small product of matrices. Areas are not made
connected afterwards: what is painted needs no such thing.

Source: Achanta et al., "SLIC superpixels compared to state-of-the-art superpixel methods", TPAMI 34(11), 2012.
"""

import functools
import math
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import cv2
import numpy as np
from jaxtyping import Float32, Int32, Int64
from numpy.typing import NDArray

from convlens.arrays import PerImage, Pixels, Raster
from convlens.augment.augmenter import Augmenter, chosen, drawn
from convlens.augment.draws import Drawn, Kept, Key, Parameters, unfolded
from convlens.augment.grammar import Spelling
from convlens.augment.pointwise import as_raster
from convlens.augment.registry import augmenter
from convlens.errors import SettingsError
from convlens.rng import uniforms

Levels: TypeAlias = Float32[np.ndarray, "h w c"]
Labels: TypeAlias = Int64[np.ndarray, " pixels"]
Bits: TypeAlias = Int32[np.ndarray, "cells 9 longest"]

_INTERPOLATIONS = {
    "nearest": cv2.INTER_NEAREST,
    "linear": cv2.INTER_LINEAR,
    "cubic": cv2.INTER_CUBIC,
    "area": cv2.INTER_AREA,
}
# How much place counts beside colour, in units of CIE Lab over the side of a cell.
_COMPACTNESS = 10.0
# After ten rounds the areas fit photographs of 64×64 only 6 % better (root mean square of what a mean colour leaves).
_ITERATIONS = 3
_NINE = np.arange(9, dtype=np.int32)[:, None]
# The place of a centre among the nine, 0–8, is kept in so many of the lowest bits of its distance.
_PLACE_BITS = np.int32(15)
# No pixel goes to a centre so far away: there is none beyond the border.
_NOWHERE = 1e9


def superpixels(
    images: Raster,
    p_replace: PerImage,
    n_segments: Pixels,
    segments: Kept,
    *,
    max_size: int | None = 128,
    interpolation: Any = "linear",
) -> Raster:
    """Paint areas of each image in their mean colour.

    Args:
        p_replace: the probability of each area to be painted.
        n_segments: about how many areas there are, in rows and columns to begin with.
        segments: the key from which each area's fate is drawn.
        max_size: larger images are shrunk to this side to find the areas, and the paint is enlarged; None for never.
        interpolation: how it is enlarged: "nearest", "linear", "cubic" or "area", one for all or one per image.
    """
    height, width = _shrunk_size(images.shape[1:3], max_size)
    grids = [_grid_shape(height, width, count) for count in n_segments.tolist()]
    most = max(down * across for down, across in grids)
    painted = uniforms(unfolded(segments), most) < p_replace[:, None]
    result = images.copy()
    hows = [interpolation] * len(images) if isinstance(interpolation, str) else interpolation.tolist()
    for row, (grid, how) in enumerate(zip(grids, hows, strict=True)):
        own = painted[row, : grid[0] * grid[1]]
        if own.any():
            result[row] = _painted(images[row], own, (height, width), grid, _INTERPOLATIONS[how])
    return result


def slic(levels: Levels, grid: tuple[int, int], *, iterations: int = _ITERATIONS) -> Labels:
    """Give each pixel the number of its area, row after row.

    Args:
        levels: grey levels 0–255; three channels are compared as CIE Lab, others as they are, on a scale of 0–100.
        grid: so many areas down and across at the start; they are numbered like its cells.
        iterations: how often pixels choose their centre; in between, centres move to the mean of their pixels.
    """
    cells = _cells(levels.shape[0], levels.shape[1], grid)
    pixels = _features(levels, cells)
    sums = pixels[:, :1] @ pixels.transpose(0, 2, 1)
    centres = _means(sums[:, 0], np.zeros((len(sums), pixels.shape[1] - 2), np.float32))
    for _ in range(iterations - 1):
        distances = _distances(pixels, centres, cells)
        nearest = (distances == distances.min(axis=1, keepdims=True)).astype(np.float32)
        # Each cell sums up what its pixels give to each of the nine; each centre then collects from nine cells.
        shares = nearest @ pixels.transpose(0, 2, 1)
        given = np.concatenate([shares.reshape(-1, pixels.shape[1]), np.zeros((1, pixels.shape[1]), np.float32)])
        centres = _means(given.take(cells.givers, axis=0).sum(axis=1), centres)
    places = _distances(pixels, centres, cells).min(axis=1) & _PLACE_BITS
    labels: Labels = np.take_along_axis(cells.neighbours, places, axis=1).take(cells.place_of_pixel)
    return labels


@augmenter
@dataclass(frozen=True, repr=False)
class Superpixels(Augmenter):
    """Paint areas of images in their mean colour.

    Attributes:
        p_replace: the probability of each area to be painted; a range draws it for each image.
        n_segments: about how many areas there are.
        max_size: larger images are shrunk to this side to find the areas, and the paint is enlarged; None for never.
        interpolation: how it is enlarged.
    """

    p_replace: Spelling = field(default=(0.5, 1), metadata=drawn(whole=False, low=0, high=1))
    n_segments: Spelling = field(default=(50, 120), metadata=drawn(whole=True, low=1, high=100_000))
    max_size: int | None = 128
    interpolation: str | list[str] | tuple[str, ...] = field(default="linear", metadata=chosen(*_INTERPOLATIONS))

    def __post_init__(self) -> None:
        super().__post_init__()
        most: object = self.max_size
        if most is not None and (isinstance(most, bool) or not isinstance(most, int) or most < 1):
            raise SettingsError(f"max_size wants a whole number of pixels from 1 up, or None, got {most!r}")

    def draws(self) -> dict[str, Drawn]:
        """List the parameters, and the key of the areas."""
        return {**super().draws(), "segments": Drawn("segments", Key())}

    def change(self, images: Raster, parameters: Parameters) -> Raster:
        """Change the images by their parameters."""
        settings: dict[str, Any] = {"interpolation": self.interpolation, **parameters}
        return superpixels(images, max_size=self.max_size, **settings)


@dataclass(frozen=True)
class _Cells:
    """The initial grid over an image of one size, as tables.

    Attributes:
        pixels: (cells, longest), the pixels of each cell; shorter cells are filled up with the pixel 0.
        ours: 1 for a pixel of the cell, 0 for a filler.
        position: (cells, 2, longest), row and column, scaled to count beside colour.
        place_of_pixel: where in `pixels`, read flat, a pixel stands.
        neighbours: (cells, 9), the cells around each, itself in the middle; one past the last where there is none.
        givers: (cells, 9), the entries of cells · 9 sums that go to each centre; one past the last where there is none.
    """

    pixels: NDArray[np.int64]
    ours: NDArray[np.float32]
    position: NDArray[np.float32]
    place_of_pixel: NDArray[np.int64]
    neighbours: NDArray[np.int64]
    givers: NDArray[np.int64]


@functools.lru_cache(maxsize=64)
def _cells(height: int, width: int, grid: tuple[int, int]) -> _Cells:
    down, across = grid
    count = down * across
    row, column = np.divmod(np.arange(height * width), width)
    cell = row * down // height * across + column * across // width
    sizes = np.bincount(cell, minlength=count)
    order = np.argsort(cell, kind="stable")
    rank = np.empty(len(cell), np.int64)
    rank[order] = np.arange(len(cell)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    longest = int(sizes.max())
    pixels, ours = np.zeros((count, longest), np.int64), np.zeros((count, longest), np.float32)
    pixels[cell, rank], ours[cell, rank] = np.arange(len(cell)), 1
    scale = _COMPACTNESS / math.sqrt(height * width / count)
    position = (np.stack([row[pixels], column[pixels]], axis=1) * scale).astype(np.float32)

    framed = np.full((down + 2, across + 2), count)
    framed[1:-1, 1:-1] = np.arange(count).reshape(grid)
    steps = [(y, x) for y in range(3) for x in range(3)]
    neighbours = np.stack([framed[y : y + down, x : x + across].ravel() for y, x in steps], axis=1)
    # What a cell gives to the neighbour at place k, that neighbour receives from its own neighbour at 8 − k.
    givers = np.where(neighbours < count, neighbours * 9 + np.arange(8, -1, -1), count * 9)
    return _Cells(pixels, ours, position, cell * longest + rank, neighbours, givers)


def _features(levels: Levels, cells: _Cells) -> Float32[np.ndarray, "cells k longest"]:
    """Give 1, the squared length, the colours and the position of each pixel of each cell; all 0 for a filler."""
    channels = levels.shape[2]
    colours = cv2.cvtColor(levels / 255, cv2.COLOR_RGB2LAB) if channels == 3 else levels * np.float32(100 / 255)
    features = np.empty((len(cells.pixels), channels + 4, cells.pixels.shape[1]), np.float32)
    features[:, 0] = 1
    features[:, 2 : 2 + channels] = colours.reshape(-1, channels).take(cells.pixels, axis=0).transpose(0, 2, 1)
    features[:, 2 + channels :] = cells.position
    own = features[:, 2:]
    np.einsum("ckp,ckp->cp", own, own, out=features[:, 1])
    features *= cells.ours[:, None]
    return features


def _means(
    sums: Float32[np.ndarray, "cells k"], otherwise: Float32[np.ndarray, "cells f"]
) -> Float32[np.ndarray, "cells f"]:
    """Divide sums by their counts; a centre that nobody chose stays where it is."""
    counts = sums[:, :1]
    return np.where(counts > 0, sums[:, 2:] / np.maximum(counts, 1), otherwise)


def _distances(
    pixels: Float32[np.ndarray, "cells k longest"], centres: Float32[np.ndarray, "cells f"], cells: _Cells
) -> Bits:
    """Give the squared distance of each pixel to its nine centres, as whole numbers that order like it, all different.

    It is |p|² − 2·c·p + |c|², and 1 more so that rounding leaves it positive: the bits of positive floats order like
    whole numbers. Their lowest ones hold the centre's place among the nine, so that a plain minimum finds both, where
    an argmin would take ten times as long; of two centres as near, it is the first.
    """
    forms = np.empty((len(centres) + 1, pixels.shape[1]), np.float32)
    forms[:-1, 0] = np.einsum("cf,cf->c", centres, centres) + 1
    forms[:, 1] = 1
    forms[:-1, 2:] = -2 * centres
    forms[-1] = 0
    forms[-1, 0] = _NOWHERE
    bits: Bits = (forms.take(cells.neighbours, axis=0) @ pixels).view(np.int32)
    bits &= ~_PLACE_BITS
    bits |= _NINE
    return bits


def _shrunk_size(size: tuple[int, ...], max_size: int | None) -> tuple[int, int]:
    height, width = size
    if max_size is None or max(height, width) <= max_size:
        return height, width
    ratio = max_size / max(height, width)
    return max(round(height * ratio), 1), max(round(width * ratio), 1)


def _grid_shape(height: int, width: int, count: int) -> tuple[int, int]:
    """Give about `count` cells as square as they can be, none without a pixel."""
    side = math.sqrt(height * width / count)
    return min(max(round(height / side), 1), height), min(max(round(width / side), 1), width)


def _painted(
    image: NDArray[Any], painted: NDArray[np.bool_], size: tuple[int, int], grid: tuple[int, int], how: int
) -> NDArray[Any]:
    height, width, channels = image.shape
    levels = image.astype(np.float32)
    if size != (height, width):
        levels = _resized(levels, size, cv2.INTER_AREA)
    labels = slic(levels, grid)
    counts = np.maximum(np.bincount(labels, minlength=len(painted)), 1)
    flat = levels.reshape(-1, channels)
    sums = [np.bincount(labels, flat[:, channel], len(painted)) for channel in range(channels)]
    means = (np.stack(sums, axis=1) / counts[:, None]).astype(np.float32)
    if size == (height, width):
        # A mean of grey levels is one, so nothing is to be clipped.
        paint = np.rint(means).astype(np.uint8) if image.dtype == np.uint8 else means
        changed = np.flatnonzero(painted.take(labels))
        result = image.reshape(-1, channels).copy()
        result[changed] = paint.take(labels[changed], axis=0)
        return result.reshape(image.shape)
    # Larger images keep their own pixels where nothing is painted; the paint's edge is as soft as the interpolation.
    share = np.clip(_resized(painted[labels].reshape(*size, 1).astype(np.float32), (height, width), how), 0, 1)
    paint = _resized(means[labels].reshape(*size, channels), (height, width), how)
    whole: NDArray[Any] = as_raster((paint * share + image * (1 - share))[None], image[None])[0]
    return whole


def _resized(levels: Levels, size: tuple[int, int], how: int) -> Float32[np.ndarray, "tall wide c"]:
    # OpenCV does not take the mean of areas for more than four channels at once.
    parts = [levels[..., start : start + 4] for start in range(0, levels.shape[2], 4)]
    resized = [cv2.resize(np.ascontiguousarray(part), size[::-1], interpolation=how) for part in parts]
    return np.concatenate([part.reshape(*size, -1) for part in resized], axis=2)
