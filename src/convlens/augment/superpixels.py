"""Superpixels: an image cut into small even areas that follow its edges, some of them painted in their mean colour.

The areas come from SLIC, a k-means of colour and place in which each centre competes for the pixels near to it only.
Here the neighbourhood is fixed: a pixel may go to the 3 × 3 centres around the cell of the initial grid that it lies
in. So the distances of all pixels of a cell to its nine centres are one small product of matrices. Areas are not made
connected afterwards: what is painted needs no such thing.

Source: Achanta et al., "SLIC superpixels compared to state-of-the-art superpixel methods", TPAMI 34(11), 2012.
"""

import functools
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import cv2
import numpy as np
from jaxtyping import Float32, Float64, Int64
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
Centres: TypeAlias = Float64[np.ndarray, "k cells"]
InCells: TypeAlias = Float32[np.ndarray, "rows cells longest"]

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
_NINE = np.arange(9, dtype=np.int32)[:, None, None]
# The place of a centre among the nine, 0–8, is kept in so many of the lowest bits of its distance.
_PLACE_BITS = np.int32(15)
# OpenCV knows no images of more channels.
_MOST_CHANNELS = 512
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
            _paint(result[row], own, (height, width), grid, _INTERPOLATIONS[how])
    return result


def slic(levels: Levels, grid: tuple[int, int], *, iterations: int = _ITERATIONS) -> Labels:
    """Give each pixel the number of its area, row after row.

    Args:
        levels: grey levels 0–255; three channels are compared as CIE Lab, others as they are, on a scale of 0–100.
        grid: so many areas down and across at the start; they are numbered like its cells.
        iterations: how often pixels choose their centre; in between, centres move to the mean of their pixels.
    """
    cells = _cells(levels.shape[0], levels.shape[1], grid)
    colours = _colours(levels)
    planes = [*colours.astype(np.float64), *cells.position]
    pixels = _in_cells(colours, cells)
    centres = np.concatenate([_cell_means(pixels[2:-2], cells), cells.middles])
    for _ in range(iterations - 1):
        centres = _means(planes, _nearest(pixels, centres, cells), centres)
    return _nearest(pixels, centres, cells)


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
        place_of_pixel: where in `pixels`, read flat, a pixel stands.
        nine_of_pixel: where in `neighbours`, read flat, those of its cell begin.
        neighbours: (cells, 9), the cells around each, itself in the middle; one past the last where there is none.
        sizes: how many pixels each cell has.
        fillers: how many it is filled up with.
        position: (2, height · width), row and column of each pixel, scaled to count beside colour.
        middles: (2, cells), the mean of each cell's positions.
        square: (height · width,), the squared length of each position.
        position_in_cells: (2, cells, longest), that of `pixels`.
    """

    pixels: NDArray[np.int64]
    place_of_pixel: NDArray[np.int64]
    nine_of_pixel: NDArray[np.int64]
    neighbours: NDArray[np.int64]
    sizes: NDArray[np.int64]
    fillers: NDArray[np.int64]
    position: NDArray[np.float64]
    middles: NDArray[np.float64]
    square: NDArray[np.float32]
    position_in_cells: NDArray[np.float32]


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
    pixels = np.zeros((count, longest), np.int64)
    pixels[cell, rank] = np.arange(len(cell))
    position = np.stack([row, column]) * (_COMPACTNESS / math.sqrt(height * width / count))

    framed = np.full((down + 2, across + 2), count)
    framed[1:-1, 1:-1] = np.arange(count).reshape(grid)
    steps = [(y, x) for y in range(3) for x in range(3)]
    neighbours = np.stack([framed[y : y + down, x : x + across].ravel() for y, x in steps], axis=1)
    return _Cells(
        pixels,
        place_of_pixel=cell * longest + rank,
        nine_of_pixel=cell * 9,
        neighbours=neighbours,
        sizes=sizes,
        fillers=longest - sizes,
        position=position,
        middles=_sums(position, cell, count) / sizes,
        square=(position**2).sum(axis=0).astype(np.float32),
        position_in_cells=position.astype(np.float32)[:, pixels],
    )


def _colours(levels: Levels) -> Float32[np.ndarray, "c pixels"]:
    colours = cv2.cvtColor(levels / 255, cv2.COLOR_RGB2LAB) if levels.shape[2] == 3 else levels * np.float32(100 / 255)
    return np.ascontiguousarray(colours.reshape(-1, levels.shape[2]).T)


def _in_cells(colours: Float32[np.ndarray, "c pixels"], cells: _Cells) -> InCells:
    """Give 1, the squared length, the colours and the position of the pixels of each cell."""
    channels = len(colours)
    pixels = np.empty((channels + 4, *cells.pixels.shape), np.float32)
    pixels[0] = 1
    square = np.einsum("cp,cp->p", colours, colours)
    square += cells.square
    # Without "clip", NumPy would write to an array of its own first.
    square.take(cells.pixels, out=pixels[1], mode="clip")
    colours.take(cells.pixels, axis=1, out=pixels[2:-2], mode="clip")
    pixels[-2:] = cells.position_in_cells
    return pixels


def _cell_means(colours: Float32[np.ndarray, "c cells longest"], cells: _Cells) -> Centres:
    sums = colours @ np.ones(colours.shape[2], np.float32)
    # The pixel 0 stands at the first place, and wherever a cell is filled up.
    return (sums - colours[:, :1, 0] * cells.fillers) / cells.sizes


def _sums(planes: Iterable[NDArray[np.float64]], labels: Labels, count: int) -> Centres:
    return np.array([np.bincount(labels, plane, count) for plane in planes])


def _means(planes: Iterable[NDArray[np.float64]], labels: Labels, otherwise: Centres) -> Centres:
    """Give each area's means; a centre that nobody chose stays where it is."""
    count = otherwise.shape[1]
    sizes, sums = np.bincount(labels, minlength=count), _sums(planes, labels, count)
    if sizes.all():
        sums /= sizes
        return sums
    return np.where(sizes > 0, sums / np.maximum(sizes, 1), otherwise)


