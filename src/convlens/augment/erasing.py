"""Erasing: areas, blobs and whole channels."""

import functools
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64, Int64
from numpy.typing import NDArray

from convlens.arrays import PerImage, Pixels, Raster
from convlens.augment.algebra import Distribution
from convlens.augment.amounts import as_position, place_of
from convlens.augment.augmenter import Augmenter, chosen, drawn
from convlens.augment.channels import by_channel
from convlens.augment.curves import normal, numbers_on
from convlens.augment.distributions import DiscreteUniform
from convlens.augment.door import Rasters
from convlens.augment.draws import Draw, Drawn, Happens, Kept, Key, KeyIf, Parameters, Several, Whole
from convlens.augment.fields import in_pixels, keep, limits_of, misses, parts, words_of
from convlens.augment.grammar import Spelling
from convlens.augment.noise import PerPixel
from convlens.augment.pointwise import as_raster
from convlens.augment.registry import augmenter
from convlens.errors import SettingsError
from convlens.rng import uniforms

PerArea = Float64[np.ndarray, "n areas"]
WholePerArea = Int64[np.ndarray, "n areas"]

# Middle grey, and a sixth of the range: three standard deviations reach both ends.
MIDDLE, SPREAD = 127.5, 42.5


def coarse_dropout(
    images: Raster, p: PerImage, rows: Pixels, columns: Pixels, noise: Kept, per_channel: Kept
) -> Raster:
    """Set cells of a coarse grid to 0, each with its image's probability.

    Args:
        rows: how many cells each image has down, like `columns` across.
    """
    result = np.zeros(images.shape, images.dtype)
    limits = limits_of(noise, p)
    for part in parts(images, result, noise, per_channel):
        down, across = rows[part.rows], columns[part.rows]
        missed, _ = misses(part.keys, part.planes, int((down * across).max()), limits[part.rows])
        keep(part, enlarged(missed, down, across, *images.shape[1:3]))
    return result


def coarse_salt_and_pepper(
    images: Raster, p: PerImage, rows: Pixels, columns: Pixels, noise: Kept, per_channel: Kept
) -> Raster:
    """Set cells of a coarse grid to 255 or 0, both equally often, each with its image's probability."""
    result = np.empty(images.shape, images.dtype)
    limits = limits_of(noise, p)
    for part in parts(images, result, noise, per_channel):
        down, across = rows[part.rows], columns[part.rows]
        missed, spare = misses(part.keys, part.planes, int((down * across).max()), limits[part.rows])
        colours = np.negative(spare & np.uint8(1)).astype(images.dtype, copy=False)
        in_pixels(enlarged(colours, down, across, *images.shape[1:3]), part.images, into=part.result)
        keep(part, enlarged(missed, down, across, *images.shape[1:3]))
    return result


def enlarged(field: NDArray[Any], rows: Pixels, columns: Pixels, height: int, width: int) -> NDArray[Any]:
    """Enlarge each image's grid of cells, the first of its places, to pixels: each gets the cell that it lies in."""
    planes, count, _ = field.shape
    large = np.empty((planes, count, height * width), field.dtype)
    for image, (down, across) in enumerate(zip(rows.tolist(), columns.tolist(), strict=True)):
        cells = field[:, image, : down * across].reshape(planes, down, across)
        wide = cells.take(nearest_cells(width, across), axis=2)
        large[:, image] = wide.take(nearest_cells(height, down), axis=1).reshape(planes, -1)
    return large


def dropout_2d(images: Raster, p: PerImage, noise: Kept, *, nb_keep_channels: int) -> Raster:
    """Set channels to 0, each with its image's probability; so many that are chosen at random stay in any case."""
    result = images.copy()
    for image, channel in zip(*np.nonzero(dropped_channels(p, noise, images.shape[3], nb_keep_channels)), strict=True):
        result[image, :, :, channel] = 0
    return result


def dropped_channels(p: PerImage, noise: Kept, channels: int, nb_keep_channels: int) -> Bool[np.ndarray, "n channels"]:
    """Say which of so many channels `dropout_2d` sets to 0."""
    shares = uniforms(noise.view(np.uint64), channels)
    rank = shares.argsort(axis=1).argsort(axis=1)
    dropped: Bool[np.ndarray, "n channels"] = (shares < p[:, None]) & (rank < channels - nb_keep_channels)
    return dropped


