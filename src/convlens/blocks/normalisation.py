"""Batch normalisation as it is once training is over: a scale and a shift per channel."""

import numpy as np
from jaxtyping import Float, Num

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


def _per_channel(values: PerChannel, axes: int) -> Channels:
    return values.reshape(-1, *[1] * (axes - 1))
