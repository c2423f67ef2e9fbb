"""Pictures in an `.npz` archive of NumPy's: `images`, and where they are known `labels` and `class_names`."""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from convlens.arrays import Images, Labels
from convlens.data.dataset import Dataset, Splits
from convlens.data.strata import tenths
from convlens.errors import DataError
from convlens.rng import keys_of

WANTED = (
    "images (N, H, W), (N, H, W, 1) or (N, H, W, 3) of uint8, and if they are known labels (N,) of whole numbers from "
    "0 and class_names (classes,) of text"
)


@dataclass(frozen=True, eq=False)
class Archive:
    """What an archive holds; `labels` is None when nobody says what the pictures show."""

    images: Images
    labels: Labels | None
    class_names: tuple[str, ...]


def is_archive(source: object) -> bool:
    """Say whether a source is an `.npz` file by its name."""
    return isinstance(source, str | Path) and str(source).lower().endswith(".npz")


def read_archive(path: Path) -> Archive:
    """Read the arrays of an archive; nothing in it is unpickled, so it can run no code.

    Raises:
        DataError: it is missing, damaged, or holds other arrays than these.
    """
    arrays = _arrays(path)
    images = _images(path, arrays)
    labels = arrays.get("labels")
    if labels is None:
        return Archive(images, None, ())
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or len(labels) != len(images):
        raise DataError(
            f"labels in {str(path)!r} must be one whole number for each of the {len(images):,} images, but they are "
            f"{labels.dtype} {labels.shape}"
        )
    if int(labels.min()) < 0:
        raise DataError(f"labels in {str(path)!r} must be counted from 0, but the lowest is {labels.min()}")
    names = arrays.get("class_names")
    if names is None:
        known = tuple(map(str, range(int(labels.max()) + 1)))
    elif names.ndim == 1 and names.dtype.kind == "U":
        known = tuple(map(str, names))
    else:
        raise DataError(
            f"class_names in {str(path)!r} must be a row of text, but they are {names.dtype} {names.shape}; "
            "write np.array(names, dtype=str)"
        )
    if len(known) < max(2, int(labels.max()) + 1) or len(set(known)) < len(known):
        raise DataError(
            f"class_names in {str(path)!r} must be different names for the labels 0 to {labels.max()}, and two at "
            f"least, but they are {', '.join(known)}"
        )
    return Archive(images, labels.astype(np.int64), known)


def archive_splits(path: Path, seed: int) -> Splits:
    """Share the pictures of an archive out: eight tenths for training, a tenth each for validation and test.

    Raises:
        DataError: it has no labels, or a class of fewer than three pictures.
    """
    archive = read_archive(path)
    if archive.labels is None:
        raise DataError(f"{str(path)!r} has no labels, so nothing can be learned or counted from it; add {WANTED}")
    counts = np.bincount(archive.labels, minlength=len(archive.class_names))
    if counts.min() < 3:
        name = archive.class_names[int(counts.argmin())]
        raise DataError(
            f"class {name!r} of {str(path)!r} has {counts.min()} pictures, and at least 3 are wanted, one for each "
            "split; add pictures, or remove the class"
        )
    part = tenths(archive.labels, keys_of(seed, "split", 0, np.arange(len(archive.labels))), 2)
    train, validation, test = (
        Dataset(archive.images[part == number], archive.labels[part == number], archive.class_names, path.stem, split)
        for number, split in enumerate(("train", "validation", "test"))
    )
    shares = f"{len(train):,} for train, {len(validation):,} for validation, {len(test):,} for test"
    notes = (f"pictures were shared out by their place in the archive and the seed: {shares}",)
    return Splits(train, validation, test, str(path), notes, test_drawn=True)


def _arrays(path: Path) -> dict[str, Any]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in ("images", "labels", "class_names") if name in archive.files}
    except OSError as error:
        raise DataError(f"could not read {str(path)!r}: {error.strerror or error}") from error
    except (ValueError, EOFError, zipfile.BadZipFile, AttributeError) as error:
        pickled = "allow_pickle" in str(error) or "pickle" in str(error).lower()
        reason = "it holds pickled objects, which could run code" if pickled else f"it is damaged or no .npz ({error})"
        raise DataError(f"{str(path)!r} is not read: {reason}; write it with np.savez and {WANTED}") from error


def _images(path: Path, arrays: dict[str, Any]) -> Images:
    images = arrays.get("images")
    if images is None:
        raise DataError(f"{str(path)!r} has no array called images; wanted are {WANTED}")
    shaped: Any = images[..., None] if images.ndim == 3 else images
    if images.dtype != np.uint8 or shaped.ndim != 4 or shaped.shape[3] not in (1, 3) or not len(images):
        raise DataError(
            f"images in {str(path)!r} are {images.dtype} {images.shape}; wanted are {WANTED}"
            + ("; scale them to 0–255 first" if images.dtype.kind == "f" else "")
        )
    found: Images = shaped
    return found
