"""A random number for each pixel, expanded from one key per image where the pixels are changed.

The key is a parameter like any other, so what was drawn stays a small value that replays the batch. A field has one
plane for all channels, or a plane for each; the first plane is the same either way. Every plane is a stream of 64-bit
words, and a word holds the numbers of several pixels.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

import cv2
import numpy as np
from jaxtyping import Float64, UInt8, UInt64
from numpy.typing import NDArray

from convlens.arrays import Keys, PerImage, Raster
from convlens.augment.algebra import Distribution
from convlens.augment.draws import Kept
from convlens.rng import start_of, words

Words: TypeAlias = UInt64[np.ndarray, "planes n width"]
Bytes: TypeAlias = UInt8[np.ndarray, "planes n places"]
Limits: TypeAlias = UInt8[np.ndarray, "n digits"]
"""The second and the first digit of a probability, and where any is above ½, whether they are those of the opposite."""
Planes: TypeAlias = NDArray[Any]
"""(planes, N, places) of numbers or decisions; the places beyond the last pixel are to be left out."""

# So many bytes at once, with all that is computed for them, stay in the cache of one core.
_AT_ONCE = 131072
PLANE = start_of("plane")
_DIGITS = np.dtype("<u2")


class Part(NamedTuple):
    """Some images of a batch whose fields have equally many planes; `result` is written to."""

    rows: Any
    images: Raster
    result: Raster
    keys: Keys
    planes: int

    @property
    def pixels(self) -> int:
        """How many pixels an image has."""
        _, height, width, _ = self.images.shape
        return int(height * width)


def parts(images: Raster, result: Raster, noise: Kept, per_channel: Kept, *, size: int = 1) -> Iterator[Part]:
    """Cut a batch into runs that fit the cache, those whose channels share a plane apart from the others.

    Args:
        per_channel: 0 for the images whose channels share.
        size: how many bytes the number of a pixel has.
    """
    images = np.ascontiguousarray(images)
    count, height, width, channels = images.shape
    # A drawn key is a number without pattern, as good a start of a stream as any.
    keys = noise.view(np.uint64)
    some = channels > 1 and np.count_nonzero(per_channel)
    if some in (0, count):
        planes = channels if some else 1
        together = max(_AT_ONCE // (height * width * planes * size), 1)
        for start in range(0, count, together):
            rows = slice(start, start + together)
            yield Part(rows, images[rows], result[rows], keys[rows], planes)
        return
    for planes, which in ((1, np.flatnonzero(per_channel == 0)), (channels, np.flatnonzero(per_channel))):
        together = max(_AT_ONCE // (height * width * planes * size), 1)
        for start in range(0, len(which), together):
            chosen = which[start : start + together]
            part = Part(chosen, images[chosen], result[chosen], keys[chosen], planes)
            yield part
            result[chosen] = part.result


def words_of(keys: Keys, planes: int, width: int) -> Words:
    """Expand each key to planes of so many words."""
    if planes == 1:
        return words(keys, width)[None]
    start = np.arange(planes, dtype=np.uint64)[:, None] * np.uint64(PLANE)
    return words((keys + start).ravel(), width).reshape(planes, len(keys), width)


def limits_of(noise: Kept, p: PerImage) -> Limits:
    """Give what `misses` compares with: the first two digits of each image's probability in base 256.

    The digits beyond are rounded up or down, the key being the further number that decides, so that p is exact. Above ½
    they are those of the opposite.
    """
    mostly = p > 0.5
    some = np.count_nonzero(mostly)
    if some:
        p = np.where(mostly, 1 - p, p)
    digits = (p * 2.0**15 + noise * 2.0**-53).astype(_DIGITS)
    # With an even second digit, the lowest bit of what is compared with it has no say.
    digits <<= 1
    limits = digits.view(np.uint8).reshape(-1, 2)
    return np.column_stack([limits, mostly]) if some else limits


def misses(keys: Keys, planes: int, count: int, limits: Limits) -> tuple[Bytes, Bytes]:
    """Give 0 for each place where something of its image's probability happens, and 1 where it does not.

    A byte is the first digit of a place's number from [0, 1), and the thing happens where that number is below p. Its
    second digit, which counts where the first one is p's own, is XORed from the bytes of two other places, so that any
    two places are independent.

    Gives:
        The decisions, and bytes whose lowest bit has no say in them.
    """
    drawn = words_of(keys, planes, (count + 7) // 8 + 2)
    first, second = drawn[..., :-2].view(np.uint8), (drawn[..., 1:-1] ^ drawn[..., 2:]).view(np.uint8)
    least = (second < limits[:, :1]).view(np.uint8)
    least += limits[:, 1:2]
    missed = (first >= least).view(np.uint8)
    if limits.shape[1] == 3:
        missed ^= limits[:, 2:]
    return missed, second


def numbers_of(
    distribution: Distribution, keys: Keys, planes: int, count: int
) -> Float64[np.ndarray, "planes n places"]:
    """Draw a number for each of so many places, from uniforms of 32 bits."""
    uses = max(distribution.uses, 1)
    drawn = words_of(keys, planes * uses, (count + 1) // 2).view(np.uint32)[..., :count]
    shares = (drawn + 0.5) * 2.0**-32
    by_use = shares.reshape(planes, uses, -1).swapaxes(0, 1).reshape(uses, -1)
    return distribution.of(by_use[: distribution.uses]).reshape(planes, len(keys), count)


def keep(part: Part, missed: Bytes) -> None:
    """Copy the pixels that are 1 in the planes to the result; what replaces the others is there already."""
    # Told of channels, OpenCV would go pixel by pixel.
    lines = (len(part.keys) * part.images.shape[1], -1)
    mask = in_pixels(missed, part.images).reshape(lines)
    cv2.copyTo(part.images.reshape(lines), mask, part.result.reshape(lines))


def in_pixels(field: Planes, images: Raster, into: NDArray[Any] | None = None) -> NDArray[Any]:
    """Turn planes into (N, H, W, C), for images of that shape.

    Args:
        into: an array of the field's dtype to write to.
    """
    count, height, width, channels = images.shape
    field = field[..., : height * width]
    if channels == 1 and into is None:
        return np.ascontiguousarray(field).reshape(images.shape)
    if channels > 4:
        full = np.empty(images.shape, field.dtype) if into is None else into
        full[...] = np.moveaxis(field.reshape(-1, count, height, width), 0, -1)
        return full
    # One tall picture for OpenCV: to spread something over the last axis takes NumPy ten times as long.
    tall = np.ascontiguousarray(field).reshape(len(field), count * height, width)
    result = None if into is None else into.reshape(count * height, width, channels)
    if channels == 3 and len(tall) == 1:
        full = cv2.cvtColor(tall[0], cv2.COLOR_GRAY2BGR, result)
    else:
        full = cv2.merge([*tall] * (channels // len(tall)), result)
    return full.reshape(images.shape)
