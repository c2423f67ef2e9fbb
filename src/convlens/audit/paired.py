"""Two models on the same images: are they told apart, and by how much do their numbers differ?

The unit is the image, and each image is its own control: what both models find easy or hard cancels out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from convlens.arrays import Mask, PerImage
from convlens.audit.intervals import Column, Ends, Estimate, PerImages, bootstrap_means, wilson
from convlens.audit.significance import even_odds, student_quantile
from convlens.errors import SettingsError, ShapeError


@dataclass(frozen=True)
class McNemar:
    """In how many images two models succeed, and the p of "either is as likely to succeed where the other fails"."""

    both: int
    only_one: int
    only_other: int
    neither: int
    p: float


def mcnemar(one: Mask, other: Mask, *, mid_p: bool = False) -> McNemar:
    """Compare in how many images two models succeed by McNemar's exact test: only images that differ count.

    Args:
        one: the first model's success for each image.
        other: the second model's, for the same images.
        mid_p: count what was observed half, see `even_odds`.

    Source: McNemar, Psychometrika 12 (1947); for mid-p Fagerland, Lydersen & Laake, BMC Medical Research Methodology 13
    (2013), 91.
    """
    counts = (int((one & other).sum()), int((one & ~other).sum()), int((~one & other).sum()))
    return McNemar(*counts, len(one) - sum(counts), even_odds(counts[1], counts[2], mid_p=mid_p))


def paired_differences(one: PerImages, other: PerImages) -> Column:
    """Give the difference of two models' means, one − other, for each column, with its paired bootstrap interval.

    Args:
        one: the first model's values, shares from 0 to 1 within each image.
        other: the second model's, for the same images.

    Raises:
        ShapeError: they are not of equally many images and columns.
    """
    if one.shape != other.shape:
        raise ShapeError(f"a paired difference wants the same images twice, got {one.shape} and {other.shape}")
    differences = one - other
    return Column(differences.mean(axis=0), *widened(*bootstrap_means(differences), len(differences)))


def widened(low: Ends, high: Ends, count: int) -> tuple[Ends, Ends]:
    """Give ends of intervals of differences of shares; those without any width get what `count` images leave open.

    Where no image shows a difference a bootstrap can draw none. Yet up to Wilson's upper end for 0 of `count` images
    may differ, and each by 1 at most.
    """
    none_of_all = float(wilson(0, count)[1])
    flat = low == high
    return np.where(flat, np.maximum(low - none_of_all, -1), low), np.where(
        flat, np.minimum(high + none_of_all, 1), high
    )


def over_seeds(per_seed: Sequence[PerImage | Mask]) -> Estimate:
    """Give the mean over trainings of one method that differ in their seed, with the interval of that *method*.

    Images and seeds are both resampled, and every network saw the same images. The variance of such a bootstrap has a
    closed form, the sum of a seed part and an image part, which is taken in place of draws: with five seeds, their
    percentiles would hold the true mean in some 85 of 100 cases. The seed part is made free of its bias by S / (S − 1),
    and the reach is Student's, with Satterthwaite's degrees of freedom.

    Args:
        per_seed: for each seed one value per image, all of the same images in the same order. Where they are yes or no,
            the interval stays within 0 and 1, and is Wilson's when all of them are the same.

    Raises:
        SettingsError: fewer than two seeds: how far one lies from the next cannot be known from one.
        ShapeError: the seeds are not about equally many images, or about none.

    Source: Owen, "The pigeonhole bootstrap", Annals of Applied Statistics 1 (2007); Satterthwaite, Biometrics 2 (1946).
    """
    if len(per_seed) < 2:
        raise SettingsError(f"an interval over seeds wants two trainings or more, got {len(per_seed)}")
    if len({len(one) for one in per_seed}) > 1 or len(per_seed[0]) < 2:
        raise ShapeError(
            f"an interval over seeds wants the same images for each, got {', '.join(str(len(one)) for one in per_seed)}"
        )
    values: Float64[np.ndarray, "seeds n"] = np.stack([one.astype(np.float64) for one in per_seed])
    parts = [_variance_of_mean(values.mean(axis=1)), _variance_of_mean(values.mean(axis=0))]
    value, variance = float(values.mean()), sum(parts)
    hits = all(one.dtype == bool for one in per_seed)
    if hits and value in {0.0, 1.0}:
        low, high = wilson(int(value) * values.shape[1], values.shape[1])
        return Estimate(value, float(low), float(high))
    if variance == 0:
        return Estimate(value, value, value)
    freedom = variance**2 / sum(part**2 / (size - 1) for part, size in zip(parts, values.shape, strict=True))
    reach = student_quantile(freedom) * variance**0.5
    ends = (value - reach, value + reach)
    return Estimate(value, *(min(max(end, 0.0), 1.0) if hits else end for end in ends))


def _variance_of_mean(values: PerImage) -> float:
    return float(values.var(ddof=1)) / len(values)
