"""Blur and sharpness: each image convolved by its own kernel, or filtered by its own window.

Outside the image its mirror is read, without repeating the border pixel; only the median repeats the border pixel.
Results are rounded to nearest. These filters run in OpenCV, one image at a time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import cv2
import numpy as np
from jaxtyping import Float64

from convlens.arrays import Image, Images, PerImage, Pixels
from convlens.augment.augmenter import Augmenter, drawn
from convlens.augment.distributions import Distribution, Spelling
from convlens.augment.registry import augmenter
from convlens.errors import SettingsError

Matrix: TypeAlias = Float64[np.ndarray, "k k"]
Matrices: TypeAlias = Float64[np.ndarray, "n k k"]

_IDENTITY = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]], np.float64)
_LAPLACIAN = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], np.float64)
# The eight neighbours of the middle as (row, column), clockwise from the top.
_NEIGHBOURS = [(0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0)]


def gaussian_blur(images: Images, sigma: PerImage) -> Images:
    """Blur each image by its own Gaussian; σ up to 0.001 px changes nothing.

    The window is as wide as imgaug's: 3.3·σ px in all, 2.9·σ from σ = 3 on and 2.6·σ from σ = 5 on, made odd, and at
    least 5 px.
    """

    def blurred(image: Image, of: float) -> np.ndarray:
        if of <= 0.001:
            return image
        line = cv2.getGaussianKernel(_gaussian_size(of), of)
        # OpenCV's own Gaussian of bytes is up to 1.5 grey levels off and, for large σ, slower.
        means = cv2.sepFilter2D(image, cv2.CV_32F, line, line, borderType=cv2.BORDER_REFLECT_101)
        return np.rint(means, out=means)

    return _each(images, sigma.tolist(), blurred)


def average_blur(images: Images, k: Pixels) -> Images:
    """Give each pixel the mean of a k × k window; k up to 1 changes nothing, an even window reaches further up left."""

    def blurred(image: Image, of: int) -> np.ndarray:
        if of <= 1:
            return image
        # OpenCV's means of bytes are up to 0.75 off; its sums are exact.
        means = cv2.boxFilter(image, cv2.CV_32F, (of, of), borderType=cv2.BORDER_REFLECT_101)
        return np.rint(means, out=means)

    return _each(images, k.tolist(), blurred)


def median_blur(images: Images, k: Pixels) -> Images:
    """Give each pixel the median of a k × k window; an even k counts as the odd one above it."""

    def blurred(image: Image, of: int) -> np.ndarray:
        if of <= 1:
            return image
        # OpenCV takes the median of one, three or four channels; the channels of others are filtered one by one.
        if image.shape[2] in (1, 3, 4):
            return cv2.medianBlur(image, of | 1)
        one_by_one = [cv2.medianBlur(np.ascontiguousarray(image[..., c]), of | 1) for c in range(image.shape[2])]
        return np.stack(one_by_one, axis=-1)

    return _each(images, k.tolist(), blurred)


def convolve(images: Images, matrices: Matrices) -> Images:
    """Correlate each image with its own matrix, the middle of the matrix over the pixel."""

    def filtered(image: Image, matrix: Matrix) -> np.ndarray:
        return cv2.filter2D(image, -1, matrix, borderType=cv2.BORDER_REFLECT_101)

    return _each(images, list(matrices), filtered)


def motion_blur(images: Images, k: Pixels, angle: PerImage, direction: PerImage) -> Images:
    """Smear each image along a line.

    Args:
        k: length of the line in pixels; an even k counts as the odd one above it.
        angle: degrees by which the upright line is turned clockwise.
        direction: −1 to 1: where the weight lies, from one end of the line to the other; 0 is even.
    """

    def smeared(image: Image, line: tuple[int, float, float]) -> np.ndarray:
        return cv2.filter2D(image, -1, line_matrix(*line), borderType=cv2.BORDER_REFLECT_101)

    return _each(images, list(zip(k.tolist(), angle.tolist(), direction.tolist(), strict=True)), smeared)


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


def sharpen(images: Images, alpha: PerImage, lightness: PerImage) -> Images:
    """Blend each image with its sharpened version, the Laplacian of all eight neighbours with 8 + lightness inside."""
    # −1 at the neighbours and 8 + lightness in the middle.
    return convolve(images, _blended(alpha, (9 + lightness[:, None, None]) * _IDENTITY - 1))


def emboss(images: Images, alpha: PerImage, strength: PerImage) -> Images:
    """Blend each image with one lit from the top left."""
    slope = np.array([[-1, -1, 0], [-1, 0, 1], [0, 1, 1]], np.float64)
    ends = np.array([[-1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float64)
    return convolve(images, _blended(alpha, ends + strength[:, None, None] * slope))


def edge_detect(images: Images, alpha: PerImage) -> Images:
    """Blend each image with its Laplacian, the sum of the four neighbours less four times the pixel."""
    return convolve(images, _blended(alpha, np.broadcast_to(_LAPLACIAN, (len(images), 3, 3))))


def directed_edge_detect(images: Images, alpha: PerImage, direction: PerImage) -> Images:
    """Blend each image with its edges that face one way.

    Args:
        alpha: the share of the edges.
        direction: in turns, clockwise from the top: 0.25 is the right.
    """
    return convolve(images, _blended(alpha, directed_matrices(direction)))


def directed_matrices(direction: PerImage) -> Matrices:
    """Give the matrices of `directed_edge_detect`.

    The pixel counts −1, its neighbours sum to 1; a neighbour that lies φ degrees off the direction counts in proportion
    to (1 − φ / 180)⁴.
    """
    matrices = np.zeros((len(direction), 3, 3))
    for position, (row, column) in enumerate(_NEIGHBOURS):
        turns = np.abs(direction - position / 8) % 1
        matrices[:, row, column] = (1 - 2 * np.minimum(turns, 1 - turns)) ** 4
    matrices /= matrices.sum(axis=(1, 2), keepdims=True)
    matrices[:, 1, 1] = -1
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


def _each(images: Images, settings: list[Any], change: Callable[..., np.ndarray]) -> Images:
    """Change one image after the other; OpenCV drops a channel axis of one, here it comes back."""
    if images.size == 0:
        return images.copy()
    changed = np.empty(images.shape, np.uint8)
    for image, setting, result in zip(np.ascontiguousarray(images), settings, changed, strict=True):
        result[...] = change(image, setting).reshape(image.shape)
    return changed


def _blended(alpha: PerImage, effects: Matrices) -> Matrices:
    share = alpha[:, None, None]
    matrices: Matrices = (1 - share) * _IDENTITY + share * effects
    return matrices


def _gaussian_size(sigma: float) -> int:
    factor = 3.3 if sigma < 3 else 2.9 if sigma < 5 else 2.6
    return int(max(factor * sigma, 5)) | 1
