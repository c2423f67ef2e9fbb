"""What the functions behind torch's layers compute: convolutions, pools, padding, activations, sums of products.

Each reader refuses what the vocabulary of `operations` cannot say exactly.
"""

import math
from typing import Any, Literal

from torch import Tensor

from convlens.explain.calls import Call, NotFollowedError, Reader
from convlens.explain.operations import (
    AdaptivePool,
    AveragePool,
    ChannelSlopes,
    Convolution,
    Linear,
    MaxPool,
    Operation,
    Pad,
    PaddingMode,
    Pair,
    Pointwise,
    Sides,
    Softmax,
    TransposedConvolution,
    Window,
)
from convlens.explain.orders import channel_axis


def _convolution(call: Call) -> Operation:
    maps, weight = call.maps(), call.weight(1, "weight")
    assert weight is not None  # torch wants one
    kernel = _pair(weight.shape[2:])
    dilation = _pair(call.get(5, "dilation", 1))
    padding = call.get(4, "padding", 0)
    if padding == "same":
        totals = [gap * (side - 1) for gap, side in zip(dilation, kernel, strict=True)]
        sides: Any = tuple((total // 2, total - total // 2) for total in totals)
    else:
        sides = _sides((0, 0) if padding == "valid" else _pair(padding))
    window = Window(kernel, _pair(call.get(3, "stride", 1)), sides, dilation)
    return Convolution(window, weight, call.weight(2, "bias"), maps.shape[1] // weight.shape[1])


def _transposed_convolution(call: Call) -> Operation:
    call.maps()
    weight = call.weight(1, "weight")
    assert weight is not None  # torch wants one
    stride, dilation = _pair(call.get(3, "stride", 1)), _pair(call.get(7, "dilation", 1))
    window = Window(_pair(weight.shape[2:]), stride, _sides(_pair(call.get(4, "padding", 0))), dilation)
    extra = _pair(call.get(5, "output_padding", 0))
    return TransposedConvolution(window, weight, call.weight(2, "bias"), int(call.get(6, "groups", 1)), extra)


def _max_pool(call: Call) -> Operation:
    call.maps()
    kernel = _pair(call.get(1, "kernel_size"))
    padding, dilation = _sides(_pair(call.get(3, "padding", 0))), _pair(call.get(4, "dilation", 1))
    return MaxPool(
        Window(kernel, _stride(call.get(2, "stride"), kernel), padding, dilation, bool(call.get(5, "ceil_mode", False)))
    )


def _average_pool(call: Call) -> Operation:
    call.maps()
    kernel = _pair(call.get(1, "kernel_size"))
    padding = _sides(_pair(call.get(3, "padding", 0)))
    window = Window(kernel, _stride(call.get(2, "stride"), kernel), padding, ceil=bool(call.get(4, "ceil_mode", False)))
    return AveragePool(window, bool(call.get(5, "count_include_pad", True)), call.get(6, "divisor_override"))


def _adaptive(kind: Literal["mean", "max"]) -> Reader:
    def read(call: Call) -> Operation:
        call.maps()
        return AdaptivePool(kind, _pair(call.output.shape[2:]))

    return read


def _over_the_map(kind: Literal["mean", "max"]) -> Reader:
    def read(call: Call) -> Operation:
        maps, axes = call.maps(), call.get(1, "dim")
        axes = (axes,) if isinstance(axes, int) else axes
        if axes is None or {axis % 4 for axis in axes} != {2, 3}:
            raise NotFollowedError("only over all rows and columns at once is it followed")
        return AdaptivePool(kind, (1, 1), flat=call.output.ndim < maps.ndim)

    return read


def _pad(call: Call) -> Operation:
    call.maps()
    amounts = list(call.get(1, "pad"))
    if any(amounts[4:]):
        raise NotFollowedError("it pads more than rows and columns")
    left, right, above, below = [*amounts, 0, 0][:4]
    word = call.get(2, "mode", "constant")
    mode: PaddingMode = "zeros" if word == "constant" else word
    return Pad(((above, below), (left, right)), mode, float(call.get(3, "value") or 0.0))


def _our_padding(call: Call) -> Operation | None:
    """Read `padded` of our own layers."""
    call.maps()
    before, after, rim = call.get(1, "before"), call.get(2, "after"), call.get(3, "rim")
    if rim == "valid" or before == after == 0:
        return None
    return Pad(((before, after), (before, after)), rim)


def _activation(**parameters: float) -> Reader:
    """Make the reader of a function of one number; parameters are in the function's order, with their usual values."""

    def read(call: Call) -> Operation:
        _ = call.input
        given = [(name, float(call.get(at, name, usual))) for at, (name, usual) in enumerate(parameters.items(), 1)]
        return Pointwise(call.name, tuple(given))

    return read


def _hardtanh(call: Call) -> Operation:
    _ = call.input
    low, high = (call.get(at, name, usual) for at, name, usual in ((1, "min_val", -1.0), (2, "max_val", 1.0)))
    if (low, high) == (0, 6):
        return Pointwise("relu6")
    return Pointwise("hardtanh", (("min_val", float(low)), ("max_val", float(high))))


def _clamp(call: Call) -> Operation:
    _ = call.input
    low = call.get(1, "min") if call.name != "clamp_max" else None
    high = call.get(2, "max") if call.name == "clamp" else call.get(1, "max") if call.name == "clamp_max" else None
    if isinstance(low, Tensor) or isinstance(high, Tensor):
        raise NotFollowedError("its bounds are tensors")
    if (low, high) in ((0, None), (0, 6)):
        return Pointwise("relu6" if high else "relu")
    bounds = (("min_val", -math.inf if low is None else float(low)), ("max_val", math.inf if high is None else high))
    return Pointwise("hardtanh", tuple((name, float(value)) for name, value in bounds))


def _gelu(call: Call) -> Operation:
    _ = call.input
    return Pointwise("gelu_tanh" if call.get(1, "approximate", "none") == "tanh" else "gelu")


def _prelu(call: Call) -> Operation:
    _, slope = call.input, call.weight(1, "weight")
    assert slope is not None  # torch wants one
    if slope.numel() != 1:
        return ChannelSlopes(slope)
    return Pointwise("leaky_relu", (("negative_slope", float(slope)),))


def _dropout(call: Call) -> Operation:
    _ = call.input
    if call.get(2, "training", True):
        raise NotFollowedError("it leaves numbers out by chance, even in evaluation")
    return Pointwise("identity")


def _linear(call: Call) -> Operation:
    weight = call.weight(1, "weight")
    assert weight is not None  # torch wants one
    if call.input.ndim == 4 and channel_axis(call) == 3:  # at each place on its own
        return Convolution(Window((1, 1), (1, 1), _sides((0, 0))), weight[:, :, None, None], call.weight(2, "bias"))
    if call.input.ndim != 2:
        raise NotFollowedError(
            f"it works on {call.input.ndim} axes, and only rows N×F and maps whose channels lie last are followed"
        )
    return Linear(weight, call.weight(2, "bias"))


def _product_of_matrices(call: Call) -> Operation:
    weight = call.weight(1, "other")
    if weight is None or call.input.ndim != 2 or weight.ndim != 2:
        raise NotFollowedError("only rows N×F times a matrix of weights are followed")
    return Linear(weight.T.contiguous(), None)


def _softmax(call: Call) -> Operation:
    if call.input.ndim != 2 or call.get(1, "dim") not in (1, -1):
        raise NotFollowedError("it is followed only over the classes, N×F")
    return Softmax()


def _pair(value: Any) -> Pair:
    if isinstance(value, int):
        return value, value
    values = tuple(int(one) for one in value)
    return (values[0], values[0]) if len(values) == 1 else (values[0], values[1])


def _sides(pair: Pair) -> Sides:
    return (pair[0], pair[0]), (pair[1], pair[1])


def _stride(value: Any, kernel: Pair) -> Pair:
    return kernel if value is None or value == [] else _pair(value)


_PLAIN = (
    "relu relu6 selu silu mish hardswish hardsigmoid sigmoid tanh softsign logsigmoid tanhshrink abs exp log sqrt "
    "square reciprocal sign round floor ceil erf"
)

_OF_ONE_NUMBER: dict[str, Reader] = {
    **{name: _activation() for name in _PLAIN.split()},
    "leaky_relu": _activation(negative_slope=0.01),
    "elu": _activation(alpha=1.0),
    "celu": _activation(alpha=1.0),
    "softplus": _activation(beta=1.0, threshold=20.0),
    "threshold": _activation(threshold=0.0, value=0.0),
    "hardshrink": _activation(lambd=0.5),
    "softshrink": _activation(lambd=0.5),
    "hardtanh": _hardtanh,
    **dict.fromkeys(("clamp", "clamp_min", "clamp_max"), _clamp),
    "gelu": _gelu,
    **dict.fromkeys(("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout"), _dropout),
    "feature_alpha_dropout": _dropout,
}

LAYER_FUNCTIONS: dict[str, Reader] = {
    "conv2d": _convolution,
    "conv_transpose2d": _transposed_convolution,
    "max_pool2d": _max_pool,
    "max_pool2d_with_indices": _max_pool,
    "avg_pool2d": _average_pool,
    "adaptive_avg_pool2d": _adaptive("mean"),
    "adaptive_max_pool2d": _adaptive("max"),
    "adaptive_max_pool2d_with_indices": _adaptive("max"),
    "mean": _over_the_map("mean"),
    "amax": _over_the_map("max"),
    "pad": _pad,
    "padded": _our_padding,
    "linear": _linear,
    "matmul": _product_of_matrices,
    "softmax": _softmax,
    "prelu": _prelu,
    **_OF_ONE_NUMBER,
}
"""Readers by the plain names of torch's functions."""

OF_ONE_NUMBER = frozenset(_OF_ONE_NUMBER)
"""Those that work out each number from that number alone."""
