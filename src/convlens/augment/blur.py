"""Blur and sharpness: each image convolved by its own kernel, or filtered by its own window.

Outside the image its mirror is read, without repeating the border pixel; only the median repeats the border pixel.
Filters run in OpenCV, in float32, and are rounded once: its own filters of bytes are up to 1.5 grey levels off.
"""

import functools
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import cv2
import numpy as np
from jaxtyping import Float32, Float64, Int64

from convlens.arrays import PerImage, Pixels, Raster
from convlens.augment.algebra import Distribution
from convlens.augment.augmenter import Augmenter, drawn
from convlens.augment.door import RasterImage
from convlens.augment.grammar import Spelling
from convlens.augment.one_by_one import filtered, one_by_one
from convlens.augment.pointwise import as_raster
from convlens.augment.registry import augmenter
from convlens.errors import SettingsError

Matrix: TypeAlias = Float64[np.ndarray, "k k"]
Matrices: TypeAlias = Float64[np.ndarray, "n k k"]
Flat: TypeAlias = Int64[np.ndarray, " _"]

_IDENTITY = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]], np.float64)
_LAPLACIAN = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], np.float64)
# The eight neighbours of the middle as (row, column), clockwise from the top.
_NEIGHBOURS = [(0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0)]
_MIRRORED = cv2.BORDER_REFLECT_101
# Up to so many pixels a side, two products of matrices for the whole batch cost less than a filter for each image.
_SMALL_SIDE = 32


def gaussian_blur(images: Raster, sigma: PerImage) -> Raster:
    """Blur each image by its own Gaussian; σ up to 0.001 px changes nothing.

    The window is as wide as imgaug's: 3.3·σ px in all, 2.9·σ from σ = 3 on and 2.6·σ from σ = 5 on, made odd, and at
    least 5 px.
    """
    height, width, channels = images.shape[1:]
    sizes = gaussian_sizes(sigma)
    if channels == 1 and max(height, width) <= _SMALL_SIDE:
        down = _blur_matrices(sigma, sizes, height)
        across = down if width == height else _blur_matrices(sigma, sizes, width)
        return as_raster(down @ images[..., 0].astype(np.float32) @ across.transpose(0, 2, 1), images, positive=True)

    # Of bytes none moves by half a level as long as the middle weighs more than 1 − 1/1020, which 1/4 px leaves it.
    least = 0.25 if images.dtype == np.uint8 else 0.001

    def blurred(image: RasterImage, into: Any, of: float, size: int) -> None:
        if of <= least:
            into[...] = image
            return
        line = cv2.getGaussianKernel(size, of)
        cv2.sepFilter2D(image, cv2.CV_32F, line, line, into, borderType=_MIRRORED)

    return filtered(images, blurred, sigma, sizes)


def average_blur(images: Raster, k: Pixels) -> Raster:
    """Give each pixel the mean of a k × k window; k up to 1 changes nothing, an even window reaches further up left."""

    def blurred(image: RasterImage, into: Any, of: int) -> None:
        if of <= 1:
            into[...] = image
        else:
            cv2.boxFilter(image, cv2.CV_32F, (of, of), into, borderType=_MIRRORED)

    return filtered(images, blurred, k)


def median_blur(images: Raster, k: Pixels) -> Raster:
    """Give each pixel the median of a k × k window; an even k counts as the odd one above it."""

    def blurred(image: RasterImage, of: int) -> Any:
        if of <= 1:
            return image
        # OpenCV takes the median of one, three or four channels; the channels of others are filtered one by one.
        if image.shape[2] in (1, 3, 4):
            return cv2.medianBlur(image, of | 1)
        planes = [cv2.medianBlur(np.ascontiguousarray(image[..., c]), of | 1) for c in range(image.shape[2])]
        return np.stack(planes, axis=-1)

    return one_by_one(images, blurred, k)


def convolve(images: Raster, matrices: Matrices) -> Raster:
    """Correlate each image with its own matrix, the middle of the matrix over the pixel."""
    levels = np.empty(images.shape, np.float32)
    for image, into, matrix in zip(np.ascontiguousarray(images), levels, matrices, strict=True):
        cv2.filter2D(image, cv2.CV_32F, matrix, into, borderType=_MIRRORED)
    return as_raster(levels, images)


def motion_blur(images: Raster, k: Pixels, angle: PerImage, direction: PerImage) -> Raster:
    """Smear each image along a line.

    Args:
        k: length of the line in pixels; an even k counts as the odd one above it.
        angle: degrees by which the upright line is turned clockwise.
        direction: −1 to 1: where the weight lies, from one end of the line to the other; 0 is even.
    """

    def smeared(image: RasterImage, into: Any, *line: Any) -> None:
        cv2.filter2D(image, cv2.CV_32F, line_matrix(*line), into, borderType=_MIRRORED)

    return filtered(images, smeared, k, angle, direction)