def cutout(
    images: Raster,
    nb_iterations: Pixels,
    x: PerArea,
    y: PerArea,
    height: PerArea,
    width: PerArea,
    fill_mode: NDArray[Any],
    cval: Int64[np.ndarray, "n areas c"],
    noise: WholePerArea,
    per_channel: WholePerArea,
) -> Raster:
    """Fill areas of each image.

    Args:
        nb_iterations: how many of the areas each image gets, from the first on.
        x: the middle of each area, as a share of the image's width; so is `width`, and `y` and `height` of the height.
        fill_mode: "constant" or "gaussian" for each image.
        cval: grey level of each area and channel.
        noise: a key for each area that is filled with noise.
        per_channel: 0 for an area whose channels share their noise.
    """
    result = images.copy()
    ends = ends_of(images.shape[1:3], x, y, height, width).tolist()
    for image, count in enumerate(nb_iterations.tolist()):
        for area in range(count):
            top, bottom, left, right = ends[image][area]
            part = result[image : image + 1, top:bottom, left:right]
            if fill_mode[image] == "constant":
                part[...] = cval[image, area]
            elif part.size:
                part[...] = grey_noise(part, noise[image, area, None], own=bool(per_channel[image, area]))
    return result


def ends_of(
    size: tuple[int, int], x: PerArea, y: PerArea, height: PerArea, width: PerArea
) -> Int64[np.ndarray, "n areas 4"]:
    """Give the first row of each area and the one behind its last, and the same for its columns."""
    ends = [
        np.clip((middle + half * side) * of, 0, of).astype(np.int64)
        for middle, side, of in ((y, height, size[0]), (x, width, size[1]))
        for half in (-0.5, 0.5)
    ]
    return np.stack(ends, axis=-1)


def grey_noise(images: Raster, noise: Kept, *, own: bool) -> Raster:
    """Give normal noise around middle grey, of the images' shape, one number for all channels unless `own`."""
    _, height, width, channels = images.shape
    words = words_of(noise.view(np.uint64), channels if own else 1, (height * width + 3) // 4)
    return as_raster(in_pixels(numbers_on(normal, words), images) * np.float32(SPREAD) + np.float32(MIDDLE), images)


class _Coarse(PerPixel):
    """An augmenter of the cells of a grid, whose height and width in cells are drawn apart."""

    size_px: Spelling | None
    size_percent: Spelling | None
    min_size: int

    def __post_init__(self) -> None:
        given = (self.size_px, self.size_percent)
        super().__post_init__()
        if None not in given:
            raise SettingsError(f"the grid wants size_px or size_percent, not both, got {given[0]!r} and {given[1]!r}")
        least: object = self.min_size
        if isinstance(least, bool) or not isinstance(least, int) or least < 1:
            raise SettingsError(f"min_size wants a number of cells from 1 up, got {least!r}")

    def draws(self) -> dict[str, Drawn]:
        """List the parameters, the size of the grid by axis."""
        found = super().draws()
        unit = "px" if self.size_percent is None else "percent"
        size = found.pop(f"size_{unit}", Drawn("size_px", Whole(DiscreteUniform(3, 8))))
        names = (f"height_{unit}", f"width_{unit}")
        return {**found, **{name: Drawn(name, size.draw) for name in names}}

    def change(self, images: Raster, parameters: Parameters) -> Rasters:
        """Change the images by their grids."""
        return type(self).kernel(images, **self.in_cells(parameters, images.shape[1:3]))

    def in_cells(self, parameters: Parameters, size: tuple[int, int]) -> Parameters:
        """Give the parameters with the rows and columns of the grids, which have a cell per pixel at most."""
        own = dict(parameters)
        for axis, side, name in (("height", size[0], "rows"), ("width", size[1], "columns")):
            cells = own.pop(f"{axis}_px") if f"{axis}_px" in own else own.pop(f"{axis}_percent") * side
            own[name] = np.minimum(np.maximum(cells.astype(np.int64), self.min_size), side)
        return own


@augmenter
@dataclass(frozen=True, repr=False)
class CoarseDropout(_Coarse):
    """Set blobs to 0: the cells of a coarse grid, each with probability p.

    Attributes:
        size_px: height and width of the grid in cells, drawn apart, (3, 8) unless one of the two is given; fewer cells
            are larger blobs.
        size_percent: the same as a share of the image's height and width.
        min_size: so many cells at least.
    """

    p: Spelling = field(default=(0.02, 0.1), metadata=drawn(whole=False, low=0, high=1))
    size_px: Spelling | None = field(default=None, metadata=drawn(whole=True, low=1, optional=True))
    size_percent: Spelling | None = field(default=None, metadata=drawn(whole=False, low=0, high=1, optional=True))
    per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))
    min_size: int = 3
    kernel = staticmethod(coarse_dropout)


@augmenter
@dataclass(frozen=True, repr=False)
class CoarseSaltAndPepper(_Coarse):
    """Set blobs to white or black; the settings are those of `CoarseDropout`."""

    p: Spelling = field(default=(0.02, 0.1), metadata=drawn(whole=False, low=0, high=1))
    size_px: Spelling | None = field(default=None, metadata=drawn(whole=True, low=1, optional=True))
    size_percent: Spelling | None = field(default=None, metadata=drawn(whole=False, low=0, high=1, optional=True))
    per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))
    min_size: int = 3
    kernel = staticmethod(coarse_salt_and_pepper)


