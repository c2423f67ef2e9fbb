"""What functions on tensors compute that only choose or move numbers: pieces, parts, shuffled channels, other shapes.

Each reader refuses what the vocabulary of `operations` cannot say exactly.
"""

import math
from collections.abc import Sequence
from typing import Any

from convlens.explain.calls import Call, NotFollowedError, Reader
from convlens.explain.operations import Channels, Flatten, MaxPool, Operation, Pad, Unflatten, Window
from convlens.explain.orders import RESHAPING, SPLIT, is_split
from convlens.explain.words import sides

PARTING = frozenset({"chunk", "split"})
"""They give several tensors, and each is followed."""


def _reshape(call: Call) -> Operation | None:
    before, after, order = tuple(call.input.shape), tuple(call.output.shape), call.order(call.input)
    if before == after:
        return None
    if is_split(order):
        return _together(call, before, after)
    if before[0] == call.count == after[0]:
        if after[1:] == (math.prod(before[1:]),):
            return Flatten()
        is_row = max(before[1:]) == max(after[1:]) == math.prod(before[1:])
        if (len(before), len(after)) == (2, 4) or (is_row and len(after) < 5):
            return Unflatten(after[1:])
        if len(before) == 4 and len(after) == 5 and after[3:] == before[2:]:
            return None  # channels in groups for a while, (N, g, C/g, H, W)
    raise NotFollowedError(
        f"it brings {sides(before)} into the shape {sides(after)}, and only a row made of maps and back is followed"
    )


def _together(call: Call, before: tuple[int, ...], after: tuple[int, ...]) -> Operation | None:
    """Read the end of a shuffle: groups of channels that become channels again, maybe the other way round."""
    first, second = before[1:3]
    order = call.order(call.input)
    if after != (before[0], first * second, *before[3:]) or order[2:] != SPLIT[2:]:
        raise NotFollowedError(f"it brings groups of channels, {sides(before)}, into the shape {sides(after)}")
    if order == SPLIT:
        return None
    return Channels(tuple(group * first + at for at in range(first) for group in range(second)))


def _shuffle(call: Call) -> Operation:
    channels, groups = call.maps().shape[1], int(call.get(1, "groups"))
    each = channels // groups
    return Channels(tuple(group * each + at for at in range(each) for group in range(groups)))


def _part(call: Call) -> Operation:
    whole, axis = call.input, call.get(2, "dim", 0)
    if axis % whole.ndim != 1 or whole.ndim not in (2, 4):
        raise NotFollowedError(f"it parts along axis {axis}, and only parted channels are followed")
    size: Any
    if call.name == "chunk":
        size = -(-whole.shape[1] // int(call.get(1, "chunks")))
    else:
        size = call.get(1, "split_size", call.kwargs.get("split_size_or_sections"))
    start = call.outcome * size if isinstance(size, int) else sum(size[: call.outcome])
    return Channels(tuple(range(start, start + call.output.shape[1])))


def _piece(call: Call) -> Operation | None:
    """Read x[…]: of maps some channels, sides cut off, or every s-th row and column; of a row some numbers.

    A row may also become a map of one place, or the other way round.
    """
    shape = tuple(call.input.shape)
    if len(shape) == 2 and tuple(call.output.shape) == (*shape, 1, 1):
        return Unflatten((shape[1], 1, 1))
    height, width = (1, 1) if len(shape) == 2 else call.maps().shape[2:]
    index = call.get(1, "index")
    index = index if isinstance(index, tuple) else (index,)
    at = next((at for at, one in enumerate(index) if one is Ellipsis), len(index))
    index = (*index[:at], *[slice(None)] * (len(shape) - len(index) + (at < len(index))), *index[at + 1 :])
    if index[2:] == (0, 0) and height == width == 1 and call.output.shape == shape[:2]:
        return Flatten()
    if len(index) != len(shape) or not all(isinstance(one, slice) for one in index):
        raise NotFollowedError("only pieces with all axes are followed")
    pictures, channels, *places = (range(*one.indices(side)) for one, side in zip(index, shape, strict=True))
    if len(pictures) != shape[0]:
        raise NotFollowedError("it leaves out pictures")
    if 0 in call.output.shape:
        raise NotFollowedError("nothing is left")
    is_whole = all(len(one) == side for one, side in zip(places, shape[2:], strict=True))
    if len(channels) < shape[1]:
        if not is_whole:
            raise NotFollowedError("it leaves out channels, and rows or columns too")
        return Channels(tuple(channels))
    return None if is_whole else _smaller(places, (height, width))


def _smaller(places: Sequence[range], size: tuple[int, int]) -> Operation:
    (rows, columns), (height, width) = places, size
    if rows.step == columns.step == 1:
        return Pad(((-rows[0], rows[-1] + 1 - height), (-columns[0], columns[-1] + 1 - width)))
    whole = (range(0, height, rows.step), range(0, width, columns.step))
    if (rows, columns) != whole:
        raise NotFollowedError("it leaves out rows or columns both between and at the sides")
    return MaxPool(Window((1, 1), (rows.step, columns.step), ((0, 0), (0, 0))))


SHAPE_FUNCTIONS: dict[str, Reader] = {
    "getitem": _piece,
    **dict.fromkeys(("channel_shuffle", "native_channel_shuffle"), _shuffle),
    **dict.fromkeys(PARTING, _part),
    **dict.fromkeys(RESHAPING, _reshape),
}
"""Readers by the plain names of torch's functions."""
