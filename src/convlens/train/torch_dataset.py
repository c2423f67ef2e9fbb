"""A data set for anybody's own `torch.utils.data.DataLoader`, augmented as the project's own training does it."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor
from torch.utils import data

from convlens.augment.augmenter import Augmenter
from convlens.data.dataset import Dataset
from convlens.errors import SettingsError
from convlens.models.tensors import channel_statistics, tensors
from convlens.train.batches import collate

Sample: TypeAlias = tuple[Tensor, int]


class TorchDataset(data.Dataset[Sample]):
    """Pictures as (C, H, W) float32 tensors with their labels, changed anew in every epoch."""

    def __init__(
        self, dataset: Dataset, augment: Augmenter | None, seed: int, mean: Sequence[float], std: Sequence[float]
    ) -> None:
        self.dataset = dataset
        self.augment = augment
        self.seed = seed
        self.mean = tuple(mean)
        self.std = tuple(std)
        # Shared memory, so that workers that outlive an epoch (`persistent_workers`) hear of the next one too.
        self._epoch = torch.ones((), dtype=torch.int64)
        self._epoch.share_memory_()  # type: ignore[no-untyped-call]

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> Sample:
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: Sequence[int]) -> list[Sample]:
        """Give a batch of samples, all of them augmented in one call; a `DataLoader` asks for them here."""
        places = np.asarray([range(len(self))[int(one)] for one in indices], np.int64)
        batch = collate(self.dataset, places, self.augment, self.seed, self.epoch)
        return list(zip(tensors(batch.images, self.mean, self.std), batch.labels.tolist(), strict=True))

    @property
    def epoch(self) -> int:
        """The epoch that is drawn for; 1 as long as none was set, like the first of the project's own training."""
        return int(self._epoch.item())

    def set_epoch(self, epoch: int) -> None:
        """Draw for that epoch from now on; call it before each pass, also when the workers are persistent.

        Raises:
            SettingsError: the epoch is no whole number from 0 up.
        """
        given: object = epoch
        if not isinstance(given, int) or given < 0:
            raise SettingsError(f"an epoch is a whole number from 0 up, got {epoch!r}")
        self._epoch.fill_(epoch)

    @staticmethod
    def collate_fn(samples: Sequence[Sample]) -> tuple[Tensor, Tensor]:
        """Put samples together: (N, C, H, W) float32 tensors, and (N,) int64 labels."""
        pictures, labels = zip(*samples, strict=True)
        return torch.stack(pictures), torch.tensor(labels, dtype=torch.int64)


def as_torch_dataset(
    dataset: Dataset,
    augment: Augmenter | None = None,
    *,
    seed: int = 0,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
) -> TorchDataset:
    """Give a data set for a `DataLoader` of your own.

    The change of a picture depends on (seed, epoch, its position) alone: neither the batch size nor the number of
    workers nor the order makes a difference, and the project's own training draws the same.

        pictures = as_torch_dataset(splits.train, augment, seed=1)
        loader = DataLoader(pictures, batch_size=64, shuffle=True, num_workers=4, collate_fn=pictures.collate_fn)
        for epoch in range(1, 11):
            pictures.set_epoch(epoch)
            for images, labels in loader: ...

    Args:
        mean: subtracted per channel from values of 0–1; both left out, they are those of the data set.
        std: divided by, per channel.

    Raises:
        SettingsError: only one of `mean` and `std` is given, they do not fit the channels, or a `std` is not above 0.
    """
    if (mean is None) != (std is None):
        raise SettingsError("mean and std are wanted together, or neither of them")
    if mean is None or std is None:
        mean, std = channel_statistics(dataset.images)
    if len(mean) != dataset.channels or len(std) != dataset.channels or not min(std) > 0:
        raise SettingsError(
            f"mean and std want one number for each of {dataset.channels} channels, std above 0; "
            f"got mean={tuple(mean)!r}, std={tuple(std)!r}"
        )
    return TorchDataset(dataset, augment, seed, mean, std)