@augmenter
@dataclass(frozen=True, repr=False)
class Dropout2d(Augmenter):
    """Set whole channels to 0, each with probability p, but leave `nb_keep_channels` of an image in any case."""

    p: Spelling = field(default=0.1, metadata=drawn(whole=False, low=0, high=1))
    nb_keep_channels: int = 1
    kernel = staticmethod(dropout_2d)

    def __post_init__(self) -> None:
        super().__post_init__()
        kept: object = self.nb_keep_channels
        if isinstance(kept, bool) or not isinstance(kept, int) or kept < 0:
            raise SettingsError(f"nb_keep_channels wants a number of channels from 0 up, got {kept!r}")

    def draws(self) -> dict[str, Drawn]:
        """List the probability, and the key of the choice."""
        return {**super().draws(), "noise": Drawn("noise", Key())}

    def change(self, images: Raster, parameters: Parameters) -> Raster:
        """Change the images."""
        return dropout_2d(images, **parameters, nb_keep_channels=self.nb_keep_channels)


@augmenter
@dataclass(frozen=True, repr=False)
class Cutout(Augmenter):
    """Fill rectangles; what would stick out of the image is cut off.

    Attributes:
        nb_iterations: how many.
        position: where their middles lie: "uniform" (anywhere), "normal" (rather in the middle), "center", "left-top"
            and so on, or (x, y) from 0 (left, top) to 1.
        size: height and width, drawn apart, as shares of the image's.
        squared: the probability that the width is the height, in pixels.
        fill_mode: "constant" or "gaussian", which is noise around middle grey.
        cval: grey level of a constant fill, drawn for each rectangle.
        fill_per_channel: the probability that each channel of a rectangle gets its own level, or noise.
    """

    nb_iterations: Spelling = field(default=1, metadata=drawn(whole=True, low=0, high=1000))
    position: Any = "uniform"
    size: Spelling = field(default=0.2, metadata=drawn(whole=False, low=0, high=1))
    squared: Spelling = field(default=1, metadata=drawn(whole=False, low=0, high=1))
    fill_mode: str | list[str] | tuple[str, ...] = field(default="constant", metadata=chosen("constant", "gaussian"))
    cval: Spelling = field(default=128, metadata=drawn(whole=True, low=0, high=255))
    fill_per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))
    kernel = staticmethod(cutout)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "position", as_position(self.position))

    def draws(self) -> dict[str, Drawn]:
        """List the number of rectangles, and as many of everything else as there can be."""
        found, place = super().draws(), place_of(self.position)
        size, squared, apart = (found.pop(name).draw for name in ("size", "squared", "fill_per_channel"))
        assert isinstance(self.nb_iterations, Distribution)
        most = max(int(self.nb_iterations.support[1]), 1)
        each: dict[str, Draw] = {
            "x": place.x,
            "y": place.y,
            "height": size,
            "width": size,
            "squared": Happens(squared),
            "cval": found.pop("cval").draw,
            "fill_per_channel": KeyIf(apart),
        }
        if self.fill_mode != "constant":
            each["noise"] = Key()
        return found | {name: Drawn(name, Several(draw, most)) for name, draw in each.items()}

    def change(self, images: Raster, parameters: Parameters) -> Raster:
        """Change the images."""
        return cutout(images, **self.areas(parameters, images.shape[1:]))

    def areas(self, parameters: Parameters, shape: tuple[int, ...]) -> Parameters:
        """Give what `cutout` wants to know, for images of that height, width and number of channels."""
        own = dict(parameters)
        squared, cval, apart = own.pop("squared"), own.pop("cval"), own.pop("fill_per_channel")
        height, width, channels = shape
        own["width"] = np.where(squared > 0, own["height"] * height / width, own["width"])
        assert isinstance(self.cval, Distribution)
        levels = by_channel(cval.ravel(), apart.ravel(), channels, "cval", Whole(self.cval))
        own["cval"] = np.broadcast_to(levels.reshape(*cval.shape, -1), (*cval.shape, channels))
        if "noise" not in own:
            own["noise"] = np.zeros_like(apart)
        if "fill_mode" not in own:
            own["fill_mode"] = np.full(len(apart), self.fill_mode)
        return {**own, "per_channel": apart}


@functools.lru_cache(maxsize=1024)
def nearest_cells(pixels: int, cells: int) -> Pixels:
    """Give the cell in which the middle of each pixel lies."""
    return (2 * np.arange(pixels) + 1) * cells // (2 * pixels)