def _nearest(pixels: InCells, centres: Centres, cells: _Cells) -> Labels:
    """Give the area of the nearest of its nine centres to each pixel.

    The squared distance is |p|² − 2·c·p + |c|², and 1 more so that rounding leaves it positive: the bits of positive
    floats order like whole numbers. Their lowest ones hold the centre's place among the nine, so that a plain minimum
    finds both, where an argmin would take ten times as long; of two centres as near, it is the first.
    """
    count, longest = cells.pixels.shape
    forms = np.empty((len(pixels), count + 1), np.float32)
    forms[0, :-1] = np.einsum("kc,kc->c", centres, centres) + 1
    forms[0, -1] = _NOWHERE
    forms[1] = 1
    np.multiply(centres, -2, out=forms[2:, :-1], casting="same_kind")
    forms[2:, -1] = 0
    # The nine lie outermost, where NumPy finds the minimum fast.
    distances = np.empty((9, count, longest), np.float32)
    nine = forms.take(cells.neighbours, axis=1).transpose(1, 2, 0)
    np.matmul(nine, pixels.transpose(1, 0, 2), out=distances.transpose(1, 0, 2))
    bits = distances.view(np.int32)
    bits &= ~_PLACE_BITS
    bits |= _NINE
    places = (bits.min(axis=0) & _PLACE_BITS).take(cells.place_of_pixel)
    labels: Labels = cells.neighbours.take(cells.nine_of_pixel + places)
    return labels


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


def _paint(
    image: NDArray[Any], painted: NDArray[np.bool_], size: tuple[int, int], grid: tuple[int, int], how: int
) -> None:
    """Paint those areas of the image; it is written to."""
    height, width, channels = image.shape
    levels = image.astype(np.float32)
    if size != (height, width):
        levels = _resized(levels, size, cv2.INTER_AREA)
    labels = slic(levels, grid)
    flat = levels.reshape(-1, channels).T.astype(np.float64, order="C")
    means = _means(flat, labels, np.zeros((channels, len(painted)))).T
    if size == (height, width):
        # A mean of grey levels is one, so nothing is to be clipped.
        paint = (np.rint(means) if image.dtype == np.uint8 else means).astype(image.dtype, order="C")
        chosen = painted.view(np.uint8).take(labels)
        _copy_chosen(paint.take(labels, axis=0).reshape(image.shape), chosen.reshape(height, width), image)
        return
    # Larger images keep their own pixels where nothing is painted; the paint's edge is as soft as the interpolation.
    share = np.clip(_resized(painted[labels].reshape(*size, 1).astype(np.float32), (height, width), how), 0, 1)
    paint = _resized(means.astype(np.float32)[labels].reshape(*size, channels), (height, width), how)
    image[...] = as_raster((paint * share + image * (1 - share))[None], image[None])[0]


def _copy_chosen(source: NDArray[Any], chosen: NDArray[np.uint8], target: NDArray[Any]) -> None:
    if source.shape[2] <= _MOST_CHANNELS:
        cv2.copyTo(source, chosen, target)
    else:
        np.copyto(target, source, where=chosen[..., None] > 0)


def _resized(levels: Levels, size: tuple[int, int], how: int) -> Float32[np.ndarray, "tall wide c"]:
    # OpenCV does not take the mean of areas for more than four channels at once.
    parts = [levels[..., start : start + 4] for start in range(0, levels.shape[2], 4)]
    resized = [cv2.resize(np.ascontiguousarray(part), size[::-1], interpolation=how) for part in parts]
    return np.concatenate([part.reshape(*size, -1) for part in resized], axis=2)
