"""Tests: may what these images show be chance? Exact ones where there is one, and an adjustment for several at once."""

import numpy as np
from jaxtyping import Float64, Int64
from scipy.special import bdtr, betaln, gammaln, stdtr, stdtrit  # type: ignore[import-untyped]

from convlens.arrays import PerImage


def even_odds(one: int, other: int, *, mid_p: bool = False) -> float:
    """Give the two-sided exact p of "one and other are equally likely", from how often each came.

    Args:
        mid_p: count what was observed half; the exact test is a little too careful, this one hardly ever too bold.
    """
    count, fewer = one + other, min(one, other)
    if count == 0:
        return 1.0
    p = 1.0 if one == other else min(1.0, 2 * float(bdtr(fewer, count, 0.5)))
    if not mid_p:
        return p
    # the binomial coefficient by way of the beta function, which does not overflow
    observed = float(np.exp(-betaln(one + 1, other + 1) - np.log(count + 1) - count * np.log(2)))
    return p - (observed / 2 if one == other else observed)


def sign_test(differences: PerImage) -> float:
    """Give the two-sided exact p of "a difference is as often above 0 as below"; those that are 0 say nothing.

    Source: Conover, Practical Nonparametric Statistics, 3rd ed. (1999), section 3.4.
    """
    return even_odds(int((differences > 0).sum()), int((differences < 0).sum()))


def fisher(table: Int64[np.ndarray, "2 2"]) -> float:
    """Give the two-sided exact p of "both rows have equal shares", summed over all tables no more probable than this.

    Source: Fisher, Statistical Methods for Research Workers, 5th ed. (1934), section 21.02.
    """
    (first, second), (hits, misses), whole = table.sum(axis=1), table.sum(axis=0), table.sum()
    possible = np.arange(max(0, hits - second), min(hits, first) + 1)
    # by logarithms of factorials, so that ten thousand images do not overflow
    terms = (possible, hits - possible, first - possible, second - hits + possible)
    logs = -sum(gammaln(term + 1.0) for term in terms)
    logs += sum(gammaln(term + 1.0) for term in (first, second, hits, misses)) - gammaln(whole + 1.0)
    observed = logs[table[0, 0] - possible[0]]
    return min(1.0, float(np.exp(logs[logs <= observed + 1e-7]).sum()))


def mean_is_zero(values: PerImage) -> float:
    """Give the two-sided p of "the mean is 0" by Student's test; by the sign test where nothing varies.

    Source: Student, "The probable error of a mean", Biometrika 6 (1908).
    """
    if len(values) < 2 or np.ptp(values) < 1e-12:
        return sign_test(np.round(values, 12))
    freedom = len(values) - 1
    t = values.mean() / (values.std(ddof=1) / np.sqrt(len(values)))
    return min(1.0, 2 * float(stdtr(freedom, -abs(t))))


def student_quantile(freedom: float, level: float = 0.95) -> float:
    """Give how many standard errors an interval reaches to each side."""
    return float(stdtrit(freedom, (1 + level) / 2))


def holm(p: Float64[np.ndarray, " k"]) -> Float64[np.ndarray, " k"]:
    """Adjust p-values for having looked at several, so that one of at most 0.05 is rarely a false alarm.

    Whatever the number of tests, and however they depend on one another, any false alarm at all comes in 5 of 100 cases
    at most.

    Source: Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statistics 6 (1979).
    """
    order = np.argsort(p, kind="stable")
    steps = p[order] * np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p), np.float64)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted
