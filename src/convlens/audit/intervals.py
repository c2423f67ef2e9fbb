"""Intervals: how far a share or a mean may lie from what these images show."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float64, Int64

from convlens.arrays import Mask, PerImage
from convlens.audit.blocks import blocks
from convlens.errors import SettingsError

PerImages: TypeAlias = Float64[np.ndarray, "n k"]
"""Several values per image."""

Drawn: TypeAlias = Float64[np.ndarray, "draws k"]
"""The means of several columns in each resample."""

Results: TypeAlias = Float64[np.ndarray, "draws results"]
"""What is computed from them in each resample."""

Ends: TypeAlias = Float64[np.ndarray, " k"]
ResultEnds: TypeAlias = Float64[np.ndarray, " results"]


@dataclass(frozen=True)
class Estimate:
    """A number and its 95 % interval; an infinite one lies beyond whatever was tried."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Column:
    """One value for each cell, ring or class, with the two ends of its interval."""

    values: Float64[np.ndarray, " s"]
    low: Float64[np.ndarray, " s"]
    high: Float64[np.ndarray, " s"]

    def __getitem__(self, place: int) -> Estimate:
        return Estimate(float(self.values[place]), float(self.low[place]), float(self.high[place]))


def wilson(
    successes: int | Int64[np.ndarray, "*cells"], count: int, level: float = 0.95
) -> tuple[Float64[np.ndarray, "*cells"], Float64[np.ndarray, "*cells"]]:
    """Give the two ends of the Wilson score interval of a share, for each number of successes.

    Args:
        successes: how many of `count` independent trials (images, not cells) succeeded.
        level: how often, in the long run, such an interval holds the true share.

    Raises:
        SettingsError: no trials, more successes than trials, or a level outside (0, 1).

    Source: Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
    """
    hits = np.asarray(successes, np.float64)
    if count < 1 or (hits < 0).any() or (hits > count).any():
        raise SettingsError(f"an interval wants at least one image and from 0 to count successes, got {count!r} images")
    z = _normal_quantile(level)
    share = hits / count
    centre = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    reach = z / (1 + z**2 / count) * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    # At the two extremes the formula gives exactly 0 and 1; rounding must not push past them.
    low = np.where(hits == 0, 0.0, centre - reach)
    high = np.where(hits == count, 1.0, centre + reach)
    return low, high


