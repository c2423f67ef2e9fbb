"""The data sets that have names. To add one: one function from `Request` to `Splits` under `@dataset`."""

import functools
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import platformdirs

from convlens.arrays import Images, Labels
from convlens.data import fashion, xo
from convlens.data.dataset import Dataset, Splits
from convlens.errors import SettingsError
from convlens.registry import Registry

DATA_VARIABLE = "CONVLENS_DATA"
"""The environment variable that may name the folder with the data sets' files."""


@dataclass(frozen=True)
class Request:
    """What a user may ask of a named data set.

    Args:
        data_dir: a folder to look into first.
        seed: for what is drawn.
        count: how many images to draw; None leaves it to the data set.
    """

    data_dir: Path | None = None
    seed: int = 0
    count: int | None = None


Load: TypeAlias = Callable[[Request], Splits]


@dataclass(frozen=True)
class Source:
    """A named data set, as it is listed.

    Args:
        contents: how many images it has, in words.
        drawn: whether any count of images can be asked for.
    """

    name: str
    summary: str
    contents: str
    size: tuple[int, int]
    channels: int
    class_names: tuple[str, ...]
    licence: str
    drawn: bool
    load: Load


DATASETS: Registry[Source] = Registry("data set", "convlens data list")


def dataset(
    name: str,
    *,
    summary: str,
    contents: str,
    size: tuple[int, int],
    channels: int,
    class_names: tuple[str, ...],
    licence: str,
    drawn: bool = False,
) -> Callable[[Load], Load]:
    """Register the decorated function as the data set `name`."""

    def register(load: Load) -> Load:
        DATASETS.add(name)(Source(name, summary, contents, size, channels, class_names, licence, drawn, load))
        return load

    return register


def cache_folder() -> Path:
    """Give the folder where downloads are kept."""
    return platformdirs.user_cache_path("convlens")


@dataset(
    "fashion-mnist",
    summary="pictures of clothes, shoes and bags from a shop's catalogue",
    contents="60,000 + 10,000",
    size=(28, 28),
    channels=1,
    class_names=fashion.CLASS_NAMES,
    licence="MIT, Zalando SE",
)
def fashion_mnist(request: Request) -> Splits:
    """Read the official split, and download it when it is nowhere on this machine."""
    named = os.environ.get(DATA_VARIABLE)
    data_dir = request.data_dir or (Path(named).expanduser() if named else None)
    arrays, place, notes = fashion.find_fashion_mnist(data_dir, cache_folder() / "fashion-mnist")
    train, test = (fashion.as_dataset(arrays, split, "fashion-mnist") for split in ("train", "test"))
    return Splits(train, None, test, place, notes)


@dataset(
    "fashion-mnist-mini",
    summary="a tenth of fashion-mnist, built in",
    contents="6,000 + 1,000",
    size=(28, 28),
    channels=1,
    class_names=fashion.CLASS_NAMES,
    licence="MIT, Zalando SE",
)
def fashion_mnist_mini(_request: Request) -> Splits:
    """Read the part of Fashion-MNIST that is shipped with the package."""
    arrays = fashion.mini_arrays()
    train, test = (fashion.as_dataset(arrays, split, "fashion-mnist-mini") for split in ("train", "test"))
    return Splits(train, None, test, "built in")


@dataset(
    "xo",
    summary="drawn letters X and O in many places, sizes and slants",
    contents="any number; 3,000 unless told",
    size=(28, 28),
    channels=1,
    class_names=xo.CLASS_NAMES,
    licence="made here",
    drawn=True,
)
def letters_xo(request: Request) -> Splits:
    """Draw `count` letters: eight tenths for training, a tenth for validation, a tenth for the test."""
    count = 3000 if request.count is None else request.count
    if count < 20:
        raise SettingsError(f"at least 20 letters are drawn, two for each tenth, not {count!r}")
    images, labels = _letters(request.seed, count)
    tenth = count // 10
    bounds = {
        "train": (0, count - 2 * tenth),
        "validation": (count - 2 * tenth, count - tenth),
        "test": (count - tenth, count),
    }
    train, validation, test = (
        Dataset(images[start:stop], labels[start:stop], xo.CLASS_NAMES, "xo", split)
        for split, (start, stop) in bounds.items()
    )
    return Splits(train, validation, test, f"drawn with seed {request.seed}")


@functools.lru_cache(maxsize=4)
def _letters(seed: int, count: int) -> tuple[Images, Labels]:
    """Remember what was drawn, for train and audit in one process; read-only, since several data sets share it."""
    images, labels = xo.letters(seed, np.arange(count))
    images.setflags(write=False)
    labels.setflags(write=False)
    return images, labels
