"""What of a network is computed once for all shifts, what once per shift, and why."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from convlens.models.sweeping.chain import Link, chain, in_one_piece
from convlens.models.sweeping.fragments import windows_before
from convlens.models.sweeping.rules import NotSharedError, Pair, Step

ALONE = "everything is computed for each shift alone"
"""How the sentence about a network begins of which nothing is shared."""


@dataclass(frozen=True)
class Plan:
    """A network divided for a sweep.

    Attributes:
        size: of the pictures it is for, (channels, height, width).
        around: steps on pictures that go on at their other side (the border rule "wrap"), before all others.
        steps: steps on a canvas.
        windows: how much of each of `steps`' inputs a window uses, and of the rest's.
        channels: of each of `around`'s inputs, then of each of `steps`' and of the rest's.
        rest: what is computed for each shift alone.
        is_plain: several threads may run it at the same time.
        reason: a sentence for people.
    """

    size: tuple[int, int, int]
    around: tuple[Step, ...]
    steps: tuple[Step, ...]
    windows: tuple[Pair, ...]
    channels: tuple[int, ...]
    rest: tuple[Link, ...]
    is_plain: bool
    reason: str

    def values(self, reach: Pair) -> int:
        """Give how many numbers the largest map of one picture holds, when windows begin up to `reach` cells apart."""
        _, tall, wide = self.size
        most = 1
        for step, channels in zip(self.around, self.channels, strict=False):
            most = max(most, channels * tall * wide)
            tall, wide = tall // step.stride[0], wide // step.stride[1]
        down, right = min(reach[0], tall), min(reach[1], wide)
        strides = [step.stride for step in self.steps]
        flat = zip(self.windows, self.channels[len(self.around) :], [*strides, (1, 1)], strict=True)
        for (height, width), channels, stride in flat:
            most = max(most, channels * (height + down) * (width + right))
            down, right = down // stride[0], right // stride[1]
        return most


def plan(module: nn.Module, size: tuple[int, int, int], *, wraps: bool) -> Plan:
    """Divide a network in eval mode into what all shifts share and the rest.

    Args:
        size: channels, height and width of what the network sees of a picture.
        wraps: what leaves a picture on one side comes in on the other.

    Raises:
        RuntimeError: the layers that are shared cannot read pictures of that size.
    """
    links = chain(module)
    around: list[Step] = []
    flat: list[Step] = []
    channels: list[int] = []
    parameter = next(module.parameters(), torch.zeros(()))
    maps = torch.zeros(1, *size, device=parameter.device, dtype=parameter.dtype)
    shared, why = 0, ""
    for link in links:
        try:
            for step in _steps(link, maps):
                output = step.run(maps)
                wraps = wraps and _goes_around(step, maps, output)
                if step.circular and not wraps:
                    raise NotSharedError(_LEFT_CIRCLE)
                (around if wraps else flat).append(step)
                channels.append(maps.shape[1])
                wraps = wraps and not step.everything
                maps = output
        except NotSharedError as reason:
            why = f"{link.name} {reason}" if str(reason) else ""
            break
        shared += 1
    channels.append(maps.shape[1])
    windows = windows_before(flat, (maps.shape[2], maps.shape[3]))
    is_plain = all(link.is_plain for link in links)
    told = _told(links[:shared], links[shared:], why)
    return Plan(size, tuple(around), tuple(flat), windows, tuple(channels), links[shared:], is_plain, told)


def alone(module: nn.Module, size: tuple[int, int, int], reason: str) -> Plan:
    """Give the plan that shares nothing."""
    link = in_one_piece(module, reason)
    return Plan(size, (), (), (size[1:],), size[:1], (link,), False, _told((), (link,), reason))


_LEFT_CIRCLE = (
    "pads its input with its other side, which can be shared only under the border rule wrap, and where strides divide "
    "the sides of their maps"
)


def _steps(link: Link, maps: Tensor) -> tuple[Step, ...]:
    if isinstance(link.layer, nn.Flatten):
        raise NotSharedError("ties each cell to its place" if maps[0, 0].numel() > 1 else "")
    return link.steps((maps.shape[2], maps.shape[3]))


def _goes_around(step: Step, before: Tensor, after: Tensor) -> bool:
    """Say whether a layer's output, too, goes on at its other side: a cell for each stride, and no kernel hangs over.

    A kernel that pads circularly hangs over nothing; one that does not must be no larger than its stride.
    """
    sizes = zip(after.shape[2:], step.stride, before.shape[2:], strict=True)
    whole = all(cells * stride == own for cells, stride, own in sizes)
    inside = all(reach <= stride for reach, stride in zip(step.kernel, step.stride, strict=True))
    return step.everything or (whole and (step.circular or inside))


def _told(shared: Sequence[Link], rest: Sequence[Link], why: str) -> str:
    """Say what is computed how often, and why."""
    because = f", because {why}" if why else ""
    if not shared:
        return f"{ALONE}{because}"
    once = f"{_named(shared)} computed once for all shifts"
    each = [link for link in rest if link.name != shared[-1].name]
    return f"{once}, {_named(each)} for each shift alone{because}" if each else once


def _named(links: Sequence[Link]) -> str:
    first, last = links[0].name, links[-1].name
    return first if first == last else f"{first} to {last}"
