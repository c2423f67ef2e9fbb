"""Running shared layers: one pass over a canvas, which a strided layer splits into fragments.

All windows of a canvas share what a layer with stride 1 computes: its output over the canvas holds the outputs of all
windows, again as windows. A layer with stride s keeps every s-th cell, counted from the window's own corner; so two
windows share its output only when their corners differ by multiples of s along both axes. The windows therefore fall
into s × s groups, one for each phase of the corner. The layer is run once for each phase that occurs, on the canvas
without that many first rows and columns, and what comes out is a *fragment*: a smaller canvas, on which the windows of
that group lie s times closer together. From there on each fragment goes its own way through the rest of the layers.

Nothing is interpolated or left out: a fragment holds exactly the numbers that the network computes for the windows one
by one. Each map is cut to the cells that some window uses in the end; rows and columns that a pool drops, because they
do not fill its kernel, are never computed.

Sources: Giusti et al., "Fast image scanning with deep max-pooling convolutional neural networks" (2013), section 3, for
fragments; Long, Shelhamer & Darrell, "Fully convolutional networks for semantic segmentation" (2015), section 3.2, for
the same as shift and stitch; Bailer et al., "Fast dense feature extraction with CNNs that have pooling or striding
layers" (2018).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from convlens.models.sweeping.canvas import Places
from convlens.models.sweeping.rules import Pair, Step


@dataclass(frozen=True, eq=False)
class Fragment:
    """Maps on which the windows of some shifts lie.

    Attributes:
        maps: (N, C, height, width), no larger than its windows need.
        places: where the window of each shift begins.
        cells: which shifts these are.
        depth: how many of the steps are done.
    """

    maps: Tensor
    places: Places
    cells: Int64[np.ndarray, " k"]
    depth: int = 0

    @property
    def is_one_window(self) -> bool:
        """Say whether all shifts see the same."""
        return bool((self.places == self.places[0]).all())


def windows_before(steps: Sequence[Step], size: Pair) -> tuple[Pair, ...]:
    """Give how much of each step's input a window uses, and at the end the window itself, all of which is used.

    Args:
        size: of a window after the last step.
    """
    sizes = [size]
    for step in reversed(steps):
        (tall, wide), (down, right) = sizes[0], step.stride
        sizes.insert(0, ((tall - 1) * down + step.kernel[0], (wide - 1) * right + step.kernel[1]))
    return tuple(sizes)


def fragments(canvas: Fragment, steps: Sequence[Step], windows: Sequence[Pair]) -> Iterator[Fragment]:
    """Run the steps on a canvas; stop early in a fragment on which a single window is left, as nothing is shared there.

    Args:
        windows: from `windows_before`.
    """
    maps, places = canvas.maps, canvas.places - canvas.places.min(axis=0)
    (top, left), (tall, wide) = canvas.places.min(axis=0), places.max(axis=0) + windows[canvas.depth]
    maps = maps[:, :, top : top + tall, left : left + wide]
    for depth in range(canvas.depth, len(steps)):
        step, here = steps[depth], Fragment(maps, places, canvas.cells, depth)
        if here.is_one_window:
            yield here
            return
        if step.stride != (1, 1):
            for group in _phases(here, step, windows[depth + 1]):
                yield from fragments(group, steps, windows)
            return
        maps = step.run(maps)
    yield Fragment(maps, places, canvas.cells, len(steps))


def _phases(whole: Fragment, step: Step, window: Pair) -> Iterator[Fragment]:
    """Run a strided step once for each phase of the windows' corners."""
    for phase, cells in groups(whole.places % step.stride):
        places = (whole.places[cells] - phase) // step.stride
        first, cells_needed = places.min(axis=0), np.ptp(places, axis=0) + window
        top, left = phase + first * step.stride
        tall, wide = (cells_needed - 1) * step.stride + step.kernel
        output = step.run(whole.maps[:, :, top : top + tall, left : left + wide])
        yield Fragment(output, places - first, whole.cells[cells], whole.depth + 1)


def groups(rows: Places) -> Iterator[tuple[Places, Int64[np.ndarray, " k"]]]:
    """Give each different row, and where it stands."""
    different, which = np.unique(rows, axis=0, return_inverse=True)
    for number, row in enumerate(different):
        yield row, np.flatnonzero(which.ravel() == number)


def around(circle: Fragment, steps: Sequence[Step]) -> Iterator[Fragment]:
    """Run steps on maps without a border, each of which is a whole picture that goes on at its other side.

    Every shift of such a picture is the picture turned on, so only phases differ: a strided layer makes at most one
    fragment for each phase, however many shifts there are. Places count from the unturned picture's corner.
    """
    maps = circle.maps
    for depth in range(circle.depth, len(steps)):
        step = steps[depth]
        if step.everything:
            yield from around(Fragment(step.run(maps), 0 * circle.places, circle.cells, depth + 1), steps)
            return
        if step.stride != (1, 1):
            for phase, cells in groups(circle.places % step.stride):
                turned = torch.roll(maps, (-int(phase[0]), -int(phase[1])), (2, 3))
                places = (circle.places[cells] - phase) // step.stride
                yield from around(Fragment(step.run(turned), places, circle.cells[cells], depth + 1), steps)
            return
        maps = step.run(maps)
    yield Fragment(maps, circle.places, circle.cells, len(steps))


def unrolled(circle: Fragment, window: Pair) -> Fragment:
    """Lay maps without a border out flat, so that every window lies on them in one piece."""
    size = circle.maps.shape[2:]
    # Farther apart than the picture is large, windows begin anew: they are the same as nearer ones.
    spread = np.ptp(circle.places, axis=0) >= size
    places = np.where(spread, circle.places % size, circle.places)
    first = places.min(axis=0)
    maps = circle.maps
    for axis, cells in enumerate(np.ptp(places, axis=0) + window):
        where = torch.from_numpy((first[axis] + np.arange(cells)) % size[axis])
        maps = maps.index_select(axis + 2, where.to(maps.device))
    return Fragment(maps.contiguous(memory_format=torch.channels_last), places - first, circle.cells)
