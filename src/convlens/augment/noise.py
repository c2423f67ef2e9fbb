"""Noise: numbers added to every pixel, and pixels turned black or white.

All channels of a pixel share its number, unless `per_channel` says otherwise.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from jaxtyping import Float64
from scipy.special import pdtr  # type: ignore[import-untyped]

from convlens.arrays import PerImage, Raster
from convlens.augment.augmenter import drawn
from convlens.augment.channels import PerChannel
from convlens.augment.curves import Quantiles, laplace, normal, numbers_on
from convlens.augment.door import Rasters
from convlens.augment.draws import Drawn, Kept, Key, Parameters
from convlens.augment.fields import in_pixels, keep, limits_of, misses, parts, words_of
from convlens.augment.grammar import Spelling
from convlens.augment.pointwise import as_raster
from convlens.augment.registry import augmenter

# Amounts beyond make every pixel black or white, and OpenCV rounds no larger ones.
_LARGEST = 1e6


def add_gaussian(images: Raster, loc: PerImage, scale: PerImage, noise: Kept, per_channel: Kept) -> Raster:
    """Add normal numbers of each image's mean and deviation, in grey levels."""
    return _add_curve(images, normal, loc, scale, noise, per_channel)


def add_laplace(images: Raster, loc: PerImage, scale: PerImage, noise: Kept, per_channel: Kept) -> Raster:
    """Add numbers from Laplace's curve of each image's mean and scale, in grey levels."""
    return _add_curve(images, laplace, loc, scale, noise, per_channel)


def add_poisson(images: Raster, lam: PerImage, noise: Kept, per_channel: Kept) -> Raster:
    """Add Poisson's numbers of each image's mean, in grey levels, half of them with a minus."""
    result = np.empty(images.shape, images.dtype)
    upto = poisson_shares(lam)
    for part in parts(images, result, noise, per_channel, size=8):
        words = words_of(part.keys, part.planes, (part.pixels + 1) // 2).view(np.uint32)
        shares = ((words >> np.uint32(1)) + 0.5) * 2.0**-31
        each = [np.searchsorted(own, shares[:, row], "right") for row, own in enumerate(upto[part.rows])]
        numbers = np.stack(each, axis=1)
        signed = np.where(words & np.uint32(1), -numbers, numbers).astype(np.float32)
        part.result[...] = as_raster(part.images + in_pixels(signed, part.images), part.images)
    return result


def poisson_shares(lam: PerImage) -> Float64[np.ndarray, "n k"]:
    """Give the shares of Poisson's numbers up to 0, 1, 2 …; to change a grey level by more than 255 is in vain."""
    most = lam.max()
    return np.asarray(pdtr(np.arange(min(255, int(most + 9 * most**0.5) + 20)), lam[:, None]), np.float64)


def dropout(images: Raster, p: PerImage, noise: Kept, per_channel: Kept) -> Raster:
    """Set pixels to 0, each with its image's probability."""
    result = np.empty(images.shape, images.dtype)
    limits = limits_of(noise, p)
    for part in parts(images, result, noise, per_channel):
        missed, _ = misses(part.keys, part.planes, part.pixels, limits[part.rows])
        np.multiply(part.images, in_pixels(missed, part.images), out=part.result)
    return result


def salt(images: Raster, p: PerImage, noise: Kept, per_channel: Kept) -> Raster:
    """Set pixels to 255, each with its image's probability."""
    result = np.full(images.shape, 255, images.dtype)
    limits = limits_of(noise, p)
    for part in parts(images, result, noise, per_channel):
        missed, _ = misses(part.keys, part.planes, part.pixels, limits[part.rows])
        keep(part, missed)
    return result


def salt_and_pepper(images: Raster, p: PerImage, noise: Kept, per_channel: Kept) -> Raster:
    """Set pixels to 255 or 0, both equally often, each with its image's probability."""
    result = np.empty(images.shape, images.dtype)
    limits = limits_of(noise, p)
    for part in parts(images, result, noise, per_channel):
        missed, spare = misses(part.keys, part.planes, part.pixels, limits[part.rows])
        white = in_pixels(((spare & np.uint8(1)) > missed).view(np.uint8), part.images)
        np.multiply(part.images, in_pixels(missed, part.images), out=part.result)
        # Black is 0, and 0 − 1 is 255 in bytes.
        np.subtract(part.result, white if white.dtype == images.dtype else white * np.float32(-255), out=part.result)
    return result


class PerPixel(PerChannel):
    """An augmenter with a number for each pixel; `noise` is the key that they come from."""

    def draws(self) -> dict[str, Drawn]:
        """List the parameters, and the key of the noise."""
        return {**super().draws(), "noise": Drawn("noise", Key())}

    def change(self, images: Raster, parameters: Parameters) -> Rasters:
        """Change the images by their parameters; which channels are apart is the kernel's to say."""
        return type(self).kernel(images, **parameters)


@augmenter
@dataclass(frozen=True, repr=False)
class AdditiveGaussianNoise(PerPixel):
    """Add normal noise; mean and deviation, in grey levels, are drawn once per image."""

    loc: Spelling = field(default=0, metadata=drawn(whole=False))
    scale: Spelling = field(default=(0, 15), metadata=drawn(whole=False, low=0))
    per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))
    kernel = staticmethod(add_gaussian)


