"""Intervals: how far a share or a mean may lie from what these images show."""

from statistics import NormalDist

import numpy as np
from jaxtyping import Float64, Int64

from convlens.arrays import PerImage
from convlens.errors import SettingsError

# As many resampled values are held at once as 32 MiB take.
_HELD = 2**22


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
    if len(per_image) < 1 or not np.isfinite(per_image).all():
        raise SettingsError(f"an interval of a mean wants finite values of at least one image, got {len(per_image)}")
    _normal_quantile(level)
    values, counts = np.unique(per_image, return_counts=True)
    generator = np.random.default_rng(seed)
    means = np.empty(draws, np.float64)
    block = max(1, _HELD // len(values))
    for start in range(0, draws, block):
        size = min(block, draws - start)
        resampled = generator.multinomial(len(per_image), counts / len(per_image), size=size)
        means[start : start + size] = resampled @ values / len(per_image)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _normal_quantile(level: float) -> float:
    if not 0 < level < 1:
        raise SettingsError(f"the level of an interval lies between 0 and 1, like 0.95, got {level!r}")
    return NormalDist().inv_cdf((1 + level) / 2)
