"""Mirrored and turned by quarters: pixels change places, and none is interpolated."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from jaxtyping import Int64

from convlens.arrays import Pixels, Raster
from convlens.augment.augmenter import Augmenter, drawn
from convlens.augment.door import Rasters, together
from convlens.augment.draws import Drawn, Happens, Parameters
from convlens.augment.grammar import ALL, Spelling
from convlens.augment.registry import augmenter
from convlens.errors import SettingsError

Yes = Int64[np.ndarray, " n"]


def flipped_left_right(images: Raster, flipped: Yes) -> Raster:
    """Mirror the chosen images, left to right."""
    changed = images.copy()
    rows = np.flatnonzero(flipped)
    changed[rows] = images[rows, :, ::-1]
    return changed


def flipped_up_down(images: Raster, flipped: Yes) -> Raster:
    """Mirror the chosen images, top to bottom."""
    changed = images.copy()
    rows = np.flatnonzero(flipped)
    changed[rows] = images[rows, ::-1]
    return changed


def quarter_turned(images: Raster, k: Pixels, *, keep_size: bool = True) -> Rasters:
    """Turn each image clockwise by its own number of quarters.

    A square image is turned exactly. Of another, an odd number of quarters exchanges the sides; to keep the size, the
    result is then resized to what it was before, by the mean of the area that each new pixel covers.
    """
    height, width, channels = images.shape[1:]
    if not keep_size and height != width:
        return together([np.ascontiguousarray(np.rot90(one, -turn)) for one, turn in zip(images, k % 4, strict=True)])
    changed = images.copy()
    for turn in (1, 2, 3):
        chosen = np.flatnonzero(k % 4 == turn)
        turned = np.rot90(images[chosen], -turn, axes=(1, 2))
        if turn == 2 or height == width:
            changed[chosen] = turned
            continue
        for row, image in zip(chosen, np.ascontiguousarray(turned), strict=True):
            changed[row] = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA).reshape(
                height, width, channels
            )
    return changed


class _Flip(Augmenter):
    """What both flips share: "flipped" is 1 for the images that are."""

    p: Spelling

    def draws(self) -> dict[str, Drawn]:
        """List what came of the probability."""
        return {"flipped": Drawn("flipped", Happens(super().draws()["p"].draw))}


@augmenter
@dataclass(frozen=True, repr=False)
class Fliplr(_Flip):
    """Mirror each image left to right with the probability `p`."""

    p: Spelling = field(default=1, metadata=drawn(whole=False, low=0, high=1) | {"spelled": "always"})
    kernel = staticmethod(flipped_left_right)


@augmenter
@dataclass(frozen=True, repr=False)
class Flipud(_Flip):
    """Mirror each image top to bottom with the probability `p`."""

    p: Spelling = field(default=1, metadata=drawn(whole=False, low=0, high=1) | {"spelled": "always"})
    kernel = staticmethod(flipped_up_down)


@augmenter
@dataclass(frozen=True, repr=False)
class Rot90(Augmenter):
    """Turn each image clockwise by `k` quarters; ALL draws from 0 to 3.

    Attributes:
        keep_size: an image that is not square is resized to what it was before an odd number of quarters.
    """

    k: Spelling | str = field(default=1, metadata=drawn(whole=True) | {"spelled": "always"})
    keep_size: bool = True

    def __post_init__(self) -> None:
        if isinstance(self.k, str) and self.k == ALL:
            object.__setattr__(self, "k", [0, 1, 2, 3])
        super().__post_init__()
        if not isinstance(self.keep_size, bool):
            raise SettingsError(f"keep_size wants True or False, got {self.keep_size!r}")

    def change(self, images: Raster, parameters: Parameters) -> Rasters:
        """Turn the images."""
        return quarter_turned(images, parameters["k"], keep_size=self.keep_size)