@augmenter
@dataclass(frozen=True, repr=False)
class AdditiveLaplaceNoise(PerPixel):
    """Add noise that is more often near its mean, and more often far off, than a normal one."""

    loc: Spelling = field(default=0, metadata=drawn(whole=False))
    scale: Spelling = field(default=(0, 15), metadata=drawn(whole=False, low=0))
    per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))
    kernel = staticmethod(add_laplace)


@augmenter
@dataclass(frozen=True, repr=False)
class AdditivePoissonNoise(PerPixel):
    """Add or subtract whole grey levels, lam on average: what counted light does."""

    lam: Spelling = field(default=(0, 15), metadata=drawn(whole=False, low=0))
    per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))
    kernel = staticmethod(add_poisson)


@augmenter
@dataclass(frozen=True, repr=False)
class Dropout(PerPixel):
    """Set pixels to 0, each with probability p."""

    p: Spelling = field(default=(0, 0.05), metadata=drawn(whole=False, low=0, high=1))
    per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))
    kernel = staticmethod(dropout)


@augmenter
@dataclass(frozen=True, repr=False)
class Salt(PerPixel):
    """Set pixels to white, each with probability p."""

    p: Spelling = field(default=(0, 0.03), metadata=drawn(whole=False, low=0, high=1))
    per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))
    kernel = staticmethod(salt)


@augmenter
@dataclass(frozen=True, repr=False)
class Pepper(PerPixel):
    """Set pixels to black, each with probability p."""

    p: Spelling = field(default=(0, 0.05), metadata=drawn(whole=False, low=0, high=1))
    per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))
    kernel = staticmethod(dropout)


@augmenter
@dataclass(frozen=True, repr=False)
class SaltAndPepper(PerPixel):
    """Set pixels to white or black, each with probability p."""

    p: Spelling = field(default=(0, 0.03), metadata=drawn(whole=False, low=0, high=1))
    per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))
    kernel = staticmethod(salt_and_pepper)


def _add_curve(
    images: Raster, curve: Quantiles, loc: PerImage, scale: PerImage, noise: Kept, per_channel: Kept
) -> Raster:
    result = np.empty(images.shape, images.dtype)
    height, width, channels = images.shape[1:]
    lines = (-1, height, width * channels)
    depth = cv2.CV_8U if images.dtype == np.uint8 else cv2.CV_32F
    loc, scale = np.clip(loc, -_LARGEST, _LARGEST), np.minimum(scale, _LARGEST)
    for part in parts(images, result, noise, per_channel):
        words = words_of(part.keys, part.planes, (part.pixels + 3) // 4)
        numbers = in_pixels(numbers_on(curve, words), part.images).reshape(lines)
        own = zip(part.images.reshape(lines), numbers, loc[part.rows].tolist(), scale[part.rows].tolist(), strict=True)
        for (image, number, mean, factor), into in zip(own, part.result.reshape(lines), strict=True):
            cv2.addWeighted(image, 1, number, factor, mean, into, depth)
    return result if images.dtype == np.uint8 else np.clip(result, 0, 255, out=result)