def line_matrix(k: int, angle: float, direction: float) -> Matrix:
    """Give the matrix of `motion_blur`: a line whose weights sum to 1."""
    size = k | 1
    start = (direction + 1) / 2
    upright = np.zeros((size, size), np.float32)
    upright[:, size // 2] = np.linspace(start, 1 - start, size)
    centre = (size // 2, size // 2)
    # OpenCV turns counter-clockwise.
    turned = cv2.warpAffine(upright, cv2.getRotationMatrix2D(centre, -angle, 1), (size, size), flags=cv2.INTER_LINEAR)
    return np.asarray(turned / turned.sum(), np.float64)


def sharpen(images: Raster, alpha: PerImage, lightness: PerImage) -> Raster:
    """Blend each image with its sharpened version, the Laplacian of all eight neighbours with 8 + lightness inside."""
    return convolve(images, sharpen_matrices(alpha, lightness))


def sharpen_matrices(alpha: PerImage, lightness: PerImage) -> Matrices:
    """Give the matrices of `sharpen`: −1 at the neighbours and 8 + lightness in the middle."""
    return _blended(alpha, (9 + lightness[:, None, None]) * _IDENTITY - 1)


def emboss(images: Raster, alpha: PerImage, strength: PerImage) -> Raster:
    """Blend each image with one lit from the top left."""
    return convolve(images, emboss_matrices(alpha, strength))


def emboss_matrices(alpha: PerImage, strength: PerImage) -> Matrices:
    """Give the matrices of `emboss`."""
    slope = np.array([[-1, -1, 0], [-1, 0, 1], [0, 1, 1]], np.float64)
    ends = np.array([[-1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float64)
    return _blended(alpha, ends + strength[:, None, None] * slope)


def edge_detect(images: Raster, alpha: PerImage) -> Raster:
    """Blend each image with its Laplacian, the sum of the four neighbours less four times the pixel."""
    return convolve(images, edge_matrices(alpha))


def edge_matrices(alpha: PerImage) -> Matrices:
    """Give the matrices of `edge_detect`."""
    return _blended(alpha, np.broadcast_to(_LAPLACIAN, (len(alpha), 3, 3)))


def directed_edge_detect(images: Raster, alpha: PerImage, direction: PerImage) -> Raster:
    """Blend each image with its edges that face one way.

    Args:
        alpha: the share of the edges.
        direction: in turns, clockwise from the top: 0.25 is the right.
    """
    return convolve(images, directed_edge_matrices(alpha, direction))


def directed_edge_matrices(alpha: PerImage, direction: PerImage) -> Matrices:
    """Give the matrices of `directed_edge_detect`."""
    return _blended(alpha, directed_matrices(direction))


def directed_matrices(direction: PerImage) -> Matrices:
    """Give the matrices of the edges alone that face one way.

    The pixel counts 1, its neighbours sum to −1; a neighbour that lies φ degrees off the direction counts in proportion
    to (1 − φ / 180)⁴.
    """
    matrices = np.zeros((len(direction), 3, 3))
    for position, (row, column) in enumerate(_NEIGHBOURS):
        turns = np.abs(direction - position / 8) % 1
        matrices[:, row, column] = (1 - 2 * np.minimum(turns, 1 - turns)) ** 4
    matrices /= -matrices.sum(axis=(1, 2), keepdims=True)
    matrices[:, 1, 1] = 1
    return matrices


@augmenter
@dataclass(frozen=True, repr=False)
class GaussianBlur(Augmenter):
    """Blur by a Gaussian of σ pixels."""

    sigma: Spelling = field(default=(0, 3), metadata=drawn(whole=False, low=0, high=1000))
    kernel = staticmethod(gaussian_blur)


@augmenter
@dataclass(frozen=True, repr=False)
class AverageBlur(Augmenter):
    """Blur by the mean of a square window."""

    k: Spelling = field(default=(1, 7), metadata=drawn(whole=True, low=0, high=1000))
    kernel = staticmethod(average_blur)


@augmenter
@dataclass(frozen=True, repr=False)
class MedianBlur(Augmenter):
    """Blur by the median of a square window; the ends of its range are odd."""

    k: Spelling = field(default=(1, 7), metadata=drawn(whole=True, low=1, high=255))
    kernel = staticmethod(median_blur)
    bytes_only = True

    def __post_init__(self) -> None:
        super().__post_init__()
        assert isinstance(self.k, Distribution)
        if not all(end % 2 for end in self.k.support):
            raise SettingsError(f"MedianBlur wants odd window sizes, got k={self.k!r}")


@augmenter
@dataclass(frozen=True, repr=False)
class MotionBlur(Augmenter):
    """Smear along a line of k pixels, turned clockwise by an angle from the upright, as a moving camera does."""

    k: Spelling = field(default=(3, 7), metadata=drawn(whole=True, low=3, high=255))
    angle: Spelling = field(default=(0, 360), metadata=drawn(whole=False))
    direction: Spelling = field(default=(-1, 1), metadata=drawn(whole=False, low=-1, high=1))
    kernel = staticmethod(motion_blur)


@augmenter
@dataclass(frozen=True, repr=False)
class Sharpen(Augmenter):
    """Sharpen the image; a lightness of 1 keeps its brightness."""

    alpha: Spelling = field(default=(0, 0.2), metadata=drawn(whole=False, low=0, high=1))
    lightness: Spelling = field(default=(0.8, 1.2), metadata=drawn(whole=False, low=0))
    kernel = staticmethod(sharpen)


@augmenter
@dataclass(frozen=True, repr=False)
class Emboss(Augmenter):
    """Light the image from the side, like a relief."""

    alpha: Spelling = field(default=(0, 1), metadata=drawn(whole=False, low=0, high=1))
    strength: Spelling = field(default=(0.25, 1), metadata=drawn(whole=False, low=0))
    kernel = staticmethod(emboss)


@augmenter
@dataclass(frozen=True, repr=False)
class EdgeDetect(Augmenter):
    """Blend the image with its edges."""

    alpha: Spelling = field(default=(0, 0.75), metadata=drawn(whole=False, low=0, high=1))
    kernel = staticmethod(edge_detect)


@augmenter
@dataclass(frozen=True, repr=False)
class DirectedEdgeDetect(Augmenter):
    """Blend the image with its edges that face one way."""

    alpha: Spelling = field(default=(0, 0.75), metadata=drawn(whole=False, low=0, high=1))
    direction: Spelling = field(default=(0, 1), metadata=drawn(whole=False, low=0, high=1))
    kernel = staticmethod(directed_edge_detect)


def _blended(alpha: PerImage, effects: Matrices) -> Matrices:
    share = alpha[:, None, None]
    matrices: Matrices = (1 - share) * _IDENTITY + share * effects
    return matrices


def gaussian_sizes(sigma: PerImage) -> Pixels:
    """Give the width of the window that `gaussian_blur` sums over; it is odd."""
    factor = np.where(sigma < 3, 3.3, np.where(sigma < 5, 2.9, 2.6))
    sizes: Pixels = np.maximum(factor * sigma, 5).astype(np.int64) | 1
    return sizes


def _blur_matrices(sigma: PerImage, sizes: Pixels, side: int) -> Float32[np.ndarray, "n side side"]:
    """Give for each image the matrix that blurs a column of it."""
    weights = gaussian_weights(sigma, sizes)
    first, further = _reads(side, weights.shape[1] - 1)
    padded = np.zeros((len(sigma), weights.shape[1] + 1), np.float32)
    padded[:, :-1] = weights
    matrices = padded.take(first, axis=1)
    for places, distances in further:
        matrices[:, places] += weights[:, distances]
    return matrices.reshape(len(sigma), side, side)


def gaussian_weights(sigma: PerImage, sizes: Pixels) -> Float32[np.ndarray, "n reach"]:
    """Give how much a pixel at the distance 0, 1, … counts, up to the reach of the largest window."""
    away = np.arange(int(sizes.max()) // 2 + 1)
    weights = np.exp(-0.5 * (away / np.maximum(sigma, 1e-4)[:, None]) ** 2)
    weights *= away <= (sizes // 2)[:, None]
    # Sums in a fixed order: `sum` or a product of matrices might round otherwise in another batch.
    weights /= (2 * functools.reduce(np.add, weights.T[1:]) + weights[:, 0])[:, None]
    weights[sigma <= 0.001] = away == 0
    each: Float32[np.ndarray, "n reach"] = weights.astype(np.float32)
    return each


@functools.lru_cache(maxsize=32)
def _reads(side: int, reach: int) -> tuple[Flat, list[tuple[Flat, Flat]]]:
    """Say at which distances row i reads row j, with the mirror at the border.

    Gives:
        For each place (i, j) of the matrix, read flat, the first distance, `reach` + 1 where there is none; then, again
        and again, the places with a further one, and these distances.
    """
    period = max(2 * (side - 1), 1)
    found: list[list[int]] = [[] for _ in range(side * side)]
    for distance in range(-reach, reach + 1):
        for row in range(side):
            read = abs((row + distance + side - 1) % period - (side - 1)) if side > 1 else 0
            found[row * side + read].append(abs(distance))
    first = np.array([distances[0] if distances else reach + 1 for distances in found])
    rounds = range(1, max(map(len, found)))
    further = [[(place, one[turn]) for place, one in enumerate(found) if len(one) > turn] for turn in rounds]
    return first, [(np.array(several)[:, 0], np.array(several)[:, 1]) for several in further]
