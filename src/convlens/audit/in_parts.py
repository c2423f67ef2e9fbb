"""A long sweep in parts, each of which is kept as soon as it is done, and asked for batch by batch."""

from collections.abc import Callable

import numpy as np

from convlens.arrays import Images, Indices, Logits
from convlens.audit import sweep
from convlens.audit.sweep import Parts, Progress, SweepLogits


def in_parts(
    answers: Callable[[Indices, Indices], Logits],
    images: Images,
    cells: int,
    batch_size: int,
    parts: Parts | None = None,
    progress: Progress | None = None,
) -> SweepLogits:
    """Gather what a model says about every image in every cell.

    Args:
        answers: from the numbers of images, and of the cell of each, to a row of answers for each.
        cells: how many times each image is shown.
        batch_size: rows of one call of `answers`; fewer when the images are large.
        parts: where finished parts are looked for and kept.
        progress: told after each part.
    """
    count, size = len(images), images[0].size
    step, rows = max(1, sweep.PART_PIXELS // (size * cells)), max(1, min(batch_size, sweep.PART_PIXELS // size))
    found = []
    for start in range(0, count, step):
        stop = min(start + step, count)
        part = None if parts is None else parts.get(start, stop)
        if part is None:
            firsts = range(start * cells, stop * cells, rows)
            every = [np.divmod(np.arange(first, min(first + rows, stop * cells)), cells) for first in firsts]
            part = np.concatenate([answers(*both) for both in every]).reshape(stop - start, cells, -1)
            if parts is not None:
                parts.put(start, stop, part)
        found.append(part)
        if progress is not None:
            progress(stop * cells, count * cells)
    gathered: SweepLogits = np.concatenate(found)
    return gathered
