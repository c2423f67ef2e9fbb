"""Blends: two changed versions of an image, mixed by a share that is one number, or a mask of smooth noise.

A share of 1 is the foreground, 0 the background; a branch without children is the image itself. Only images that show
something of a branch are changed by it.
"""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import cv2
import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from convlens.arrays import Mask, Raster
from convlens.augment.augmenter import Augmenter, changed, chosen, drawn, rows
from convlens.augment.channels import by_channel
from convlens.augment.compose import Children, Container, as_children, set_children
from convlens.augment.distributions import Normal
from convlens.augment.draws import Drawn, Happens, Key, KeyIf, OneOfThese, Parameters, Several
from convlens.augment.fields import in_pixels
from convlens.augment.grammar import Spelling, as_distribution
from convlens.augment.masks import (
    AGGREGATIONS,
    UPSCALING,
    Grids,
    Numbers,
    frequency_noise,
    grids_of,
    masks_of,
    simplex_noise,
)
from convlens.augment.registry import augmenter
from convlens.errors import ShapeError

Shares: TypeAlias = Float32[np.ndarray, "n planes *size"]
"""(N, 1) or (N, C) numbers from 0 to 1, or masks of the images' size: one for each image, or one for each channel."""

_SHARE = drawn(whole=False, low=0, high=1)
_SIZE = drawn(whole=True, low=1)
_ITERATIONS = drawn(whole=True, low=1, high=100)
_UPSCALING = chosen(*UPSCALING, optional=True)
_THRESHOLD = Normal(0, 5)
# So many numbers at once stay in the cache of one core.
_AT_ONCE = 65536
# Twelve of twenty are linear, seven cubic and one nearest, as in imgaug.
_UPSCALING_BY_DEFAULT = ("linear",) * 12 + ("cubic",) * 7 + ("nearest",)


