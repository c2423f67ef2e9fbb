"""All augmenters and recipes: importing this module fills both tables."""

import importlib
from collections.abc import Callable

from convlens.augment.affine import Affine
from convlens.augment.augmenter import Augmenter
from convlens.augment.blur import GaussianBlur
from convlens.augment.colour import AddToHueAndSaturation, Grayscale
from convlens.augment.compose import OneOf, Sequential, Sometimes
from convlens.augment.erasing import Cutout
from convlens.augment.flips import Fliplr
from convlens.augment.light import GammaContrast, LinearContrast, Multiply
from convlens.augment.noise import AdditiveGaussianNoise
from convlens.augment.registry import AUGMENTERS
from convlens.registry import Registry

__all__ = ["AUGMENTERS", "RECIPES"]

FAMILIES = (
    "affine",
    "blends",
    "blur",
    "colour",
    "compose",
    "crops",
    "elementwise",
    "equalization",
    "erasing",
    "flips",
    "light",
    "noise",
    "perspective",
    "policies",
    "remapping",
    "sizes",
    "superpixels",
)
"""The modules that register augmenters."""

for _family in FAMILIES:
    importlib.import_module(f"convlens.augment.{_family}")

RECIPES: Registry[Callable[[], Augmenter]] = Registry("augmentation recipe", "convlens augment --list")
"""Built-in augmentations by name; each call gives a fresh one, with its own call counter."""


@RECIPES.add("shift")
def _shift() -> Augmenter:
    """Move up to 5 px on both axes, blank comes in: the range of the standard audit."""
    return Affine(translate_px={"x": (-5, 5), "y": (-5, 5)}, mode="constant")


@RECIPES.add("standard")
def _standard() -> Augmenter:
    """Move, turn and scale a little, change light and contrast a little: for photographs and small grey pictures alike.

    Nothing is mirrored, so that letters and digits stay what they are.
    """
    return Sequential(
        [
            Affine(
                scale=(0.9, 1.1),
                translate_percent={"x": (-0.1, 0.1), "y": (-0.1, 0.1)},
                rotate=(-10, 10),
                mode="constant",
            ),
            Multiply((0.8, 1.2)),
            LinearContrast((0.8, 1.2)),
        ]
    )


@RECIPES.add("strong")
def _strong() -> Augmenter:
    """Mirror, move, turn and scale much, change light and colour, blur, add noise, cover: for photographs of things."""
    return Sequential(
        [
            Fliplr(0.5),
            Affine(
                scale=(0.85, 1.25),
                translate_percent={"x": (-0.15, 0.15), "y": (-0.15, 0.15)},
                rotate=(-20, 20),
                shear={"x": (-8, 8)},
                mode="symmetric",
            ),
            Multiply((0.6, 1.4)),
            LinearContrast((0.6, 1.5)),
            Sometimes(0.5, AddToHueAndSaturation(value_hue=(-8, 8), value_saturation=(-40, 40))),
            Sometimes(0.2, Grayscale(1)),
            Sometimes(0.4, OneOf([GaussianBlur((0.3, 1)), AdditiveGaussianNoise(scale=(3, 15))])),
            Sometimes(0.3, Cutout(size=(0.15, 0.3))),
        ]
    )


@RECIPES.add("light")
def _light() -> Augmenter:
    """Change light and colour alone, every pixel stays where it is: for pictures taken under other lamps."""
    return Sequential(
        [
            Multiply((0.7, 1.3)),
            LinearContrast((0.75, 1.3)),
            GammaContrast((0.7, 1.4)),
            AddToHueAndSaturation(value_hue=(-6, 6), value_saturation=(-30, 30)),
        ]
    )
