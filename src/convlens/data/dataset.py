"""What everything downstream gets: images, labels and names in one frozen value."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from convlens.arrays import Images, Indices, Labels
from convlens.data.strata import stratified
from convlens.errors import DataError, SettingsError, ShapeError
from convlens.rng import keys_of


@dataclass(frozen=True)
class LeftOut:
    """A picture that could not be read, and why."""

    path: str
    reason: str


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images with their labels; label k is the class `class_names[k]`.

    Args:
        name: the registered name or the folder it came from.
        split: "train", "validation" or "test".
        left_out: the pictures of this split that could not be read.

    Raises:
        ShapeError: `images` and `labels` differ in length.
        DataError: a label has no class name.
    """

    images: Images
    labels: Labels
    class_names: tuple[str, ...]
    name: str
    split: str
    left_out: tuple[LeftOut, ...] = ()

    def __post_init__(self) -> None:
        if len(self.images) != len(self.labels):
            raise ShapeError(f"{self.name}: one label per image is wanted, not {len(self.labels)} for {len(self)}")
        if len(self) and not 0 <= self.labels.min() <= self.labels.max() < len(self.class_names):
            raise DataError(
                f"{self.name}: labels run from {self.labels.min()} to {self.labels.max()}, "
                f"but there are {len(self.class_names)} class names"
            )

    def __len__(self) -> int:
        return len(self.images)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.images.shape[1], self.images.shape[2]

    @property
    def channels(self) -> int:
        """1 for grey, 3 for colour."""
        return int(self.images.shape[3])

    def take(self, count: int, seed: int = 0) -> "Dataset":
        """Keep `count` images, each class its share, in their original order.

        Raises:
            DataError: there are fewer images.
        """
        return self.select(self.taken(count, seed))

    def taken(self, count: int, seed: int = 0) -> Indices:
        """Give the places of the images that `take` keeps.

        Every class keeps at least one image while `count` allows it. With one seed a smaller take lies within a
        larger one, so that "how much data is enough" compares like with like.

        Raises:
            DataError: there are fewer images.
        """
        if count < 1:
            raise SettingsError(f"at least one image must be taken, not {count!r}")
        if count > len(self):
            raise DataError(f"{count:,} images were wanted, but {self.name} has {len(self):,} for {self.split}")
        return stratified(self.labels, keys_of(seed, "take", 0, np.arange(len(self))), count)

    def select(self, indices: Indices | Sequence[int]) -> "Dataset":
        """Keep the images at `indices`, in that order."""
        chosen = np.asarray(indices, np.int64)
        return replace(self, images=self.images[chosen], labels=self.labels[chosen])

    def counts(self) -> dict[str, int]:
        """Count the images of each class, by name."""
        numbers = np.bincount(self.labels, minlength=len(self.class_names))
        return dict(zip(self.class_names, numbers.tolist(), strict=True))

    @cached_property
    def manifest_hash(self) -> str:
        """SHA-256 of what a network can see: class names, labels, image shape and pixels; not the name or split."""
        head = json.dumps([list(self.class_names), list(self.images.shape)]).encode()
        digest = hashlib.sha256(head + b"\n")
        digest.update(np.ascontiguousarray(self.labels, "<i8").data)
        digest.update(np.ascontiguousarray(self.images).data)
        return digest.hexdigest()


@dataclass(frozen=True)
class Splits:
    """A data set's parts; `validation` or `test` is None when the data set has no such pictures.

    Args:
        source: where the images were found.
        notes: sentences the user should see (what was left out, what was split off).
        reference: what `load` takes to find them again, "" for splits that were made in memory.
        test_drawn: whether the test pictures were picked here, because the data set itself sets none apart.
    """

    train: Dataset
    validation: Dataset | None
    test: Dataset | None
    source: str
    notes: tuple[str, ...] = ()
    reference: str = ""
    test_drawn: bool = False

    def parts(self) -> tuple[Dataset, ...]:
        """Give the parts that are there, in the order train, validation, test."""
        return tuple(part for part in (self.train, self.validation, self.test) if part is not None)
