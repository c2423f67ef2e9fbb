"""Colour: grey, hue and saturation, order of the channels, JPEG's artefacts.

Three channels are red, green and blue. Images of one channel have no colour, and those of two, four and more have other
meanings: what needs red, green and blue leaves them unchanged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import cv2
import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from convlens.arrays import Image, PerImage, Pixels, Raster
from convlens.augment.augmenter import Augmenter, drawn
from convlens.augment.channels import PerChannel
from convlens.augment.door import RasterImage
from convlens.augment.draws import Draw, Drawn, Kept, KeyIf, Parameters, Whole, unfolded
from convlens.augment.grammar import Spelling, as_distribution
from convlens.augment.one_by_one import one_by_one
from convlens.augment.registry import augmenter
from convlens.errors import SettingsError
from convlens.rng import uniforms

Mixes: TypeAlias = Float32[np.ndarray, "n 3 k"]
"""What `cv2.transform` multiplies the three numbers of each pixel by: (3, 3), or (3, 4) with what is added."""

# ITU-R BT.601: how bright red, green and blue look.
LUMA = np.array([0.299, 0.587, 0.114])
_FULL_TURN = 360.0
_WHOLE_VALUE = drawn(whole=True, low=-255, high=255, optional=True)
_FACTOR = drawn(whole=False, low=0, optional=True)


def grayscale(images: Raster, alpha: PerImage) -> Raster:
    """Blend each image with its grey version: α·grey + (1 − α)·v, with the luma of ITU-R BT.601 as grey."""
    if images.shape[3] != 3:
        return images.copy()
    share = alpha[:, None, None]
    mixes: Mixes = ((1 - share) * np.eye(3) + share * LUMA).astype(np.float32)

    def blended(image: RasterImage, row: int) -> NDArray[Any]:
        return _rounded(cv2.transform(image.astype(np.float32), mixes[row]), image)

    return one_by_one(images, blended, np.arange(len(images)))


def add_to_hue_and_saturation(images: Raster, value_hue: Pixels, value_saturation: Pixels) -> Raster:
    """Turn the hue of each image and add to its saturation, on scales where 255 is a full turn and full saturation."""
    mixes = np.tile(np.eye(3, 4, dtype=np.float32), (len(images), 1, 1))
    # A turn back is most of a turn forth: OpenCV wants angles from 0 on.
    mixes[:, 0, 3] = value_hue / 255 % 1 * _FULL_TURN
    mixes[:, 1, 3] = value_saturation / 255
    return _in_hsv(images, mixes)


def multiply_hue_and_saturation(images: Raster, mul_hue: PerImage, mul_saturation: PerImage) -> Raster:
    """Multiply the hue of each image, an angle from red at 0, and its saturation."""
    mixes = np.tile(np.eye(3, 4, dtype=np.float32), (len(images), 1, 1))
    mixes[:, 0, 0] = mul_hue
    mixes[:, 1, 1] = mul_saturation
    return _in_hsv(images, mixes)


def channel_shuffle(images: Raster, order: Kept, *, channels: Sequence[int] | None = None) -> Raster:
    """Put the channels of each image into an order of its own, drawn from a key; the key 0 changes nothing.

    Args:
        channels: those that may change places, of which an image may lack some; None for all.
    """
    movable = [channel for channel in channels or range(images.shape[3]) if channel < images.shape[3]]
    result = images.copy()
    rows = np.flatnonzero(order)
    places = np.argsort(uniforms(unfolded(order[rows]), len(movable)), axis=1, kind="stable")
    for row, own in zip(rows, places.tolist(), strict=True):
        for channel, place in zip(movable, own, strict=True):
            result[row, ..., channel] = images[row, ..., movable[place]]
    return result


def jpeg_compression(images: Raster, compression: Pixels) -> Raster:
    """Compress each image as JPEG and read it back; 0 is the best quality (100), 100 the worst (2)."""
    quality = np.rint(1 + 99 * (1 - compression / 101)).astype(np.int64)
    colours = images.shape[3] == 3

    def read_back(image: Image, quality: int) -> NDArray[Any]:
        # OpenCV takes and gives blue, green, red.
        given = cv2.cvtColor(image, cv2.COLOR_RGB2BGR) if colours else image
        _, encoded = cv2.imencode(".jpg", given, [cv2.IMWRITE_JPEG_QUALITY, quality])
        decoded = cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED)
        assert decoded is not None
        return cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB) if colours else decoded

    return one_by_one(images, read_back, quality) if images.shape[3] in (1, 3) else images.copy()


@augmenter
@dataclass(frozen=True, repr=False)
class Grayscale(Augmenter):
    """Take a share α of the colour away."""

    alpha: Spelling = field(default=1, metadata=drawn(whole=False, low=0, high=1))
    kernel = staticmethod(grayscale)


@augmenter
@dataclass(frozen=True, repr=False)
class AddToHueAndSaturation(PerChannel):
    """Turn the hue of images and add to their saturation; without any number, by −40 to 40 each.

    Attributes:
        value: what is added to both, on scales where 255 is a full turn and full saturation.
        value_hue: what is added to the hue, instead of `value`; the saturation then stays unless it is given as well.
        value_saturation: the same for the saturation.
        per_channel: the probability that `value` is drawn for the saturation anew.
    """

    value: Spelling | None = field(default=None, metadata=_WHOLE_VALUE)
    value_hue: Spelling | None = field(default=None, metadata=_WHOLE_VALUE)
    value_saturation: Spelling | None = field(default=None, metadata=_WHOLE_VALUE)
    per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_alternatives(self, "value")

    def draws(self) -> dict[str, Drawn]:
        """List the one value, or those of hue and saturation."""
        return _amounts(super().draws(), "value", {name: Whole(value) for name, value in _VALUES.items()})

    def change(self, images: Raster, parameters: Parameters) -> Raster:
        """Change the images by their numbers."""
        return add_to_hue_and_saturation(images, *hue_and_saturation(self, "value", parameters, np.int64(0)))


@augmenter
@dataclass(frozen=True, repr=False)
class MultiplyHueAndSaturation(PerChannel):
    """Multiply the hue of images, an angle from red, and their saturation; without any factor, by 0.5–1.5 and 0–1.7.

    Attributes:
        mul: the factor of both.
        mul_hue: the factor of the hue, instead of `mul`; the saturation then stays unless it is given as well.
        mul_saturation: the same for the saturation.
        per_channel: the probability that `mul` is drawn for the saturation anew.
    """

    mul: Spelling | None = field(default=None, metadata=_FACTOR)
    mul_hue: Spelling | None = field(default=None, metadata=_FACTOR)
    mul_saturation: Spelling | None = field(default=None, metadata=_FACTOR)
    per_channel: Spelling = field(default=0, metadata=drawn(whole=False, low=0, high=1))

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_alternatives(self, "mul")

    def draws(self) -> dict[str, Drawn]:
        """List the one factor, or those of hue and saturation."""
        return _amounts(super().draws(), "mul", _FACTORS)

    def change(self, images: Raster, parameters: Parameters) -> Raster:
        """Change the images by their factors."""
        return multiply_hue_and_saturation(images, *hue_and_saturation(self, "mul", parameters, np.float64(1)))


@augmenter
@dataclass(frozen=True, repr=False)
class ChannelShuffle(Augmenter):
    """Put the channels into another order with probability p.

    Attributes:
        channels: the positions that may change places among themselves, of which an image may lack some; None for all.
    """

    p: Spelling = field(default=1, metadata=drawn(whole=False, low=0, high=1))
    channels: Sequence[int] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        given: object = self.channels
        if given is None:
            return
        several = tuple(given) if isinstance(given, (tuple, list)) else ()
        right = all(isinstance(one, int) and not isinstance(one, bool) and one >= 0 for one in several)
        if not several or not right or len(set(several)) < len(several):
            raise SettingsError(f"channels wants a list of different positions 0, 1, … or None, got {given!r}")
        object.__setattr__(self, "channels", several)

    def draws(self) -> dict[str, Drawn]:
        """List the key of an order, 0 for an image that keeps its own."""
        return {"order": Drawn("order", KeyIf(super().draws()["p"].draw))}

    def change(self, images: Raster, parameters: Parameters) -> Raster:
        """Change the order of the channels."""
        return channel_shuffle(images, parameters["order"], channels=self.channels)


@augmenter
@dataclass(frozen=True, repr=False)
class JpegCompression(Augmenter):
    """Add the artefacts of JPEG; a compression of 100 leaves the least quality."""

    compression: Spelling = field(default=(0, 100), metadata=drawn(whole=True, low=0, high=100))
    kernel = staticmethod(jpeg_compression)
    bytes_only = True


_VALUES = {name: as_distribution((-40, 40), whole=True, name=name) for name in ("value_hue", "value_saturation")}
_FACTORS = {
    "mul_hue": as_distribution((0.5, 1.5), whole=False, name="mul_hue"),
    "mul_saturation": as_distribution((0, 1.7), whole=False, name="mul_saturation"),
}


def _check_alternatives(augmenter: Augmenter, both: str) -> None:
    given = [name for name in (f"{both}_hue", f"{both}_saturation") if getattr(augmenter, name) is not None]
    if getattr(augmenter, both) is not None and given:
        raise SettingsError(
            f"{type(augmenter).__name__} wants {both}, or {both}_hue and {both}_saturation; "
            f"got {both} together with {' and '.join(given)}"
        )


def _amounts(listed: dict[str, Drawn], both: str, defaults: Mapping[str, Draw]) -> dict[str, Drawn]:
    """Keep the draws of one amount with its `per_channel`, or of two, or list the defaults."""
    if both in listed:
        return listed
    del listed["per_channel"]
    return listed or {name: Drawn(name, draw) for name, draw in defaults.items()}


def hue_and_saturation(
    augmenter: PerChannel, both: str, parameters: Parameters, neutral: np.generic
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Give the two amounts of each image, from one drawn for both or from those that were drawn."""
    if both in parameters:
        spread = augmenter.spread(both, parameters, 2)
        return (spread, spread) if spread.ndim == 1 else (spread[:, 0], spread[:, 1])
    count = len(next(iter(parameters.values())))
    hue, saturation = (parameters.get(f"{both}_{one}", np.full(count, neutral)) for one in ("hue", "saturation"))
    return hue, saturation


def _in_hsv(images: Raster, mixes: Mixes) -> Raster:
    """Let the matrix of each image work on hue (0–360, from there on it goes round), saturation (0–1) and value.

    In float32 the way there and back is exact to rounding, where OpenCV's bytes hold 180 hues only.
    """
    if images.shape[3] != 3:
        return images.copy()

    def changed(image: RasterImage, row: int) -> NDArray[Any]:
        hsv = cv2.transform(cv2.cvtColor(image.astype(np.float32), cv2.COLOR_RGB2HSV), mixes[row])
        if beyond[row]:
            np.clip(hsv[..., 1], 0, 1, out=hsv[..., 1])
        return _rounded(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), image)

    beyond = (mixes[:, 1, 1] > 1) | (mixes[:, 1, 3] != 0)
    return one_by_one(images, changed, np.arange(len(images)))


def _rounded(levels: Float32[np.ndarray, "h w 3"], like: RasterImage) -> RasterImage:
    """Give fresh float32 levels the dtype of the image they come from, in one pass of OpenCV."""
    if like.dtype == np.uint8:
        return cv2.addWeighted(levels, 1, levels, 0, 0, dtype=cv2.CV_8U)
    clipped: RasterImage = np.clip(levels, 0, 255)
    return clipped
