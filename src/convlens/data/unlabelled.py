"""Pictures of which nobody says what they show."""

import glob
from pathlib import Path

import numpy as np

from convlens.arrays import Images
from convlens.data.archives import is_archive, read_archive
from convlens.data.dataset import Dataset, LeftOut
from convlens.data.fitting import Fit, all_fitted, with_channels
from convlens.data.listing import list_glob, pictures_below
from convlens.data.pictures import Progress, read_pictures
from convlens.data.sources import DATASETS
from convlens.errors import DataError

UNKNOWN = "unknown"


def says_classes(source: str) -> bool:
    """Say whether a source tells what its pictures show: by name, by folders, by class@ in front, by labels."""
    path = Path(source).expanduser()
    if source in DATASETS or not path.exists():
        return True
    if is_archive(source):
        return read_archive(path).labels is not None
    visible = [one for one in path.iterdir() if not one.name.startswith(".")] if path.is_dir() else []
    return any(one.is_dir() or "@" in one.name for one in visible)


def load_unlabelled(
    source: str,
    *,
    size: tuple[int, int] | None,
    channels: int | None,
    fit: Fit = "crop",
    progress: Progress | None = None,
) -> Dataset:
    """Load all pictures of an archive, of a pattern, or below a folder, under the one class "unknown".

    Raises:
        DataError: there are none, or one in a hundred cannot be read.
    """
    path = Path(source).expanduser()
    if is_archive(source):
        images = read_archive(path).images
        recoloured = with_channels(images, channels or images.shape[3])
        return _as_dataset(all_fitted(recoloured, size or recoloured.shape[1:3], fit), path.stem)
    if not path.exists() and glob.has_magic(source):
        paths, name = [one.path for one in list_glob(str(path)).found], source
    else:
        paths, name = pictures_below(path) if path.is_dir() else [path], path.resolve().name
    if not paths or not paths[0].exists():
        raise DataError(f"there are no pictures in {source!r}; give a folder of them, a pattern, or an .npz archive")
    read = read_pictures(paths, size=size, channels=channels, fit=fit, max_bad=0.01, progress=progress)
    return _as_dataset(read.images, name, read.left_out)


def _as_dataset(images: Images, name: str, left_out: tuple[LeftOut, ...] = ()) -> Dataset:
    return Dataset(images, np.zeros(len(images), np.int64), (UNKNOWN,), name, "all", left_out)
