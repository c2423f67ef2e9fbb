"""An augmented copy of a folder of pictures: some changed versions of each, and a record that replays them."""

import json
import os
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal, TypeAlias

import numpy as np

from convlens.arrays import Image
from convlens.augment.augmenter import Augmenter, rows
from convlens.augment.draws import Parameters, parameters_to_json
from convlens.augment.expressions import spelled
from convlens.data.dataset import LeftOut
from convlens.data.decoding import UnreadableError, quiet
from convlens.data.encoding import WRITTEN, encoded
from convlens.data.fitting import Fit
from convlens.data.pictures import Progress, named_reasons
from convlens.errors import DataError, SettingsError
from convlens.files import read_json, write_bytes, write_text
from convlens.rng import keys_of
from convlens.workflows.augmenting import PURPOSE, as_augmenter
from convlens.workflows.originals import Original, Originals, originals
from convlens.workflows.pictures import lasting

RECORD = "augmentation.json"
"""What stands beside the pictures: the recipe, the seed, and what was drawn for each file."""

PORTION_PX = 16_000_000
"""So many pixels are held at once, or one picture."""

Format: TypeAlias = Literal["png", "same"]


@dataclass(frozen=True)
class Copies:
    """An augmented copy that was written.

    Attributes:
        made: how many pictures were written now.
        kept: how many were there already.
        left_out: the pictures that could not be read, and why.
        notes: sentences the user should see.
    """

    folder: Path
    recipe: str
    seed: int
    made: int
    kept: int
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Give everything as plain values."""
        return {
            "folder": str(self.folder),
            "record": str(self.folder / RECORD),
            "recipe": self.recipe,
            "seed": self.seed,
            "made": self.made,
            "kept": self.kept,
            "left_out": [asdict(one) for one in self.left_out],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, eq=False)
class _Plan:
    """All that is to be made: version v of picture p goes to `files[p][v − 1]`, drawn in row p · count + v − 1."""

    augmenter: Augmenter
    pictures: Sequence[Original]
    files: Sequence[Sequence[str]]
    parameters: Parameters
    count: int

    def entries(self, left_out: frozenset[str]) -> Iterator[dict[str, Any]]:
        """Give the record of each file, but those of pictures left out."""
        columns = parameters_to_json(self.parameters)
        for place, picture in enumerate(self.pictures):
            for version, file in enumerate(self.files[place], start=1):
                row = place * self.count + version - 1
                drawn = {name: values[row] for name, values in columns.items()}
                if picture.name not in left_out:
                    yield {"file": file, "source": picture.name, "version": version, "parameters": drawn}


def write_copies(
    source: str | Path,
    recipe: str | Path | Augmenter,
    out: Path | str,
    *,
    count: int = 1,
    seed: int = 0,
    file_format: Format = "png",
    size: int | None = None,
    fit: Fit = "crop",
    batch: int = 32,
    force: bool = False,
    progress: Progress | None = None,
) -> Copies:
    """Write `count` changed versions of each picture below another folder, in the same folders, and a record of them.

    What is there already, from a call with the same settings, is not made again: a copy that was interrupted goes on,
    and a larger `count` adds to it. A picture's changes depend on its name, the seed and the version alone.

    Args:
        source: as in `write_examples`, like `recipe`, `size` and `fit`.
        file_format: "png", or "same" for the format of each picture (GIF becomes PNG).
        batch: how many pictures are changed at once; it makes no difference to the result.
        force: make all anew, and in place of a copy with other settings.
        progress: wraps the work to show it.

    Raises:
        SettingsError: the folder holds something else, or lies within the source.
        DataError: there are no pictures, or none can be read.
    """
    if count < 1:
        raise SettingsError(f"at least one version of each picture is wanted, got --count {count!r}")
    augmenter, folder = as_augmenter(recipe), Path(out)
    found = originals(source, size=size, fit=fit, seed=seed)
    _check_apart(folder, found, source)
    settings: dict[str, Any] = {
        "source": lasting(str(source)), "recipe": spelled(augmenter), "seed": seed, "size": size, "fit": fit,
        "format": file_format,
    }  # fmt: skip
    earlier = _earlier(folder, settings, force=force)
    numbers = np.array([one.number for one in found.pictures], np.int64)
    by_version = [keys_of(seed, PURPOSE, version, numbers) for version in range(1, count + 1)]
    keys = np.stack(by_version, axis=1).reshape(-1)
    files = _files([one.name for one in found.pictures], count, file_format)
    plan = _Plan(augmenter, found.pictures, files, augmenter.sample(keys), count)
    missing = [[force or not (folder / file).exists() for file in each] for each in files]
    left_out: list[LeftOut] = []
    made = 0
    with quiet(), closing(_made(plan, missing, folder, settings, earlier, batch)) as work:
        total = sum(map(any, missing))
        for outcome in work if progress is None else progress(work, total, "augmenting pictures"):
            if isinstance(outcome, LeftOut):
                left_out.append(outcome)
            else:
                made += outcome
    kept = sum(len(each) - sum(each) for each in missing)
    if not made and not kept:
        raise DataError(f"no picture in {str(source)!r} could be read: {named_reasons(left_out)}")
    _write_record(plan, folder, settings, earlier, left_out, complete=True)
    return Copies(folder, settings["recipe"], seed, made, kept, tuple(left_out), found.notes)


def _check_apart(folder: Path, found: Originals, source: str | Path) -> None:
    """Refuse a folder whose pictures would be among the originals the next time."""
    if found.root is None or Path(source).expanduser().is_file():
        return
    if folder.resolve().is_relative_to(found.root.resolve()):
        raise SettingsError(
            f"{str(folder)!r} lies within {str(found.root)!r}, whose pictures are to be changed; "
            "choose a folder outside of it with --out"
        )


def _earlier(folder: Path, settings: Mapping[str, Any], *, force: bool) -> dict[str, dict[str, Any]]:
    """Give the record of what is there already, by file; of a copy with other settings, take the pictures away."""
    if folder.exists() and not folder.is_dir():
        raise SettingsError(f"{str(folder)!r} is a file; choose a folder with --out")
    record = folder / RECORD
    if not record.exists():
        if not force and folder.is_dir() and any(not one.name.startswith(".") for one in folder.iterdir()):
            raise SettingsError(
                f"{str(folder)!r} holds other things already; choose an empty folder with --out, or add --force to "
                "write among them"
            )
        return {}
    content = read_json(record)
    if not isinstance(content, dict) or not isinstance(content.get("files"), list):
        raise SettingsError(f"{str(record)!r} is no record of an augmented copy; choose another folder with --out")
    entries = {entry["file"]: entry for entry in content["files"]}
    differing = [name for name, value in settings.items() if content.get(name) != value]
    if not differing:
        return entries
    if not force:
        raise SettingsError(
            f"{str(folder)!r} holds pictures made with another {' and '.join(differing)}; choose another folder with "
            "--out, or add --force to replace them"
        )
    for file in entries:
        place = folder / file
        if place.resolve().is_relative_to(folder.resolve()):
            place.unlink(missing_ok=True)
    return {}


def _files(names: Sequence[str], count: int, file_format: Format) -> list[list[str]]:
    """Name the versions of each picture: "cats/cat.7.jpg" gives "cats/cat.7-001.png" and so on."""
    endings = [PurePosixPath(name).suffix.lower() for name in names]
    suffixes = [one if file_format == "same" and one in WRITTEN else ".png" for one in endings]
    stems = [str(PurePosixPath(name).with_suffix("")) for name in names]
    taken = Counter(zip(stems, suffixes, strict=True))
    # Beside "a.png", "a.jpg" keeps its ending: "a.jpg-001.png".
    bases = [
        name if taken[stem, suffix] > 1 else stem for name, stem, suffix in zip(names, stems, suffixes, strict=True)
    ]
    return [
        [f"{base}-{version:03}{suffix}" for version in range(1, count + 1)]
        for base, suffix in zip(bases, suffixes, strict=True)
    ]


def _made(
    plan: _Plan,
    missing: Sequence[Sequence[bool]],
    folder: Path,
    settings: Mapping[str, Any],
    earlier: Mapping[str, dict[str, Any]],
    batch: int,
) -> Generator[int | LeftOut, None, None]:
    """Make what is missing, picture by picture; tell how many files each gave, or why it could not be read."""

    def read(place: int) -> Image | UnreadableError:
        try:
            return plan.pictures[place].read()
        except UnreadableError as error:
            return error

    def write(place: int, version: int, image: Image) -> None:
        file = folder / plan.files[place][version]
        write_bytes(file, encoded(image, file.suffix))

    pool = ThreadPoolExecutor(min(16, os.cpu_count() or 1))
    begun = False
    try:
        for portion in _portions(plan.pictures, [place for place, each in enumerate(missing) if any(each)], batch):
            images = dict(zip(portion, pool.map(read, portion), strict=True))
            good = {place: image for place, image in images.items() if not isinstance(image, UnreadableError)}
            if good and not begun:
                # Before the first picture, so that a copy killed on its way is known for what it is.
                _write_record(plan, folder, settings, earlier, [], complete=False)
                begun = True
            for version in range(plan.count):
                wanted = [place for place in good if missing[place][version]]
                for places in _of_one_shape(wanted, good):
                    drawn = rows(plan.parameters, np.array(places) * plan.count + version)
                    changed = plan.augmenter.apply(np.stack([good[place] for place in places]), drawn)
                    list(pool.map(write, places, [version] * len(places), changed))
            for place, image in images.items():
                bad = isinstance(image, UnreadableError)
                yield LeftOut(plan.pictures[place].name, str(image)) if bad else sum(missing[place])
    finally:
        pool.shutdown(cancel_futures=True)


def _portions(pictures: Sequence[Original], places: Sequence[int], batch: int) -> Iterator[list[int]]:
    """Cut the places into portions that fit into memory."""
    portion: list[int] = []
    area = 0
    for place in places:
        more = pictures[place].area_px()
        if portion and (len(portion) == batch or area + more > PORTION_PX):
            yield portion
            portion, area = [], 0
        portion.append(place)
        area += more
    if portion:
        yield portion


def _of_one_shape(places: Sequence[int], images: Mapping[int, Image]) -> list[list[int]]:
    by_shape: dict[tuple[int, ...], list[int]] = {}
    for place in places:
        by_shape.setdefault(images[place].shape, []).append(place)
    return list(by_shape.values())


def _write_record(
    plan: _Plan,
    folder: Path,
    settings: Mapping[str, Any],
    earlier: Mapping[str, dict[str, Any]],
    left_out: Sequence[LeftOut],
    *,
    complete: bool,
) -> None:
    """Write the record, a line for each file; files of an earlier, larger count keep theirs."""
    entries = {entry["file"]: entry for entry in plan.entries(frozenset(one.path for one in left_out))}
    more = {file: entry for file, entry in earlier.items() if file not in entries and (folder / file).exists()}
    head = {**settings, "complete": complete, "left_out": [asdict(one) for one in left_out]}
    # In ASCII: the name of a file need not be valid text.
    lines = ",\n".join(f"    {json.dumps(entry, allow_nan=False)}" for entry in [*entries.values(), *more.values()])
    opening = json.dumps(head, indent=2, allow_nan=False).removesuffix("\n}")
    write_text(folder / RECORD, f'{opening},\n  "files": [\n{lines}\n  ]\n}}\n')
