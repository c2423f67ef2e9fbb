"""Many picture files to one array: decoded by several threads, in order, with the bad ones left out by name."""

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import numpy as np

from convlens.arrays import Images, Indices
from convlens.data.dataset import LeftOut
from convlens.data.decoding import Header, UnreadableError, quiet, read_header, read_pixels
from convlens.data.fitting import Fit, Size, as_size, fitted
from convlens.errors import DataError

Progress: TypeAlias = Callable[[Iterable[Any], int, str], Iterable[Any]]
"""Wraps an iteration to show it: the iterable, its length and what is done."""

LARGEST_DEFAULT_PX = 224
DEFAULT_PX = 64

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Pictures:
    """What was read: `images[k]` comes from the file at position `kept[k]`."""

    images: Images
    kept: Indices
    left_out: tuple[LeftOut, ...]


def read_pictures(
    paths: Sequence[Path],
    *,
    size: int | tuple[int, int] | None = None,
    channels: int | None = None,
    fit: Fit = "crop",
    max_bad: float = 1.0,
    progress: Progress | None = None,
) -> Pictures:
    """Read picture files into one batch.

    Args:
        size: None keeps the size that all pictures share, up to 224 pixels, and otherwise makes them 64 × 64.
        channels: None gives 1 when every picture is grey, else 3.
        max_bad: the share of unreadable pictures that is left out; beyond it nothing is read.

    Raises:
        DataError: too many are unreadable; the sentence names the first few.
    """
    with quiet():
        headers = _each(len(paths), lambda number: read_header(paths[number]), progress, "looking at pictures")
        _refuse_too_many(_bad(paths, headers), max_bad)
        good = [header for header in headers if isinstance(header, Header)]
        wanted = as_size(size) if size is not None else _common_size(good)
        depth = channels or (1 if all(header.grey for header in good) else 3)
        images = np.empty((len(paths), *wanted, depth), np.uint8)

        def read(number: int) -> None:
            header = headers[number]
            if isinstance(header, UnreadableError):
                raise header
            # Twice the wanted side leaves enough for the area average to look the same.
            images[number] = fitted(read_pixels(paths[number], depth, 2 * max(wanted)), wanted, fit)

        left_out = _bad(paths, _each(len(paths), read, progress, "reading pictures"))
    _refuse_too_many(left_out, max_bad)
    kept = np.flatnonzero([one is None for one in left_out]).astype(np.int64)
    return Pictures(
        images if len(kept) == len(paths) else images[kept], kept, tuple(one for one in left_out if one is not None)
    )


def named_reasons(left_out: Sequence[LeftOut], at_most: int = 5) -> str:
    """Name unreadable pictures with their reasons, the first few of them."""
    named = "; ".join(f"{one.path}: {one.reason}" for one in left_out[:at_most])
    more = len(left_out) - at_most
    return f"{named}; and {more:,} more" if more > 0 else named


def _each(count: int, work: Callable[[int], T], progress: Progress | None, what: str) -> list[T | UnreadableError]:
    """Do `work` for 0 … count−1 in several threads; an unreadable picture's error stands in for its result."""

    def outcome(number: int) -> T | UnreadableError:
        try:
            return work(number)
        except UnreadableError as error:
            return error

    pool = ThreadPoolExecutor(min(16, os.cpu_count() or 1))
    try:
        results: Iterable[T | UnreadableError] = pool.map(outcome, range(count))
        return list(results if progress is None else progress(results, count, what))
    finally:
        pool.shutdown(cancel_futures=True)


def _bad(paths: Sequence[Path], outcomes: Sequence[object]) -> list[LeftOut | None]:
    return [
        LeftOut(str(path), str(outcome)) if isinstance(outcome, UnreadableError) else None
        for path, outcome in zip(paths, outcomes, strict=True)
    ]


def _refuse_too_many(outcomes: Sequence[LeftOut | None], max_bad: float) -> None:
    bad = [one for one in outcomes if one is not None]
    if len(bad) > max_bad * len(outcomes):
        raise DataError(
            f"{len(bad):,} of {len(outcomes):,} pictures could not be read, and at most {100 * max_bad:.3g} % may be "
            f"left out ({named_reasons(bad)}); mend or remove them, or allow a larger share"
        )


def _common_size(headers: Sequence[Header]) -> Size:
    sizes = {header.size for header in headers}
    if len(sizes) == 1 and max(next(iter(sizes))) <= LARGEST_DEFAULT_PX:
        return sizes.pop()
    return DEFAULT_PX, DEFAULT_PX
