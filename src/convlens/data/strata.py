"""Choosing so that each class keeps its share: pure functions of labels and one key per image."""

import numpy as np
from jaxtyping import Int64

from convlens.arrays import Keys, Labels

Parts = Int64[np.ndarray, " n"]


def stratified(labels: Labels, keys: Keys, count: int) -> Int64[np.ndarray, " count"]:
    """Choose `count` positions, each class in proportion to its size, in rising order.

    Each class queues by key; its k-th image (k = 0, 1, …) comes up at time (k + ½) / class size, the first one at
    once. The choice is the head of the joint queue, so a smaller count is always a subset of a larger one, which
    rounding by largest remainders does not grant.

    Source: M. L. Balinski and H. P. Young, Fair Representation, 2nd ed., appendix A (the method of Webster).
    """
    sizes = np.bincount(labels)[labels]
    ranks = _ranks(labels, keys)
    times = np.where(ranks == 0, -sizes, (ranks + 0.5) / sizes)
    return np.sort(np.lexsort((labels, times))[:count]).astype(np.int64)


def tenths(labels: Labels, keys: Keys, parts: int) -> Parts:
    """Cut off `parts` tenths of each class: part 1, 2, … for these, 0 for the rest.

    A tenth is rounded half up and is at least one image.
    """
    size_of_a_tenth = np.maximum(1, (np.bincount(labels) + 5) // 10)[labels]
    part = _ranks(labels, keys) // size_of_a_tenth + 1
    return np.where(part <= parts, part, 0).astype(np.int64)


def _ranks(labels: Labels, keys: Keys) -> Int64[np.ndarray, " n"]:
    """Give each image's place in its class, counted from 0 in the order of the keys."""
    order = np.lexsort((keys, labels))
    sizes = np.bincount(labels)
    starts = np.cumsum(sizes) - sizes
    ranks = np.empty(len(labels), np.int64)
    ranks[order] = np.arange(len(labels)) - starts[labels[order]]
    return ranks
