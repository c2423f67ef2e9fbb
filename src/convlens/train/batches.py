"""Which pictures make up which batch, and how a batch is put together."""

from dataclasses import dataclass

import numpy as np

from convlens.arrays import Images, Indices, Labels
from convlens.augment.augmenter import Augmenter
from convlens.data.dataset import Dataset
from convlens.errors import SettingsError
from convlens.rng import keys_of, permutation


@dataclass(frozen=True)
class Batch:
    """Pictures, their labels, and their places in the data set."""

    images: Images
    labels: Labels
    indices: Indices


def epoch_batches(count: int, batch_size: int, seed: int, epoch: int, parts: int = 1) -> list[Indices]:
    """Cut the shuffled positions 0 … count−1 into batches; a pure function of its arguments.

    A last batch too small to give each of `parts` devices two pictures joins the one before it: BatchNorm cannot learn
    from a single one.
    """
    order = permutation(seed, "order", epoch, count)
    starts = list(range(0, count, batch_size))
    if len(starts) > 1 and count - starts[-1] < 2 * parts:
        starts.pop()
    return [order[start:end] for start, end in zip(starts, [*starts[1:], count], strict=True)]


def collate(
    dataset: Dataset, indices: Indices, augment: Augmenter | None, seed: int, epoch: int, candidate: int = 0
) -> Batch:
    """Take pictures by position and augment the whole batch at once.

    The change of a picture depends on (seed, epoch, position, candidate) alone: not on its batch or its neighbours.

    Args:
        candidate: which of several changes of the same picture in the same epoch; 0 is the one of plain training.
    """
    images = dataset.images[indices]
    if augment is not None:
        purpose = f"augment {candidate}" if candidate else "augment"
        images = augment(images=images, keys=keys_of(seed, purpose, epoch, indices))
        if isinstance(images, list) or images.shape[1:] != dataset.images.shape[1:]:
            made = images[0].shape if len(images) else ()
            raise SettingsError(
                f"a network is trained on pictures of one size, but {augment!r} makes {made} of "
                f"{dataset.images.shape[1:]}; end it with Resize, or use settings that keep the size"
            )
    return Batch(np.ascontiguousarray(images), dataset.labels[indices], indices)
