"""Normalisations: by the running statistics of training, or by those of the picture's own numbers."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Num

from convlens.errors import ShapeError

PerChannel = Num[np.ndarray, " c"]
Channels = Num[np.ndarray, "c *rest"]
Normalised = Float[np.ndarray, "c *rest"]


def batch_norm(
    maps: Channels,
    mean: PerChannel,
    var: PerChannel,
    weight: PerChannel | None = None,
    bias: PerChannel | None = None,
    eps: float = 1e-5,
) -> Normalised:
    """Give (x − mean) / √(var + eps) · weight + bias with the channel's own numbers, for maps or for a row of numbers.

    Args:
        mean, var: the running ones, from training.
        weight: 1 when None.
        bias: 0 when None.

    Source: Ioffe & Szegedy 2015, algorithm 2.
    """
    mean, deviation = _per_channel(mean, maps.ndim), np.sqrt(_per_channel(var, maps.ndim) + eps)
    out = np.asarray((maps - mean) / deviation)
    if weight is not None:
        out = out * _per_channel(weight, maps.ndim)
    if bias is not None:
        out = out + _per_channel(bias, maps.ndim)
    return out


def group_norm(
    maps: Channels,
    groups: int,
    weight: PerChannel | None = None,
    bias: PerChannel | None = None,
    eps: float = 1e-5,
) -> Normalised:
    """Give (x − mean) / √(var + eps) · weight + bias, with mean and variance of the number's own group of channels.

    One group for each channel is instance normalisation (Ulyanov et al. 2016).

    Args:
        groups: so many, of equally many channels, each with all its places.
        weight: 1 when None, else one for each channel.
        bias: 0 when None, likewise.

    Raises:
        ShapeError: the channels cannot be dealt out evenly.

    Source: Wu & He 2018, "Group normalization", equations (1), (2) and (7).
    """
    if groups < 1 or len(maps) % groups:
        raise ShapeError(f"{len(maps)} channels cannot be dealt out to {groups} groups")
    own = _standardised(maps.reshape(groups, -1), (1,), eps).reshape(maps.shape)
    factor = None if weight is None else _per_channel(weight, maps.ndim)
    return _scaled(own, factor, None if bias is None else _per_channel(bias, maps.ndim))


def layer_norm(
    values: Num[np.ndarray, "*shape"],
    axes: Sequence[int],
    weight: Num[np.ndarray, "..."] | None = None,
    bias: Num[np.ndarray, "..."] | None = None,
    eps: float = 1e-5,
) -> Float[np.ndarray, "*shape"]:
    """Give (x − mean) / √(var + eps) · weight + bias, with mean and variance along the axes.

    Args:
        weight: 1 when None, else of a shape that stretches to that of the values.
        bias: 0 when None, likewise.

    Source: Ba, Kiros & Hinton 2016, "Layer normalization", equations (3) and (4).
    """
    return _scaled(_standardised(values, tuple(axes), eps), weight, bias)


def _standardised(values: Num[np.ndarray, "*shape"], axes: tuple[int, ...], eps: float) -> Float[np.ndarray, "*shape"]:
    centred = values - values.mean(axis=axes, keepdims=True)
    return np.asarray(centred / np.sqrt((centred**2).mean(axis=axes, keepdims=True) + eps))


def _scaled(
    values: Float[np.ndarray, "*shape"],
    weight: Num[np.ndarray, "..."] | None,
    bias: Num[np.ndarray, "..."] | None,
) -> Float[np.ndarray, "*shape"]:
    values = values if weight is None else values * weight
    return values if bias is None else values + bias


def _per_channel(values: PerChannel, axes: int) -> Channels:
    return values.reshape(-1, *[1] * (axes - 1))
