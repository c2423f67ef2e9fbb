"""Histograms: contrast that comes from how often each grey level occurs.

Bytes alone have such a histogram. A change of the lightness, L of CIE Lab, keeps the colours; a change of each channel
by itself shifts them. What works on the lightness leaves images of two, four and more channels unchanged, which are no
colours.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import cv2
import numpy as np
from jaxtyping import UInt8
from numpy.typing import NDArray

from convlens.arrays import Image, Images, PerImage, Pixels
from convlens.augment.augmenter import Augmenter, drawn
from convlens.augment.door import Rasters
from convlens.augment.draws import Drawn, Happens, Parameters
from convlens.augment.grammar import Spelling
from convlens.augment.one_by_one import one_by_one
from convlens.augment.pointwise import as_bytes, looked_up
from convlens.augment.registry import augmenter
from convlens.errors import SettingsError

Plane: TypeAlias = UInt8[np.ndarray, "h w"]

_GREY = np.arange(256, dtype=np.float32)


def histogram_equalization(images: Images) -> Images:
    """Spread the grey levels of each image evenly; of a colour image, the lightness."""
    return _on_lightness(images, lambda plane: cv2.equalizeHist(plane))


def all_channels_histogram_equalization(images: Images) -> Images:
    """Spread the grey levels of each channel evenly."""
    return _on_channels(images, lambda plane: cv2.equalizeHist(plane))


def clahe(images: Images, clip_limit: PerImage, tile_grid_size_px: Pixels) -> Images:
    """Equalise each image tile by tile, with limits; of a colour image, the lightness.

    Args:
        clip_limit: so many times the mean count a grey level may have; the surplus is spread over all levels, so that
            the noise of an even area stays low.
        tile_grid_size_px: how many tiles there are on each side.

    Source: Zuiderveld, "Contrast limited adaptive histogram equalization", Graphics Gems IV, 1994.
    """
    return _on_lightness(images, *_equalizer(clip_limit, tile_grid_size_px))


def all_channels_clahe(images: Images, clip_limit: PerImage, tile_grid_size_px: Pixels) -> Images:
    """Equalise each channel tile by tile, with limits; the settings are those of `clahe`."""
    return _on_channels(images, *_equalizer(clip_limit, tile_grid_size_px))


def autocontrast(images: Images, cutoff: Pixels, per_channel: Pixels) -> Images:
    """Stretch the grey levels of each image, or of its channels one by one, until they reach from 0 to 255.

    Args:
        cutoff: the per cent of the values, at either end, that may lie beyond.
        per_channel: 1 for an image whose channels are stretched apart.
    """
    count, channels = len(images), images.shape[3]
    sums = np.cumsum(_histograms(images), axis=2)
    if not per_channel.all():
        sums = np.where(per_channel[:, None, None] > 0, sums, sums.sum(axis=1, keepdims=True))
    total = sums[:, :, -1:]
    beyond = total * cutoff[:, None, None]
    low = np.argmax(sums * 100 > beyond, axis=2)
    high = np.argmax((total - sums) * 100 <= beyond, axis=2)
    span = np.where(high > low, high - low, 255)[..., None]
    start = np.where(high > low, low, 0)[..., None]
    tables = as_bytes((_GREY - start.astype(np.float32)) * (255 / span).astype(np.float32))
    return looked_up(images, tables.reshape(count, channels, 256))


@augmenter
@dataclass(frozen=True, repr=False)
class HistogramEqualization(Augmenter):
    """Spread the grey levels evenly; nothing is drawn."""

    kernel = staticmethod(histogram_equalization)
    bytes_only = True


@augmenter
@dataclass(frozen=True, repr=False)
class AllChannelsHistogramEqualization(Augmenter):
    """Spread the grey levels of each channel evenly; nothing is drawn."""

    kernel = staticmethod(all_channels_histogram_equalization)
    bytes_only = True


@dataclass(frozen=True, repr=False)
class _Tiled(Augmenter):
    """What both kinds of `CLAHE` share."""

    clip_limit: Spelling = field(default=(0.1, 8), metadata=drawn(whole=False, low=0.01))
    tile_grid_size_px: Spelling = field(default=(3, 12), metadata=drawn(whole=True, low=1, high=1000))
    tile_grid_size_px_min: int = 3
    bytes_only = True

    def __post_init__(self) -> None:
        super().__post_init__()
        least: object = self.tile_grid_size_px_min
        if isinstance(least, bool) or not isinstance(least, int) or least < 1:
            raise SettingsError(f"tile_grid_size_px_min wants a whole number from 1 up, got {least!r}")

    def change(self, images: Images, parameters: Parameters) -> Rasters:
        """Change the images by their limits and tiles."""
        tiles = np.maximum(parameters["tile_grid_size_px"], self.tile_grid_size_px_min)
        return type(self).kernel(images, parameters["clip_limit"], tiles)


@augmenter
@dataclass(frozen=True, repr=False)
class CLAHE(_Tiled):
    """Equalise tile by tile, with limits to the contrast.

    Attributes:
        clip_limit: the higher, the stronger.
        tile_grid_size_px: how many tiles there are on each side. The name is imgaug's, and so is what it means.
        tile_grid_size_px_min: the fewest; fewer that are drawn become as many.
    """

    kernel = staticmethod(clahe)


@augmenter
@dataclass(frozen=True, repr=False)
class AllChannelsCLAHE(_Tiled):
    """Equalise each channel tile by tile, with limits to the contrast; the settings are those of `CLAHE`."""

    kernel = staticmethod(all_channels_clahe)


@augmenter
@dataclass(frozen=True, repr=False)
class Autocontrast(Augmenter):
    """Stretch the contrast until black and white are reached, but for a few per cent at either end.

    Attributes:
        per_channel: the probability that each channel is stretched by itself, which shifts the colours.
    """

    cutoff: Spelling = field(default=(0, 20), metadata=drawn(whole=True, low=0, high=49))
    per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))
    kernel = staticmethod(autocontrast)
    bytes_only = True

    def draws(self) -> dict[str, Drawn]:
        """List the per cent, and whether the channels are apart."""
        found = super().draws()
        return {**found, "per_channel": Drawn("per_channel", Happens(found["per_channel"].draw))}


def _on_lightness(images: Images, change: Callable[..., Plane], *settings: NDArray[Any]) -> Images:
    def changed(image: Image, *own: Any) -> NDArray[Any]:
        if image.shape[2] == 1:
            return change(image[..., 0], *own)
        lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)
        cv2.insertChannel(change(cv2.extractChannel(lab, 0), *own), lab, 0)
        return cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)

    return one_by_one(images, changed, *settings) if images.shape[3] in (1, 3) else images.copy()


def _on_channels(images: Images, change: Callable[..., Plane], *settings: NDArray[Any]) -> Images:
    def changed(image: Image, *own: Any) -> NDArray[Any]:
        planes = [change(np.ascontiguousarray(image[..., place]), *own) for place in range(image.shape[2])]
        return np.stack(planes, axis=-1)

    return one_by_one(images, changed, *settings)


def _equalizer(clip_limit: PerImage, tiles: Pixels) -> tuple[Callable[..., Plane], PerImage, Pixels]:
    tool = cv2.createCLAHE()

    def equalized(plane: Plane, limit: float, count: int) -> Plane:
        tool.setClipLimit(limit)
        tool.setTilesGridSize((count, count))
        return tool.apply(plane)

    return equalized, clip_limit, tiles


def _histograms(images: Images) -> NDArray[np.int64]:
    """Count the grey levels of each image and channel, (N, C, 256)."""
    count, channels = len(images), images.shape[3]
    found = np.empty((count, channels, 256), np.int64)
    for image, own in zip(images, found, strict=True):
        for channel in range(channels):
            own[channel] = cv2.calcHist([image], [channel], None, [256], [0, 256]).ravel()
    return found
