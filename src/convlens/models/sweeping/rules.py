"""Which layers need computing only once for all windows of a canvas, and why others do not allow it.

A layer may be shared when each cell of its output is computed from a window of its input, always in the same way,
wherever on the canvas the window lies. Convolutions and pools without padding are of that kind, and all that works on
each pixel alone. Layers that see where a picture ends (padding) or the whole of it (statistics over the picture) are
not: there each shifted picture needs a computation of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional

from convlens.models.layers import BlurPool, DenseMaxPool, GlobalAveragePool, PolyphaseSampling, Rim, RimConv2d

Pair: TypeAlias = tuple[int, int]
Run: TypeAlias = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Step:
    """A layer, or one axis of it, that may be computed once for many windows.

    Attributes:
        run: from a map (N, C, height, width) of any size to the layer's output.
        kernel: height and width of what one cell of the output is computed from.
        stride: how far apart neighbouring cells' windows lie.
        circular: it pads its input with what leaves on the other side, so that it has no border at all.
        everything: one cell is computed from the whole map, in whatever order.
    """

    run: Run
    kernel: Pair = (1, 1)
    stride: Pair = (1, 1)
    circular: bool = False
    everything: bool = False


class NotSharedError(Exception):
    """Says why a layer must be computed for each window alone."""


Rule: TypeAlias = Callable[[Any, Pair], tuple[Step, ...]]

POINTWISE: tuple[type[nn.Module], ...] = (
    nn.Identity,
    nn.Dropout,
    nn.Dropout2d,
    nn.AlphaDropout,
    nn.FeatureAlphaDropout,
    nn.ReLU,
    nn.ReLU6,
    nn.LeakyReLU,
    nn.PReLU,
    nn.RReLU,
    nn.ELU,
    nn.CELU,
    nn.SELU,
    nn.GELU,
    nn.SiLU,
    nn.Mish,
    nn.Sigmoid,
    nn.LogSigmoid,
    nn.Tanh,
    nn.Hardtanh,
    nn.Hardsigmoid,
    nn.Hardswish,
    nn.Hardshrink,
    nn.Softshrink,
    nn.Tanhshrink,
    nn.Softplus,
    nn.Softsign,
    nn.Threshold,
    nn.LocalResponseNorm,
    nn.Softmax2d,
)
"""Layers that, in eval mode, compute each pixel from that pixel alone."""

_RULES: dict[type[nn.Module], Rule] = {}


def rule(*kinds: type[nn.Module]) -> Callable[[Rule], Rule]:
    """Register how layers of some kinds are shared: (layer, size of its input) → steps, in the order they are run."""

    def register(function: Rule) -> Rule:
        _RULES.update(dict.fromkeys(kinds, function))
        return function

    return register


def known(layer: nn.Module) -> type[nn.Module] | None:
    """Give the kind of layer, among those with a rule, that a layer behaves as; None when there is none.

    A class of the user's own counts as the kind it inherits from only if it computes the same.
    """
    for kind in type(layer).__mro__:
        if kind in _RULES:
            changed = [name for name in ("forward", "_conv_forward") if _differs(type(layer), kind, name)]
            return None if changed else kind
    return None


def steps_of(layer: nn.Module, size: Pair) -> tuple[Step, ...]:
    """Give the steps that a layer consists of, on windows of that height and width.

    Raises:
        NotSharedError: it must be computed for each window alone; the words say why.
    """
    kind = known(layer)
    if kind is None:
        raise NotSharedError(f"{type(layer).__name__} is no layer of which the sweep knows that it can be shared")
    return _RULES[kind](layer, size)


def pointwise(run: Run) -> tuple[Step, ...]:
    """Give the step of a function of each pixel alone."""
    return (Step(run),)


@rule(*POINTWISE)
def _pointwise(layer: nn.Module, _: Pair) -> tuple[Step, ...]:
    return pointwise(torch.relu_ if type(layer) is nn.ReLU else layer)


@rule(nn.BatchNorm2d)
def _batch_norm(layer: nn.BatchNorm2d, _: Pair) -> tuple[Step, ...]:
    if layer.running_mean is None:
        raise NotSharedError("takes its statistics from the batch")
    return pointwise(layer)


@rule(nn.GroupNorm, nn.InstanceNorm2d, nn.LayerNorm)
def _statistics(_: nn.Module, __: Pair) -> tuple[Step, ...]:
    raise NotSharedError("takes statistics over the whole picture")


@rule(nn.Conv2d, RimConv2d)
def _convolution(layer: nn.Conv2d, size: Pair) -> tuple[Step, ...]:
    kernel, stride, dilation = pair(layer.kernel_size), pair(layer.stride), pair(layer.dilation)
    reach = _reach(kernel, dilation)
    padding = layer.padding if isinstance(layer.padding, str) else pair(layer.padding)
    if padding in ("valid", (0, 0)) or (padding == "same" and reach == (1, 1)):
        return (Step(layer, _fitting(reach, size), stride),)
    if layer.padding_mode == "circular":
        return (Step(layer, reach, stride, circular=True),)
    raise NotSharedError(_pads(layer.padding_mode))


@rule(nn.MaxPool2d)
def _max_pool(layer: nn.MaxPool2d, size: Pair) -> tuple[Step, ...]:
    if layer.return_indices:
        raise NotSharedError("gives places besides values")
    dilation = pair(layer.dilation)
    reach, stride = _pool(layer, size, dilation)
    # A maximum over a rectangle is one over rows and then one over columns; both are much faster than torch's pool,
    # which also keeps track of where the maximum stood.
    steps = []
    for axis in (0, 1):
        if (reach[axis], stride[axis]) != (1, 1):
            offsets = tuple(range(0, reach[axis], dilation[axis]))
            run = partial(_largest, axis=axis + 2, offsets=offsets, reach=reach[axis], stride=stride[axis])
            steps.append(Step(run, _along(axis, reach), _along(axis, stride)))
    return tuple(steps)


@rule(nn.AvgPool2d)
def _average_pool(layer: nn.AvgPool2d, size: Pair) -> tuple[Step, ...]:
    reach, stride = _pool(layer, size, (1, 1))
    if layer.divisor_override is not None:
        return (Step(layer, reach, stride),)
    return _averages(reach, stride)


@rule(nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)
def _adaptive_pool(layer: nn.AdaptiveAvgPool2d | nn.AdaptiveMaxPool2d, size: Pair) -> tuple[Step, ...]:
    if getattr(layer, "return_indices", False):
        raise NotSharedError("gives places besides values")
    asked: Any = layer.output_size
    rows, columns = asked if isinstance(asked, tuple) else (asked, asked)
    wanted = rows or size[0], columns or size[1]
    if any(own % cells for own, cells in zip(size, wanted, strict=True)):
        raise NotSharedError(f"divides {size[0]}×{size[1]} cells into {wanted[0]}×{wanted[1]} uneven parts")
    part = size[0] // wanted[0], size[1] // wanted[1]
    if isinstance(layer, nn.AdaptiveMaxPool2d):
        return _max_pool(nn.MaxPool2d(part), size) if wanted != (1, 1) else _global_pool(layer, size, _maximum)
    return _averages(part, part) if wanted != (1, 1) else _global_pool(layer, size, _average)


@rule(GlobalAveragePool)
def _global_average(layer: GlobalAveragePool, size: Pair) -> tuple[Step, ...]:
    return _global_pool(layer, size, _average)


@rule(BlurPool)
def _blur_pool(layer: BlurPool, size: Pair) -> tuple[Step, ...]:
    reach, stride = pair(layer.taps), pair(layer.stride)
    if layer.padding == "valid":
        return (Step(layer, _fitting(reach, size), stride),)
    return _around_only(layer, layer.padding, stride)


@rule(DenseMaxPool)
def _dense_max_pool(layer: DenseMaxPool, _: Pair) -> tuple[Step, ...]:
    return _around_only(layer, layer.rim, (1, 1))


@rule(PolyphaseSampling)
def _polyphase(layer: PolyphaseSampling, _: Pair) -> tuple[Step, ...]:
    if layer.padding == "valid":
        raise NotSharedError("chooses its grid by the whole picture")
    return _around_only(layer, layer.padding, pair(layer.stride))


def _around_only(layer: nn.Module, rim: Rim, stride: Pair) -> tuple[Step, ...]:
    """Give the step of a layer that looks beyond the rim, which allows sharing only where there is none."""
    if rim != "circular":
        raise NotSharedError(_pads(rim))
    return (Step(layer, stride=stride, circular=True),)


def _global_pool(layer: nn.Module, size: Pair, pool: Callable[[Tensor, Pair], Tensor]) -> tuple[Step, ...]:
    """Give the step that makes one cell of each whole window."""
    return (Step(partial(_over_windows, layer=layer, size=size, pool=pool), size, everything=True),)


def pair(value: Any) -> Pair:
    """Give (height, width) from one number for both or from two."""
    return (value, value) if isinstance(value, int) else (value[0], value[1])


def _over_windows(maps: Tensor, layer: nn.Module, size: Pair, pool: Callable[[Tensor, Pair], Tensor]) -> Tensor:
    """Pool each window by rows and then by columns: height + width reads for a window instead of height × width."""
    if tuple(maps.shape[2:]) == size:  # a single window
        whole: Tensor = layer(maps)
        return whole.view(*maps.shape[:2], 1, 1)
    return pool(pool(maps, (size[0], 1)), (1, size[1]))


def _average(maps: Tensor, kernel: Pair) -> Tensor:
    return functional.avg_pool2d(maps, kernel, stride=1)


def _maximum(maps: Tensor, kernel: Pair) -> Tensor:
    return functional.max_pool2d(maps, kernel, stride=1)


def _averages(reach: Pair, stride: Pair) -> tuple[Step, ...]:
    """Average by rows and then by columns."""
    steps = []
    for axis in (0, 1):
        kernel, apart = _along(axis, reach), _along(axis, stride)
        if (kernel, apart) != ((1, 1), (1, 1)):
            steps.append(Step(partial(functional.avg_pool2d, kernel_size=kernel, stride=apart), kernel, apart))
    return tuple(steps)


def _largest(maps: Tensor, axis: int, offsets: tuple[int, ...], reach: int, stride: int) -> Tensor:
    """Give the maximum along one axis of a kernel's cells, which lie at `offsets`."""
    cells = (maps.shape[axis] - reach) // stride + 1
    taken = (_strided(maps, axis, offset, cells, stride) for offset in offsets)
    return reduce(torch.maximum, taken)


