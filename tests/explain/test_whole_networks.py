"""Networks as people build them, that make maps larger or keep channels last: numbers, fields and costs at once."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from convlens.explain import layer_table, trace
from convlens.explain.fields import field_of
from convlens.explain.operations import Unknown
from convlens.explain.recording import record


class UNet(nn.Module):
    """Down twice and up twice, each map joined with the one of its size on the way down (Ronneberger et al. 2015)."""

    def __init__(self, *, transposed: bool) -> None:
        super().__init__()
        self.first, self.second, self.bottom = self.block(1, 4), self.block(4, 8), self.block(8, 16)
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(channels, channels // 2, 2, 2)
            if transposed
            else nn.Sequential(
                nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True), nn.Conv2d(channels, channels // 2, 1)
            )
            for channels in (16, 8)
        )
        self.third, self.fourth, self.head = self.block(16, 8), self.block(8, 4), nn.Conv2d(4, 2, 1)

    def block(self, before: int, after: int) -> nn.Module:
        return nn.Sequential(nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU(inplace=True))

    def forward(self, x: Tensor) -> Tensor:
        first = self.first(x)
        second = self.second(functional.max_pool2d(first, 2))
        x = self.bottom(functional.max_pool2d(second, 2))
        x = self.third(self.joined(second, self.up[0](x)))
        result: Tensor = self.head(self.fourth(self.joined(first, self.up[1](x))))
        return result

    def joined(self, across: Tensor, up: Tensor) -> Tensor:
        down, right = across.shape[2] - up.shape[2], across.shape[3] - up.shape[3]
        return torch.cat([across, functional.pad(up, (right // 2, right - right // 2, down // 2, down - down // 2))], 1)


class Generator(nn.Module):
    """A row of numbers made a map, and larger twice (Radford et al. 2016)."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(16, 32)
        self.grow = nn.Sequential(
            nn.ConvTranspose2d(8, 8, 4, 2, 1), nn.BatchNorm2d(8), nn.PReLU(8), nn.ConvTranspose2d(8, 1, 4, 2, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.grow(self.dense(x.flatten(1)).view(-1, 8, 2, 2)).tanh()
        return result


def small_convnext(timm, **settings):
    return timm.create_model("convnext_atto", num_classes=3, depths=(1, 1, 1, 1), dims=(4, 6, 8, 10), **settings)


NETWORKS = {
    "U-Net": (lambda _: UNet(transposed=True), (1, 13, 14)),
    "U-Net, bilinear": (lambda _: UNet(transposed=False), (1, 13, 14)),
    "generator": (lambda _: Generator(), (1, 4, 4)),
    "ConvNeXt": (lambda timm: small_convnext(timm, conv_mlp=False), (3, 34, 33)),
    "ConvNeXt of convolutions": (lambda timm: small_convnext(timm, conv_mlp=True), (3, 34, 33)),
}


@pytest.mark.parametrize(("network", "shape"), NETWORKS.values(), ids=NETWORKS)
def test_everything_agrees_with_torch_and_the_fields_with_a_nan_in_each_pixel(timm, network, shape):
    torch.manual_seed(0)
    module = network(timm).double().eval()
    followed = trace(module, torch.randn(shape))
    assert followed.difference < 1e-12
    table = layer_table(module, shape)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(torch.zeros(1, *shape, dtype=torch.float64))
    assert (2 * table.macs, table.unlisted_macs) == (counter.get_total_flops(), 0)
    channels, height, width = shape
    pictures = torch.zeros(height * width, channels, height * width, dtype=torch.float64)
    pictures[range(height * width), :, range(height * width)] = torch.nan
    probed = record(module, pictures.view(-1, *shape))
    draw = np.random.default_rng(0)
    for step in probed.steps:
        assert not isinstance(step.operation, Unknown)
        for _ in range(2):
            unit = tuple(int(draw.integers(side)) for side in step.output_shape)
            reached = step.value[:, *unit].isnan().reshape(height, width).numpy()
            assert np.array_equal(field_of(probed, step.name, unit).pixels, reached), (step.name, unit)
            number = followed.unit(step.name, *unit)
            assert abs(number.arithmetic.total - number.torch) < 1e-12
