"""All augmenters and recipes: importing this module fills both tables."""

from collections.abc import Callable

from convlens.augment import blur, colour, compose, flips, light, noise  # noqa: F401 (imported for what they register)
from convlens.augment.affine import Affine
from convlens.augment.augmenter import Augmenter
from convlens.augment.registry import AUGMENTERS
from convlens.registry import Registry

__all__ = ["AUGMENTERS", "RECIPES"]

RECIPES: Registry[Callable[[], Augmenter]] = Registry("augmentation recipe", "list(convlens.augment.RECIPES)")
"""Built-in augmentations by name; each call gives a fresh one, with its own call counter."""


@RECIPES.add("shift")
def _shift() -> Augmenter:
    """Move up to 5 px on both axes, blank comes in: the range of the standard audit."""
    return Affine(translate_px={"x": (-5, 5), "y": (-5, 5)}, mode="constant")
