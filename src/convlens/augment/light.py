"""Light: brightness and contrast, inversion, fewer levels; each value changes by itself.

A kernel takes its parameters as (N,), one for all channels of an image, or as (N, C).
"""

from dataclasses import dataclass, field
from typing import TypeAlias

import cv2
import numpy as np
from jaxtyping import Float64, Int64

from convlens.arrays import Raster
from convlens.augment.augmenter import Augmenter, drawn
from convlens.augment.channels import PerChannel
from convlens.augment.draws import Drawn, Happens
from convlens.augment.grammar import Spelling
from convlens.augment.pointwise import pointwise
from convlens.augment.registry import augmenter

Amounts: TypeAlias = Float64[np.ndarray, " n *c"]
WholeAmounts: TypeAlias = Int64[np.ndarray, " n *c"]

# From so many values in an image on, OpenCV's scaling, the same to the byte, beats a table.
_LARGE = 8192


def multiply(images: Raster, mul: Amounts) -> Raster:
    """Multiply the grey levels."""
    if images.dtype == np.uint8 and mul.ndim == 1 and images[0].size >= _LARGE:
        changed = np.empty(images.shape, np.uint8)
        flat = np.ascontiguousarray(images).reshape(len(images), images.shape[1], -1)
        for image, factor, result in zip(
            flat, mul.astype(np.float32).tolist(), changed.reshape(flat.shape), strict=True
        ):
            cv2.convertScaleAbs(image, result, factor, 0)
        return changed
    return pointwise(images, lambda v, m: v * m, mul, cheap=True, positive=True)


def add(images: Raster, value: WholeAmounts) -> Raster:
    """Add whole grey levels."""
    return pointwise(images, lambda v, a: v + a, value, cheap=True)


def linear_contrast(images: Raster, alpha: Amounts) -> Raster:
    """Stretch the distance from middle grey: 127 + α·(v − 127)."""

    def stretched(v: np.ndarray, a: np.ndarray) -> np.ndarray:
        # As α·v + (127 − 127·α), one operation less on every pixel.
        levels: np.ndarray = v * a
        levels += 127 - 127 * a
        return levels

    return pointwise(images, stretched, alpha, cheap=True)


def gamma_contrast(images: Raster, gamma: Amounts) -> Raster:
    """Bend the grey levels: 255·(v / 255)^γ."""
    return pointwise(images, lambda v, g: 255 * (v / 255) ** g, gamma)


def sigmoid_contrast(images: Raster, gain: Amounts, cutoff: Amounts) -> Raster:
    """Bend the grey levels into an S around the cut-off: 255 / (1 + exp(gain·(cutoff − v / 255)))."""
    # Beyond 80 the exponential nears the end of float32, and the grey level has long been 0.
    return pointwise(images, lambda v, g, c: 255 / (1 + np.exp(np.minimum(g * (c - v / 255), 80))), gain, cutoff)


def log_contrast(images: Raster, gain: Amounts) -> Raster:
    """Bend the grey levels: 255·gain·log2(1 + v / 255)."""
    return pointwise(images, lambda v, g: 255 * g * np.log2(1 + v / 255), gain)


def invert(images: Raster, inverted: WholeAmounts) -> Raster:
    """Turn the chosen images, or channels, into their negatives: 255 − v."""
    if not inverted.any():
        return images.copy()
    white, two = np.float32(255), np.float32(2)
    return pointwise(images, lambda v, chosen: v + chosen * (white - two * v), inverted, cheap=True, positive=True)


def solarize(images: Raster, inverted: WholeAmounts, threshold: Amounts) -> Raster:
    """Invert the values at or above the threshold (grey levels) in the chosen images, or channels."""
    return pointwise(images, lambda v, chosen, t: np.where((chosen > 0) & (v >= t), 255 - v, v), inverted, threshold)


def posterize(images: Raster, nb_bits: WholeAmounts) -> Raster:
    """Keep the highest bits of each value, and set the others to 0."""
    return pointwise(images, lambda v, bits: np.floor(v * 2 ** (bits - 8)) * 2 ** (8 - bits), nb_bits)


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


class _Inverted(PerChannel):
    """What `Invert` and `Solarize` share: "inverted" is 1 for the images, or channels, that are."""

    p: Spelling

    def draws(self) -> dict[str, Drawn]:
        """List the parameters; of the probability, what came of it."""
        others = super().draws()
        p = others.pop("p").draw
        return {"inverted": Drawn("inverted", Happens(p)), **others}


@augmenter
@dataclass(frozen=True, repr=False)
class Invert(_Inverted):
    """Turn images into their negatives with probability p."""

    p: Spelling = field(default=1, metadata=drawn(whole=False, low=0, high=1))
    per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))
    kernel = staticmethod(invert)


@augmenter
@dataclass(frozen=True, repr=False)
class Solarize(_Inverted):
    """Invert the bright part of images with probability p."""

    p: Spelling = field(default=1, metadata=drawn(whole=False, low=0, high=1))
    threshold: Spelling = field(default=(64, 192), metadata=drawn(whole=False, low=0, high=256))
    per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))
    kernel = staticmethod(solarize)


@augmenter
@dataclass(frozen=True, repr=False)
class Posterize(Augmenter):
    """Keep the highest 1 to 8 bits of each value."""

    nb_bits: Spelling = field(default=(1, 8), metadata=drawn(whole=True, low=1, high=8))
    kernel = staticmethod(posterize)
