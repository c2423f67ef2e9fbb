"""Layers for networks whose answer stays when the picture moves: sampling that does not depend on where the grid lies.

A strided layer is a dense one, of which every s-th value along each axis is kept. Only the keeping depends on where the
picture lies, so a strided layer is replaced by its dense form followed by one of

    BlurPool            smooth the map with a fixed low-pass filter, then keep every s-th value
    PolyphaseSampling   keep, of the s² grids that could be kept, the strongest one (adaptive polyphase sampling, APS)

Both hold no parameters and nothing that weights files keep. What lies beyond the rim is told by a rule:

    valid      nothing: only whole windows count, and the map shrinks
    zeros      zeros
    reflect    the map mirrored at its outermost values
    circular   the map's other side, as if it were bent to a torus
"""

import math
from typing import Any, Literal, TypeAlias, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import handle_torch_function, has_torch_function_unary

from convlens.errors import SettingsError
from convlens.models.polyphase import strongest, taken
from convlens.registry import one_of

Rim: TypeAlias = Literal["valid", "zeros", "reflect", "circular"]
RIMS: tuple[Rim, ...] = get_args(Rim)
TAPS = (2, 3, 4, 5, 6, 7)
"""How long a blur's filter may be."""


def binomial(taps: int) -> Tensor:
    """Give the row of Pascal's triangle with so many entries, divided by its sum: (1, 2, 1)/4 for three taps.

    Source: Zhang 2019, "Making convolutional networks shift-invariant again", section 3.2 (the filters of 2 to 7 taps).
    """
    row = torch.tensor([math.comb(taps - 1, place) for place in range(taps)], dtype=torch.float32)
    return row.div_(2 ** (taps - 1))


def padded(tensors: Tensor, before: int, after: int, rim: Rim) -> Tensor:
    """Enlarge maps (N, C, H, W) at the top and left by `before` cells and at the bottom and right by `after`.

    Mirroring and wrapping go on as often as a small map needs. The order of the values in memory is kept.
    """
    if has_torch_function_unary(tensors):  # one function for those who watch torch's, as `functional.pad` is one
        seen: Tensor = handle_torch_function(padded, (tensors,), tensors, before, after, rim)
        return seen
    if rim == "valid" or before == after == 0:
        return tensors
    if rim == "zeros":
        larger = functional.pad(tensors, (before, after, before, after))
    elif max(before, after) > min(tensors.shape[2:]) - (rim == "reflect"):
        larger = tensors
        for axis in (2, 3):
            places = torch.arange(-before, tensors.shape[axis] + after, device=tensors.device)
            larger = larger.index_select(axis, _source(places, tensors.shape[axis], rim))
    else:
        larger = _Surround.apply(tensors, before, after, rim)  # type: ignore[no-untyped-call]
    if tensors.shape[1] == 1 and tensors.stride(1) == 1:
        # The memory of a single channel fits either order, and torch forgets that it was channels_last.
        count, _, height, width = larger.shape
        return larger.reshape(count, height, width, 1).permute(0, 3, 1, 2)
    return larger


class BlurPool(nn.Module):
    """Smooth each channel with a binomial filter and keep every s-th value along both axes.

    Under every rim but "valid" a side of n cells becomes one of ⌈n/s⌉, which is what the strided form of a dense layer
    gives. Under "valid" it becomes ⌊(n − taps)/s⌋ + 1, and all windows of a larger map are computed alike.

    Args:
        channels: of the map; None takes them as they come.
        taps: length of the filter, 2 to 7. An even one sits half a cell further to the right and down.
        stride: 1 only smooths.
        padding: what lies beyond the rim.

    Source: Zhang 2019, section 3.2: MaxPool with stride s = Subsample ∘ Blur ∘ Max.
    """

    def __init__(self, channels: int | None, taps: int = 3, stride: int = 2, padding: Rim = "reflect") -> None:
        super().__init__()
        self.channels, self.taps, self.stride = channels, _number_among("taps", taps, TAPS), _at_least_one(stride)
        self.padding: Rim = one_of("padding", padding, RIMS)
        self.kernel_size = taps
        self.filter: Tensor
        self.register_buffer("filter", _square(binomial(taps)), persistent=False)

    def forward(self, tensors: Tensor) -> Tensor:
        """Give the smoothed and sampled maps."""
        return _blurred(tensors, self.filter, self.stride, self.padding)

    def extra_repr(self) -> str:
        """Say the settings."""
        return f"{self.channels or 'any'}, taps={self.taps}, stride={self.stride}, padding={self.padding!r}"


