"""Colour: grey, hue and saturation, order of the channels, equalised histograms, JPEG's artefacts.

Three channels are red, green and blue. Images of one channel have no colour, and those of two, four and more have
other meanings: what needs red, green and blue leaves them unchanged.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import cv2
import numpy as np
from jaxtyping import Float32, Float64, Int64

from convlens.arrays import Image, Images, Keys, PerImage, Pixels
from convlens.augment.augmenter import Augmenter, Parameters, drawn
from convlens.augment.distributions import Spelling
from convlens.augment.light import PerChannel, channel_keys
from convlens.augment.registry import augmenter
from convlens.rng import uniforms

HueAndSaturation: TypeAlias = Float64[np.ndarray, "n 2"]
Colours: TypeAlias = Float32[np.ndarray, "n h w 3"]

# ITU-R BT.601: how bright red, green and blue look.
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_FULL_TURN = 360.0


def grayscale(images: Images, alpha: PerImage) -> Images:
    """Blend each image with its grey version: α·grey + (1 − α)·v, with the luma of ITU-R BT.601 as grey."""
    if images.shape[3] != 3 or images.size == 0:
        return images.copy()
    changed = np.empty(images.shape, np.uint8)
    for image, share, result in zip(images, alpha.astype(np.float32), changed, strict=True):
        # One float pass: OpenCV's own conversion would round twice.
        grey = cv2.transform(image.astype(np.float32), _LUMA[None])
        np.rint(grey[..., None] * share + image * (1 - share), out=result, casting="unsafe")
    return changed


def add_to_hue_and_saturation(images: Images, value: Int64[np.ndarray, "n 2"]) -> Images:
    """Turn the hue of each image and add to its saturation.

    Args:
        value: for hue and saturation, on scales where 255 is a full turn and full saturation.
    """
    shift = (value / 255).astype(np.float32)

    def changed(hue: np.ndarray, saturation: np.ndarray) -> None:
        hue += shift[:, 0, None, None] * _FULL_TURN
        saturation += shift[:, 1, None, None]

    return _in_hsv(images, changed)


def multiply_hue_and_saturation(images: Images, mul: HueAndSaturation) -> Images:
    """Multiply the hue of each image, an angle from red at 0, and its saturation."""
    factor = mul.astype(np.float32)

    def changed(hue: np.ndarray, saturation: np.ndarray) -> None:
        hue *= factor[:, 0, None, None]
        saturation *= factor[:, 1, None, None]

    return _in_hsv(images, changed)


def channel_shuffle(images: Images, order: Pixels) -> Images:
    """Put the channels of each image into an order of its own, drawn from a key; the key 0 changes nothing."""
    channels = images.shape[3]
    shuffled = np.argsort(uniforms(order.astype(np.uint64), channels), axis=1, kind="stable")
    rows = np.where((order != 0)[:, None], shuffled, np.arange(channels))
    changed = np.empty(images.shape, np.uint8)
    for image, row, result in zip(images, rows, changed, strict=True):
        np.take(image, row, axis=2, out=result)
    return changed


def histogram_equalization(images: Images) -> Images:
    """Spread the grey levels of each image evenly; of a colour image, the lightness in CIE Lab."""

    def equalized(image: Image) -> np.ndarray:
        if image.shape[2] == 1:
            return cv2.equalizeHist(image)
        lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)
        lab[..., 0] = cv2.equalizeHist(np.ascontiguousarray(lab[..., 0]))
        return cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)

    return _each(images, [()] * len(images), equalized)


def jpeg_compression(images: Images, compression: Pixels) -> Images:
    """Compress each image as JPEG and read it back; 0 is the best quality (100), 100 the worst (2)."""
    quality = np.rint(1 + 99 * (1 - compression / 101)).astype(np.int64)

    def read_back(image: Image, quality: int) -> np.ndarray:
        # OpenCV takes and gives blue, green, red.
        _, encoded = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        decoded = cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED)
        assert decoded is not None
        return decoded.reshape(image.shape)[..., ::-1]

    return _each(images, [(one,) for one in quality.tolist()], read_back)


@augmenter
@dataclass(frozen=True, repr=False)
class Grayscale(Augmenter):
    """Take a share α of the colour away."""

    alpha: Spelling = field(default=1, metadata=drawn(whole=False, low=0, high=1))
    kernel = staticmethod(grayscale)


@augmenter
@dataclass(frozen=True, repr=False)
class AddToHueAndSaturation(PerChannel):
    """Turn the hue and add to the saturation, by the same number or, with probability `per_channel`, by two."""

    value: Spelling = field(default=(-40, 40), metadata=drawn(whole=True, low=-255, high=255))
    per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))

    def apply(self, images: Images, parameters: Parameters) -> Images:
        """Change the images by parameters drawn before."""
        return add_to_hue_and_saturation(images, _pairs(self.spread("value", parameters, 2)))


@augmenter
@dataclass(frozen=True, repr=False)
class MultiplyHueAndSaturation(PerChannel):
    """Multiply hue and saturation, by the same number or, with probability `per_channel`, by two."""

    mul: Spelling = field(default=(0.5, 1.5), metadata=drawn(whole=False, low=0))
    per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))

    def apply(self, images: Images, parameters: Parameters) -> Images:
        """Change the images by parameters drawn before."""
        return multiply_hue_and_saturation(images, _pairs(self.spread("mul", parameters, 2)))


@augmenter
@dataclass(frozen=True, repr=False)
class ChannelShuffle(Augmenter):
    """Put the channels, however many, into another order with probability p."""

    p: Spelling = field(default=1, metadata=drawn(whole=False, low=0, high=1))

    def sample(self, keys: Keys) -> Parameters:
        """Draw which images are shuffled, and the key of their order."""
        parameters = super().sample(keys)
        return {**parameters, "order": channel_keys(keys, parameters["p"])}

    def apply(self, images: Images, parameters: Parameters) -> Images:
        """Change the images by parameters drawn before."""
        return channel_shuffle(images, parameters["order"])


@augmenter
@dataclass(frozen=True, repr=False)
class HistogramEqualization(Augmenter):
    """Spread the grey levels evenly; nothing is drawn."""

    kernel = staticmethod(histogram_equalization)


@augmenter
@dataclass(frozen=True, repr=False)
class JpegCompression(Augmenter):
    """Add the artefacts of JPEG; a compression of 100 leaves the least quality."""

    compression: Spelling = field(default=(0, 100), metadata=drawn(whole=True, low=0, high=100))
    kernel = staticmethod(jpeg_compression)


def _pairs(values: np.ndarray) -> np.ndarray:
    return values if values.ndim == 2 else np.stack([values, values], axis=1)


def _in_hsv(images: Images, change: Callable[[np.ndarray, np.ndarray], None]) -> Images:
    """Let `change` write on hue (degrees) and saturation (0–1), (N, H, W) each; hue goes round, saturation is clipped.

    In float32 the way there and back is exact to rounding, where OpenCV's bytes hold 180 hues only.
    """
    if images.shape[3] != 3 or images.size == 0:
        return images.copy()
    count, height, width, _ = images.shape
    # One tall picture: a single call of OpenCV for the whole batch.
    tall = (images.astype(np.float32) / 255).reshape(count * height, width, 3)
    hsv: Colours = cv2.cvtColor(tall, cv2.COLOR_RGB2HSV).reshape(images.shape)
    change(hsv[..., 0], hsv[..., 1])
    np.remainder(hsv[..., 0], _FULL_TURN, out=hsv[..., 0])
    np.clip(hsv[..., 1], 0, 1, out=hsv[..., 1])
    back = cv2.cvtColor(hsv.reshape(tall.shape), cv2.COLOR_HSV2RGB).reshape(images.shape)
    changed: Images = np.clip(np.rint(back * 255), 0, 255).astype(np.uint8)
    return changed


def _each(images: Images, settings: list[tuple[int, ...]], change: Callable[..., np.ndarray]) -> Images:
    """Change one image after the other, of one channel or of three."""
    if images.shape[3] not in (1, 3) or images.size == 0:
        return images.copy()
    changed = np.empty(images.shape, np.uint8)
    for image, setting, result in zip(np.ascontiguousarray(images), settings, changed, strict=True):
        result[...] = change(image, *setting).reshape(image.shape)
    return changed
