"""Bent between control points, or seen through wavy glass: each pixel shows a place of its own in the source."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import cv2
import numpy as np
from jaxtyping import Float32, Float64
from scipy.special import ndtri  # type: ignore[import-untyped]

from convlens.arrays import PerImage, Pixels, Raster
from convlens.augment.affine import Warping
from convlens.augment.augmenter import chosen, drawn
from convlens.augment.blur import gaussian_sizes
from convlens.augment.door import RasterImage, Rasters
from convlens.augment.draws import Drawn, Kept, Key, Parameters, unfolded
from convlens.augment.geometry import MODES, Fill, checked_border, checked_fill
from convlens.augment.grammar import Spelling
from convlens.augment.reading import in_our_words, in_planes
from convlens.augment.registry import augmenter
from convlens.augment.resizing import Words, each_of
from convlens.augment.warping import CV2_BORDERS, checked_order
from convlens.errors import ShapeError
from convlens.rng import uniforms, words

Orders: TypeAlias = int | list[int]
Places: TypeAlias = Float32[np.ndarray, "h w 2"]
"""The place (x, y) in the source that each target pixel shows."""
Shown: TypeAlias = tuple[int, Places]
"""The position of an image in the batch, and its places."""
Moves: TypeAlias = Float64[np.ndarray, "n rows columns 2"]
"""How far, in x and y, each control point's place is from the point."""

# A quantile at 0 would be infinite; this is half of the smallest step that uniforms take.
_SMALLEST_SHARE = 2.0**-54
# So many numbers at once stay in the cache of one core.
_AT_ONCE = 65536
# OpenCV's `remap` takes no longer sides.
_LONGEST_SIDE = 32766
_ORDERS, _MODES = chosen(0, 1, 3), {**chosen(*MODES), "spelled": "always"}
_GREY = drawn(whole=True, low=0, high=255)


