"""Policies: mixtures of changes with one strength, for those who do not want to choose the changes themselves.

Both draw from one table of operations, `OPERATIONS`, whose ranges are those of AutoAugment (Cubuk et al., "AutoAugment:
learning augmentation policies from data", CVPR 2019, table 6). A strength of 0 changes nothing but the contrast of the
two that have none, 1 is the end of the range; ± is a random sign:

    Identity
    Autocontrast    each channel stretched to 0–255, at any strength
    Equalize        each channel's histogram spread evenly, at any strength
    Rotate          ± up to 30°
    Solarize        values inverted from 256 down to 0 on
    Color           saturation times 1 ± up to 0.9
    Posterize       8 down to 4 bits kept
    Contrast        distance from middle grey times 1 ± up to 0.9
    Brightness      times 1 ± up to 0.9
    Sharpness       distance from a smoothed version times 1 ± up to 0.9
    ShearX, ShearY          ± up to 0.3 px a pixel
    TranslateX, TranslateY  ± up to 150/331 of the side
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float64, Int64
from numpy.typing import NDArray
from scipy.special import betaincinv, gammaincinv  # type: ignore[import-untyped]

from convlens.arrays import Images, PerImage
from convlens.augment.algebra import Uniforms, is_number
from convlens.augment.augmenter import Augmenter, drawn
from convlens.augment.blur import convolve
from convlens.augment.colour import grayscale
from convlens.augment.compose import Orders, turns
from convlens.augment.distributions import Choice
from convlens.augment.draws import Draw, Drawn, Parameters, Several, Whole
from convlens.augment.equalization import all_channels_histogram_equalization, autocontrast
from convlens.augment.geometry import Fill
from convlens.augment.grammar import Spelling, as_distribution
from convlens.augment.light import linear_contrast, multiply, posterize, solarize
from convlens.augment.matrices import affine_matrices
from convlens.augment.pointwise import as_bytes
from convlens.augment.registry import augmenter
from convlens.augment.warping import affine
from convlens.errors import SettingsError

Operation: TypeAlias = Callable[[Images, PerImage, Fill], Images]
"""From images, a strength from −1 to 1 for each, and the grey level that comes in from outside, to changed images."""
Weights: TypeAlias = Float64[np.ndarray, "n width"]
Steps: TypeAlias = Float64[np.ndarray, "n steps"]

_TURN_DEG, _SLOPE, _MOVE, _FACTOR, _BITS = 30.0, 0.3, 150 / 331, 0.9, 4
# The smoothing that Pillow's sharpness starts from.
_SMOOTH = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]], np.float64) / 13
_POINT = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]], np.float64)
_STRONGEST = 30
_MILDEST, _SEVEREST = 0.01, 10
_WIDEST = 100


def _identity(images: Images, strength: PerImage, fill: Fill) -> Images:  # noqa: ARG001
    return images


def _autocontrast(images: Images, strength: PerImage, fill: Fill) -> Images:  # noqa: ARG001
    apart = np.ones(len(images), np.int64)
    return autocontrast(images, apart * 0, apart)


def _equalize(images: Images, strength: PerImage, fill: Fill) -> Images:  # noqa: ARG001
    return all_channels_histogram_equalization(images)


def _rotate(images: Images, strength: PerImage, fill: Fill) -> Images:
    return _warped(images, fill, rotate=strength * _TURN_DEG)


def _solarize(images: Images, strength: PerImage, fill: Fill) -> Images:  # noqa: ARG001
    return solarize(images, np.ones(len(images), np.int64), 256 * (1 - np.abs(strength)))


def _color(images: Images, strength: PerImage, fill: Fill) -> Images:  # noqa: ARG001
    # Less grey than none is more colour.
    return grayscale(images, -strength * _FACTOR)


def _posterize(images: Images, strength: PerImage, fill: Fill) -> Images:  # noqa: ARG001
    return posterize(images, 8 - np.rint(_BITS * np.abs(strength)).astype(np.int64))


def _contrast(images: Images, strength: PerImage, fill: Fill) -> Images:  # noqa: ARG001
    return linear_contrast(images, 1 + strength * _FACTOR)


def _brightness(images: Images, strength: PerImage, fill: Fill) -> Images:  # noqa: ARG001
    return multiply(images, 1 + strength * _FACTOR)


def _sharpness(images: Images, strength: PerImage, fill: Fill) -> Images:  # noqa: ARG001
    return convolve(images, _POINT + strength[:, None, None] * _FACTOR * (_POINT - _SMOOTH))


def _shear_x(images: Images, strength: PerImage, fill: Fill) -> Images:
    return _warped(images, fill, shear_x=np.rad2deg(np.arctan(strength * _SLOPE)))


def _shear_y(images: Images, strength: PerImage, fill: Fill) -> Images:
    return _warped(images, fill, shear_y=np.rad2deg(np.arctan(strength * _SLOPE)))


def _translate_x(images: Images, strength: PerImage, fill: Fill) -> Images:
    return _warped(images, fill, right_px=strength * _MOVE * images.shape[2])


def _translate_y(images: Images, strength: PerImage, fill: Fill) -> Images:
    return _warped(images, fill, down_px=strength * _MOVE * images.shape[1])


OPERATIONS: Mapping[str, Operation] = {
    "Identity": _identity,
    "Autocontrast": _autocontrast,
    "Equalize": _equalize,
    "Rotate": _rotate,
    "Solarize": _solarize,
    "Color": _color,
    "Posterize": _posterize,
    "Contrast": _contrast,
    "Brightness": _brightness,
    "Sharpness": _sharpness,
    "ShearX": _shear_x,
    "ShearY": _shear_y,
    "TranslateX": _translate_x,
    "TranslateY": _translate_y,
}
"""What RandAugment draws from."""
AUGMIX_OPERATIONS = (
    "Autocontrast",
    "Equalize",
    "Posterize",
    "Rotate",
    "Solarize",
    "ShearX",
    "ShearY",
    "TranslateX",
    "TranslateY",
)
"""What AugMix draws from: none of the corruptions that robustness is measured by."""


@dataclass(frozen=True)
class Chains:
    """The operations of several chains for each image, drawn with replacement, as (N, width, steps) positions.

    Args:
        of_all: how many operations there are.
        width: how many chains.
        steps: the most operations in a chain.
        count: how many operations there are in each chain; −1 fills up the others.
    """

    of_all: int
    width: int
    steps: int
    count: Draw

    @property
    def uses(self) -> int:
        """One for each operation, and what the counts use."""
        return self.width * (self.steps + self.count.uses)

    def of(self, uniforms: Uniforms) -> Int64[np.ndarray, "n width steps"]:
        """Give the positions of the operations."""
        each = uniforms.reshape(self.width, self.steps + self.count.uses, uniforms.shape[1])
        counts = np.stack([self.count.of(one[self.steps :]) for one in each], axis=1)
        positions = (each[:, : self.steps] * self.of_all).astype(np.int64).transpose(2, 0, 1)
        return np.where(np.arange(self.steps) < counts[:, :, None], positions, -1)


@dataclass(frozen=True)
class Strengths:
    """A strength with a sign for each operation of each chain, (N, width, steps).

    Args:
        width: how many chains.
        steps: the most operations in a chain.
        severity: of the image, up to 10, which is a strength of 1; each strength is drawn from 0.01 up to it.
    """

    width: int
    steps: int
    severity: Draw

    @property
    def uses(self) -> int:
        """Two for each operation, and what the severity uses."""
        return 2 * self.width * self.steps + self.severity.uses

    def of(self, uniforms: Uniforms) -> Float64[np.ndarray, "n width steps"]:
        """Give the strengths."""
        count = self.width * self.steps
        most = self.severity.of(uniforms[2 * count :]) / _SEVEREST
        strengths = _MILDEST + uniforms[:count] * (most - _MILDEST)
        signed = np.where(uniforms[count : 2 * count] < 0.5, -strengths, strengths)
        return signed.T.reshape(uniforms.shape[1], self.width, self.steps)


@dataclass(frozen=True)
class Dirichlet:
    """So many shares that sum to 1; the larger alpha, the more alike they are."""

    alpha: float
    width: int

    @property
    def uses(self) -> int:
        """One for each share."""
        return self.width

    def of(self, uniforms: Uniforms) -> Weights:
        """Give the shares: numbers from Gamma(alpha), by the inverse of its distribution function, over their sum."""
        parts = np.maximum(gammaincinv(self.alpha, uniforms.T), np.finfo(np.float64).tiny)
        weights: Weights = parts / parts.sum(axis=1, keepdims=True)
        return weights


@dataclass(frozen=True)
class Beta:
    """A number from 0 to 1, as often in the lower half as in the upper; the larger alpha, the nearer to a half."""

    alpha: float
    uses = 1

    def of(self, uniforms: Uniforms) -> PerImage:
        """Give the number, by the inverse of the distribution function of Beta(alpha, alpha)."""
        share: PerImage = betaincinv(self.alpha, self.alpha, uniforms[0])
        return share


def rand_augment(images: Images, chosen: Orders, strength: Steps, fill: Fill) -> Images:
    """Change each image by its own operations in turn.

    Args:
        chosen: positions in `OPERATIONS`; −1 for none, behind which nothing follows.
        strength: of each step, −1 to 1.
        fill: grey level that comes in where content has moved away, one for all or one for each image.
    """
    return _operated(images, chosen, strength, tuple(OPERATIONS), np.broadcast_to(fill, len(images)))


def aug_mix(
    images: Images,
    chosen: Int64[np.ndarray, "n width steps"],
    strength: Float64[np.ndarray, "n width steps"],
    weights: Weights,
    share: PerImage,
) -> Images:
    """Mix each image with several chains of operations on it: share · Σ weight · chain + (1 − share) · v, rounded once.

    Args:
        chosen: positions in `AUGMIX_OPERATIONS`; −1 for none, behind which nothing follows.
        strength: of each step, −1 to 1.
        weights: of the chains, which sum to 1.
        share: of the chains together.
    """
    count, width, steps = chosen.shape
    flat = chosen.reshape(-1, steps), strength.reshape(-1, steps)
    black = np.zeros(count * width, np.int64)
    chains = _operated(images.repeat(width, axis=0), *flat, AUGMIX_OPERATIONS, black)
    by_chain = chains.reshape(count, width, *images.shape[1:])
    parts = (weights * share[:, None]).astype(np.float32)[..., None, None, None]
    levels = images * (1 - share).astype(np.float32)[:, None, None, None]
    for place in range(width):
        levels += by_chain[:, place] * parts[:, place]
    return as_bytes(levels)


@augmenter
@dataclass(frozen=True, repr=False)
class RandAugment(Augmenter):
    """Apply `n` operations to each image, drawn from fourteen with replacement, all of the strength `m`.

    Source: Cubuk et al., "RandAugment: practical automated data augmentation with a reduced search space", 2020.

    Attributes:
        n: how many.
        m: from 0, nothing, to 30, the ends of the ranges in the table of this module.
        cval: grey level that comes in where content has moved away.
    """

    n: Spelling = field(default=2, metadata=drawn(whole=True, low=0, high=100))
    m: Spelling = field(default=(6, 12), metadata=drawn(whole=False, low=0, high=_STRONGEST))
    cval: Spelling = field(default=128, metadata=drawn(whole=True, low=0, high=255))
    bytes_only = True

    def draws(self) -> dict[str, Drawn]:
        """List the operations of each image, if there can be any, their common strength and the sign of each."""
        found = super().draws()
        n = found.pop("n").draw
        steps = int(as_distribution(self.n, whole=True, name="n").support[1])
        if not steps:
            return {}
        chosen, sign = Chains(len(OPERATIONS), 1, steps, n), Several(Whole(Choice((-1, 1))), steps)
        return {"chosen": Drawn("chosen", chosen), "sign": Drawn("sign", sign), **found}

    def change(self, images: Images, parameters: Parameters) -> Images:
        """Change the images by their operations."""
        if "chosen" not in parameters:
            return images.copy()
        strength = parameters["m"][:, None] / _STRONGEST * parameters["sign"]
        return rand_augment(images, parameters["chosen"][:, 0], strength, parameters["cval"])


@augmenter
@dataclass(frozen=True, repr=False)
class AugMix(Augmenter):
    """Mix each image with several chains of mild operations on it.

    Source: Hendrycks et al., "AugMix: a simple data processing method to improve robustness and uncertainty", 2020.

    Attributes:
        severity: the strongest that an operation can be, up to 10: the ends of the ranges in the table of this module.
        width: how many chains.
        depth: how many operations there are in each.
        alpha: how alike the weights of the chains are, and how near to a half their common share; 1 is even.
    """

    severity: Spelling = field(default=3, metadata=drawn(whole=False, low=0.1, high=_SEVEREST))
    width: int = 3
    depth: Spelling = field(default=(1, 3), metadata=drawn(whole=True, low=1, high=100))
    alpha: float = 1.0
    bytes_only = True
    kernel = staticmethod(aug_mix)

    def __post_init__(self) -> None:
        super().__post_init__()
        width: object = self.width
        if isinstance(width, bool) or not isinstance(width, int) or not 1 <= width <= _WIDEST:
            raise SettingsError(f"width wants a whole number from 1 to {_WIDEST}, got {width!r}")
        if not is_number(self.alpha) or not 0 < self.alpha < math.inf:
            raise SettingsError(f"alpha wants a number above 0, got {self.alpha!r}")

    def draws(self) -> dict[str, Drawn]:
        """List the operations of each chain, their strengths, and how all are mixed."""
        found = super().draws()
        steps = int(as_distribution(self.depth, whole=True, name="depth").support[1])
        return {
            "chosen": Drawn("chosen", Chains(len(AUGMIX_OPERATIONS), self.width, steps, found["depth"].draw)),
            "strength": Drawn("strength", Strengths(self.width, steps, found["severity"].draw)),
            "weights": Drawn("weights", Dirichlet(self.alpha, self.width)),
            "share": Drawn("share", Beta(self.alpha)),
        }


def _operated(
    images: Images, chosen: Orders, strength: Steps, operations: tuple[str, ...], fill: NDArray[Any]
) -> Images:
    result = images.copy()
    done = np.zeros(len(images), np.int64)
    for position, concerned in turns(chosen, [1] * len(operations)):
        own = strength[concerned, done[concerned]]
        result[concerned] = OPERATIONS[operations[position]](result[concerned], own, fill[concerned])
        done[concerned] += 1
    return result


def _warped(images: Images, fill: Fill, **amounts: PerImage) -> Images:
    size = images.shape[1], images.shape[2]
    warped: Images = affine(images, affine_matrices(size, len(images), **amounts), fill=fill)
    return warped
