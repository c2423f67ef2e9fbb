"""The worst of several changes of each picture: what a robust training learns from.

Plain augmentation shows a picture at one drawn change per epoch, and most of these are changes that the network already
answers rightly. Here several are drawn, the network's loss is taken on each, and it is trained on the worst one: a step
of the minimisation of the expected *worst-case* loss, where the maximum is taken over a random sample.

Source: Engstrom et al., "Exploring the landscape of spatial robustness", ICML 2019, section 3.2 (worst-of-k, k = 10).
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32

from convlens.arrays import Images, Indices, Labels
from convlens.augment.augmenter import Augmenter
from convlens.data.dataset import Dataset
from convlens.errors import SettingsError
from convlens.train.batches import Batch, collate

Losses: TypeAlias = Float32[np.ndarray, " n"]


def worst_batch(
    losses: Callable[[Images, Labels], Losses],
    dataset: Dataset,
    indices: Indices,
    augment: Augmenter,
    seed: int,
    epoch: int,
    count: int,
) -> Batch:
    """Take pictures by position, each in that one of its `count` augmented versions that has the highest loss.

    Version j of a picture depends on (seed, epoch, position, j) alone, and version 0 is the one of plain training; of
    equal losses the first counts.

    Args:
        losses: each picture's loss under the network as it is; it must not change the network.
    """
    worst = collate(dataset, indices, augment, seed, epoch)
    highest = losses(worst.images, worst.labels)
    for candidate in range(1, count):
        other = collate(dataset, indices, augment, seed, epoch, candidate)
        found = losses(other.images, other.labels)
        worse = ~(found <= highest)  # so, a loss that is no number is the worst, and the loop tells of it
        worst.images[worse] = other.images[worse]
        highest[worse] = found[worse]
    return worst


def require_versions(count: int, augment: object) -> None:
    """Refuse to look for the worst of several versions that are all the same.

    Args:
        augment: an augmenter, or how it is spelled; None or "" changes nothing.

    Raises:
        SettingsError: more than one version is wanted, and nothing changes the pictures.
    """
    if count > 1 and not augment:
        raise SettingsError(
            f"the worst of {count} versions of each picture is wanted, but nothing changes the pictures; add an "
            "augmentation: --augment 'Affine(translate_px=(-5, 5))'"
        )