def _strided(maps: Tensor, axis: int, start: int, cells: int, stride: int) -> Tensor:
    where = slice(start, start + (cells - 1) * stride + 1, stride)
    return maps[:, :, where] if axis == 2 else maps[:, :, :, where]


def _pool(layer: Any, size: Pair, dilation: Pair) -> tuple[Pair, Pair]:
    """Give reach and stride of a pool that neither pads nor looks over the edge."""
    if pair(layer.padding) != (0, 0):
        raise NotSharedError(_pads("zeros"))
    reach, stride = _reach(pair(layer.kernel_size), dilation), pair(layer.stride)
    left = [(own - seen) % apart for own, seen, apart in zip(size, reach, stride, strict=True)]
    if layer.ceil_mode and left != [0, 0]:
        raise NotSharedError("looks over the picture's edge (ceil_mode)")
    return _fitting(reach, size), stride


def _reach(kernel: Pair, dilation: Pair) -> Pair:
    return (kernel[0] - 1) * dilation[0] + 1, (kernel[1] - 1) * dilation[1] + 1


def _fitting(reach: Pair, size: Pair) -> Pair:
    if reach[0] > size[0] or reach[1] > size[1]:
        raise NotSharedError(f"is larger than its input of {size[0]}×{size[1]} cells")
    return reach


def _along(axis: int, both: Pair) -> Pair:
    return (both[0], 1) if axis == 0 else (1, both[1])


def _pads(how: str) -> str:
    return f"pads its input ({how}), and each shifted picture has that padding at a border of its own"


def _differs(own: type[nn.Module], kind: type[nn.Module], name: str) -> bool:
    return getattr(own, name, None) is not getattr(kind, name, None)
