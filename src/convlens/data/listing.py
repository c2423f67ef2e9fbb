"""Which picture files there are, of which class and which split: from a folder's levels or the files' names.

Hidden files and folders (`.ipynb_checkpoints`) and files that are no pictures by their ending do not count.
"""

import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from convlens.data.decoding import SUFFIXES
from convlens.errors import DataError

SPLIT_FOLDERS = {
    "train": "train", "val": "validation", "valid": "validation", "validation": "validation", "test": "test",
}  # fmt: skip


@dataclass(frozen=True)
class Found:
    """A picture file; `split` is "" when nothing says which it belongs to."""

    path: Path
    class_name: str
    split: str = ""


@dataclass(frozen=True)
class Listing:
    """All the picture files of a source, with notes on what was passed over."""

    found: tuple[Found, ...]
    root: Path
    notes: tuple[str, ...] = ()


def list_folder(folder: Path) -> Listing:
    """List FOLDER/class/…, FOLDER/split/class/… or FOLDER/class@….png.

    Raises:
        DataError: it is no folder, holds no pictures or no classes, or a class folder is empty.
    """
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        raise DataError(f"{str(folder)!r} {what}; give a folder with one folder of pictures per class")
    return _listed(_folders(folder), _pictures(folder), folder)


def list_glob(pattern: str) -> Listing:
    """List what a pattern (`data/*/*.jpg`, `data/c*`, `data/**/*.png`) matches: class folders, or else pictures.

    A picture's class is the part of its name before "@" when all names have one, else its folder; the folder above
    that is its split when all of these are called train, val, valid, validation or test.

    Raises:
        DataError: it matches no picture.
    """
    matches = sorted(Path(match) for match in glob.glob(pattern, recursive=True))  # noqa: PTH207 (** and absolute paths)
    folders = [match for match in matches if match.is_dir() and not match.name.startswith(".")]
    files = [match for match in matches if _is_picture(match) and match.is_file()]
    if not files and not folders:
        raise DataError(
            f"the pattern {pattern!r} matches no picture and no folder; quote it, so that no shell expands it"
        )
    root = Path(os.path.commonpath([match.parent for match in matches]))
    if not files:
        return _listed(folders, [], root)
    marked = all("@" in path.name for path in files)
    above = [path.parent if marked else path.parent.parent for path in files]
    splits = [SPLIT_FOLDERS.get(folder.name.lower(), "") for folder in above]
    if "" in splits or "train" not in splits:
        splits = [""] * len(files)
    classes = [path.name.split("@")[0] if marked else path.parent.name for path in files]
    return Listing(tuple(map(Found, files, classes, splits)), root)


def pictures_below(folder: Path) -> list[Path]:
    """Give all the visible picture files in a folder and its folders, by name."""
    paths: list[Path] = []
    seen: set[str] = set()
    for place, inner, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        # a link to a folder above would go round for ever
        inner[:] = [] if real in seen else [name for name in inner if not name.startswith(".")]
        if real not in seen:
            paths += [Path(place, name) for name in names if _is_picture(Path(name))]
        seen.add(real)
    return sorted(paths)


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if _is_picture(path) and path.is_file())


def _listed(folders: Sequence[Path], files: Sequence[Path], root: Path) -> Listing:
    named = [(folder, SPLIT_FOLDERS.get(folder.name.lower(), "")) for folder in folders]
    parts = [(folder, split) for folder, split in named if split and _has_classes(folder)]
    if not parts or (len(parts) < len(folders) and "train" not in {split for _, split in parts}):
        classes, notes = _classes(folders, files, root)
        return Listing(tuple(Found(path, name) for path, name in classes), root, notes)
    present = [split for _, split in parts]
    if "train" not in present:
        raise DataError(f"{str(root)!r} has {_names([f for f, _ in parts])} but no train folder; add one")
    if len(set(present)) < len(present):
        raise DataError(f"{str(root)!r} has two folders for one split: {_names([f for f, _ in parts])}; keep one")
    found: list[Found] = []
    every_note: list[str] = []
    for folder, split in parts:
        classes, notes = _classes(_folders(folder), _pictures(folder), folder)
        found += [Found(path, name, split) for path, name in classes]
        every_note += notes
    if others := [folder for folder in folders if folder not in {part for part, _ in parts}]:
        every_note.append(f"beside the splits, {_names(others)} in {str(root)!r} was passed over")
    return Listing(tuple(found), root, tuple(every_note))


def _has_classes(folder: Path) -> bool:
    return bool(_folders(folder)) or any("@" in path.name for path in _pictures(folder))


def _classes(
    folders: Sequence[Path], files: Sequence[Path], where: Path
) -> tuple[list[tuple[Path, str]], tuple[str, ...]]:
    """Give (picture, class name) pairs, and notes."""
    inside = {folder: pictures_below(folder) for folder in folders}
    if any(inside.values()):
        if empty := [folder for folder, paths in inside.items() if not paths]:
            raise DataError(
                f"{_names(empty)} in {str(where)!r} holds no picture; add pictures of that class, or remove the folder"
            )
        notes = (
            (f"{len(files):,} pictures beside the class folders of {str(where)!r} were passed over",) if files else ()
        )
        return [(path, folder.name) for folder, paths in inside.items() for path in paths], notes
    if not files:
        raise DataError(
            f"there are no pictures in {str(where)!r}; give a folder with one folder of JPEG, PNG, WebP, BMP, GIF or "
            "TIFF files per class"
        )
    marked = [path for path in files if "@" in path.name]
    if not marked:
        raise DataError(
            f"the {len(files):,} pictures in {str(where)!r} have no class; put them into one folder per class, or name "
            "them like class@anything.png"
        )
    unmarked = len(files) - len(marked)
    notes = (f"{unmarked:,} pictures in {str(where)!r} without class@ were passed over",) if unmarked else ()
    return [(path, path.name.split("@")[0]) for path in marked], notes


def _names(folders: Sequence[Path]) -> str:
    return " and ".join(repr(folder.name) for folder in folders)
