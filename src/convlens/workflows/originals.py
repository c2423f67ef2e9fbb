"""Pictures to be changed one by one, each in its own size: files below a folder, or a data set's training pictures."""

import glob
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from convlens.arrays import Image, Indices, Labels
from convlens.data.dataset import Dataset
from convlens.data.decoding import UnreadableError, read_header, read_pixels
from convlens.data.fitting import Fit, as_size, fitted
from convlens.data.listing import SPLIT_FOLDERS, list_glob, pictures_below
from convlens.data.load import load
from convlens.data.sources import DATASETS
from convlens.data.strata import stratified
from convlens.errors import DataError, UnknownNameError
from convlens.registry import near_names
from convlens.rng import keys_of

_FILE_NAME = frozenset(" ._+-@()")


@dataclass(frozen=True)
class Original:
    """A picture that can be read.

    Attributes:
        name: where it lies, from its source on, such as "cats/cat.7.jpg"; a data set's picture gets such a name.
        number: what its changes are drawn by: a data set's picture keeps its place there, a file has a digest of its
            name, so that it is changed alike whatever lies beside it.
        group: its class, as a number.
        read: gives its pixels, or raises `UnreadableError`.
        area_px: how large it is before it is read, 0 where that cannot be told.
    """

    name: str
    number: int
    group: int
    read: Callable[[], Image]
    area_px: Callable[[], int]


@dataclass(frozen=True)
class Originals:
    """The pictures of a source.

    Attributes:
        root: the folder that names begin at; None for a data set.
        notes: sentences the user should see.
    """

    pictures: tuple[Original, ...]
    root: Path | None
    notes: tuple[str, ...] = ()

    def some(self, count: int, seed: int) -> "Originals":
        """Choose at most `count`, every class its share, in their order."""
        labels: Labels = np.array([one.group for one in self.pictures], np.int64)
        numbers: Indices = np.array([one.number for one in self.pictures], np.int64)
        chosen = stratified(labels, keys_of(seed, "take", 0, numbers), count)
        return Originals(tuple(self.pictures[place] for place in chosen), self.root, self.notes)


def originals(source: str | Path, *, size: int | None = None, fit: Fit = "crop", seed: int = 0) -> Originals:
    """Find the pictures of a file, of a folder with all below it, of a quoted glob, or of a named data set.

    Args:
        size: brings every picture to this side; None keeps its own size.
        seed: draws "xo".

    Raises:
        UnknownNameError: there is no such place or name.
        DataError: there are no pictures in it.
    """
    if isinstance(source, str) and source in DATASETS:
        return _of_dataset(load(source, size=size, fit=fit, seed=seed).train)
    place = Path(source).expanduser()
    if place.is_file():
        return _of_files([place], place.parent, size, fit)
    if place.is_dir():
        if not (paths := pictures_below(place)):
            raise DataError(f"{str(source)!r} holds no pictures (JPEG, PNG, WebP, BMP, GIF, TIFF); name another folder")
        return _of_files(paths, place, size, fit)
    if glob.has_magic(str(source)):
        listing = list_glob(str(place))
        return _of_files([one.path for one in listing.found], listing.root, size, fit)
    raise UnknownNameError(
        f"there is no picture or folder {str(source)!r} and no data set of that name"
        f"{near_names(str(source), list(DATASETS))} (data sets: {', '.join(DATASETS)})"
    )


def _of_files(paths: list[Path], root: Path, size: int | None, fit: Fit) -> Originals:
    names = [path.relative_to(root).as_posix() for path in paths]
    folders = sorted({path.parent for path in paths})
    pictures = tuple(
        Original(name, _number(name), folders.index(path.parent), partial(_read, path, size, fit), partial(_area, path))
        for name, path in zip(names, paths, strict=True)
    )
    heads = {Path(name).parts[0] for name in names}
    held_out = sorted(head for head in heads if SPLIT_FOLDERS.get(head.lower(), "train") != "train")
    if not held_out:
        return Originals(pictures, root)
    which = " and ".join(held_out)
    note = f"the pictures of {which} are augmented too; name the train folder alone if only these should be"
    return Originals(pictures, root, (note,))


def _of_dataset(dataset: Dataset) -> Originals:
    folders = ["".join(c if c.isalnum() or c in _FILE_NAME else "-" for c in name) for name in dataset.class_names]
    area = dataset.size[0] * dataset.size[1]
    return Originals(
        tuple(
            Original(f"{folders[label]}/{number:05}.png", number, label, partial(_row, dataset, number), lambda: area)
            for number, label in enumerate(dataset.labels.tolist())
        ),
        None,
        (f"these are the training pictures of {dataset.name}",),
    )


def _number(name: str) -> int:
    digest = hashlib.blake2b(name.encode(errors="surrogateescape"), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def _read(path: Path, size: int | None, fit: Fit) -> Image:
    channels = 1 if read_header(path).grey else 3
    if size is None:
        return read_pixels(path, channels)
    wanted = as_size(size)
    return fitted(read_pixels(path, channels, 2 * max(wanted)), wanted, fit)


def _area(path: Path) -> int:
    try:
        height, width = read_header(path).size
    except UnreadableError:
        return 0
    return height * width


def _row(dataset: Dataset, number: int) -> Image:
    image: Image = dataset.images[number]
    return image
