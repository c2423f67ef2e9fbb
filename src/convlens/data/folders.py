"""Listed picture files to splits: classes matched by name, pictures shared out by name and seed, read, checked."""

import hashlib
from collections.abc import Sequence

import numpy as np

from convlens.arrays import Labels
from convlens.data.dataset import Dataset, LeftOut, Splits
from convlens.data.fitting import Fit
from convlens.data.listing import Found, Listing
from convlens.data.pictures import Progress, named_reasons, read_pictures
from convlens.data.strata import tenths
from convlens.errors import DataError
from convlens.rng import keys_of

SPLITS = ("train", "validation", "test")


def load_pictures(
    listing: Listing,
    name: str,
    source: str,
    *,
    size: int | tuple[int, int] | None,
    channels: int | None,
    fit: Fit,
    seed: int,
    max_bad: float,
    progress: Progress | None,
) -> Splits:
    """Read listed pictures.

    Raises:
        DataError: the classes are fewer than two or differ between splits, a class is too small to be split, or
            too many pictures are unreadable.
    """
    class_names = _class_names(listing.found, source)
    labels = np.array([class_names.index(one.class_name) for one in listing.found], np.int64)
    part, shared_out = _parts(listing, class_names, labels, source, seed)
    # Read split after split, so that each is a view of one array and nothing is held twice.
    order = np.argsort(part, kind="stable")
    labels, part = labels[order], part[order]
    paths = [listing.found[at].path for at in order]
    read = read_pictures(paths, size=size, channels=channels, fit=fit, max_bad=max_bad, progress=progress)
    unread = np.setdiff1d(np.arange(len(paths)), read.kept)
    datasets: dict[str, Dataset] = {}
    for number in np.unique(part).tolist():
        start, stop = np.searchsorted(part[read.kept], [number, number + 1])
        left_out = tuple(bad for bad, at in zip(read.left_out, unread, strict=True) if part[at] == number)
        images, mine = read.images[start:stop], labels[read.kept][start:stop]
        datasets[SPLITS[number]] = Dataset(images, mine, class_names, name, SPLITS[number], left_out)
        _check_nonempty(datasets[SPLITS[number]])
    notes = (*listing.notes, *shared_out, *_left_out_note(read.left_out, len(paths)))
    drawn = bool(shared_out) and all(one.split != "test" for one in listing.found)
    return Splits(datasets["train"], datasets.get("validation"), datasets.get("test"), source, notes, test_drawn=drawn)


def _class_names(found: Sequence[Found], source: str) -> tuple[str, ...]:
    names = sorted({one.class_name for one in found})
    if len(names) < 2:
        raise DataError(
            f"{source!r} has one class only, {names[0]!r}, and a classifier tells at least two apart; give the folder "
            "that holds the class folders"
        )
    splits = sorted({one.split for one in found}, key=("", *SPLITS).index)
    of_split = {split: {one.class_name for one in found if one.split == split} for split in splits}
    lacks = [
        f"{split} lacks {', '.join(map(repr, missing))}"
        for split in splits
        if (missing := sorted(set(names) - of_split[split]))
    ]
    if lacks:
        raise DataError(
            f"the splits of {source!r} have different classes: {'; '.join(lacks)}; give each split all of them"
        )
    return tuple(names)


def _parts(
    listing: Listing, class_names: Sequence[str], labels: Labels, source: str, seed: int
) -> tuple[Labels, tuple[str, ...]]:
    """Give each file's place in SPLITS, and a note on pictures that were shared out here."""
    splits = {one.split for one in listing.found}
    given = np.array([SPLITS.index(one.split or "train") for one in listing.found], np.int64)
    if "validation" in splits:
        return given, ()
    wanted = 1 if "test" in splits else 2
    train = np.flatnonzero(given == 0)
    _check_divisible(class_names, labels[train], wanted + 1, source)
    # A digest of the name is the picture's number: the split does not change with the order of the listing, and
    # hardly when pictures are added.
    names = [listing.found[at].path.relative_to(listing.root).as_posix() for at in train]
    digests = [int.from_bytes(hashlib.blake2b(one.encode(), digest_size=8).digest(), "little") for one in names]
    keys = keys_of(seed, "split", 0, np.array(digests, np.uint64).astype(np.int64))
    given[train] = tenths(labels[train], keys, wanted)
    counts = [int((given == number).sum()) for number in range(wanted + 1)]
    shares = ", ".join(f"{count:,} for {split}" for count, split in zip(counts, SPLITS, strict=False))
    return given, (f"pictures were shared out by their names and the seed: {shares}",)


def _check_divisible(class_names: Sequence[str], labels: Labels, at_least: int, source: str) -> None:
    counts = np.bincount(labels, minlength=len(class_names))
    if counts.min() < at_least:
        name = class_names[int(counts.argmin())]
        raise DataError(
            f"class {name!r} of {source!r} has {counts.min()} pictures, and at least {at_least} are wanted, one "
            "for each split; add pictures, or remove the class"
        )


def _check_nonempty(dataset: Dataset) -> None:
    if missing := [name for name, count in dataset.counts().items() if count == 0]:
        raise DataError(
            f"no picture of class {missing[0]!r} in {dataset.split} could be read ({named_reasons(dataset.left_out)}); "
            "mend or replace them"
        )


def _left_out_note(left_out: Sequence[LeftOut], count: int) -> tuple[str, ...]:
    if not left_out:
        return ()
    return (f"{len(left_out):,} of {count:,} pictures could not be read and were left out ({named_reasons(left_out)})",)
