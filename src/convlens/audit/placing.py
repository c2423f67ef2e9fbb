"""Putting images where a shift takes them, under a border rule of the audit.

Besides the border rules of `augment.geometry`, an audit knows two that change the size of the image the model sees:

    canvas   the image on a blank canvas larger by R pixels on every side, on which nothing is lost
    crop     a window, smaller by R pixels on every side, of an image whose surroundings are real
"""

from typing import Literal, TypeAlias, get_args

import numpy as np
from jaxtyping import UInt8

from convlens.arrays import Images, Logits, Pixels, Predict
from convlens.augment.geometry import BORDERS, Border, checked_fill, translate
from convlens.models.sweeping.canvas import seen_size
from convlens.registry import one_of

Placing: TypeAlias = Border | Literal["canvas", "crop"]
PLACINGS: tuple[Placing, ...] = (*BORDERS, "canvas", "crop")
BLANK: tuple[Placing, ...] = ("zeros", "canvas")
"""Under these a blank comes in, whose grey level is the fill."""

Seen: TypeAlias = UInt8[np.ndarray, "n tall wide c"]
_RESIZING = ("canvas", "crop")

assert set(get_args(Border)) < set(PLACINGS)


def checked_placing(border: str) -> Placing:
    """Give the audit's border rule of that name.

    Raises:
        SettingsError: there is none; the sentence lists them.
    """
    return one_of("border rule", border, PLACINGS)


def placed(images: Images, dx: Pixels, dy: Pixels, *, radius: int, border: str, fill: int = 0) -> Seen:
    """Shift each image by its own whole number of pixels, exactly, into what the model sees.

    Args:
        dx: pixels to the right for each image, of at most `radius` under "canvas" and "crop".
        dy: pixels down.
        radius: the audit's largest shift, which decides the size under "canvas" and "crop".
        border: one of `PLACINGS`.
        fill: the grey level that comes in under "zeros" and surrounds the image under "canvas".

    Raises:
        SettingsError: an unknown border rule, a grey level outside 0–255, or shifts that leave nothing.
    """
    rule = checked_placing(border)
    if rule not in _RESIZING:
        return translate(images, dx, dy, border=rule, fill=fill)
    tall, wide = seen_size(images.shape[1:3], radius, rule)
    if rule == "crop":
        windows = np.lib.stride_tricks.sliding_window_view(images, (tall, wide), axis=(1, 2))
        return np.ascontiguousarray(windows[np.arange(len(images)), radius - dy, radius - dx].transpose(0, 2, 3, 1))
    grey = checked_fill(fill, images)[:, None, None]
    canvas = np.empty((len(images), tall, wide, images.shape[3]), np.uint8)
    canvas[...] = grey
    canvas[:, radius : radius + images.shape[1], radius : radius + images.shape[2]] = images
    return translate(canvas, dx, dy, border="zeros", fill=fill)


def unmoved(predict: Predict, *, radius: int, border: str, fill: int = 0) -> Predict:
    """Make the function that asks a model about pictures that are not moved, as the border rule shows them."""

    def ask(images: Images) -> Logits:
        still = np.zeros(len(images), np.int64)
        return predict(placed(images, still, still, radius=radius, border=border, fill=fill))

    return ask
