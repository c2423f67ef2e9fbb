"""A long sweep in parts, each of which is kept as soon as it is done, and asked for batch by batch."""

from collections.abc import Callable
from typing import Protocol as Structural
from typing import TypeAlias, runtime_checkable

import numpy as np
from jaxtyping import Float32

from convlens.arrays import Images, Indices, Logits

Progress: TypeAlias = Callable[[int, int], None]
"""Told after each part how many predictions are done, and of how many."""

SweepLogits: TypeAlias = Float32[np.ndarray, "n s classes"]

PartLogits: TypeAlias = Float32[np.ndarray, "part s classes"]

PART_PIXELS = 2**23
"""A part holds as many images as make so many pixels when each is shown in every cell; at least one."""


@runtime_checkable
class Parts(Structural):
    """Where finished parts of a sweep are kept, so that an interrupted one goes on."""

    def get(self, start: int, stop: int) -> SweepLogits | None:
        """Give the logits of the images `start` to `stop`, if they are there."""

    def put(self, start: int, stop: int, logits: SweepLogits) -> None:
        """Keep them."""


def in_parts(
    answers: Callable[[int, int], SweepLogits],
    images: Images,
    cells: int,
    parts: Parts | None = None,
    progress: Progress | None = None,
) -> SweepLogits:
    """Gather what a model says about every image in every cell.

    Args:
        answers: from the first image and the one behind the last to what is said of these.
        cells: how many times each image is shown.
        parts: where finished parts are looked for and kept.
        progress: told after each part.
    """
    count = len(images)
    step = max(1, PART_PIXELS // (images[0].size * cells))
    gathered = np.empty((count, cells, 0), np.float32)
    for start in range(0, count, step):
        stop = min(start + step, count)
        part = None if parts is None else parts.get(start, stop)
        if part is None:
            part = answers(start, stop)
            if parts is not None:
                parts.put(start, stop, part)
        if start == 0:  # how many numbers there are of each image and cell is known from here on
            gathered = np.empty((count, *part.shape[1:]), np.float32)
        gathered[start:stop] = part
        if progress is not None:
            progress(stop * cells, count * cells)
    return gathered


def in_batches(
    answers: Callable[[Indices, Indices], Logits], images: Images, start: int, stop: int, cells: int, batch_size: int
) -> PartLogits:
    """Ask about some images in every cell, in full batches whatever the number of images.

    Args:
        answers: from the numbers of images, and of the cell of each, to a row of answers for each.
        start: the first image.
        stop: the one behind the last.
        cells: how many times each is shown.
        batch_size: rows of one call of `answers`; fewer when the images are large.
    """
    rows = max(1, min(batch_size, PART_PIXELS // images[0].size))
    firsts = range(start * cells, stop * cells, rows)
    every = [np.divmod(np.arange(first, min(first + rows, stop * cells)), cells) for first in firsts]
    logits: PartLogits = np.concatenate([answers(*both) for both in every]).reshape(stop - start, cells, -1)
    return logits
