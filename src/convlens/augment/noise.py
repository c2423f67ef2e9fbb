"""Noise: a number for each pixel, expanded from one key per image where the pixels are changed.

The key is a parameter like any other, so what was drawn stays a small value that replays the batch. All channels of
a pixel share its number, unless `per_channel` says otherwise.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float64

from convlens.arrays import Images, Keys, Mask, PerImage, Pixels
from convlens.augment.augmenter import Parameters, drawn
from convlens.augment.distributions import Spelling
from convlens.augment.light import PerChannel
from convlens.augment.registry import augmenter
from convlens.rng import subkeys, uniforms

Fields: TypeAlias = Float64[np.ndarray, "n h w c"]

# So many numbers at once stay in the cache of one core.
_AT_ONCE = 16384


def add_noise(images: Images, noise: Fields) -> Images:
    """Add a number to each value; the sum is rounded to nearest, half to even, then clipped to 0–255."""
    changed: Images = np.clip(np.rint(images + noise), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(changed)


def drop(images: Images, dropped: Bool[np.ndarray, "n h w c"]) -> Images:
    """Set the values of a mask to 0."""
    changed: Images = np.where(dropped, np.uint8(0), images)
    return np.ascontiguousarray(changed)


def uniform_fields(keys: Pixels, shape: tuple[int, ...], apart: Mask) -> Fields:
    """Expand each key to numbers from [0, 1) for images of shape (H, W, C): one for all channels unless `apart`."""
    return _spread(_drawn(keys, _count(shape, apart)), shape, apart)


def normal_fields(keys: Pixels, shape: tuple[int, ...], apart: Mask) -> Fields:
    """Expand each key to normal numbers of mean 0 and deviation 1, otherwise as `uniform_fields`.

    Source: Box & Muller, "A note on the generation of random normal deviates", 1958.
    """
    count = _count(shape, apart)
    # The numbers come in pairs, so that fewer of them are the first of more.
    half = (count + 1) // 2
    pairs = _drawn(keys, 2 * half).reshape(len(keys), half, 2)
    radius = np.sqrt(-2 * np.log1p(-pairs[..., 0]))
    angle = 2 * np.pi * pairs[..., 1]
    numbers = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1).reshape(len(keys), 2 * half)
    return _spread(numbers[:, :count], shape, apart)


class PerPixel(PerChannel):
    """An augmenter with a number for each pixel; `noise` is the key that they come from."""

    def sample(self, keys: Keys) -> Parameters:
        """Draw the parameters of each image, and the key of its noise."""
        # Signed keys are the only ones that JSON gives back.
        return {**super().sample(keys), "noise": subkeys(keys, "noise").view(np.int64)}


@augmenter
@dataclass(frozen=True, repr=False)
class AdditiveGaussianNoise(PerPixel):
    """Add normal noise; mean and deviation, in grey levels, are drawn once per image."""

    loc: Spelling = field(default=0, metadata=drawn(whole=False))
    scale: Spelling = field(default=(0, 15), metadata=drawn(whole=False, low=0))
    per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))

    def apply(self, images: Images, parameters: Parameters) -> Images:
        """Change the images by parameters drawn before."""
        normal = normal_fields(parameters["noise"], images.shape[1:], parameters["per_channel"] != 0)
        return add_noise(images, _each(parameters["loc"]) + _each(parameters["scale"]) * normal)


@augmenter
@dataclass(frozen=True, repr=False)
class Dropout(PerPixel):
    """Set pixels to 0, each with probability p."""

    p: Spelling = field(default=(0, 0.05), metadata=drawn(whole=False, low=0, high=1))
    per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))

    def apply(self, images: Images, parameters: Parameters) -> Images:
        """Change the images by parameters drawn before."""
        numbers = uniform_fields(parameters["noise"], images.shape[1:], parameters["per_channel"] != 0)
        return drop(images, numbers < _each(parameters["p"]))


def _each(values: PerImage) -> Fields:
    return values[:, None, None, None]


def _count(shape: tuple[int, ...], apart: Mask) -> int:
    height, width, channels = shape
    return height * width * (channels if apart.any() else min(channels, 1))


def _drawn(keys: Pixels, count: int) -> Float64[np.ndarray, "n count"]:
    together = max(_AT_ONCE // max(count, 1), 1)
    numbers = np.empty((len(keys), count))
    unsigned = keys.astype(np.uint64)
    for start in range(0, len(keys), together):
        numbers[start : start + together] = uniforms(unsigned[start : start + together], count)
    return numbers


def _spread(numbers: np.ndarray, shape: tuple[int, ...], apart: Mask) -> Fields:
    """Turn plane after plane into (N, H, W, C); images that are not `apart` repeat their first plane."""
    height, width, channels = shape
    if numbers.size == 0:
        return np.zeros((len(numbers), *shape))
    planes = numbers.reshape(len(numbers), -1, height, width).transpose(0, 2, 3, 1)
    if planes.shape[3] == channels and channels > 1:
        spread: Fields = np.where(apart[:, None, None, None], planes, planes[..., :1])
        return spread
    return np.broadcast_to(planes, (len(numbers), *shape))
