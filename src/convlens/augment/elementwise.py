"""A value of any distribution for each pixel: to add, to multiply by, to replace it with.

All channels of a pixel share its value, unless `per_channel` says otherwise.
"""

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from convlens.arrays import PerImage, Raster
from convlens.augment.algebra import Distribution
from convlens.augment.augmenter import drawn
from convlens.augment.door import Rasters
from convlens.augment.draws import Drawn, Kept, Parameters
from convlens.augment.fields import in_pixels, keep, limits_of, misses, numbers_of, parts
from convlens.augment.grammar import Spelling
from convlens.augment.noise import PerPixel
from convlens.augment.pointwise import as_bytes, as_raster
from convlens.augment.registry import augmenter
from convlens.errors import SettingsError
from convlens.rng import subkeys


def add_elementwise(images: Raster, noise: Kept, per_channel: Kept, *, value: Distribution) -> Raster:
    """Add a number to each pixel, in grey levels."""
    result = np.empty(images.shape, images.dtype)
    for part in parts(images, result, noise, per_channel, size=8):
        numbers = numbers_of(value, part.keys, part.planes, part.pixels).astype(np.float32)
        part.result[...] = as_raster(part.images + in_pixels(numbers, part.images), part.images)
    return result


def multiply_elementwise(images: Raster, noise: Kept, per_channel: Kept, *, mul: Distribution) -> Raster:
    """Multiply each pixel by a number."""
    result = np.empty(images.shape, images.dtype)
    for part in parts(images, result, noise, per_channel, size=8):
        numbers = numbers_of(mul, part.keys, part.planes, part.pixels).astype(np.float32)
        part.result[...] = as_raster(part.images * in_pixels(numbers, part.images), part.images)
    return result


def replace_elementwise(
    images: Raster, mask: PerImage, noise: Kept, per_channel: Kept, *, replacement: Distribution
) -> Raster:
    """Replace pixels, each with its image's probability `mask`, by a number in grey levels."""
    result = np.empty(images.shape, images.dtype)
    limits = limits_of(noise, mask)
    for part in parts(images, result, noise, per_channel, size=8):
        keys = subkeys(part.keys, "replacement")
        numbers = numbers_of(replacement, keys, part.planes, part.pixels).astype(np.float32)
        in_pixels(as_bytes(numbers).astype(images.dtype, copy=False), part.images, into=part.result)
        missed, _ = misses(part.keys, part.planes, part.pixels, limits[part.rows])
        keep(part, missed)
    return result


class _Elementwise(PerPixel):
    """An augmenter with a setting that is drawn from for each pixel, where the pixels are changed."""

    by_pixel: ClassVar[str]

    def draws(self) -> dict[str, Drawn]:
        """List the parameters but the one that each pixel draws for itself."""
        return {name: one for name, one in super().draws().items() if name != self.by_pixel}

    def change(self, images: Raster, parameters: Parameters) -> Rasters:
        """Change the images."""
        own: dict[str, Any] = {self.by_pixel: getattr(self, self.by_pixel)}
        return type(self).kernel(images, **parameters, **own)


@augmenter
@dataclass(frozen=True, repr=False)
class AddElementwise(_Elementwise):
    """Add a number to each pixel, in grey levels; only the sum is rounded."""

    value: Spelling = field(default=(-20, 20), metadata=drawn(whole=False))
    per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))
    kernel = staticmethod(add_elementwise)
    by_pixel = "value"


@augmenter
@dataclass(frozen=True, repr=False)
class MultiplyElementwise(_Elementwise):
    """Multiply each pixel by a number."""

    mul: Spelling = field(default=(0.8, 1.2), metadata=drawn(whole=False, low=0))
    per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))
    kernel = staticmethod(multiply_elementwise)
    by_pixel = "mul"


@augmenter
@dataclass(frozen=True, repr=False)
class ReplaceElementwise(_Elementwise):
    """Replace pixels by grey levels of any distribution.

    Attributes:
        mask: the probability that a pixel is replaced.
        replacement: what it is replaced with; rounded, and of an unbounded distribution what lies outside of 0–255 is
            moved to the nearer end.
    """

    mask: Spelling = field(metadata=drawn(whole=False, low=0, high=1))
    replacement: Spelling = field(metadata=drawn(whole=False))
    per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))
    kernel = staticmethod(replace_elementwise)
    by_pixel = "replacement"

    def __post_init__(self) -> None:
        given = self.replacement
        super().__post_init__()
        assert isinstance(self.replacement, Distribution)
        if not all(0 <= end <= 255 for end in self.replacement.support if math.isfinite(end)):
            raise SettingsError(f"replacement wants grey levels from 0 to 255, got {given!r}")
