"""What the functions behind torch's normalisations compute: by running statistics, or by the picture's own numbers."""

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from convlens.explain.calls import Call, NotFollowedError, Reader
from convlens.explain.operations import BatchNorm, GroupNorm, LayerNorm, Operation
from convlens.explain.origins import Order


def _batch_norm(call: Call) -> Operation:
    mean, var = call.weight(1, "running_mean"), call.weight(2, "running_var")
    if call.get(5, "training", False) or mean is None or var is None:
        raise NotFollowedError("it normalises by the statistics of the batch, so that other pictures matter")
    _ = call.input
    return BatchNorm(mean, var, call.weight(3, "weight"), call.weight(4, "bias"), float(call.get(7, "eps", 1e-5)))


def _instance_norm(call: Call) -> Operation:
    channels = call.maps().shape[1]
    weight, bias, eps = call.weight(3, "weight"), call.weight(4, "bias"), float(call.get(7, "eps", 1e-5))
    if call.get(5, "use_input_stats", True):
        return GroupNorm(channels, weight, bias, eps)
    mean, var = call.weight(1, "running_mean"), call.weight(2, "running_var")
    assert mean is not None  # torch wants them
    assert var is not None
    return BatchNorm(mean, var, weight, bias, eps)


def _group_norm(call: Call) -> Operation:
    if call.input.ndim not in (2, 4):
        raise NotFollowedError(f"it works on {call.input.ndim} axes, and only maps N×C×H×W and rows N×F are followed")
    return GroupNorm(
        int(call.get(1, "num_groups")),
        call.weight(2, "weight"),
        call.weight(3, "bias"),
        float(call.get(4, "eps", 1e-5)),
    )


def _layer_norm(call: Call) -> Operation:
    axes, own = call.input.ndim - 1, call.get(1, "normalized_shape")
    if axes not in (1, 3):
        raise NotFollowedError(f"it works on {axes + 1} axes, and only maps N×C×H×W and rows N×F are followed")
    if len(own) > axes:
        raise NotFollowedError("it normalises over the pictures too")
    first = axes - len(own)
    order = call.order(call.input) or tuple(range(axes))
    weight, bias = (_stretched(call.weight(at, name), order) for at, name in ((2, "weight"), (3, "bias")))
    return LayerNorm(tuple(sorted(order[first:])), weight, bias, float(call.get(4, "eps", 1e-5)))


def _rms_norm(call: Call) -> Operation:
    eps = call.get(3, "eps")
    found = _layer_norm(replace(call, args=(), kwargs=_as_layer_norm(call)))
    assert isinstance(found, LayerNorm)
    return replace(found, eps=float(torch.finfo(call.input.dtype).eps if eps is None else eps), centred=False)


def _as_layer_norm(call: Call) -> dict[str, Any]:
    return {name: call.get(at, name) for at, name in enumerate(("input", "normalized_shape", "weight"))}


def _stretched(constant: Tensor | None, order: Order) -> Tensor | None:
    """Give a constant for the last axes of a tensor the axes of the step's value."""
    if constant is None:
        return None
    whole = constant.reshape(*[1] * (len(order) - constant.ndim), *constant.shape)
    return whole.permute([order.index(axis) for axis in range(len(order))])


NORM_FUNCTIONS: dict[str, Reader] = {
    "batch_norm": _batch_norm,
    "instance_norm": _instance_norm,
    "group_norm": _group_norm,
    "layer_norm": _layer_norm,
    "rms_norm": _rms_norm,
}
"""Readers by the plain names of torch's functions."""
