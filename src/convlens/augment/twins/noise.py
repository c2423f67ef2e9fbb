"""The twins of `convlens.augment.noise`: the same keys hit the same pixels, and the numbers are made on the device."""

import functools
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import torch
from jaxtyping import Float32, Shaped
from numpy.typing import NDArray
from torch import Tensor

from convlens.augment.curves import Quantiles, laplace, normal, quantile_table
from convlens.augment.draws import Parameters
from convlens.augment.fields import limits_of
from convlens.augment.noise import (
    AdditiveGaussianNoise,
    AdditiveLaplaceNoise,
    AdditivePoissonNoise,
    Dropout,
    Pepper,
    Salt,
    SaltAndPepper,
    poisson_shares,
)
from convlens.augment.twins.registry import twin
from convlens.augment.twins.tensors import Rows, Tensors, as_tensors, moved, over_pixels, put_together, some
from convlens.augment.twins.words import Words, misses, words_of

PartChange: TypeAlias = Callable[[Tensors, int, Rows], Tensors]
"""From some images of the batch, the number of their planes, and their rows, to new images."""


@twin(Dropout, Pepper)
def dropout(_: Dropout | Pepper, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Set pixels to 0, each with its image's probability."""

    def changed(part: Tensors, planes: int, rows: Rows) -> Tensors:
        missed, _ = misses(noise[rows], planes, pixels(part), limits[rows], part)
        return torch.where(in_pixels(missed, part), part, 0)

    noise, limits = parameters["noise"], limits_of(parameters["noise"], parameters["p"])
    return in_parts(tensors, parameters["per_channel"], changed)


@twin(Salt)
def salt(_: Salt, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Set pixels to 255, each with its image's probability."""

    def changed(part: Tensors, planes: int, rows: Rows) -> Tensors:
        missed, _ = misses(noise[rows], planes, pixels(part), limits[rows], part)
        return torch.where(in_pixels(missed, part), part, 255)

    noise, limits = parameters["noise"], limits_of(parameters["noise"], parameters["p"])
    return in_parts(tensors, parameters["per_channel"], changed)


@twin(SaltAndPepper)
def salt_and_pepper(_: SaltAndPepper, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Set pixels to 255 or 0, each with its image's probability."""

    def changed(part: Tensors, planes: int, rows: Rows) -> Tensors:
        missed, spare = misses(noise[rows], planes, pixels(part), limits[rows], part)
        colours = ((spare & 1) * 255).to(part.dtype)
        return torch.where(in_pixels(missed, part), part, in_pixels(colours, part))

    noise, limits = parameters["noise"], limits_of(parameters["noise"], parameters["p"])
    return in_parts(tensors, parameters["per_channel"], changed)


@twin(AdditiveGaussianNoise)
def add_gaussian(_: AdditiveGaussianNoise, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Add normal numbers of each image's mean and deviation."""
    return _add_curve(tensors, parameters, normal)


@twin(AdditiveLaplaceNoise)
def add_laplace(_: AdditiveLaplaceNoise, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Add numbers from Laplace's curve of each image's mean and scale."""
    return _add_curve(tensors, parameters, laplace)


@twin(AdditivePoissonNoise)
def add_poisson(_: AdditivePoissonNoise, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Add Poisson's numbers of each image's mean, half of them with a minus."""

    def changed(part: Tensors, planes: int, rows: Rows) -> Tensors:
        words = words_of(parameters["noise"][rows], planes, (pixels(part) + 1) // 2, part)
        drawn = words.view(torch.int32).to(torch.int64) & 0xFFFFFFFF
        # A share (d + ½) / 2³¹ reaches those up to a number where d, whole as it is, reaches this.
        least = moved(np.ceil(poisson_shares(parameters["lam"][rows]) * 2.0**31 - 0.5), part, np.int64)
        by_image = (drawn >> 1).transpose(0, 1).flatten(1)
        numbers = torch.searchsorted(least, by_image, right=True).view(len(part), planes, -1).transpose(0, 1)
        signed = torch.where(drawn & 1 > 0, -numbers, numbers).to(torch.float32)
        return as_tensors(part + in_pixels(signed, part), part)

    return in_parts(tensors, parameters["per_channel"], changed)


def _add_curve(tensors: Tensors, parameters: Parameters, curve: Quantiles) -> Tensors:
    def changed(part: Tensors, planes: int, rows: Rows) -> Tensors:
        words = words_of(parameters["noise"][rows], planes, (pixels(part) + 3) // 4, part)
        loc, scale = (over_pixels(parameters[name][rows], part) for name in ("loc", "scale"))
        numbers = in_pixels(numbers_on(curve, words), part)
        return as_tensors(part + (numbers * scale).add_(loc), part)

    return in_parts(tensors, parameters["per_channel"], changed)


def numbers_on(curve: Quantiles, drawn: Words) -> Float32[Tensor, "planes n places"]:
    """Give four numbers of a curve for each word, as `convlens.augment.curves` does."""
    share = drawn.view(torch.int16).to(torch.int32) & 0xFFFF
    return _table(curve, drawn.device).index_select(0, share.view(-1)).view(share.shape)


@functools.lru_cache(maxsize=8)
def _table(curve: Quantiles, device: torch.device) -> Float32[Tensor, " shares"]:
    return torch.from_numpy(quantile_table(curve).copy()).to(device)


def in_parts(tensors: Tensors, per_channel: NDArray[Any], change: PartChange) -> Tensors:
    """Change the images whose channels share one plane of numbers apart from those that have a plane for each."""
    channels = tensors.shape[1]
    apart = (per_channel > 0) & (channels > 1)
    groups = [(1, np.flatnonzero(~apart)), (channels, np.flatnonzero(apart))]
    parts = [(rows, change(some(tensors, rows), planes, rows)) for planes, rows in groups if rows.size]
    return put_together(parts, tensors)


def pixels(tensors: Tensors) -> int:
    """Count the pixels of an image."""
    return tensors.shape[2] * tensors.shape[3]


def in_pixels(field: Shaped[Tensor, "planes n places"], tensors: Tensors) -> Shaped[Tensor, "n planes h w"]:
    """Turn planes into images of one channel, which spreads over all, or of a channel for each plane."""
    height, width = tensors.shape[2:]
    return field[..., : height * width].transpose(0, 1).reshape(len(tensors), len(field), height, width)
