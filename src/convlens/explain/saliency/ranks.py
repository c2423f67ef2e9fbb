"""Rank correlation without scipy."""

import math

import numpy as np
from jaxtyping import Float64


def ranks(values: Float64[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
    """Give the rank of each value, the smallest 0; equal values share the mean of their ranks."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    means: Float64[np.ndarray, " k"] = ends - (counts + 1) / 2
    return np.asarray(means[place], np.float64)


def rank_correlation(one: Float64[np.ndarray, " n"], other: Float64[np.ndarray, " n"]) -> float:
    """Give Spearman's rank correlation, −1 to 1; NaN where one of the two says the same everywhere.

    Source: Spearman, "The proof and measurement of association between two things", 1904: Pearson's coefficient of the
    ranks.
    """
    first, second = ranks(one), ranks(other)
    first, second = first - first.mean(), second - second.mean()
    scale = math.sqrt(float(first @ first) * float(second @ second))
    return float(first @ second) / scale if scale else math.nan
