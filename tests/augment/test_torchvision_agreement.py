"""`Affine` against torchvision's functional `affine`, for the same numbers.

Both turn clockwise about the middle of the image, lean the upper rows to the right and move right and down. They differ
in two things: torchvision's positive shear along y lifts the right side, where ours lowers it; and it shears along x,
then along y, then scales both axes alike, where we shear along y, scale, and shear along x.

torchvision is none of the project's dependencies; without it these tests are skipped.
"""

import importlib
import importlib.util
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from convlens.augment.affine import Affine

# The grey levels that bytes and floats may lie apart, on so many of the pixels that are so far inside. Measured with
# torchvision 0.28.0 and OpenCV 5.0.0 on noise of 28 × 28 to 224 × 224 pixels with one to five channels, the rim
# included: bytes at most 1 apart and equal at 95 % of the pixels or more, floats at most 0.011 apart.
WITHIN, SHARE, RIM_PX = (1, 0.05), 0.99, 2

NOISE = np.random.default_rng(0)
IMAGES = [NOISE.integers(0, 256, shape, np.uint8) for shape in ((3, 31, 44, 3), (3, 28, 28, 1), (1, 40, 33, 5))]


@dataclass(frozen=True)
class Change:
    """A change in torchvision's own numbers: degrees, pixels, degrees."""

    angle: float = 0.0
    translate: tuple[float, float] = (0.0, 0.0)
    scale: float = 1.0
    shear: tuple[float, float] = (0.0, 0.0)


# In these the order of the shears and the scale makes no difference.
CHANGES = [
    Change(angle=30),
    Change(angle=-75),
    Change(angle=90),
    Change(translate=(2.5, -1.25)),
    Change(scale=1.3),
    Change(scale=0.7),
    Change(shear=(20, 0)),
    Change(shear=(-35, 0)),
    Change(shear=(0, 15)),
    Change(shear=(0, -25)),
    Change(angle=25, translate=(2, 3), scale=1.2, shear=(10, 0)),
    Change(angle=-140, translate=(-4.5, 1.75), scale=0.8, shear=(0, -12)),
]
SHEARED_TWICE = [Change(shear=(20, -30)), Change(angle=33, translate=(1, -2), scale=1.1, shear=(12, 8))]
WHOLE = [Change(translate=(3, -2)), Change(translate=(-50, 0)), Change(angle=180)]

Warp = Callable[[Any, Change], Any]


@pytest.fixture(scope="module")
def torchvision(declare_operators: Callable[[], None]) -> Warp:
    """torchvision's `affine`, bilinear, on tensors (N, C, H, W)."""
    if importlib.util.find_spec("torchvision") is None:
        pytest.skip("torchvision is not installed")
    place = "torchvision.transforms.v2.functional"
    try:
        functional = importlib.import_module(place)
    except RuntimeError:
        # A torchvision whose compiled part does not fit this torch stumbles over operators that nobody declared.
        declare_operators()
        try:
            functional = importlib.import_module(place)
        except (ImportError, RuntimeError) as error:
            pytest.skip(f"torchvision cannot be imported: {error}")
    except ImportError as error:
        pytest.skip(f"torchvision cannot be imported: {error}")

    def warped(tensors: Any, change: Change) -> Any:
        return functional.affine(
            tensors,
            angle=change.angle,
            translate=list(change.translate),
            scale=change.scale,
            shear=list(change.shear),
            interpolation=functional.InterpolationMode.BILINEAR,
        )

    return warped


def same_numbers(change: Change, size: tuple[int, int]) -> Affine:
    """Give the same change, number for number."""
    (height, width), (x, y) = size, change.translate
    return Affine(
        rotate=change.angle,
        translate_percent={"x": x / width, "y": y / height},
        scale=change.scale,
        shear={"x": change.shear[0], "y": -change.shear[1]},
    )


def same_matrix(change: Change, size: tuple[int, int]) -> Affine:
    """Give the change with the same matrix where both axes are sheared.

    With l and h for the slopes of the shears, torchvision's matrix before the turn is scale · [[1, −l], [h, 1 − l·h]].
    Ours is [[kx − l'·ky·h', −l'·ky], [ky·h', ky]]; the two are equal for these settings.
    """
    (height, width), (x, y) = size, change.translate
    lean, hang = math.tan(math.radians(change.shear[0])), -math.tan(math.radians(change.shear[1]))
    rest = 1 - lean * hang
    return Affine(
        rotate=change.angle,
        translate_percent={"x": x / width, "y": y / height},
        scale={"x": change.scale / rest, "y": change.scale * rest},
        shear={"x": math.degrees(math.atan(lean / rest)), "y": math.degrees(math.atan(hang / rest))},
    )


@pytest.mark.parametrize("images", IMAGES, ids=lambda images: "×".join(map(str, images.shape)))
@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_the_same_numbers_give_the_same_pixels(torchvision, images, change):
    assert_agreement(torchvision, images, change, same_numbers(change, images.shape[1:3]))


@pytest.mark.parametrize("images", IMAGES, ids=lambda images: "×".join(map(str, images.shape)))
@pytest.mark.parametrize("change", SHEARED_TWICE, ids=str)
def test_the_same_matrix_gives_the_same_pixels(torchvision, images, change):
    assert_agreement(torchvision, images, change, same_matrix(change, images.shape[1:3]))


@pytest.mark.parametrize("change", WHOLE, ids=str)
def test_whole_pixels_arrive_unchanged_in_both(torchvision, change):
    images = IMAGES[0]
    theirs = channels_last(torchvision(channels_first(images), change))
    assert np.array_equal(same_numbers(change, images.shape[1:3])(images=images), theirs)


def assert_agreement(torchvision: Warp, images: np.ndarray, change: Change, augmenter: Affine) -> None:
    """Compare on bytes, and on floats of the same grey levels."""
    floats = images.astype(np.float32)
    ours = augmenter(images=images), augmenter(images=floats, value_range=(0, 255))
    theirs = (channels_last(torchvision(channels_first(one), change)) for one in (images, floats))
    for one, other, within in zip(ours, theirs, WITHIN, strict=True):
        gap = np.abs(one.astype(np.float64) - other)[:, RIM_PX:-RIM_PX, RIM_PX:-RIM_PX]
        assert np.mean(gap <= within) >= SHARE, f"up to {gap.max()} levels apart"


def channels_first(images: np.ndarray) -> Any:
    """Give images as a tensor (N, C, H, W)."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))


def channels_last(tensors: Any) -> np.ndarray:
    """Give a tensor as images (N, H, W, C)."""
    return np.asarray(tensors.permute(0, 2, 3, 1).numpy())
