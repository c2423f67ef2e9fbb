"""The rest of a network, which is computed for each window alone."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor, nn
from torch.nn import functional

from convlens.models.memory_format import ordered
from convlens.models.sweeping.fragments import Fragment
from convlens.models.sweeping.plan import Plan

ROWS = 1024
VALUES = 2**21
"""A batch of windows has at most so many rows, and at most so many numbers (but one window of each picture)."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Windows cut out of maps.

    Attributes:
        windows: (N, k, height, width, C).
        depth: how many of the shared steps are done.
        which: the window, 0 … k − 1, that each of some shifts sees.
        cells: these shifts.
    """

    windows: Tensor
    depth: int
    which: Int64[np.ndarray, " m"]
    cells: Int64[np.ndarray, " m"]


@dataclass(frozen=True, eq=False)
class Head:
    """What comes after the shared steps, with the weights as they are now.

    Attributes:
        weight: of a dense layer that reads whole windows, its columns in the order (height, width, channel), in which
            maps lie in memory: so windows are copied in long pieces, and need no reordering before the product.
        channels_last: what follows reads windows in that order too.
    """

    plan: Plan
    weight: Tensor | None = None
    bias: Tensor | None = None
    channels_last: bool = True

    def __call__(self, batch: Batch) -> Any:
        """Give the network's outputs (N · k, outputs) for the windows of a batch."""
        rest = self.plan.rest
        windows = batch.windows.flatten(0, 1)
        if batch.depth == len(self.plan.steps) and self.weight is not None:
            values: Any = functional.linear(windows.flatten(1), self.weight, self.bias)
            rest = rest[2:]
        else:
            # What can be followed asks for no order; its flattening is done by a layer.
            channels_last = self.channels_last or self.plan.is_plain
            values = ordered(windows.permute(0, 3, 1, 2), channels_last=channels_last)
            for step in self.plan.steps[batch.depth :]:
                values = step.run(values)
        for link in rest:
            values = link.run(values)
        return values


def head(plan: Plan, dtype: torch.dtype, *, channels_last: bool = True) -> Head:
    """Make ready what comes after a plan's shared steps.

    Args:
        dtype: that products are computed in.
        channels_last: the network reads tensors whose channels lie last in memory.
    """
    layers = [link.layer for link in plan.rest[:2]]
    match layers:
        case [nn.Flatten(start_dim=1, end_dim=-1), nn.Linear() as dense] if type(dense) is nn.Linear:
            height, width = plan.windows[-1]
            weight = dense.weight.view(len(dense.weight), -1, height, width).permute(0, 2, 3, 1).flatten(1)
            return Head(plan, weight.to(dtype), dense.bias, channels_last)
    return Head(plan, channels_last=channels_last)


def batches(fragments: Iterable[Fragment], windows: Sequence[tuple[int, int]]) -> Iterator[Batch]:
    """Cut the windows out of fragments. Where a fragment has only one, those of several are put into one batch.

    Args:
        windows: their size at each depth.
    """
    waiting: dict[int, list[Fragment]] = defaultdict(list)
    for fragment in fragments:
        some = _windows_in_a_batch(fragment, windows[fragment.depth])
        if not fragment.is_one_window:
            yield from _several(fragment, windows[fragment.depth], some)
            continue
        same = waiting[fragment.depth]
        same.append(fragment)
        if len(same) == some:
            yield _side_by_side(waiting.pop(fragment.depth), windows[fragment.depth])
    for depth, same in waiting.items():
        yield _side_by_side(same, windows[depth])


def _windows_in_a_batch(fragment: Fragment, size: tuple[int, int]) -> int:
    count, channels = fragment.maps.shape[:2]
    return max(1, min(ROWS // count, VALUES // (count * channels * size[0] * size[1])))


def _side_by_side(fragments: Sequence[Fragment], size: tuple[int, int]) -> Batch:
    windows = torch.stack([_cut(one.maps, one.places[:1], size)[:, 0] for one in fragments], dim=1)
    which = np.concatenate([np.full(len(one.cells), number) for number, one in enumerate(fragments)])
    return Batch(windows, fragments[0].depth, which, np.concatenate([one.cells for one in fragments]))


def _several(fragment: Fragment, size: tuple[int, int], some: int) -> Iterator[Batch]:
    places, which = np.unique(fragment.places, axis=0, return_inverse=True)
    which = which.ravel()
    for start in range(0, len(places), some):
        windows = _cut(fragment.maps, places[start : start + some], size)
        mine = np.flatnonzero((which >= start) & (which < start + some))
        yield Batch(windows, fragment.depth, which[mine] - start, fragment.cells[mine])


def _cut(maps: Tensor, places: Int64[np.ndarray, "k 2"], size: tuple[int, int]) -> Tensor:
    """Copy the windows at some different places, in lexical order, out of maps: (N, k, height, width, C)."""
    (top, left), (bottom, right) = places.min(axis=0), places.max(axis=0)
    pixels = maps.permute(0, 2, 3, 1)[:, top : bottom + size[0], left : right + size[1]]
    views = pixels.unfold(1, size[0], 1).unfold(2, size[1], 1).permute(0, 1, 2, 4, 5, 3)
    if len(places) == views.shape[1] * views.shape[2]:  # all of a rectangle: one copy, with long pieces
        return views.reshape(len(maps), len(places), *views.shape[3:])
    down, across = torch.from_numpy((places - [top, left]).T.copy())
    return views[:, down, across].contiguous()
