"""How sure a model is in each cell of a sweep; computed block by block, so that a thousand classes fit in memory."""

from typing import TypeAlias

import numpy as np
from jaxtyping import Float64

from convlens.audit.blocks import blocks
from convlens.audit.levelled import Levelled

PerCell: TypeAlias = Float64[np.ndarray, "n s"]
"""One value for each image in each cell."""


def true_probabilities(sweep: Levelled) -> PerCell:
    """Give the probability of the right class for each image in each cell: its softmax, computed in float32."""
    count, cells, classes = sweep.logits.shape
    found = np.empty((count, cells), np.float64)
    for block in blocks(count, cells * classes):
        logits = sweep.logits[block]
        exponentials = np.exp(logits - logits.max(axis=2, keepdims=True))
        own = np.take_along_axis(exponentials, sweep.labels[block, None, None], axis=2)[..., 0]
        found[block] = own / exponentials.sum(axis=2)
    return found


def margins(sweep: Levelled) -> PerCell:
    """Give the margin of each image's unchanged answer in each cell: its logit minus the best one among the others.

    It is positive where the answer still holds and negative where it has flipped; its unit is the model's own.
    """
    count, cells, classes = sweep.logits.shape
    found = np.empty((count, cells), np.float64)
    for block in blocks(count, cells * classes):
        others = np.array(sweep.logits[block])
        answer = np.broadcast_to(sweep.labels_at[block, sweep.origin, None, None], (*others.shape[:2], 1))
        own = np.take_along_axis(others, answer, axis=2)[..., 0].astype(np.float64)
        np.put_along_axis(others, answer, -np.inf, axis=2)
        found[block] = own - others.max(axis=2)
    return found