def piecewise_affine(
    images: Raster,
    scale: PerImage,
    nb_rows: Pixels,
    nb_cols: Pixels,
    jitter: Kept,
    *,
    absolute_scale: bool = False,
    order: Orders = 1,
    border: Words = "zeros",
    fill: Fill = 0,
) -> Raster:
    """Let each control point of a regular grid show a place near it, and bend the picture between them.

    The grid spans the image from corner pixel to corner pixel. A control point's place is moved by normal numbers, and
    kept within the image. Each cell is split from its top left to its bottom right, and within such a triangle the
    places are those of an affine map.

    Args:
        scale: standard deviation of a move, as a share of the width and height.
        nb_rows: control points down, from 2 up.
        nb_cols: control points across, from 2 up.
        jitter: the key of the moves.
        absolute_scale: `scale` is in pixels.
    """
    size = images.shape[1:3]
    last = np.array([size[1] - 1, size[0] - 1], np.float64)
    deviations = scale[:, None] * np.array((1, 1) if absolute_scale else size[::-1])
    alike: dict[tuple[int, int], list[int]] = {}
    for row, (rows, columns, own) in enumerate(zip(nb_rows.tolist(), nb_cols.tolist(), scale.tolist(), strict=True)):
        if own > 0:
            alike.setdefault((rows, columns), []).append(row)
    shares = uniforms(unfolded(jitter), int((nb_rows * nb_cols).max()) * 2)
    normal = ndtri(np.maximum(shares, _SMALLEST_SHARE))
    straight = _pixels(*size)
    together = max(_AT_ONCE // straight.size, 1)

    def places() -> Iterator[Shown]:
        for shape, concerned in alike.items():
            points = _points(*shape, *size)
            for start in range(0, len(concerned), together):
                own = concerned[start : start + together]
                moves = normal[own, : points.size].reshape(-1, *points.shape) * deviations[own, None, None]
                moves += points
                np.maximum(moves, 0, out=moves)
                np.minimum(moves, last, out=moves)
                moves -= points
                shown = between(moves, size)
                shown += straight
                yield from zip(own, shown, strict=True)

    return _remapped(images, places(), order, border, fill)


def between(moves: Moves, size: tuple[int, int]) -> Float32[np.ndarray, "n h w 2"]:
    """Interpolate the moves of a grid's control points at each pixel of an image, linearly in each triangle.

    With u and v from 0 to 1 across and down a cell, a move is that of the top left corner, and u times what is gained
    along the bottom, and v times what is gained along the left; where u > v, so above the diagonal, another u − v times
    what the way round by the top right gains over it.
    """
    height, width = size
    count, rows, columns, _ = moves.shape
    (row, down), (column, across) = _cells(rows, height), _cells(columns, width)
    across_twice, down = across.repeat(2), down[:, None]
    grid = moves.astype(np.float32)
    top, bottom = grid[:, :-1], grid[:, 1:]
    along_bottom = bottom[:, :, 1:] - bottom[:, :, :-1]
    round_by = top[:, :, 1:] - top[:, :, :-1] - along_bottom
    # As rows of 2·W numbers, x and y in turn; NumPy is slow along an axis of two.
    flat = (count, rows - 1, 2 * width)
    starts = along_bottom.take(column, axis=2).reshape(flat)
    starts *= across_twice
    starts += top.take(column, axis=2).reshape(flat)
    moved = round_by.take(column, axis=2).reshape(flat).take(row, axis=1)
    above = across_twice - down
    moved *= np.maximum(above, 0, out=above)
    moved += starts.take(row, axis=1)
    left = (bottom - top).take(column, axis=2).reshape(flat).take(row, axis=1)
    moved += np.multiply(left, down, out=left)
    shown: Float32[np.ndarray, "n h w 2"] = moved.reshape(count, height, width, 2)
    return shown


def elastic(
    images: Raster,
    alpha: PerImage,
    sigma: PerImage,
    noise: Kept,
    *,
    order: Orders = 3,
    border: Words = "zeros",
    fill: Fill = 0,
) -> Raster:
    """Move each pixel by its own smooth noise: out(x, y) = in(x − dx, y − dy).

    Args:
        alpha: pixels by which noise of 1 moves; the noise is even over −1 … 1, and far less once it is blurred.
        sigma: by how much it is blurred, as in `gaussian_blur`.
        noise: the key of the noise.

    Source: Simard, Steinkraus & Platt, "Best practices for convolutional neural networks applied to visual document
    analysis", ICDAR 2003, section 2.
    """
    height, width = images.shape[1:3]
    straight = _pixels(height, width)
    settings = (unfolded(noise)[:, None], alpha.tolist(), sigma.tolist(), gaussian_sizes(sigma).tolist())

    def places() -> Iterator[Shown]:
        for row, (key, strength, deviation, size) in enumerate(zip(*settings, strict=True)):
            if strength == 0:
                continue
            reach = size // 2 if deviation > 0.001 else 0
            shape = (height + 2 * reach, width + 2 * reach, 2)
            # 16 bits a number are plenty: with the default settings their step is 1/800 px, before the blur.
            count = shape[0] * shape[1] * shape[2]
            drawn_bits = words(key, (count + 3) // 4).astype("<u8", copy=False).view("<u2")[0, :count]
            even = drawn_bits.astype(np.float32).reshape(shape)
            even *= np.float32(-strength * 2.0**-15)
            even += np.float32(strength * (1 - 2.0**-16))
            if reach:
                line = cv2.getGaussianKernel(size, deviation)
                even = cv2.sepFilter2D(even, cv2.CV_32F, line, line)[reach:-reach, reach:-reach]
            yield row, straight + even

    return _remapped(images, places(), order, border, fill)


@augmenter
@dataclass(frozen=True, repr=False)
class PiecewiseAffine(Warping):
    """Bend each image: the control points of a regular grid move, and what lies between them follows.

    Attributes:
        scale: standard deviation of a point's move, as a share of the width and height.
        nb_rows: control points down.
        nb_cols: control points across.
        order: 0 nearest pixel, 1 linear, 3 cubic.
        cval: grey level that comes in under the mode "constant"; a range gives each channel its own. As points stay
            within the image, nothing comes in that would show.
        mode: what comes in from outside the image, in the words of `np.pad`.
        absolute_scale: `scale` is in pixels.
    """

    scale: Spelling = field(default=(0, 0.04), metadata=drawn(whole=False, low=0))
    nb_rows: Spelling = field(default=(2, 4), metadata=drawn(whole=True, low=2))
    nb_cols: Spelling = field(default=(2, 4), metadata=drawn(whole=True, low=2))
    order: int | list[int] | tuple[int, ...] | str = field(default=1, metadata=_ORDERS)
    cval: Spelling = field(default=0, metadata=_GREY)
    mode: str | list[str] | tuple[str, ...] = field(default="constant", metadata=_MODES)
    absolute_scale: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "mode", in_our_words(self.mode))
        super().__post_init__()

    def draws(self) -> dict[str, Drawn]:
        """List the parameters, and the key of the moves."""
        return {**super().draws(), "jitter": Drawn("jitter", Key())}

    def change(self, images: Raster, parameters: Parameters) -> Rasters:
        """Bend the images."""
        return piecewise_affine(
            images,
            *(parameters[name] for name in ("scale", "nb_rows", "nb_cols", "jitter")),
            absolute_scale=self.absolute_scale,
            order=self.orders(parameters),
            border=self.borders(parameters),
            fill=self.fill(parameters, images.shape[3]),
        )


@augmenter
@dataclass(frozen=True, repr=False)
class ElasticTransformation(Warping):
    """Look at each image through wavy glass: pixels move by smooth noise.

    Attributes:
        alpha: how strong the noise is, in pixels before it is blurred.
        sigma: how smooth it is: pixels by which it is blurred; far below 1 each pixel moves by itself.
        order: 0 nearest pixel, 1 linear, 3 cubic.
        cval: grey level that comes in under the mode "constant"; a range gives each channel its own.
        mode: what comes in from outside the image, in the words of `np.pad`.
    """

    alpha: Spelling = field(default=(0, 40), metadata=drawn(whole=False, low=0))
    sigma: Spelling = field(default=(4, 8), metadata=drawn(whole=False, low=0, high=1000))
    order: int | list[int] | tuple[int, ...] | str = field(default=3, metadata=_ORDERS)
    cval: Spelling = field(default=0, metadata=_GREY)
    mode: str | list[str] | tuple[str, ...] = field(default="constant", metadata=_MODES)

    def __post_init__(self) -> None:
        object.__setattr__(self, "mode", in_our_words(self.mode))
        super().__post_init__()

    def draws(self) -> dict[str, Drawn]:
        """List the parameters, and the key of the noise."""
        return {**super().draws(), "noise": Drawn("noise", Key())}

    def change(self, images: Raster, parameters: Parameters) -> Rasters:
        """Move the pixels."""
        return elastic(
            images,
            *(parameters[name] for name in ("alpha", "sigma", "noise")),
            order=self.orders(parameters),
            border=self.borders(parameters),
            fill=self.fill(parameters, images.shape[3]),
        )


def _pixels(height: int, width: int) -> Places:
    # Row by row first: NumPy is slow along an axis of two.
    first = np.zeros((width, 2), np.float32)
    first[:, 0] = np.arange(width)
    places = np.empty((height, width, 2), np.float32)
    places.reshape(height, 2 * width)[...] = first.ravel()
    places[..., 1] = np.arange(height)[:, None]
    return places


@functools.lru_cache(maxsize=64)
def _points(rows: int, columns: int, height: int, width: int) -> Float64[np.ndarray, "rows columns 2"]:
    """Give the places (x, y) of a grid's control points, from corner pixel to corner pixel."""
    points = np.empty((rows, columns, 2))
    points[..., 0], points[..., 1] = np.linspace(0, width - 1, columns), np.linspace(0, height - 1, rows)[:, None]
    points.flags.writeable = False
    return points


@functools.lru_cache(maxsize=64)
def _cells(count: int, side: int) -> tuple[Pixels, Float32[np.ndarray, " side"]]:
    """Give for each pixel of a side the cell that it lies in, between `count` points, and how far along that it is."""
    along = np.arange(side) * ((count - 1) / max(side - 1, 1))
    cell = np.minimum(along.astype(np.int64), count - 2)
    share = (along - cell).astype(np.float32)
    cell.flags.writeable = share.flags.writeable = False
    return cell, share


def _remapped(images: Raster, places: Iterator[Shown], order: Orders, border: Words, fill: Fill) -> Raster:
    """Let each pixel show its place; images without places are copied.

    Raises:
        ShapeError: a side is too long for OpenCV.
    """
    if max(images.shape[1:3]) > _LONGEST_SIDE:
        raise ShapeError(f"this change wants sides of at most {_LONGEST_SIDE} pixels, got {images.shape[1:3]}")
    flags = [checked_order(one) for one in each_of(order, len(images))]
    rules = [CV2_BORDERS[checked_border(one)] for one in each_of(border, len(images))]
    fills = checked_fill(fill, images).tolist()
    result = images.copy()
    for row, at in places:
        result[row] = in_planes(images[row], rules[row], fills[row], _shown, at, flags[row])
    if images.dtype != np.uint8 and cv2.INTER_CUBIC in flags:
        np.clip(result, 0, 255, out=result)
    return result


def _shown(image: RasterImage, border: int, fill: list[float], places: Any, flag: int) -> Any:
    no_second_map: Any = None
    return cv2.remap(image, places, no_second_map, flag, None, border, fill)
