"""The one door to all images: a registered name, a folder, a pattern, or an archive."""

import glob
from dataclasses import replace
from pathlib import Path
from typing import get_args

from convlens.data.archives import archive_splits, is_archive
from convlens.data.dataset import Dataset, Splits
from convlens.data.fitting import Fit, all_fitted, as_size, with_channels
from convlens.data.folders import load_pictures
from convlens.data.listing import list_folder, list_glob
from convlens.data.pictures import Progress
from convlens.data.sources import DATASETS, Request
from convlens.errors import DataError, SettingsError, UnknownNameError
from convlens.registry import near_names


def load(
    source: str | Path,
    *,
    size: int | tuple[int, int] | None = None,
    channels: int | None = None,
    fit: Fit = "crop",
    data_dir: Path | None = None,
    seed: int = 0,
    max_bad: float = 0.01,
    count: int | None = None,
    progress: Progress | None = None,
) -> Splits:
    """Load a data set.

    Args:
        source: a registered name ("xo"; the folder of that name is "./xo"), a folder with one folder of pictures
            per class, with or without train, val and test folders above them, a folder of class@anything.png
            files, a pattern that matches class folders or pictures, or an .npz archive of images and labels.
        size: the side in pixels, or (height, width); None keeps what a named data set has, and the size that all
            pictures of a folder share up to 224 pixels, else 64.
        channels: 1 or 3; None keeps what there is.
        fit: how a picture of other proportions comes to `size`: "crop" to the middle, "pad" with black, "stretch".
        data_dir: where the files of a named data set are looked for first.
        seed: draws "xo", and shares out pictures that have no train, validation and test of their own.
        max_bad: the share of unreadable pictures that is left out and noted; more of them are an error.
        count: how many images are drawn, for "xo".
        progress: wraps the reading of pictures to show it.

    Raises:
        UnknownNameError: `source` is no name, no path and matches nothing.
        DataError: the images are missing, damaged, or no classification data set.
        SettingsError: an argument is out of range.
    """
    _check(channels, fit, max_bad)
    wanted = None if size is None else as_size(size)
    if isinstance(source, str) and source in DATASETS:
        entry = DATASETS[source]
        if count is not None and not entry.drawn:
            raise SettingsError(
                f"{source} has a fixed number of images, {entry.contents}; take {count!r} of them instead"
            )
        splits = entry.load(Request(None if data_dir is None else data_dir.expanduser(), seed, count))
        return _all_adapted(replace(splits, reference=source), wanted, channels, fit)
    path = Path(source).expanduser()
    if count is not None:
        raise SettingsError(
            f"a count is for drawn data sets like 'xo'; take {count!r} of the pictures in {str(source)!r}"
        )
    if is_archive(path) and path.is_file():
        return _all_adapted(replace(archive_splits(path, seed), reference=str(source)), wanted, channels, fit)
    if path.exists():
        listing = list_folder(path)
    elif isinstance(source, str) and glob.has_magic(source):
        listing = list_glob(str(path))
    elif isinstance(source, str):
        raise UnknownNameError(
            f"there is no path {source!r} and no data set of that name{near_names(source, list(DATASETS))} "
            f"(data sets: {', '.join(DATASETS)})"
        )
    else:
        raise DataError(f"there is no folder {str(source)!r}; give a folder with one folder of pictures per class")
    splits = load_pictures(
        listing,
        path.resolve().name if path.exists() else _pattern_name(path),
        str(path),
        size=wanted,
        channels=channels,
        fit=fit,
        seed=seed,
        max_bad=max_bad,
        progress=progress,
    )
    return replace(splits, reference=str(source))


def _pattern_name(pattern: Path) -> str:
    """Name a pattern from the last folder before its first wildcard on: "pets/*/*.jpg"."""
    wild = next(place for place, part in enumerate(pattern.parts) if glob.has_magic(part))
    return "/".join(pattern.parts[max(0, wild - 1) :])


def _check(channels: int | None, fit: str, max_bad: float) -> None:
    if channels not in {None, 1, 3}:
        raise SettingsError(f"1 or 3 channels are wanted, not {channels!r}")
    if fit not in get_args(Fit):
        raise SettingsError(f"a fit is one of {', '.join(get_args(Fit))}, not {fit!r}")
    if not 0 <= max_bad <= 1:
        raise SettingsError(f"the share of unreadable pictures lies between 0 and 1, not at {max_bad!r}")


def _all_adapted(splits: Splits, size: tuple[int, int] | None, channels: int | None, fit: Fit) -> Splits:
    train, validation, test = (
        None if part is None else _adapted(part, size or part.size, channels or part.channels, fit)
        for part in (splits.train, splits.validation, splits.test)
    )
    assert train is not None
    return replace(splits, train=train, validation=validation, test=test)


def _adapted(part: Dataset, size: tuple[int, int], channels: int, fit: Fit) -> Dataset:
    return replace(part, images=all_fitted(with_channels(part.images, channels), size, fit))
