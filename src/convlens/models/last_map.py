"""Where a network's last feature map is, how many pixels its cells lie apart, and how to put another in its place.

The network is watched while it runs, not read: so containers, skips and a `forward` of any kind are treated alike.
What cannot be followed to the end is refused, with the reason, and never guessed.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from convlens.models.modes import device_of, evaluating

Size: TypeAlias = tuple[int, int]

LARGER = 192
"""By so many pixels a larger picture is shown as well."""

_UNREADABLE = (RuntimeError, ValueError, AssertionError, IndexError, TypeError)


@dataclass(frozen=True)
class LastMap:
    """The last map of features before the head.

    Attributes:
        layer: the part of the network whose output it is.
        call: which of that part's calls in one pass, from 0.
        name: of the part.
        cells: height and width of the map.
        stride: by how many pixels of the picture its cells lie apart, down and to the right: the product of the strides
            of all layers on the way.
    """

    layer: nn.Module
    call: int
    name: str
    cells: Size
    stride: Size


@dataclass(frozen=True)
class _Event:
    """A part of the network was entered with a tensor, or left with one."""

    layer: nn.Module
    name: str
    leaving: bool
    call: int
    shape: tuple[int, ...]

    @property
    def is_map(self) -> bool:
        """Whether it left (1, channels, height, width) with more than one cell."""
        return self.leaving and len(self.shape) == 4 and self.shape[2] * self.shape[3] > 1


def last_map(module: nn.Module, channels: int, size: Size) -> LastMap | str:
    """Find the last feature map of a network, or say why it cannot be told.

    It is the last output of any part of the network that has rows and columns, more than one cell, and grows with the
    picture: what comes after it (flattening, linear layers, a pool over the whole map) is the head. The stride is
    measured, by how many cells a larger picture has more, and so does not depend on how the layers are joined.

    Args:
        size: height and width of the pictures that the network reads.
    """
    events, error = _watched(module, channels, size)
    if error:
        return f"the network cannot read a picture of {size[0]}×{size[1]} pixels: {error}"
    larger, _ = _watched(module, channels, (size[0] + LARGER, size[1] + LARGER))
    for place in range(len(events) - 1, -1, -1):
        event = events[place]
        if not event.is_map or event.layer is module:
            continue
        grown = _same_event(larger, place, event)
        if grown is None:
            return f"its layer {event.name!r} cannot be followed to larger pictures"
        if grown.shape == event.shape:
            continue  # a pool with a fixed output: part of the head
        before = [one.layer for one in events[:place] if not one.leaving]
        stride = _stride(event.shape, grown.shape, before)
        if stride is None:
            return f"how far apart the cells of its layer {event.name!r} lie cannot be told"
        if not any(hasattr(layer, "kernel_size") for layer in before):
            break
        if not _is_read_whole(events[place + 1 :], event, module):
            return f"what becomes of the map that its layer {event.name!r} gives cannot be seen"
        return LastMap(event.layer, event.call, event.name, (event.shape[2], event.shape[3]), stride)
    return "it has no feature map: its first layer already reads every pixel at its own place"


@contextmanager
def changed(module: nn.Module, found: LastMap, change: Callable[[Tensor], Tensor]) -> Iterator[None]:
    """Put another map in the place of the last one, in every pass through the network inside the block."""
    calls = 0

    def begin(_: nn.Module, __: Any) -> None:
        nonlocal calls
        calls = 0

    def swap(_: nn.Module, __: Any, output: Tensor) -> Tensor:
        nonlocal calls
        calls += 1
        return change(output) if calls == found.call + 1 else output

    handles = [module.register_forward_pre_hook(begin), found.layer.register_forward_hook(swap)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _watched(module: nn.Module, channels: int, size: Size) -> tuple[list[_Event], str]:
    """Show the network a blank picture; give what happened, and the error that ended it ("" for none)."""
    events: list[_Event] = []
    calls: Counter[nn.Module] = Counter()

    def watch(name: str) -> tuple[Callable[..., None], Callable[..., None]]:
        def enter(layer: nn.Module, inputs: tuple[Any, ...]) -> None:
            events.append(_Event(layer, name, False, calls[layer], _shape(inputs[0] if inputs else None)))

        def leave(layer: nn.Module, _: tuple[Any, ...], output: Any) -> None:
            events.append(_Event(layer, name, True, calls[layer], _shape(output)))
            calls[layer] += 1

        return enter, leave

    handles = []
    for name, part in module.named_modules():
        enter, leave = watch(name)
        handles += [part.register_forward_pre_hook(enter), part.register_forward_hook(leave)]
    try:
        with evaluating(module), torch.inference_mode():
            module(torch.zeros(1, channels, *size, device=device_of(module)))
    except _UNREADABLE as error:
        return events, str(error).partition("\n")[0] or type(error).__name__
    finally:
        for handle in handles:
            handle.remove()
    return events, ""


def _shape(value: Any) -> tuple[int, ...]:
    return tuple(value.shape) if isinstance(value, Tensor) else ()


def _same_event(events: list[_Event], place: int, wanted: _Event) -> _Event | None:
    """Give what happened at that place in another pass, if it was the same part of the network."""
    if place >= len(events):
        return None
    found = events[place]
    same = found.layer is wanted.layer and found.leaving == wanted.leaving and found.call == wanted.call
    return found if same else None


def _stride(shape: tuple[int, ...], larger: tuple[int, ...], layers: list[nn.Module]) -> Size | None:
    """Tell the stride from how much a map grows; None when no stride, or more than one, would explain it.

    A map of ⌊(n + c)/s⌋ cells, or of as many rounded up, has one of the two whole numbers beside a/s more when the
    picture is larger by a, whatever is rounded on the way. That settles small strides. Of larger ones that would fit,
    the right one divides the product of the strides that the layers have.
    """
    if len(larger) != 4 or larger[:2] != shape[:2]:
        return None
    strides = []
    for axis in (2, 3):
        grown = larger[axis] - shape[axis]
        fitting = [one for one in range(1, LARGER + 1) if LARGER // one <= grown <= -(-LARGER // one)]
        if len(fitting) > 1:
            product = math.prod(_stride_of(layer, axis - 2) for layer in layers)
            fitting = [one for one in fitting if product % one == 0]
        if len(fitting) != 1:
            return None
        strides += fitting
    return strides[0], strides[1]


def _stride_of(layer: nn.Module, axis: int) -> int:
    stride: Any = getattr(layer, "stride", 1)
    step = stride[axis] if isinstance(stride, tuple) and len(stride) == 2 else stride
    return step if isinstance(step, int) else 1


def _is_read_whole(later: list[_Event], map_: _Event, root: nn.Module) -> bool:
    """Say whether the next layer reads that very map: as it is, flattened, or one number per channel.

    Between two layers a `forward` may do what it likes. A map of another size there, such as that of a pool that is no
    layer, would be the last one, and nobody would have seen it.
    """
    _, channels, height, width = map_.shape
    readers = [event for event in later if not event.leaving and not any(event.layer.children())]
    ends = [event for event in later if event.layer is root and event.leaving]
    shape = (readers or ends)[0].shape
    if len(shape) == 4:
        return shape[2:] in ((height, width), (1, 1))
    return len(shape) == 2 and shape[1] in (channels, channels * height * width)
