"""Seen from another side: a quadrilateral of the picture becomes the whole."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import cv2
import numpy as np
from jaxtyping import Bool, Float64

from convlens.arrays import Raster
from convlens.augment.affine import Warping
from convlens.augment.augmenter import chosen, drawn
from convlens.augment.distributions import Normal
from convlens.augment.door import RasterImage, Rasters, together
from convlens.augment.draws import Drawn, Parameters, Several
from convlens.augment.geometry import MODES, Fill, checked_border, checked_fill
from convlens.augment.grammar import Spelling
from convlens.augment.matrices import Matrices
from convlens.augment.reading import in_our_words, in_planes
from convlens.augment.registry import augmenter
from convlens.augment.resizing import Sizes, Words, each_of
from convlens.augment.warping import CV2_BORDERS

Quads: TypeAlias = Float64[np.ndarray, "n 4 2"]
"""Corners (x, y), clockwise from the top left, where the picture is the square from (0, 0) to (1, 1)."""

_SQUARE = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float64)
_NEXT = np.array([1, 2, 3, 0])
_IDENTITY = np.eye(3)
_CORNERS = np.concatenate([_SQUARE, np.ones((4, 1))], axis=1).T
# With the whole picture in view: how many times as wide and tall as the quadrilateral it may be, and how many times
# nearer its near end may be than its far one.
_LARGEST, _NEAREST = 3, 10
_MODES = {**chosen(*MODES), "spelled": "always"}
_GREY = drawn(whole=True, low=0, high=255)


def perspective(
    images: Raster, matrices: Matrices, sizes: Sizes, *, border: Words = "zeros", fill: Fill = 0
) -> Rasters:
    """Warp each image by its own matrix on to a canvas of its own size, linear.

    Args:
        matrices: source pixel (x, y, 1) → target pixel, up to a factor.
        border: one of `BORDERS`, or one per image.
        fill: as in `translate`.
    """
    return _looked_at(images, np.linalg.inv(matrices), sizes, border, fill)


def possible_quads(corners: Float64[np.ndarray, "n 8"], *, whole: bool = False) -> Quads:
    """Move the picture's corners inwards, and halve the moves of an image until they leave something to look at.

    They have to leave a convex quadrilateral with its corners in their order.

    Args:
        corners: how far each corner moves inwards, x and y in turn, clockwise from the top left.
        whole: looked at head-on, the whole picture has to be there, in front of the eye and not too large.
    """
    inward = corners.reshape(-1, 4, 2) * (1 - 2 * _SQUARE)
    while True:
        quads = _SQUARE + inward
        wrong = ~_convex(quads)
        if whole:
            wrong[~wrong] = ~_in_view(quads[~wrong])
        if not wrong.any():
            return quads
        inward[wrong] /= 2


def from_square(quads: Quads) -> Matrices:
    """Give the matrices that take the square from (0, 0) to (1, 1) to each quadrilateral.

    Source: Heckbert, "Fundamentals of texture mapping and image warping", Berkeley 1989, section 2.2.3.
    """
    first, second, third, fourth = quads.transpose(1, 2, 0)
    up, along = second - third, fourth - third
    rest = first - second - along
    (dx1, dy1), (dx2, dy2), (sx, sy) = up, along, rest
    determinant = dx1 * dy2 - dx2 * dy1
    matrices = np.empty((3, 3, len(quads)))
    matrices[2, 0], matrices[2, 1] = (sx * dy2 - dx2 * sy) / determinant, (dx1 * sy - sx * dy1) / determinant
    matrices[:2, 0] = second - first + matrices[2, 0] * second
    matrices[:2, 1] = fourth - first + matrices[2, 1] * fourth
    matrices[:2, 2], matrices[2, 2] = first, 1
    return matrices.transpose(2, 0, 1)


@augmenter
@dataclass(frozen=True, repr=False)
class PerspectiveTransform(Warping):
    """Look at each image from another side: a quadrilateral within it becomes the whole.

    The parameter "corners" holds, for each corner clockwise from the top left, how far it moves inwards along x and y,
    in units of `scale`; the sign does not count. Moves that would leave no convex quadrilateral are halved until they
    do.

    Attributes:
        scale: standard deviation of a move, as a share of the width and height.
        cval: grey level that comes in under the mode "constant"; a range gives each channel its own.
        mode: what comes in from outside the image, which only `fit_output` shows, in the words of `np.pad`.
        keep_size: the result has the size of the image; else its sides are as long as the longer ones of the
            quadrilateral.
        fit_output: show the whole image around the quadrilateral.
    """

    scale: Spelling = field(default=(0, 0.06), metadata=drawn(whole=False, low=0))
    cval: Spelling = field(default=0, metadata=_GREY)
    mode: str | list[str] | tuple[str, ...] = field(default="constant", metadata=_MODES)
    keep_size: bool = True
    fit_output: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "mode", in_our_words(self.mode))
        super().__post_init__()

    def draws(self) -> dict[str, Drawn]:
        """List how far the corners move, and the others."""
        return {**super().draws(), "corners": Drawn("corners", Several(Normal(0, 1), 8))}

    def matrices(self, parameters: Parameters, size: tuple[int, int]) -> Matrices:
        """Give the matrix of each image, source pixel → target pixel up to a factor, for images of that size.

        The target is of the size that the result has.
        """
        matrices = np.linalg.inv(self._views(parameters, size)[0])
        return matrices / matrices[:, 2:, 2:]

    def change(self, images: Raster, parameters: Parameters) -> Rasters:
        """Look at the images."""
        backwards, sizes = self._views(parameters, images.shape[1:3])
        # The quadrilateral lies within the picture; only its rim would be mixed with what lies outside.
        border = self.borders(parameters) if self.fit_output else "edge"
        return _looked_at(images, backwards, sizes, border, self.fill(parameters, images.shape[3]))

    def _views(self, parameters: Parameters, size: tuple[int, int]) -> tuple[Matrices, Sizes]:
        """Give the matrix of each image, target pixel → source pixel up to a factor, and the size of its target."""
        moves = np.abs(parameters["corners"] * parameters["scale"][:, None]) % 1
        quads = possible_quads(moves, whole=self.fit_output)
        backwards, sizes = from_square(quads), np.array([size] * len(quads))
        if not self.keep_size:
            sides = np.hypot(*((quads.take(_NEXT, axis=1) - quads) * size[::-1]).transpose(2, 0, 1))
            sizes = np.maximum(np.stack([sides[:, 1::2].max(axis=1), sides[:, ::2].max(axis=1)], axis=1), 1)
            sizes = np.floor(sizes + 1e-6).astype(np.int64)
        if self.fit_output:
            start, extent = _boxes(np.linalg.inv(backwards))
            view = np.zeros(backwards.shape)
            view[:, [0, 1], [0, 1]], view[:, :2, 2], view[:, 2, 2] = extent, start, 1
            backwards = backwards @ view
            if not self.keep_size:
                sizes = np.ceil(sizes * extent[:, ::-1] - 1e-6).astype(np.int64)
        return _in_pixels(backwards, size, sizes), sizes


def _looked_at(images: Raster, backwards: Matrices, sizes: Sizes, border: Words, fill: Fill) -> Rasters:
    """Warp as `perspective`, by the matrices target pixel → source pixel."""
    size = images.shape[1:3]
    # Without a division: the corner is 0 where pixel (0, 0) comes from infinitely far.
    corner = backwards[:, 2, 2]
    away = np.abs(backwards - _IDENTITY * corner[:, None, None]).max(axis=(1, 2))
    still = ((away * max(size) < 1e-6 * np.abs(corner)) & (sizes == size).all(axis=1)).tolist()
    rules = {one: CV2_BORDERS[checked_border(one)] for one in each_of(border, len(images))}
    borders = [rules[one] for one in each_of(border, len(images))]
    fills = checked_fill(fill, images).tolist()
    each = zip(images, backwards, sizes.tolist(), borders, fills, still, strict=True)
    return together(
        [
            image.copy() if same else in_planes(image, rule, grey, _seen, back, (width, height))
            for image, back, (height, width), rule, grey, same in each
        ]
    )


def _seen(image: RasterImage, border: int, fill: list[float], backwards: Any, size: tuple[int, int]) -> Any:
    return cv2.warpPerspective(image, backwards, size, None, cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, border, fill)


def _convex(quads: Quads) -> Bool[np.ndarray, " n"]:
    sides = quads.take(_NEXT, axis=1) - quads
    turns = sides * sides.take(_NEXT, axis=1)[..., ::-1]
    convex: Bool[np.ndarray, " n"] = (turns[..., 0] - turns[..., 1] > 1e-4).all(axis=1)
    return convex


def _in_view(quads: Quads) -> Bool[np.ndarray, " n"]:
    """Say whether the whole picture is in front of the eye and not too large, with all that fills its box."""
    backwards = from_square(quads)
    forwards = np.linalg.inv(backwards)
    seen: Bool[np.ndarray, " n"] = np.all((forwards @ _CORNERS)[:, 2] > 1e-4, axis=1)
    start, extent = _boxes(forwards[seen])
    boxes = np.ones((len(start), 3, 4))
    boxes[:, :2] = (start[:, None] + _SQUARE * extent[:, None]).transpose(0, 2, 1)
    depths = (backwards[seen] @ boxes)[:, 2]
    near_enough = (depths.min(axis=1) * _NEAREST > depths.max(axis=1)) & (extent <= _LARGEST).all(axis=1)
    seen[seen] = near_enough
    return seen


def _boxes(forwards: Matrices) -> tuple[Float64[np.ndarray, "n 2"], Float64[np.ndarray, "n 2"]]:
    """Give where the box around the picture starts, and how far it extends."""
    corners = forwards @ _CORNERS
    places = corners[:, :2] / corners[:, 2:]
    start = places.min(axis=2)
    return start, places.max(axis=2) - start


def _in_pixels(backwards: Matrices, size: tuple[int, int], sizes: Sizes) -> Matrices:
    """Turn matrices from unit square to unit square into ones from pixels of a target to those of a source.

    Args:
        size: height and width of the source.
        sizes: of each target.
    """
    pixels = np.empty(backwards.shape)
    # The centre of pixel 0 lies half a pixel within; it is added before the matrix, and taken away behind it.
    np.divide(backwards[:, :, :2], sizes[:, None, ::-1], out=pixels[:, :, :2])
    np.add(pixels[:, :, 0], pixels[:, :, 1], out=pixels[:, :, 2])
    pixels[:, :, 2] *= 0.5
    pixels[:, :, 2] += backwards[:, :, 2]
    pixels[:, 0] *= size[1]
    pixels[:, 1] *= size[0]
    pixels[:, :2] -= 0.5 * pixels[:, 2:]
    # OpenCV's float32 feels the factor: such that the inverse ends in 1, as `PerspectiveTransform.matrices` gives it.
    across, down = pixels[:, 0], pixels[:, 1]
    pixels *= ((across[:, 0] * down[:, 1] - across[:, 1] * down[:, 0]) / np.linalg.det(pixels))[:, None, None]
    return pixels
