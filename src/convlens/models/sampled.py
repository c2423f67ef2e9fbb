"""What stands in the place of a strided pool or convolution: the same at every place, and a sampling."""

import copy
from typing import Any

from torch import Tensor, nn

from convlens.models.layers import Rim, padded


class SampledPool(nn.Module):
    """A pool at every place and a sampling, in the place of a strided pool whose size it keeps.

    Under a circular rim the pool goes all the way round, as it must for shifts round the torus to change nothing; what
    the strided pool would have dropped from a side that its stride does not divide is dropped here too.
    """

    def __init__(self, pool: nn.MaxPool2d | nn.AvgPool2d, sample: nn.Module, rim: Rim) -> None:
        super().__init__()
        self.stride, self.before = side_of(pool.stride), side_of(pool.padding)
        self.window = side_of(getattr(pool, "dilation", 1)) * (side_of(pool.kernel_size) - 1) + 1
        self.pool, self.sample = copy.deepcopy(pool), sample
        self.pool.stride = 1
        # A pool that is padded on one side by more than half its window reads a torus further than once round.
        self.is_circular = rim == "circular" and 2 * self.before < self.window
        if self.is_circular:
            self.pool.padding = 0

    def forward(self, tensors: Tensor) -> Tensor:
        """Give the sampled maps."""
        rows, columns = ((side + 2 * self.before - self.window) // self.stride + 1 for side in tensors.shape[2:])
        if self.is_circular:
            tensors = padded(tensors, self.before, self.window - 1 - self.before, "circular")
        sampled: Tensor = self.sample(self.pool(tensors))
        return sampled[:, :, :rows, :columns]


class SampledConv2d(nn.Conv2d):
    """A convolution with stride 1 and a sampling behind it (or before it), under the names of the strided one."""

    def __init__(self, dense: nn.Conv2d, sample: nn.Module, *, first: bool) -> None:
        super().__init__(
            dense.in_channels,
            dense.out_channels,
            pair(dense.kernel_size),
            padding=padding_of(dense),
            dilation=pair(dense.dilation),
            groups=dense.groups,
            bias=dense.bias is not None,
            padding_mode=dense.padding_mode,
            device="meta",
        )
        self.weight, self.bias = dense.weight, dense.bias
        self.sample, self.first = sample, first
        self.train(dense.training)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002
        """Give the sampled maps."""
        if self.first:
            return super().forward(self.sample(input))
        sampled: Tensor = self.sample(super().forward(input))
        return sampled


def padding_of(layer: nn.Conv2d) -> tuple[int, int]:
    """Give how many cells a convolution with a stride puts around its input; torch forbids the word "same" there."""
    return (0, 0) if layer.padding == "valid" else pair(layer.padding)


def pair(value: Any) -> tuple[int, int]:
    """Give (height, width) from one number for both or from two."""
    return (value, value) if isinstance(value, int) else (value[0], value[1])


def side_of(value: Any) -> int:
    """Give the height of what is as high as wide."""
    return pair(value)[0]