def blend(foregrounds: Raster, backgrounds: Raster, shares: Shares) -> Raster:
    """Mix two versions of each image, share · foreground + (1 − share) · background, rounded once."""
    result = np.empty(foregrounds.shape, foregrounds.dtype)
    if shares.ndim == 2:
        # By the image's own shares: which way is taken may not depend on its neighbours.
        for front, back, share, into in zip(foregrounds, backgrounds, shares, result, strict=True):
            if (share == share[0]).all():
                # Flat pictures of one channel: what OpenCV does not ask about it cannot refuse.
                flat = (front.shape[0], -1)
                mixed = cv2.addWeighted(
                    front.reshape(flat), float(share[0]), back.reshape(flat), 1 - float(share[0]), 0
                )
                into[...] = mixed.reshape(into.shape)
            else:
                spread = np.ascontiguousarray(np.broadcast_to(share, front.shape))
                _mix(front, back, spread, into)
    else:
        count, planes = shares.shape[:2]
        together = max(_AT_ONCE // foregrounds[0].size, 1)
        for start in range(0, count, together):
            own = slice(start, start + together)
            each = shares[own].reshape(-1, planes, shares[0, 0].size).swapaxes(0, 1)
            _mix(foregrounds[own], backgrounds[own], in_pixels(each, foregrounds[own]), result[own])
    return result if result.dtype == np.uint8 else np.clip(result, 0, 255, out=result)


def _mix(front: NDArray[Any], back: NDArray[Any], shares: NDArray[np.float32], result: NDArray[Any]) -> None:
    """Mix number by number, into the result."""
    flat = (-1, front.shape[-2] * front.shape[-1])
    kind = cv2.CV_8U if result.dtype == np.uint8 else cv2.CV_32F
    part = cv2.subtract(front.reshape(flat), back.reshape(flat), dtype=cv2.CV_32F)
    part = cv2.multiply(part, shares.reshape(flat), part)
    result.reshape(flat)[...] = cv2.add(part, back.reshape(flat), dtype=kind)


class _Blend(Container):
    """What all blends share: two branches, and shares that a subclass gives."""

    foreground: Augmenter | Children | None
    background: Augmenter | Children | None

    def __post_init__(self) -> None:
        super().__post_init__()
        set_children(self, "foreground")
        set_children(self, "background")

    def groups(self) -> dict[str, Children]:
        """Give both branches."""
        return {"foreground.": as_children(self.foreground), "background.": as_children(self.background)}

    def shares(self, images: Raster, parameters: Parameters) -> Shares:
        """Give the share of the foreground."""
        raise NotImplementedError

    def change(self, images: Raster, parameters: Parameters) -> Raster:
        """Blend the branches.

        Raises:
            ShapeError: a branch changes the size of the images.
        """
        shares = self.shares(images, parameters)
        each = shares.reshape(len(images), -1)
        front = self._branch("foreground.", images, parameters, each.max(axis=1) > 0)
        back = self._branch("background.", images, parameters, each.min(axis=1) < 1)
        return blend(front, back, shares)

    def _branch(self, group: str, images: Raster, parameters: Parameters, concerned: Mask) -> Raster:
        """Change the images that show something of a branch."""
        parts, some = self.parts[group], np.flatnonzero(concerned)
        if not parts or not some.size:
            return images
        all_of_them = some.size == len(images)
        result: Any = images if all_of_them else images[some]
        for part in parts:
            own = part.own(parameters)
            result = changed(part.child, result, own if all_of_them else rows(own, some))
        if isinstance(result, list) or result.shape[1:] != images.shape[1:]:
            made = result[0].shape if isinstance(result, list) else result.shape[1:]
            raise ShapeError(
                f"the children of {type(self).__name__} may not change the shape of the images, "
                f"but made {made} of {images.shape[1:]}"
            )
        if all_of_them:
            return result  # type: ignore[no-any-return]
        whole = images.copy()
        whole[some] = result
        return whole


@augmenter
@dataclass(frozen=True, repr=False)
class BlendAlpha(_Blend):
    """Blend two versions of each image by a number.

    Attributes:
        factor: the share of the foreground.
        foreground: an augmenter or a list of them; None is the image itself.
        background: the same.
        per_channel: the probability that each channel has a share of its own.
    """

    factor: Spelling = field(default=(0, 1), metadata=_SHARE)
    foreground: Augmenter | Children | None = ()
    background: Augmenter | Children | None = ()
    per_channel: Spelling = field(default=0, metadata=_SHARE)

    def own_draws(self) -> dict[str, Drawn]:
        """List the share, and the key of the channels' own."""
        found = Augmenter.draws(self)
        return {**found, "per_channel": Drawn("per_channel", KeyIf(found["per_channel"].draw))}

    def shares(self, images: Raster, parameters: Parameters) -> Shares:
        """Give a number for each image, or for each of its channels."""
        factor, draw = parameters["factor"], self._plan.draws["factor"].draw
        factor = by_channel(factor, parameters["per_channel"], images.shape[3], "factor", draw)
        return factor.reshape(len(images), -1).astype(np.float32)


class _NoiseBlend(_Blend):
    """What blends by noise share: the settings of a mask.

    Attributes:
        per_channel: the probability that each channel has a mask of its own.
        size_px_max: the longer side of a grid of noise, before it is enlarged to the image.
        upscale_method: how it is enlarged; None is mostly linear, often cubic and seldom nearest.
        iterations: how many grids, each of a size of its own, make up a mask.
        aggregation_method: what they give together: "min", "avg" or "max".
        sigmoid: the probability that a mask is pulled towards 0 and 1.
        sigmoid_thresh: where the middle of that pull lies: −10 is 0, 10 is 1; None draws from Normal(0, 5).
    """

    per_channel: Spelling
    size_px_max: Spelling
    upscale_method: str | list[str] | tuple[str, ...] | None
    iterations: Spelling
    aggregation_method: str | list[str] | tuple[str, ...]
    sigmoid: Spelling
    sigmoid_thresh: Spelling | None

    def own_draws(self) -> dict[str, Drawn]:
        """List what a mask is made of; for each grid, as many as there can be, a size and an enlargement."""
        found = Augmenter.draws(self)
        grids = int(as_distribution(self.iterations, whole=True, name="iterations").support[1])
        for name in found.keys() & {"size_px_max", "exponent"}:
            found[name] = Drawn(name, Several(found[name].draw, grids))
        method = self.upscale_method or _UPSCALING_BY_DEFAULT
        if isinstance(method, tuple):
            found["upscale_method"] = Drawn("upscale_method", Several(OneOfThese(method), grids))
        found["sigmoid"] = Drawn("sigmoid", Happens(found["sigmoid"].draw))
        found.setdefault("sigmoid_thresh", Drawn("sigmoid_thresh", _THRESHOLD))
        found["per_channel"] = Drawn("per_channel", Happens(found["per_channel"].draw))
        return {**found, "noise": Drawn("noise", Key())}

    def noise(self, grids: Grids, parameters: Parameters) -> list[Numbers]:
        """Give the noise of each grid."""
        raise NotImplementedError

    def shares(self, images: Raster, parameters: Parameters) -> Shares:
        """Give a mask for each image, or for each of its channels."""
        _, height, width, channels = images.shape
        planes = np.where(parameters["per_channel"] > 0, channels, 1)
        sizes = parameters["size_px_max"]
        grids = grids_of((height, width), parameters["noise"], planes, parameters["iterations"], sizes)
        upscaling = self._words("upscale_method", parameters)
        aggregation = self._words("aggregation_method", parameters)
        bend = parameters["sigmoid"], parameters["sigmoid_thresh"]
        return masks_of((height, width), grids, self.noise(grids, parameters), upscaling, aggregation, *bend)

    def _words(self, name: str, parameters: Parameters) -> Any:
        """Give a setting that is one word for all, or drawn."""
        return parameters[name] if name in parameters else getattr(self, name)


@augmenter
@dataclass(frozen=True, repr=False)
class BlendAlphaSimplexNoise(_NoiseBlend):
    """Blend two versions of each image by a mask of simplex noise: round blobs.

    Attributes:
        foreground: an augmenter or a list of them; None is the image itself.
        background: the same.
        per_channel: the probability that each channel has a mask of its own.
        size_px_max: the longer side of a grid of noise, before it is enlarged to the image.
        upscale_method: how it is enlarged; None is mostly linear, often cubic and seldom nearest.
        iterations: how many grids, each of a size of its own, make up a mask.
        aggregation_method: what they give together: "min", "avg" or "max".
        sigmoid: the probability that a mask is pulled towards 0 and 1.
        sigmoid_thresh: where the middle of that pull lies: −10 is 0, 10 is 1; None draws from Normal(0, 5).
    """

    foreground: Augmenter | Children | None = ()
    background: Augmenter | Children | None = ()
    per_channel: Spelling = field(default=0, metadata=_SHARE)
    size_px_max: Spelling = field(default=(2, 16), metadata=_SIZE)
    upscale_method: str | list[str] | tuple[str, ...] | None = field(default=None, metadata=_UPSCALING)
    iterations: Spelling = field(default=(1, 3), metadata=_ITERATIONS)
    aggregation_method: str | list[str] | tuple[str, ...] = field(default="max", metadata=chosen(*AGGREGATIONS))
    sigmoid: Spelling = field(default=1, metadata=_SHARE)
    sigmoid_thresh: Spelling | None = field(default=None, metadata=drawn(whole=False, optional=True))

    def noise(self, grids: Grids, parameters: Parameters) -> list[Numbers]:  # noqa: ARG002 (the same for all)
        """Give the noise of each grid."""
        return simplex_noise(grids)


@augmenter
@dataclass(frozen=True, repr=False)
class BlendAlphaFrequencyNoise(_NoiseBlend):
    """Blend two versions of each image by a mask of waves, from clouds to grain.

    Attributes:
        exponent: of the frequency, which gives the height of its wave: −4 is clouds, 0 white noise, 4 the finest grain;
            drawn for each grid.
        foreground: an augmenter or a list of them; None is the image itself.
        background: the same.
        per_channel: this and the others are those of `BlendAlphaSimplexNoise`.
    """

    exponent: Spelling = field(default=(-4, 4), metadata=drawn(whole=False, low=-20, high=20))
    foreground: Augmenter | Children | None = ()
    background: Augmenter | Children | None = ()
    per_channel: Spelling = field(default=0, metadata=_SHARE)
    size_px_max: Spelling = field(default=(4, 16), metadata=_SIZE)
    upscale_method: str | list[str] | tuple[str, ...] | None = field(default=None, metadata=_UPSCALING)
    iterations: Spelling = field(default=(1, 3), metadata=_ITERATIONS)
    aggregation_method: str | list[str] | tuple[str, ...] = field(
        default=("avg", "max"), metadata=chosen(*AGGREGATIONS)
    )
    sigmoid: Spelling = field(default=0.5, metadata=_SHARE)
    sigmoid_thresh: Spelling | None = field(default=None, metadata=drawn(whole=False, optional=True))

    def noise(self, grids: Grids, parameters: Parameters) -> list[Numbers]:
        """Give the noise of each grid."""
        return frequency_noise(grids, parameters["exponent"][grids.rows, grids.steps])
