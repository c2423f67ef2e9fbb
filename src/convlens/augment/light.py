"""Light: changes of each grey level by itself, brightness and contrast, inversion, fewer levels.

All of them are one lookup table of 256 entries per image (or per channel), made by a formula in float64, rounded to
nearest, half to even, then clipped to 0–255. A kernel takes its parameters as (N,), one for all channels of an image,
or as (N, C).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import cv2
import numpy as np
from jaxtyping import Bool, Float64, Int64, UInt8

from convlens.arrays import Images, Keys, PerImage, Pixels
from convlens.augment.augmenter import Augmenter, Parameters, drawn
from convlens.augment.distributions import Distribution, Spelling
from convlens.augment.registry import augmenter
from convlens.rng import subkeys, uniforms

Levels: TypeAlias = Float64[np.ndarray, " n *c"]
WholeLevels: TypeAlias = Int64[np.ndarray, " n *c"]
Chosen: TypeAlias = Bool[np.ndarray, " n *c"]
Tables: TypeAlias = UInt8[np.ndarray, "n *c 256"]

_GREY = np.arange(256, dtype=np.float64)
# Below so many values in an image, one gather over the batch costs less than a call of OpenCV for each image.
_SMALL = 1500


def multiply(images: Images, mul: Levels) -> Images:
    """Multiply the grey levels."""
    return looked_up(images, _rounded(mul[..., None] * _GREY))


def add(images: Images, value: WholeLevels) -> Images:
    """Add whole grey levels."""
    return looked_up(images, _rounded(_GREY + value[..., None]))


def linear_contrast(images: Images, alpha: Levels) -> Images:
    """Stretch the distance from middle grey: 127 + α·(v − 127)."""
    return looked_up(images, _rounded(127 + alpha[..., None] * (_GREY - 127)))


def gamma_contrast(images: Images, gamma: Levels) -> Images:
    """Bend the grey levels: 255·(v / 255)^γ."""
    return looked_up(images, _rounded(255 * (_GREY / 255) ** gamma[..., None]))


def sigmoid_contrast(images: Images, gain: Levels, cutoff: Levels) -> Images:
    """Bend the grey levels into an S around the cut-off: 255 / (1 + exp(gain·(cutoff − v / 255)))."""
    # Beyond 700 the exponential leaves float64, and the grey level has long been 0.
    power = np.minimum(gain[..., None] * (cutoff[..., None] - _GREY / 255), 700)
    return looked_up(images, _rounded(255 / (1 + np.exp(power))))


def log_contrast(images: Images, gain: Levels) -> Images:
    """Bend the grey levels: 255·gain·log2(1 + v / 255)."""
    return looked_up(images, _rounded(255 * gain[..., None] * np.log2(1 + _GREY / 255)))


def invert(images: Images, chosen: Chosen) -> Images:
    """Turn the chosen images, or channels, into their negatives: 255 − v."""
    return looked_up(images, _rounded(np.where(chosen[..., None], 255 - _GREY, _GREY)))


def solarize(images: Images, chosen: Chosen, threshold: Levels) -> Images:
    """Invert the values at or above the threshold (grey levels) in the chosen images."""
    bright = chosen[..., None] & (threshold[..., None] <= _GREY)
    return looked_up(images, _rounded(np.where(bright, 255 - _GREY, _GREY)))


def posterize(images: Images, nb_bits: WholeLevels) -> Images:
    """Keep the highest bits of each value, and set the others to 0."""
    step = 2.0 ** (8 - nb_bits[..., None])
    return looked_up(images, _rounded(np.floor(_GREY / step) * step))


def looked_up(images: Images, tables: Tables) -> Images:
    """Replace each value by the entry of its image's table, (N, 256), or of its channel's, (N, C, 256)."""
    count, height, width, channels = images.shape
    if images.size == 0:
        return images.copy()
    images = np.ascontiguousarray(images)
    if height * width * channels < _SMALL:
        # The smallest type that holds every place: a sum of shorter numbers is twice as fast.
        start = np.arange(0, tables.size, 256).astype(np.min_scalar_type(tables.size - 1)).reshape(count, 1, 1, -1)
        gathered: Images = tables.ravel().take(images + start)
        return gathered
    changed = np.empty(images.shape, np.uint8)
    if tables.ndim == 2:
        flat = images.reshape(count, height, width * channels)
        for image, table, result in zip(flat, tables, changed.reshape(flat.shape), strict=True):
            cv2.LUT(image, table, result)
        return changed
    for image, table, result in zip(images, tables, changed, strict=True):
        result[...] = cv2.LUT(image, np.ascontiguousarray(table.T)[None]).reshape(image.shape)
    return changed


def happens(keys: Keys, p: PerImage) -> Bool[np.ndarray, " n"]:
    """Say for each key whether something of that probability happens."""
    chosen: Bool[np.ndarray, " n"] = uniforms(keys)[:, 0] < p
    return chosen


def channel_keys(keys: Keys, per_channel: PerImage) -> Pixels:
    """Give a key where, with that probability, the channels are drawn apart, and 0 where they share one draw.

    How many channels there are is known to `apply` alone. The keys are signed, the only kind that JSON gives back.
    """
    if not per_channel.any():
        return np.zeros(len(keys), np.int64)
    apart = happens(subkeys(keys, "apart"), per_channel)
    kept: Pixels = np.where(apart, subkeys(keys, "channels").view(np.int64), 0)
    return kept


def by_channel(
    values: np.ndarray, keys: Pixels, channels: int, name: str, draw: Callable[[Keys], np.ndarray]
) -> np.ndarray:
    """Give (N, C) values, where `channel_keys` says so drawn apart; the first channel keeps the values drawn before."""
    apart = keys != 0
    if channels < 2 or not apart.any():
        return values
    others = (draw(subkeys(keys.astype(np.uint64), f"{name} {channel}")) for channel in range(1, channels))
    columns = [values, *(np.where(apart, other, values).astype(values.dtype) for other in others)]
    return np.stack(columns, axis=1)


class PerChannel(Augmenter):
    """An augmenter with the setting `per_channel`: the probability that each channel gets a draw of its own.

    The second level of inheritance saves each of these classes the same two methods. True and False are 1 and 0.
    """

    per_channel: Spelling

    def __post_init__(self) -> None:
        if isinstance(self.per_channel, bool):
            object.__setattr__(self, "per_channel", int(self.per_channel))
        super().__post_init__()

    def sample(self, keys: Keys) -> Parameters:
        """Draw the parameters of each image, and the key of its channels."""
        parameters = super().sample(keys)
        return {**parameters, "per_channel": channel_keys(keys, parameters["per_channel"])}

    def apply(self, images: Images, parameters: Parameters) -> Images:
        """Change the images by parameters drawn before."""
        own = {name: self.spread(name, parameters, images.shape[3]) for name in parameters if name != "per_channel"}
        return type(self).kernel(images, **own)

    def spread(self, name: str, parameters: Parameters, channels: int) -> np.ndarray:
        """Give the values of a parameter as (N,), or as (N, channels) where some are drawn apart."""
        distribution: Distribution = getattr(self, name)
        return by_channel(parameters[name], parameters["per_channel"], channels, name, distribution.sample)


@augmenter
@dataclass(frozen=True, repr=False)
class Multiply(PerChannel):
    """Make the image darker or brighter by a factor."""

    mul: Spelling = field(default=(0.8, 1.2), metadata=drawn(whole=False, low=0))
    per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))
    kernel = staticmethod(multiply)


@augmenter
@dataclass(frozen=True, repr=False)
class Add(PerChannel):
    """Make the image darker or brighter by whole grey levels."""

    value: Spelling = field(default=(-20, 20), metadata=drawn(whole=True, low=-255, high=255))
    per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))
    kernel = staticmethod(add)


@augmenter
@dataclass(frozen=True, repr=False)
class LinearContrast(PerChannel):
    """Change the contrast; a negative α inverts."""

    alpha: Spelling = field(default=(0.6, 1.4), metadata=drawn(whole=False))
    per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))
    kernel = staticmethod(linear_contrast)


@augmenter
@dataclass(frozen=True, repr=False)
class GammaContrast(PerChannel):
    """Darken (γ > 1) or brighten (γ < 1) the middle and keep black and white."""

    gamma: Spelling = field(default=(0.7, 1.7), metadata=drawn(whole=False, low=0))
    per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))
    kernel = staticmethod(gamma_contrast)


@augmenter
@dataclass(frozen=True, repr=False)
class SigmoidContrast(PerChannel):
    """Pull the grey levels apart around a cut-off, a share of white."""

    gain: Spelling = field(default=(5, 6), metadata=drawn(whole=False, low=0))
    cutoff: Spelling = field(default=(0.3, 0.6), metadata=drawn(whole=False, low=0, high=1))
    per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))
    kernel = staticmethod(sigmoid_contrast)


@augmenter
@dataclass(frozen=True, repr=False)
class LogContrast(PerChannel):
    """Brighten the dark part by a logarithm, times a gain."""

    gain: Spelling = field(default=(0.4, 1.6), metadata=drawn(whole=False, low=0))
    per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))
    kernel = staticmethod(log_contrast)


@augmenter
@dataclass(frozen=True, repr=False)
class Invert(PerChannel):
    """Turn images into their negatives with probability p."""

    p: Spelling = field(default=1, metadata=drawn(whole=False, low=0, high=1))
    per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))
    kernel = staticmethod(invert)

    def sample(self, keys: Keys) -> Parameters:
        """Draw which images are inverted."""
        parameters = super().sample(keys)
        return {**parameters, "chosen": happens(subkeys(keys, "chosen"), parameters["p"]).astype(np.int64)}

    def apply(self, images: Images, parameters: Parameters) -> Images:
        """Change the images by parameters drawn before."""
        chosen = by_channel(
            parameters["chosen"] != 0,
            parameters["per_channel"],
            images.shape[3],
            "chosen",
            lambda keys: happens(keys, parameters["p"]),
        )
        return invert(images, chosen)


@augmenter
@dataclass(frozen=True, repr=False)
class Solarize(Augmenter):
    """Invert the bright part of images with probability p."""

    p: Spelling = field(default=1, metadata=drawn(whole=False, low=0, high=1))
    threshold: Spelling = field(default=(64, 192), metadata=drawn(whole=False, low=0, high=256))

    def sample(self, keys: Keys) -> Parameters:
        """Draw which images are solarized, and from which grey level on."""
        parameters = super().sample(keys)
        return {**parameters, "chosen": happens(subkeys(keys, "chosen"), parameters["p"]).astype(np.int64)}

    def apply(self, images: Images, parameters: Parameters) -> Images:
        """Change the images by parameters drawn before."""
        return solarize(images, parameters["chosen"] != 0, parameters["threshold"])


@augmenter
@dataclass(frozen=True, repr=False)
class Posterize(Augmenter):
    """Keep the highest 1 to 8 bits of each value."""

    nb_bits: Spelling = field(default=(1, 8), metadata=drawn(whole=True, low=1, high=8))
    kernel = staticmethod(posterize)


def _rounded(levels: Float64[np.ndarray, "n *c 256"]) -> Tables:
    tables: Tables = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    return tables