class PolyphaseSampling(nn.Module):
    """Keep, for each image, the one of the s² grids of every s-th value that has the largest norm.

    The grids of a map that was moved round a torus are the same grids in another order, each moved by whole cells. So
    the chosen one is the same but for its place: with circular convolutions before and a global average after, the
    answer does not depend on where the picture lies. That holds for maps whose sides are multiples of the stride, and
    only there. Other maps are first cut to a multiple ("valid") or filled up to one (all other rims): a side of n cells
    becomes ⌊n/s⌋ or ⌈n/s⌉, and the promise is lost.

    Norms are compared exactly: they are sums of whole numbers, so that no order of summation can make two grids change
    places. Equal norms (periodic or mirrored pictures) are told apart by a fingerprint of the grid's content, which
    moving it does not change; grids with equal fingerprints are the same but for their place, and either will do.

    Args:
        channels: of the map; None takes them as they come.
        taps: length of the filter that smooths the map first, 2 to 7; 1 does not.
        stride: s.
        padding: what lies beyond the rim, for the filter and for filling up.
        norm: 2 compares sums of squares, 1 sums of magnitudes.

    Source: Chaman & Dokmanić 2021, "Truly shift-invariant convolutional neural networks", equation (4), for s = 2.
    """

    def __init__(
        self, channels: int | None, taps: int = 1, stride: int = 2, padding: Rim = "circular", norm: Literal[1, 2] = 2
    ) -> None:
        super().__init__()
        self.channels, self.taps, self.stride = channels, _number_among("taps", taps, (1, *TAPS)), _at_least_one(stride)
        self.padding: Rim = one_of("padding", padding, RIMS)
        self.norm = _number_among("norm", norm, (1, 2))
        self.kernel_size = taps
        self.filter: Tensor
        self.register_buffer("filter", _square(binomial(taps)), persistent=False)

    def forward(self, tensors: Tensor) -> Tensor:
        """Give the chosen grid of each image's map."""
        if self.taps > 1:
            tensors = _blurred(tensors, self.filter, 1, self.padding)
        tensors = self._filled(tensors)
        return taken(tensors, strongest(tensors, self.stride, self.norm), self.stride)

    def _filled(self, tensors: Tensor) -> Tensor:
        height, width = tensors.shape[2:]
        if self.padding == "valid":
            return tensors[:, :, : height - height % self.stride, : width - width % self.stride]
        rows, columns = -height % self.stride, -width % self.stride
        filled = padded(tensors, 0, max(rows, columns), self.padding)
        return filled[:, :, : height + rows, : width + columns]

    def extra_repr(self) -> str:
        """Say the settings."""
        own = f"{self.channels or 'any'}, taps={self.taps}, stride={self.stride}"
        return f"{own}, padding={self.padding!r}, norm={self.norm}"


class DenseMaxPool(nn.MaxPool2d):
    """Give the largest value of every window, without a stride: a side of n cells keeps n of them, whatever the window.

    Windows reach to the right and down from their cell by one more than to the left and up where their length is even.
    The rim "zeros" lets them hang over. For "valid", take `nn.MaxPool2d(kernel, 1)`.
    """

    def __init__(self, kernel_size: int, rim: Rim) -> None:
        super().__init__(kernel_size, stride=1)
        self.rim: Rim = one_of("padding", rim, RIMS)
        self.reach = (kernel_size - 1) // 2, kernel_size // 2

    def forward(self, tensors: Tensor) -> Tensor:
        """Give the largest values."""
        before, after = self.reach
        if self.rim == "zeros":
            tensors = functional.pad(tensors, (before, after, before, after), value=-math.inf)
        else:
            tensors = padded(tensors, before, after, self.rim)
        return functional.max_pool2d(tensors, self.kernel_size, stride=1)

    def extra_repr(self) -> str:
        """Say the settings."""
        return f"{self.kernel_size}, rim={self.rim!r}"


