"""Maps whose channels lie last: the order of a tensor's axes beside that of its step's value, which has them first.

Some networks bring the channels behind the columns for a while, for layers that work along the last axis. The numbers
are the same ones, so that this is no step of its own; what is recorded always has the channels first.
"""

from torch import Tensor

from convlens.explain.calls import Call, NotFollowedError
from convlens.explain.origins import Order

TURNING = frozenset({"permute", "transpose", "swapaxes", "swapdims"})
"""What brings axes into another order."""

RESHAPING = frozenset({"flatten", "view", "reshape", "squeeze", "unsqueeze", "view_as", "reshape_as", "unflatten"})
"""What gives the same numbers another shape."""

UPRIGHT: Order = (0, 1, 2)

SPLIT: Order = (0, 1, 2, 3)
"""Channels that lie in groups for a while, to be shuffled: groups, channels of a group, rows, columns."""


def order_after(call: Call, *, is_followed: bool) -> Order:
    """Give the order of a call's outcome; of what is not followed nothing is known."""
    if not is_followed or not call.orders:
        return ()
    if call.name in TURNING:
        return turned(call)
    if call.name in RESHAPING and call.input.shape != call.output.shape:
        return SPLIT if call.output.ndim == 1 + len(SPLIT) else ()
    return call.orders[0]


def is_split(order: Order) -> bool:
    """Say whether the channels lie in groups."""
    return len(order) == len(SPLIT)


def turned(call: Call) -> Order:
    """Give the order behind `permute` or `transpose` of maps.

    Raises:
        NotFollowedError: they are no maps, or the pictures' axis does not stay the first.
    """
    before, axes = call.input, [*range(call.input.ndim)]
    own, count = call.order(before) or UPRIGHT, call.input.ndim
    if count != 1 + len(own):
        raise NotFollowedError(f"it turns {count} axes, and only those of maps are followed")
    if call.name == "permute":
        given = call.args[1:] if len(call.args) > 2 else (call.get(1, "dims"),)
        wanted = given[0] if isinstance(given[0], (tuple, list)) else given
        axes = [axis % count for axis in wanted]
    else:
        one, other = (call.get(at, f"dim{at - 1}", call.kwargs.get(f"axis{at - 1}")) % count for at in (1, 2))
        axes[one], axes[other] = axes[other], axes[one]
    if axes[0] != 0:
        raise NotFollowedError("it moves the pictures' axis")
    order = tuple(own[axis - 1] for axis in axes[1:])
    return () if order == UPRIGHT else order


def channel_axis(call: Call) -> int:
    """Give the axis of the input along which its channels lie."""
    order = call.order(call.input)
    return 1 + order.index(0) if order else 1


def upright(value: Tensor, order: Order) -> Tensor:
    """Give (N, …) with the axes of the step's value."""
    turned_back = value.permute(0, *(1 + order.index(axis) for axis in range(len(order)))) if order else value
    return turned_back.flatten(1, 2) if is_split(order) else turned_back
