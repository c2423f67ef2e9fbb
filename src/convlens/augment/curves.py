"""Numbers of bell curves for every pixel, by a table of quantiles.

Sixteen random bits choose one of 65,536 shares of equal probability, and the table holds the quantile in its middle: a
look-up costs a tenth of an inverse distribution function. No number lies further out than the middle of the last share,
which is 4.3 standard deviations of the normal curve.
"""

import functools
from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np
from jaxtyping import Float32, Float64
from scipy.special import ndtri  # type: ignore[import-untyped]

from convlens.augment.fields import Words

Shares: TypeAlias = Float64[np.ndarray, " m"]
Quantiles: TypeAlias = Callable[[Shares], Float64[np.ndarray, " m"]]
"""The numbers ≤ 0 below which the given shares, up to ½, of a curve lie that is the same on both sides of 0."""

_SHARES = 65536


def normal(shares: Shares) -> Shares:
    """Give the quantiles of the normal curve of standard deviation 1."""
    quantiles: Shares = ndtri(shares)
    return quantiles


def laplace(shares: Shares) -> Shares:
    """Give the quantiles of Laplace's curve of scale 1, whose density is exp(−|x|) / 2."""
    quantiles: Shares = np.log(2 * shares)
    return quantiles


def numbers_on(quantiles: Quantiles, drawn: Words) -> Float32[np.ndarray, "planes n places"]:
    """Give four numbers of a curve for each word."""
    planes, count, width = drawn.shape
    shares = drawn.astype("<u8", copy=False).view("<u2").reshape(planes * count, width * 4)
    numbers: Float32[np.ndarray, "planes n places"] = cv2.LUT(shares, quantile_table(quantiles)).reshape(
        planes, count, width * 4
    )
    return numbers


@functools.cache
def quantile_table(quantiles: Quantiles) -> Float32[np.ndarray, "65536"]:
    """Give the quantile in the middle of each share."""
    lower = quantiles((np.arange(_SHARES // 2) + 0.5) / _SHARES)
    return np.concatenate([lower, -lower[::-1]]).astype(np.float32)
