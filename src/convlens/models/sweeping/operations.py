"""Functions and methods of tensors that do what a layer does, for networks that call them in their `forward`."""

import operator
from collections.abc import Callable
from typing import Any

import torch
from torch import fx, nn
from torch.nn import functional

_ACTIVATIONS = ("relu", "relu_", "relu6", "leaky_relu", "elu", "celu", "selu", "gelu", "silu", "mish", "sigmoid")
_MORE_ACTIVATIONS = ("logsigmoid", "tanh", "hardtanh", "hardsigmoid", "hardswish", "softplus", "softsign")
_POINTWISE = (*_ACTIVATIONS, *_MORE_ACTIVATIONS, "abs", "neg", "square", "sqrt", "exp", "clamp", "contiguous")
_ARITHMETIC = (operator.add, operator.sub, operator.mul, operator.truediv, torch.add, torch.sub, torch.mul, torch.div)


def is_pointwise(node: fx.Node) -> bool:
    """Say whether a traced operation computes each number from that number alone."""
    if node.target in _ARITHMETIC:
        return all(isinstance(one, (fx.Node, int, float)) for one in (*node.args, *node.kwargs.values()))
    return _word(node) in _POINTWISE


def layers_of(node: fx.Node) -> tuple[nn.Module, ...]:
    """Give the layers that do the same as a traced operation; none where that is not known."""
    make = _LAYERS.get(_word(node))
    if make is None or not node.args or not isinstance(node.args[0], fx.Node):
        return ()
    try:
        return make(*node.args[1:], **node.kwargs)
    except TypeError:  # other arguments than those that are understood here
        return ()


def _word(node: fx.Node) -> str:
    """Give the name of a method, or of a function that is torch's own; "" for anything else."""
    if node.op == "call_method":
        return str(node.target)
    word = getattr(node.target, "__name__", "")
    own = any(getattr(place, word, None) is node.target for place in (torch, functional))
    return word if node.op == "call_function" and own else ""


def _max_pool(kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, **named: Any) -> Any:
    return (nn.MaxPool2d(kernel_size, stride, padding, dilation, **named),)


def _adaptive_max_pool(output_size: Any, return_indices: bool = False) -> Any:
    return (nn.AdaptiveMaxPool2d(output_size, return_indices),)


def _dropout(p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:  # noqa: ARG001
    return () if training else (nn.Identity(),)


def _mean(dim: Any = None, keepdim: bool = False) -> Any:
    if not isinstance(dim, (tuple, list)) or sorted(axis % 4 for axis in dim) != [2, 3]:
        return ()
    return (nn.AdaptiveAvgPool2d(1),) if keepdim else (nn.AdaptiveAvgPool2d(1), nn.Flatten())


_LAYERS: dict[str, Callable[..., tuple[nn.Module, ...]]] = {
    "flatten": lambda start_dim=0, end_dim=-1: (nn.Flatten(start_dim, end_dim),),
    "max_pool2d": _max_pool,
    "avg_pool2d": lambda *arguments, **named: (nn.AvgPool2d(*arguments, **named),),
    "adaptive_avg_pool2d": lambda output_size: (nn.AdaptiveAvgPool2d(output_size),),
    "adaptive_max_pool2d": _adaptive_max_pool,
    "dropout": _dropout,
    "dropout2d": _dropout,
    "alpha_dropout": _dropout,
    "feature_alpha_dropout": _dropout,
    "mean": _mean,
}
