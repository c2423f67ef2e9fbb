"""The choice of adaptive polyphase sampling: which grid of a map is kept, made alike wherever a picture lies."""

import math
from collections.abc import Iterable

import torch
from torch import Tensor


def strongest(tensors: Tensor, stride: int, norm: int = 2) -> Tensor:
    """Choose for each image the grid with the largest norm: row·s + column of its first cell, (N,)."""
    with torch.no_grad():
        tensors = tensors.detach().float()
        strength = _over_channels(tensors.square() if norm == 2 else tensors.abs())
        largest = strength.amax((1, 2), keepdim=True).clamp_min(torch.finfo(torch.float32).tiny)
        # Whole numbers of at most 40 bits: their sum is exact for maps of up to 2²³ cells, in any order.
        whole = (strength / largest * 2**40).round().long()
        norms = _grids(whole, stride).sum((3, 4)).flatten(1)
        best = norms == norms.amax(1, keepdim=True)
        tied = best.sum(1) > 1
        choice = best.long().argmax(1)
        if bool(tied.any()):
            prints = _fingerprints(tensors[tied], stride).masked_fill(~best[tied], torch.iinfo(torch.int64).min)
            choice[tied] = prints.argmax(1)
        return choice


def taken(tensors: Tensor, phases: Tensor, stride: int) -> Tensor:
    """Keep of each image the grid that was chosen for it: maps (N, C, H/s, W/s).

    Sides must be multiples of the stride. Written with `where`, whose way back is quick and adds nothing up at random.
    """
    count, channels, height, width = tensors.shape
    rows = tensors.view(count, channels, height // stride, stride, width).unbind(3)
    kept = _picked(rows, torch.div(phases, stride, rounding_mode="floor"))
    columns = kept.view(*kept.shape[:3], width // stride, stride).unbind(4)
    return _picked(columns, phases % stride)


def _picked(parts: Iterable[Tensor], which: Tensor) -> Tensor:
    first, *others = parts
    for number, part in enumerate(others, start=1):
        first = torch.where((which == number).view(-1, 1, 1, 1), part, first)
    return first


def _grids(maps: Tensor, stride: int) -> Tensor:
    """Take maps (N, H, W) apart into the s² grids of every s-th value: (N, s, s, H/s, W/s)."""
    count, height, width = maps.shape
    return maps.view(count, height // stride, stride, width // stride, stride).permute(0, 2, 4, 1, 3)


def _over_channels(tensors: Tensor) -> Tensor:
    """Add up the channels by halves, (N, C, H, W) → (N, H, W); `tensors` is written over.

    torch's own sum adds in an order that depends on where in memory a cell lies; this one is the same at every cell.
    """
    channels = tensors.shape[1]
    while channels > 1:
        half = channels // 2
        tensors[:, :half] += tensors[:, half : 2 * half]
        if channels % 2:
            tensors[:, :1] += tensors[:, channels - 1 : channels]
        channels = half
    return tensors[:, 0].contiguous()


def _fingerprints(tensors: Tensor, stride: int) -> Tensor:
    """Give a number for each grid, (N, s²), that depends on its values and how they lie, but not on where it begins.

    Each cell takes in the number of the cell 1, 2, 4, … to its left, then of those above, until it has seen the whole
    grid from where it stands; the sum over the cells does not care which of them is the first.
    """
    # Multiples of the golden ratio, less their whole part, are all different: channels cannot change places unseen.
    weights = torch.arange(1, tensors.shape[1] + 1, dtype=torch.float64).mul_((math.sqrt(5) - 1) / 2).frac_().add_(0.5)
    mixed = _over_channels(tensors * weights.to(tensors.device, torch.float32).view(1, -1, 1, 1))
    seen = _grids((mixed + 0.0).view(torch.int32).long(), stride)  # −0 + 0 = 0, which −0 equals
    for axis in (4, 3):
        reach = 1
        while reach < seen.shape[axis]:
            seen = seen * (2 * seen + 1) + seen.roll(reach, axis) * 0x2545F4914F6CDD1D
            seen = seen ^ (seen >> 29)
            reach *= 2
    return seen.sum((3, 4)).flatten(1)