def bootstrap_mean(
    per_image: PerImage, level: float = 0.95, *, draws: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """Give the percentile interval of a mean by drawing the images anew, with replacement.

    A resample is settled by how often each *distinct* value comes, and these counts are multinomial: the same law as
    drawing image by image, at the cost of the distinct values (at most 122 for a share of 121 cells).

    Args:
        per_image: one value per image; the image is the unit, for its cells depend on one another.
        draws: number of resamples.
        seed: the same seed gives the same interval.

    Raises:
        SettingsError: no images, a value that is not finite, or a level outside (0, 1).

    Source: Efron & Tibshirani, An Introduction to the Bootstrap (1993), section 13.3.
    """
    _require_finite(per_image)
    _normal_quantile(level)
    values, counts = np.unique(per_image, return_counts=True)
    generator = np.random.default_rng(seed)
    means = np.empty(draws, np.float64)
    for block in blocks(draws, len(values)):
        resampled = generator.multinomial(len(per_image), counts / len(per_image), size=block.stop - block.start)
        means[block] = resampled @ values / len(per_image)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def bootstrap_means(
    per_image: PerImages, level: float = 0.95, *, draws: int = 2000, seed: int = 0
) -> tuple[Ends, Ends]:
    """Give the percentile intervals of the means of many columns at once; the same images are drawn for all of them.

    Raises:
        SettingsError: no images, a value that is not finite, or a level outside (0, 1).
    """
    return percentiles(resampled_means(per_image, draws=draws, seed=seed), level)


def bootstrap_of(
    statistic: Callable[[Drawn], Results],
    per_image: PerImages,
    level: float = 0.95,
    *,
    draws: int = 2000,
    seed: int = 0,
) -> tuple[ResultEnds, ResultEnds]:
    """Give the percentile intervals of what is computed from the means of columns, such as a ratio or the lowest.

    Args:
        statistic: from the columns' means, a row for each resample, to as many rows of results. Results may be
            infinite, which is "beyond what was tried", or NaN, which widens the interval at both ends.

    Raises:
        SettingsError: no images, a value that is not finite, or a level outside (0, 1).
    """
    return percentiles(statistic(resampled_means(per_image, draws=draws, seed=seed)), level)


def resampled_means(per_image: PerImages, *, draws: int = 2000, seed: int = 0) -> Drawn:
    """Give the means of columns in resamples of the images, drawn with replacement.

    The draws depend on the seed and on the number of images alone: two calls with other columns of the same images draw
    the same resamples, so that the difference of their results is that of a paired bootstrap.

    Raises:
        SettingsError: no images, or a value that is not finite.
    """
    _require_finite(per_image)
    count = len(per_image)
    generator = np.random.default_rng(seed)
    means = np.empty((draws, per_image.shape[1]), np.float64)
    for block in blocks(draws, count):
        rows = block.stop - block.start
        drawn = generator.integers(0, count, (rows, count))
        drawn += count * np.arange(rows)[:, None]
        times = np.bincount(drawn.ravel(), minlength=rows * count).reshape(rows, count)
        means[block] = times.astype(np.float64) @ per_image / count
    return means


def percentiles(drawn: Drawn, level: float = 0.95) -> tuple[Ends, Ends]:
    """Give the two ends between which the middle `level` of each column lies; always values that were drawn.

    Nothing is averaged, so that infinite values are possible; NaN counts as lowest at the low end, highest at the high.

    Raises:
        SettingsError: a level outside (0, 1).
    """
    _normal_quantile(level)
    last = len(drawn) - 1
    place = int((1 - level) / 2 * last)
    unknown = np.isnan(drawn)
    low: Ends = np.partition(np.where(unknown, -np.inf, drawn), place, axis=0)[place]
    high: Ends = np.partition(np.where(unknown, np.inf, drawn), last - place, axis=0)[last - place]
    return low, high


def share_of(hits: Mask) -> Estimate:
    """Give the share of images that are hit, with its Wilson interval."""
    return shares_of(hits[:, None])[0]


def shares_of(hits: Bool[np.ndarray, "n s"]) -> Column:
    """Give the share of images that are hit in each column, with its Wilson interval."""
    low, high = wilson(hits.sum(axis=0), len(hits))
    return Column(hits.mean(axis=0), low, high)


def means_of(per_image: PerImages, *, shares: bool = True) -> Column:
    """Give the mean of each column, with its bootstrap interval.

    Args:
        shares: the values are shares of something within an image, from 0 to 1. A column that is 1 for every image
            then has Wilson's interval, as has one that is 0: that no image drawn from these differs does not mean that
            none does.
    """
    values = per_image.mean(axis=0)
    low, high = bootstrap_means(per_image)
    if shares:
        least, most = wilson(np.array([0, len(per_image)]), len(per_image))
        low = np.where((per_image == 1).all(axis=0), least[1], low)
        high = np.where((per_image == 0).all(axis=0), most[0], high)
    # the mean of equal values may differ from each of them in the last digit
    return Column(values, np.minimum(low, values), np.maximum(high, values))


def finite(number: float) -> float | None:
    """Give a number for JSON, which knows no infinity: None says "beyond what was tried", or "not to be known"."""
    return number if math.isfinite(number) else None


def _require_finite(per_image: Float64[np.ndarray, "*shape"]) -> None:
    if len(per_image) < 1 or not np.isfinite(per_image).all():
        raise SettingsError(f"an interval of a mean wants finite values of at least one image, got {len(per_image)}")


def _normal_quantile(level: float) -> float:
    if not 0 < level < 1:
        raise SettingsError(f"the level of an interval lies between 0 and 1, like 0.95, got {level!r}")
    return NormalDist().inv_cdf((1 + level) / 2)