class RimConv2d(nn.Conv2d):
    """A convolution with a mirrored or circular rim, on maps of any size, that keeps the order of values in memory.

    torch's own padding gives one channel after the other, which makes all that follows slower.
    """

    def __init__(self, inputs: int, outputs: int, kernel_size: int, rim: Rim) -> None:
        mode: Any = one_of("padding", rim, RIMS)  # torch has the same words
        super().__init__(inputs, outputs, kernel_size, padding=kernel_size // 2, padding_mode=mode)
        self.rim: Rim = rim

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002
        """Give the convolved maps."""
        before = self.kernel_size[0] // 2
        around = padded(input, before, before, self.rim)
        return functional.conv2d(around, self.weight, self.bias)


class GlobalAveragePool(nn.Module):
    """Give the mean of each channel over the whole map, (N, C), added up in float64.

    In float64 the sum of a map's float32 values comes out the same in whatever order they stand, but for a rare last
    bit, so that a map moved round the torus has the same mean.
    """

    def forward(self, tensors: Tensor) -> Tensor:
        """Give the means."""
        exact = tensors.dtype if tensors.device.type == "mps" else torch.float64  # MPS has no float64
        return tensors.mean((2, 3), dtype=exact).to(tensors.dtype)


def _blurred(tensors: Tensor, filter: Tensor, stride: int, rim: Rim) -> Tensor:  # noqa: A002
    taps = filter.shape[2]
    tensors = padded(tensors, (taps - 1) // 2, taps // 2, rim)
    if torch.is_grad_enabled() and tensors.requires_grad:
        blurred: Tensor = _Blur.apply(tensors, filter, stride)  # type: ignore[no-untyped-call]
        return blurred
    return _depthwise(tensors, filter, stride)


def _depthwise(tensors: Tensor, filter: Tensor, stride: int) -> Tensor:  # noqa: A002
    channels, taps = tensors.shape[1], filter.shape[2]
    each = filter.to(tensors.dtype).expand(channels, 1, taps, taps)
    return functional.conv2d(tensors, each, stride=stride, groups=channels)


def _square(row: Tensor) -> Tensor:
    return torch.outer(row, row).view(1, 1, len(row), len(row))


class _Blur(torch.autograd.Function):
    """The blur with a way back of its own: torch's goes channel by channel in bf16, which takes ten times as long."""

    @staticmethod
    def forward(ctx: Any, tensors: Tensor, filter: Tensor, stride: int) -> Tensor:  # noqa: A002
        ctx.save_for_backward(filter)
        ctx.shape, ctx.dtype, ctx.stride = tensors.shape, tensors.dtype, stride
        return _depthwise(tensors, filter, stride)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (gradient,), (filter,) = gradients, ctx.saved_tensors  # noqa: A001
        _, channels, height, width = ctx.shape
        taps, stride = filter.shape[2], ctx.stride
        unread = ((height - taps) % stride, (width - taps) % stride)
        spread = functional.conv_transpose2d(
            gradient.float(), filter.float().expand(channels, 1, taps, taps), None, stride, 0, unread, channels
        )
        return spread.to(ctx.dtype), None, None


class _Surround(torch.autograd.Function):
    """A rim of at most one lap, with a way back that touches the rim alone instead of a whole map for each side.

    Joined from slices, since torch's own wrapping gives one channel after the other in memory.
    """

    @staticmethod
    def forward(ctx: Any, tensors: Tensor, before: int, after: int, rim: Rim) -> Tensor:
        ctx.before, ctx.after, ctx.rim = before, after, rim
        for axis in (2, 3):
            first, last = _facing(tensors, axis, before, after, rim)
            # An empty part would make `cat` forget the order in memory.
            tensors = torch.cat([part for part in (first, tensors, last) if part.shape[axis]], axis)
        return tensors

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        (gradient,) = gradients
        before, after = ctx.before, ctx.after
        for axis in (3, 2):
            size = gradient.shape[axis] - before - after
            inner = gradient.narrow(axis, before, size).clone()
            first, last = _facing(inner, axis, before, after, ctx.rim, in_place=True)
            left, right = gradient.narrow(axis, 0, before), gradient.narrow(axis, before + size, after)
            first += left.flip(axis) if ctx.rim == "reflect" else left
            last += right.flip(axis) if ctx.rim == "reflect" else right
            gradient = inner
        return gradient, None, None, None


def _facing(
    tensors: Tensor, axis: int, before: int, after: int, rim: Rim, *, in_place: bool = False
) -> tuple[Tensor, Tensor]:
    """Give what appears before and after a map: of the other side, or of its own side in a mirror.

    Args:
        in_place: give the cells themselves, in their own order.
    """
    size = tensors.shape[axis]
    if rim == "circular":
        return tensors.narrow(axis, size - before, before), tensors.narrow(axis, 0, after)
    first, last = tensors.narrow(axis, 1, before), tensors.narrow(axis, size - 1 - after, after)
    return (first, last) if in_place else (first.flip(axis), last.flip(axis))


def _source(places: Tensor, size: int, rim: Rim) -> Tensor:
    if rim == "circular":
        return places % size
    turn = max(2 * (size - 1), 1)
    places = places % turn
    return torch.minimum(places, turn - places) if size > 1 else places * 0


def _number_among(name: str, value: int, known: tuple[int, ...]) -> int:
    if value not in known:
        raise SettingsError(f"{name} must be one of {', '.join(map(str, known))}, got {value!r}")
    return value


def _at_least_one(stride: int) -> int:
    if stride < 1:
        raise SettingsError(f"stride must be at least 1, got {stride!r}")
    return stride
