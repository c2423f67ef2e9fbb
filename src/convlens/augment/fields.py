"""A random number for each pixel, expanded from one key per image where the pixels are changed.

The key is a parameter like any other, so what was drawn stays a small value that replays the batch. A field has one
plane for all channels, or a plane for each; the first plane is the same either way. Every plane is a stream of 64-bit
words, and a word holds the numbers of several pixels.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import cv2
import numpy as np
from jaxtyping import Float64, Int64, UInt8, UInt64
from numpy.typing import NDArray

from convlens.arrays import Keys, PerImage, Raster
from convlens.augment.algebra import Distribution
from convlens.augment.draws import Kept
from convlens.rng import start_of, words

Words = UInt64[np.ndarray, "planes n width"]
Planes = NDArray[Any]
"""(planes, N, places) of numbers or decisions; the places beyond the last pixel are to be left out."""

# So many pixels at once, with all that is computed for them, stay in the cache of one core.
_AT_ONCE = 65536
_PLANE = start_of("plane")
# Odd numbers without pattern: a word times one of them has new bits on top, on which all bits of the word have a say.
_LANES = np.array([start_of(f"lane {lane}") | 1 for lane in range(8)], np.uint64)
_11 = np.uint64(11)


class Part(NamedTuple):
    """Some images of a batch whose fields have equally many planes; `result` is written to."""

    rows: Any
    images: Raster
    result: Raster
    keys: Keys
    planes: int

    def words(self, size: int) -> Words:
        """Give the words for numbers of so many bytes."""
        _, height, width, _ = self.images.shape
        return words_of(self.keys, self.planes, (height * width * size + 7) // 8)


def parts(images: Raster, result: Raster, noise: Kept, per_channel: NDArray[Any]) -> Iterator[Part]:
    """Cut a batch into runs that fit the cache, those whose channels share a plane apart from the others."""
    count, height, width, channels = images.shape
    # A drawn key is a number without pattern, as good a start of a stream as any.
    keys = noise.view(np.uint64)
    own = per_channel > 0
    some = channels > 1 and bool(own.any())
    if not some or own.all():
        planes = channels if some else 1
        together = max(_AT_ONCE // (height * width * planes), 1)
        for start in range(0, count, together):
            rows = slice(start, start + together)
            yield Part(rows, images[rows], result[rows], keys[rows], planes)
        return
    for planes, which in ((1, np.flatnonzero(~own)), (channels, np.flatnonzero(own))):
        together = max(_AT_ONCE // (height * width * planes), 1)
        for start in range(0, len(which), together):
            chosen = which[start : start + together]
            part = Part(chosen, images[chosen], np.empty_like(result[: len(chosen)]), keys[chosen], planes)
            yield part
            result[chosen] = part.result


def words_of(keys: Keys, planes: int, width: int) -> Words:
    """Expand each key to planes of so many words."""
    if planes == 1:
        return words(keys, width)[None]
    start = np.arange(planes, dtype=np.uint64)[:, None] * np.uint64(_PLANE)
    return words((keys + start).ravel(), width).reshape(planes, len(keys), width)


def misses(drawn: Words, p: PerImage, *, step: int = 1) -> UInt8[np.ndarray, "planes n places"]:
    """Give for each byte of the words 0 where something of its image's probability p happens, 1 where it does not.

    A byte is the first digit of a number from [0, 1), and the thing happens where that number is below p. The digit
    alone decides, unless it is p's own; then the word, times another odd number for each of its bytes, gives the rest
    of the number. So p is exact to 61 bits.

    Args:
        step: 2 leaves the lowest bit of each byte out of the decision, for another use.
    """
    scaled = p * (256 // step)
    digit = np.minimum(scaled.astype(np.int64), 256 // step - 1)
    rest = scaled - digit
    first = (digit * step).astype(np.uint8)[:, None]
    places = drawn.view(np.uint8)
    missed = (places >= first).view(np.uint8)
    if rest.any():
        undecided = places == first if step == 1 else (places | 1) == (first | 1)
        at = np.flatnonzero(undecided.view(np.uint64).astype(np.bool_))
        further = drawn.ravel()[at][:, None] * _LANES
        further >>= _11
        row = at // drawn.shape[2] % len(p)
        happens = further < (rest * 2.0**53).astype(np.uint64)[row][:, None]
        happens &= undecided.reshape(-1, 8)[at]
        missed.view(np.uint64).reshape(-1)[at] ^= happens.view(np.uint64)[:, 0]
    return missed


def further_shares(drawn: Words, places: Int64[np.ndarray, " m"], lanes: int) -> Float64[np.ndarray, " m"]:
    """Give another number from (0, 1) for some places, of which each word holds as many as there are lanes."""
    word, lane = np.divmod(places, lanes)
    further = drawn.ravel()[word] * _LANES[lane]
    further >>= _11
    return (further + 0.5) * 2.0**-53


def numbers_of(distribution: Distribution, part: Part) -> Float64[np.ndarray, "planes n places"]:
    """Draw a number for each pixel."""
    _, height, width, _ = part.images.shape
    planes, count, uses = part.planes, len(part.keys), distribution.uses
    drawn = words_of(part.keys, planes * max(uses, 1), (height * width + 1) // 2).view(np.uint32)[..., : height * width]
    shares = (drawn + 0.5) * 2.0**-32
    by_use = shares.reshape(planes, max(uses, 1), -1).swapaxes(0, 1).reshape(max(uses, 1), -1)[:uses]
    return distribution.of(by_use).reshape(planes, count, height * width)


def in_pixels(field: Planes, images: Raster) -> NDArray[Any]:
    """Turn planes into (N, H, W, C), for images of that shape."""
    count, height, width, channels = images.shape
    # One tall picture for OpenCV: to spread something over the last axis takes NumPy ten times as long.
    tall = np.ascontiguousarray(field[..., : height * width]).reshape(len(field), count * height, width)
    if channels == 1:
        full = tall[0]
    elif channels == 3 and len(tall) == 1:
        full = cv2.cvtColor(tall[0], cv2.COLOR_GRAY2BGR)
    elif channels <= 4:
        full = cv2.merge([*tall] * (channels // len(tall)))
    else:
        full = np.stack([*tall] * (channels // len(tall)), axis=-1)
    return full.reshape(images.shape)
