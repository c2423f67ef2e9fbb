"""Numbers of bell curves for every pixel, by a table of quantiles.

Sixteen random bits choose one of 65536 shares of equal probability, and the table holds the quantile in its middle. Far
out, where the shares get wide, a further random number chooses the place within the share.
"""

import functools
from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np
from jaxtyping import Float32, Float64
from scipy.special import ndtri  # type: ignore[import-untyped]

from convlens.augment.fields import Words, further_shares

Shares: TypeAlias = Float64[np.ndarray, " m"]
Quantiles: TypeAlias = Callable[[Shares], Float64[np.ndarray, " m"]]
"""The numbers ≤ 0 below which the given shares, up to ½, of a curve lie that is the same on both sides of 0."""

_SHARES = 65536
# So many shares at each end are the wide ones: of the normal curve, what lies beyond 3.3 standard deviations. The next
# ones are a hundredth of a standard deviation wide.
FAR = 32


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
    share = drawn.view(np.uint16).reshape(planes * count, width * 4)
    numbers: Float32[np.ndarray, "planes n places"] = cv2.LUT(share, quantile_table(quantiles)).reshape(
        planes, count, -1
    )
    # uint16 goes round, so both ends are one run.
    far = np.flatnonzero(share + np.uint16(FAR) < np.uint16(2 * FAR))
    if len(far):
        which = share.ravel()[far].astype(np.int64)
        upper = which >= _SHARES // 2
        size = quantiles((np.minimum(which, _SHARES - 1 - which) + further_shares(drawn, far)) / _SHARES)
        numbers.reshape(-1)[far] = np.where(upper, -size, size)
    return numbers


@functools.cache
def quantile_table(quantiles: Quantiles) -> Float32[np.ndarray, "65536"]:
    """Give the quantile in the middle of each share."""
    lower = quantiles((np.arange(_SHARES // 2) + 0.5) / _SHARES)
    return np.concatenate([lower, -lower[::-1]]).astype(np.float32)
