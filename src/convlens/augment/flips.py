"""Mirrored and turned by quarters: pixels change places, and none is interpolated."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from convlens.arrays import Images, Keys, Mask, Pixels
from convlens.augment.augmenter import Augmenter, Parameters, drawn
from convlens.augment.distributions import Spelling, as_distribution
from convlens.augment.registry import augmenter
from convlens.rng import subkeys, uniforms


def flipped_left_right(images: Images, flipped: Mask) -> Images:
    """Mirror the chosen images, left to right."""
    changed = images.copy()
    changed[flipped] = images[flipped][:, :, ::-1]
    return changed


def flipped_up_down(images: Images, flipped: Mask) -> Images:
    """Mirror the chosen images, top to bottom."""
    changed = images.copy()
    changed[flipped] = images[flipped][:, ::-1]
    return changed


def quarter_turned(images: Images, quarters: Pixels) -> Images:
    """Turn each image clockwise by its own number of quarters; its size stays.

    A square image is turned exactly. Of another, an odd number of quarters exchanges the sides, and the result is
    resized to what they were before, by the mean of the area that each new pixel covers.
    """
    changed = images.copy()
    height, width = images.shape[1:3]
    if images.size == 0:
        return changed
    for turn in (1, 2, 3):
        chosen = np.flatnonzero(quarters % 4 == turn)
        turned = np.rot90(images[chosen], -turn, axes=(1, 2))
        if turn == 2 or height == width:
            changed[chosen] = turned
        else:
            for position, image in zip(chosen, np.ascontiguousarray(turned), strict=True):
                resized = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
                changed[position] = resized.reshape(images.shape[1:])
    return changed


@augmenter
@dataclass(frozen=True, repr=False)
class Fliplr(Augmenter):
    """Mirror each image left to right with the probability `p`."""

    p: Spelling = field(default=1, metadata=drawn(whole=False, low=0, high=1) | {"spelled": "always"})

    def sample(self, keys: Keys) -> Parameters:
        """Draw which images are mirrored."""
        return {"flipped": _chosen(keys, self.p)}

    kernel = staticmethod(flipped_left_right)


@augmenter
@dataclass(frozen=True, repr=False)
class Flipud(Augmenter):
    """Mirror each image top to bottom with the probability `p`."""

    p: Spelling = field(default=1, metadata=drawn(whole=False, low=0, high=1) | {"spelled": "always"})

    def sample(self, keys: Keys) -> Parameters:
        """Draw which images are mirrored."""
        return {"flipped": _chosen(keys, self.p)}

    kernel = staticmethod(flipped_up_down)


@augmenter
@dataclass(frozen=True, repr=False)
class Rot90(Augmenter):
    """Turn each image clockwise by `k` quarters; its size stays."""

    k: Spelling = field(default=1, metadata=drawn(whole=True) | {"spelled": "always"})

    def apply(self, images: Images, parameters: Parameters) -> Images:
        """Change the images by parameters drawn before."""
        return quarter_turned(images, parameters["k"])


def _chosen(keys: Keys, p: Spelling) -> Mask:
    chance = as_distribution(p, whole=False, name="p").sample(subkeys(keys, "p"))
    chosen: Mask = uniforms(subkeys(keys, "flipped"))[:, 0] < chance
    return chosen
