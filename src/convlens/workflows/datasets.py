"""What is in a data set? Read all of it, count it, draw some of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from convlens.data.dataset import Dataset, Splits
from convlens.data.fitting import Fit
from convlens.data.load import load
from convlens.data.pictures import Progress
from convlens.errors import SettingsError
from convlens.files import write_bytes
from convlens.report.pictures import atlas


@dataclass(frozen=True)
class Checked:
    """A data set that was read whole."""

    splits: Splits

    @property
    def parts(self) -> tuple[Dataset, ...]:
        """The splits there are: train, validation, test."""
        return tuple(part for part in (self.splits.train, self.splits.validation, self.splits.test) if part is not None)

    def to_json(self) -> dict[str, Any]:
        """Give everything as plain values."""
        return {
            "source": self.splits.source,
            "size": list(self.splits.train.size),
            "channels": self.splits.train.channels,
            "class_names": list(self.splits.train.class_names),
            "splits": {
                part.split: {
                    "count": len(part),
                    "counts": part.counts(),
                    "manifest_hash": part.manifest_hash,
                    "left_out": [{"path": one.path, "reason": one.reason} for one in part.left_out],
                }
                for part in self.parts
            },
            "notes": list(self.splits.notes),
        }


def check(
    data: str | Path,
    *,
    size: int | None = None,
    channels: int | None = None,
    fit: Fit = "crop",
    max_bad: float = 0.01,
    data_dir: Path | str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Checked:
    """Read every picture of a data set.

    Raises:
        ConvlensError: the pictures cannot be had or are no classification data set; the sentence says why.
    """
    folder = Path(data_dir) if data_dir else None
    return Checked(
        load(
            data,
            size=size,
            channels=channels,
            fit=fit,
            max_bad=max_bad,
            data_dir=folder,
            seed=seed,
            progress=progress,
        )
    )


def write_samples(splits: Splits, to: Path | str, *, per_class: int = 10, force: bool = False, seed: int = 0) -> Path:
    """Write a PNG with a row of training pictures for each class, in the order of the classes.

    Raises:
        SettingsError: the file exists and `force` is not given, or no pictures are asked for.
    """
    target = Path(to)
    if target.exists() and not force:
        raise SettingsError(f"{target} exists already; choose another name with --to, or add --force to replace it")
    if per_class < 1:
        raise SettingsError(f"at least one picture per class is drawn, got {per_class!r}")
    train = splits.train
    wanted = min(len(train), per_class * len(train.class_names))
    some = train.take(wanted, seed)
    grid = np.zeros((len(train.class_names), per_class, *train.images.shape[1:]), np.uint8)
    for label in range(len(train.class_names)):
        images = some.images[some.labels == label][:per_class]
        grid[label, : len(images)] = images
    write_bytes(target, atlas(grid.reshape(-1, *grid.shape[2:]), per_class))
    return target
