"""Finished parts of a sweep on disk, so that an interrupted audit goes on where it stopped."""

import io
import re
import shutil
import time
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float32

from convlens.files import write_bytes

Logits: TypeAlias = Float32[np.ndarray, "n s classes"]
"""The answers for some images at every shift."""

FLUSH_SECONDS = 5.0


class KeptParts:
    """A folder of finished parts; a context that removes it when the sweep came to its end.

    What came in is written every five seconds, and when the sweep is stopped, as one file for all images since the last
    writing. A process that is killed loses five seconds of work.

    Args:
        folder: its name must tell apart whatever gives other answers: model, images, shifts, precision.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pending: list[tuple[int, int, Any]] = []
        self._written = time.monotonic()
        self._there = _ranges(folder)

    def __enter__(self) -> "KeptParts":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._flush()
            return
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def count(self) -> int:
        """How many images are done."""
        return sum(stop - start for start, stop in self._there)

    def get(self, start: int, stop: int) -> Logits | None:
        """Give the logits of the images `start` to `stop`, if a file has all of them."""
        for (first, last), path in self._there.items():
            if first <= start and stop <= last:
                found: Logits = np.load(path, mmap_mode="r", allow_pickle=False)[start - first : stop - first]
                return np.array(found)
        return None

    def put(self, start: int, stop: int, logits: Logits) -> None:
        """Keep the logits of the images `start` to `stop`."""
        if self._pending and self._pending[-1][1] != start:
            self._flush()
        self._pending.append((start, stop, logits))
        if time.monotonic() - self._written >= FLUSH_SECONDS:
            self._flush()

    def _flush(self) -> None:
        self._written = time.monotonic()
        if not self._pending:
            return
        start, stop = self._pending[0][0], self._pending[-1][1]
        out = io.BytesIO()
        np.save(out, np.concatenate([logits for _, _, logits in self._pending]), allow_pickle=False)
        write_bytes(self._folder / f"{start}-{stop}.npy", out.getvalue())
        self._pending.clear()


def _ranges(folder: Path) -> dict[tuple[int, int], Path]:
    found = {}
    for path in folder.glob("*.npy"):
        if numbers := re.fullmatch(r"(\d+)-(\d+)", path.stem):
            found[int(numbers[1]), int(numbers[2])] = path
    return dict(sorted(found.items()))
