"""What functions on tensors compute that belong to no layer: sums, differences, products and joins.

Each reader refuses what the vocabulary of `operations` cannot say exactly.
"""

from typing import Any

import torch
from torch import Tensor

from convlens.explain.calls import Call, NotFollowedError, Reader
from convlens.explain.operations import (
    Add,
    BatchNorm,
    Concatenate,
    Multiply,
    Operation,
    Pointwise,
    Subtract,
)
from convlens.explain.orders import TURNING, is_split, turned
from convlens.explain.words import sides


def _sum(call: Call) -> Operation | None:
    first, second, factor = call.get(0, "input"), call.get(1, "other"), float(call.kwargs.get("alpha", 1))
    if call.hangs(first) and call.hangs(second):
        if factor != 1:
            raise NotFollowedError("it weighs one of its summands")
        return _of_two(call, Add(), first, second)
    if call.hangs(first):
        return _shifted(call, first, second * factor)
    if factor != 1:
        raise NotFollowedError("it weighs one of its summands")
    return _shifted(call, second, first)


def _difference(call: Call) -> Operation | None:
    first, second = call.get(0, "input"), call.get(1, "other")
    factor = float(call.kwargs.get("alpha", 1))
    if call.hangs(second):
        if not call.hangs(first):
            raise NotFollowedError("it takes what comes from the picture away from something")
        if factor != 1:
            raise NotFollowedError("it weighs one of its two inputs")
        return _of_two(call, Subtract(), first, second)
    return _shifted(call, first, -second * factor)


def _product(call: Call) -> Operation | None:
    first, second = call.get(0, "input"), call.get(1, "other")
    if call.hangs(first) and call.hangs(second):
        return _of_two(call, Multiply(), first, second)
    return _scaled(call, first, second) if call.hangs(first) else _scaled(call, second, first)


def _quotient(call: Call) -> Operation | None:
    first, second = call.get(0, "input"), call.get(1, "other")
    if call.hangs(second):
        raise NotFollowedError("it divides by what comes from the picture")
    if call.kwargs.get("rounding_mode") is not None:
        raise NotFollowedError("it rounds")
    return _scaled(call, first, 1 / second)


def _negative(call: Call) -> Operation | None:
    return _scaled(call, call.input, -1)


def _of_two(call: Call, operation: Add | Subtract | Multiply, first: Tensor, second: Tensor) -> Operation:
    if len(call.orders) > 1:
        raise NotFollowedError("its two inputs have their axes in different orders")
    if first.ndim != second.ndim or len(first) != len(second):
        raise NotFollowedError(f"{sides(first.shape)} and {sides(second.shape)} do not fit axis by axis")
    return operation


def _scaled(call: Call, source: Tensor, by: Any) -> Operation | None:
    """Give x · by, where `by` is a number or has one for each channel."""
    _require_same_shape(call, source)
    if not isinstance(by, Tensor) and by == 1:
        return None
    if not isinstance(by, Tensor) or by.numel() == 1:
        return Pointwise("scale", (("by", float(by)),))
    factor = _per_channel(call, by.detach(), source)
    return BatchNorm(torch.zeros_like(factor), torch.ones_like(factor), factor, None, 0.0)


def _shifted(call: Call, source: Tensor, by: Any) -> Operation | None:
    """Give x + by, where `by` is a number or has one for each channel; Python's `sum` starts with 0."""
    _require_same_shape(call, source)
    if not isinstance(by, Tensor) and by == 0:
        return None
    if not isinstance(by, Tensor) or by.numel() == 1:
        return Pointwise("shift", (("by", float(by)),))
    offset = _per_channel(call, by.detach(), source)
    return BatchNorm(torch.zeros_like(offset), torch.ones_like(offset), None, offset, 0.0)


def _require_same_shape(call: Call, source: Tensor) -> None:
    if call.output.shape != source.shape or not call.output.is_floating_point():
        raise NotFollowedError(f"it brings {sides(source.shape)} into {sides(call.output.shape)}, {call.output.dtype}")


def _per_channel(call: Call, constant: Tensor, source: Tensor) -> Tensor:
    if is_split(call.order(source)):
        raise NotFollowedError("its channels lie in groups")
    wanted = [1] * source.ndim
    axis = 1 + call.order(source).index(0) if call.order(source) else 1
    wanted[axis] = source.shape[axis]
    if [1] * (source.ndim - constant.ndim) + list(constant.shape) != wanted:
        raise NotFollowedError(f"its constant has the shape {sides(constant.shape)}, not one number for each channel")
    return constant.reshape(-1)


def _concatenate(call: Call) -> Operation | None:
    parts, axis = call.get(0, "tensors"), call.get(1, "dim", 0)
    if not all(call.hangs(one) for one in parts):
        raise NotFollowedError("one of its parts does not come from the picture")
    if axis not in (1, 1 - parts[0].ndim):
        raise NotFollowedError(f"it joins along axis {axis}, and only joined channels are followed")
    return Concatenate() if len(parts) > 1 else None


def _kept(call: Call) -> None:
    if call.output.shape != call.input.shape or not call.output.is_floating_point():
        raise NotFollowedError(f"it gives {sides(call.output.shape)} numbers of {call.output.dtype}")


def _turned(call: Call) -> None:
    turned(call)


KEPT = frozenset(
    {
        *("contiguous", "to", "float", "double", "half", "bfloat16", "type", "type_as", "clone", "detach", "alias"),
        *("cpu", "cuda", "requires_grad", "get data", "identity"),
    }
)
"""What leaves shape and numbers as they are."""

ARITHMETIC: dict[str, Reader] = {"add": _sum, "sub": _difference, "mul": _product, "div": _quotient, "neg": _negative}

TENSOR_FUNCTIONS: dict[str, Reader] = {
    **ARITHMETIC,
    "cat": _concatenate,
    **dict.fromkeys(TURNING, _turned),
    **dict.fromkeys(KEPT, _kept),
}
"""Readers by the plain names of torch's functions."""
