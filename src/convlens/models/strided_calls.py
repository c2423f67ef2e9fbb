"""Calls that drop pixels in a network's `forward`: `F.max_pool2d(x, 2)` is no layer, and so nothing can replace it.

The `forward` of each part that is not torch's own is traced alone, its children as they are, so that a part that cannot
be followed hides no other.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from torch import fx, nn

_POOLS = ("max_pool2d", "avg_pool2d", "lp_pool2d")
_CONVOLUTIONS = ("conv2d",)
_NOT_THE_USERS = ("torch.", "convlens.")


@dataclass(frozen=True)
class StridedCall:
    """A call in a `forward` that keeps every s-th value.

    Attributes:
        where: the part whose `forward` calls it, as in `named_modules`; "" for the network itself.
        function: its name; "slicing" for `x[:, :, ::2, ::2]`.
        stride: along both axes; None where the `forward` cannot be followed, and it may be 1.
    """

    where: str
    function: str
    stride: tuple[int, int] | None


class _Tracer(fx.Tracer):
    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:  # noqa: ARG002 (torch's own names)
        return True


def strided_calls(model: nn.Module) -> tuple[StridedCall, ...]:
    """Find the calls that drop pixels, in the order of the network's parts."""
    return tuple(call for name, part in model.named_modules() for call in _calls_of(name, part))


def _calls_of(name: str, part: nn.Module) -> Iterator[StridedCall]:
    if f"{type(part).__module__}.".startswith(_NOT_THE_USERS) or isinstance(part, fx.GraphModule):
        return
    try:
        graph = _Tracer().trace(part)
    except Exception:  # whatever a forward of the user's own does with what is no tensor
        code = getattr(type(part).forward, "__code__", None)
        for called in dict.fromkeys(getattr(code, "co_names", ())):
            if called in (*_POOLS, *_CONVOLUTIONS):
                yield StridedCall(name, called, None)
        return
    for node in graph.nodes:
        # torch puts one name before several functions ("boolean_dispatch"); a node's name begins with what was called
        called = re.sub(r"_\d+$", "", node.name)
        stride = _stride(called, node) if node.op == "call_function" else None
        if stride is not None and max(stride) > 1:
            yield StridedCall(name, "slicing" if called == "getitem" else called, stride)


def _stride(called: str, node: fx.Node) -> tuple[int, int] | None:
    if called in _POOLS:
        place = 3 if called == "lp_pool2d" else 2  # lp_pool2d has the norm's exponent before its window
        window = _argument(node, place - 1, "kernel_size")
        stride = _argument(node, place, "stride")
        return _pair(window if stride is None or stride == () else stride)
    if called in _CONVOLUTIONS:
        return _pair(_argument(node, 3, "stride"))
    if called == "getitem":
        index = node.args[1] if isinstance(node.args[1], tuple) else (node.args[1],)
        steps = [one.step for one in index if isinstance(one, slice) and isinstance(one.step, int)]
        return (max(steps), max(steps)) if steps else None
    return None


def _argument(node: fx.Node, place: int, name: str) -> Any:
    return node.args[place] if len(node.args) > place else node.kwargs.get(name)


def _pair(value: Any) -> tuple[int, int] | None:
    if isinstance(value, int):
        return value, value
    if isinstance(value, (tuple, list)) and value and all(isinstance(one, int) for one in value):
        return int(value[0]), int(value[-1])
    return None
