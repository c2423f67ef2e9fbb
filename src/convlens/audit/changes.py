"""What else than a shift a picture may suffer, each change by an amount in a unit of its own.

The amount 0 leaves a picture as it is, and a larger amount, on either side of 0, is a larger change; so "the smallest
amount at which the answer flips" has a meaning for every one of them. Sizes, light and contrast are in percent: the
factor is 1 + amount / 100, and −20 % and +20 % are both "a change by 20 %".

What is drawn for a picture (noise, which pixels drop out, which way the camera shook) is the same at every amount, so
that a larger amount does more of the same and not something else.

The pixels are made by the augmenters' own kernels, which are imported only when they are called: an audit of shifts
needs no OpenCV.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from convlens.arrays import Images, Keys, PerImage
from convlens.errors import SettingsError
from convlens.registry import Registry
from convlens.rng import uniforms

Kernel: TypeAlias = Callable[..., Images]

USUAL_SIDE = 28
"""Steps in pixels are meant for pictures of this side; larger ones get whole multiples of them."""


@dataclass(frozen=True)
class Change:
    """A change of pictures by an amount.

    Attributes:
        unit: of the amounts.
        steps: the amounts that are tried when nobody asks for others, in rising order.
        kernel: from images and one amount each, none of them 0, to changed images; a change that moves content is told
            the border rule and the fill, one that is drawn the images' keys.
        low: the smallest amount that makes sense.
        high: the largest.
        whole: amounts are whole numbers.
        grows: the steps are pixels, and larger for larger pictures.
        moves: something comes in from outside of the picture, under a border rule.
        drawn: a part of it is drawn for each picture.
    """

    name: str
    summary: str
    unit: str
    steps: PerImage
    kernel: Kernel
    low: float
    high: float
    whole: bool
    grows: bool
    moves: bool
    drawn: bool

    def amounts(self, size: tuple[int, int]) -> PerImage:
        """Give the amounts that are tried on pictures of that height and width."""
        times = max(1, round(min(size) / USUAL_SIDE)) if self.grows else 1
        usual: PerImage = self.steps * times
        return usual

    def __call__(
        self, images: Images, amounts: PerImage, *, keys: Keys, border: str = "zeros", fill: int = 0
    ) -> Images:
        """Change each image by its own amount; 0 gives the image itself, bit for bit.

        Args:
            keys: one per image, the same one whatever the amount.
            border: what comes in where content has moved away, for a change that moves.
            fill: its grey level under "zeros".

        Raises:
            SettingsError: the border rule or the fill is none, or the change knows no images of that kind.
        """
        changed = images.copy()
        some = np.flatnonzero(amounts)
        if some.size:
            told = {"border": border, "fill": fill} if self.moves else {"keys": keys[some]} if self.drawn else {}
            changed[some] = self.kernel(images[some], amounts[some], **told)
        return changed


SEVERITIES: Registry[Change] = Registry("change", "list(convlens.audit.SEVERITIES)")


def severity(
    unit: str,
    steps: PerImage,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    whole: bool = False,
    grows: bool = False,
    moves: bool = False,
    drawn: bool = False,
) -> Callable[[Kernel], Kernel]:
    """Register a kernel as a change under the name of its function, "_" being written "-"; the rest is as in `Change`.

    The first line of the function's docstring says what it does.
    """

    def register(kernel: Kernel) -> Kernel:
        name = kernel.__name__.replace("_", "-")
        summary = (kernel.__doc__ or "").partition("\n")[0]
        SEVERITIES.add(name)(Change(name, summary, unit, steps, kernel, low, high, whole, grows, moves, drawn))
        return kernel

    return register


def either_way(step: float, most: float) -> PerImage:
    """Give the amounts −most … most."""
    return step * np.arange(-round(most / step), round(most / step) + 1).astype(np.float64)


def upwards(step: float, most: float) -> PerImage:
    """Give the amounts 0 … most."""
    return step * np.arange(round(most / step) + 1).astype(np.float64)


@severity("°", either_way(2, 30), moves=True)
def rotation(images: Images, amounts: PerImage, *, border: str, fill: int) -> Images:
    """Turn the picture about its centre, clockwise."""
    return _warped(images, border, fill, rotate=amounts)


@severity("%", either_way(2.5, 50), low=-99, moves=True)
def scale(images: Images, amounts: PerImage, *, border: str, fill: int) -> Images:
    """Make the content larger (+) or smaller (−) about the centre, width and height alike."""
    return _warped(images, border, fill, scale_x=_factor(amounts), scale_y=_factor(amounts))


@severity("°", either_way(2, 30), low=-89, high=89, moves=True)
def shear(images: Images, amounts: PerImage, *, border: str, fill: int) -> Images:
    """Lean the picture's upper rows to the right (+) or to the left (−)."""
    return _warped(images, border, fill, shear_x=amounts)


@severity("%", either_way(5, 100), low=-100)
def brightness(images: Images, amounts: PerImage) -> Images:
    """Make the picture brighter (+) or darker (−): every grey level times 1 + amount / 100."""
    from convlens.augment.light import multiply

    return multiply(images, _factor(amounts))


@severity("%", either_way(5, 100), low=-100)
def contrast(images: Images, amounts: PerImage) -> Images:
    """Stretch (+) or shrink (−) every grey level's distance from middle grey."""
    from convlens.augment.light import linear_contrast

    return linear_contrast(images, _factor(amounts))


@severity("px", upwards(0.25, 4), low=0, high=1000, grows=True)
def blur(images: Images, amounts: PerImage) -> Images:
    """Blur by a Gaussian; the amount is its σ."""
    from convlens.augment.blur import gaussian_blur

    return gaussian_blur(images, amounts)


@severity("px", upwards(2, 18), low=0, high=1000, whole=True, grows=True, drawn=True)
def motion_blur(images: Images, amounts: PerImage, *, keys: Keys) -> Images:
    """Smear as a camera does that moves so many pixels, for each picture in a direction of its own.

    Over a pixels, the smear is a line of a + 1; these are odd, and so an odd amount counts as the even one above it.
    """
    from convlens.augment.blur import motion_blur as smeared

    return smeared(images, amounts.astype(np.int64) + 1, 180 * uniforms(keys)[:, 0], np.zeros(len(images)))


@severity("grey levels", upwards(5, 100), low=0, drawn=True)
def noise(images: Images, amounts: PerImage, *, keys: Keys) -> Images:
    """Add normal noise to every value, the channels apart; the amount is its standard deviation."""
    from convlens.augment.noise import add_gaussian

    apart = np.ones(len(images), np.int64)
    return add_gaussian(images, np.zeros(len(images)), amounts, _kept(keys), apart)


# Up to one half: beyond, the kernels count the pixels that stay, and other ones drop out.
@severity("%", upwards(2.5, 50), low=0, high=50, drawn=True)
def dropout(images: Images, amounts: PerImage, *, keys: Keys) -> Images:
    """Turn a share of the pixels black."""
    from convlens.augment import noise as kernels

    return kernels.dropout(images, amounts / 100, _kept(keys), np.zeros(len(images), np.int64))


@severity("%", upwards(2.5, 50), low=0, high=50, drawn=True)
def salt_and_pepper(images: Images, amounts: PerImage, *, keys: Keys) -> Images:
    """Turn a share of the pixels white or black, both equally often."""
    from convlens.augment import noise as kernels

    return kernels.salt_and_pepper(images, amounts / 100, _kept(keys), np.zeros(len(images), np.int64))


@severity("%", upwards(5, 100), low=0, high=100, whole=True)
def jpeg(images: Images, amounts: PerImage) -> Images:
    """Compress as JPEG and read back; an amount a is the quality 1 + 99·(1 − a / 101), rounded.

    Raises:
        SettingsError: JPEG knows no pictures with that many channels.
    """
    from convlens.augment.colour import jpeg_compression

    if images.shape[3] not in (1, 3):
        raise SettingsError(f"JPEG knows pictures of 1 or 3 channels, got {images.shape[3]}; leave out the change jpeg")
    return jpeg_compression(images, amounts.astype(np.int64))


def _warped(images: Images, border: str, fill: int, **amounts: PerImage) -> Images:
    from convlens.augment.matrices import affine_matrices
    from convlens.augment.warping import affine

    matrices = affine_matrices((images.shape[1], images.shape[2]), len(images), **amounts)
    return affine(images, matrices, border=border, fill=fill)


def _factor(amounts: PerImage) -> PerImage:
    factor: PerImage = 1 + amounts / 100
    return factor


def _kept(keys: Keys) -> np.ndarray:
    """Give each key as the kernels keep it: a whole number from 1 to 2⁵³ − 1."""
    return np.maximum((keys >> np.uint64(11)).astype(np.int64), 1)
