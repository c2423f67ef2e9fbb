"""Random networks of everything that a trace follows, with their random pictures."""

from collections.abc import Callable
from itertools import count

import torch
from torch import Tensor, nn
from torch.nn import functional

SMOOTH = (nn.Sigmoid, nn.Tanh, nn.SiLU, nn.GELU, nn.ELU, nn.Softplus, nn.Mish, nn.Hardswish, nn.Hardsigmoid)
RECTIFIED = (nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.Identity, nn.Dropout)


class Skipped(nn.Module):
    """x + body(x), as in a residual network."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.body(x))


class Beside(nn.Module):
    """x and body(x), channels after one another."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.body(x)], 1)


class Excited(nn.Module):
    """Squeeze and excitation as it is written by hand, with `view` there and back."""

    def __init__(self, channels: int, way: str) -> None:
        super().__init__()
        self.dense, self.way = nn.Linear(channels, channels), way

    def forward(self, x: Tensor) -> Tensor:
        many, channels, _, _ = x.shape
        each = self.dense(functional.adaptive_avg_pool2d(x, 1).view(many, channels)).sigmoid()
        match self.way:
            case "view":
                return x * each.view(many, channels, 1, 1)
            case "expand":
                return x * each.reshape(many, channels, 1, 1).expand_as(x)
            case _:
                return x * each[:, :, None, None]


class Last(nn.Module):
    """A block of ConvNeXt: a wide convolution for each channel, and two layers at each place, channels last."""

    def __init__(self, channels: int, way: int) -> None:
        super().__init__()
        self.wide = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        self.norm, self.more = nn.LayerNorm(channels), nn.Linear(channels, 2 * channels)
        self.less, self.way = nn.Linear(2 * channels, channels, bias=False), way
        self.gamma = nn.Parameter(torch.linspace(0.5, 2.0, channels))

    def forward(self, x: Tensor) -> Tensor:
        y = self.wide(x).permute(0, 2, 3, 1) if self.way else self.wide(x).transpose(1, 3)
        y = self.less(functional.silu(self.more(self.norm(y)), inplace=True)) * self.gamma
        if self.way == 2:
            return x + y.permute(0, -1, 1, 2)
        y = y + x.permute(0, 2, 3, 1) if self.way else y + torch.transpose(x, 3, 1)
        return torch.permute(y, (0, 3, 1, 2)) if self.way else y.swapaxes(1, -1)


class Padded(nn.Module):
    """Rows and columns added on uneven sides."""

    def __init__(self, sides: tuple[int, int, int, int], value: float) -> None:
        super().__init__()
        self.sides, self.value = sides, value

    def forward(self, x: Tensor) -> Tensor:
        return functional.pad(x, self.sides, value=self.value)


def drawn(seed: int, *, whole: bool = False) -> tuple[nn.Module, Tensor]:
    """Give a network in float64 and a picture (1, C, H, W) for it.

    Args:
        whole: float32, and whole numbers only, through layers that keep them whole.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        channels = any_of(1, 2, 3, 4)
        image = torch.randn(1, channels, any_of(*range(6, 13)), any_of(*range(6, 13)))
        network = nn.Sequential()
        x = image
        wanted = any_of(2, 3, 4, 5)
        for _ in count():
            layer = any_of(*MAPPED)(x.shape[1], whole)
            try:
                given = layer.eval()(x)
            except (RuntimeError, ValueError):  # it does not fit on so small a map
                continue
            network.append(layer)
            x = given
            if (wanted := wanted - 1) == 0:
                break
        if any_of(True, False) and not whole:
            network.append(nn.AdaptiveAvgPool2d(any_of(1, 2, (1, 2))))
            x = network[-1](x)
        network.append(nn.Flatten())
        network.append(nn.Linear(x[0].numel(), any_of(2, 3), bias=any_of(True, False)))
        if not whole:
            _learnt(network)
            return network.double().eval(), image.double()
        for tensor in network.parameters():
            tensor.data = torch.randint(-2, 3, tensor.shape).float()
        return network.eval(), torch.randint(0, 10, image.shape).float()


def _learnt(network: nn.Module) -> None:
    for layer in network.modules():
        if isinstance(layer, (nn.GroupNorm, nn.InstanceNorm2d, nn.PReLU)):
            for one in layer.parameters():
                one.data = torch.randn_like(one)
        if isinstance(layer, (nn.BatchNorm2d, nn.InstanceNorm2d)) and layer.track_running_stats:
            layer.running_mean = torch.randn_like(layer.running_mean)
            layer.running_var = torch.rand_like(layer.running_var) + 0.1
            if layer.affine:
                layer.weight.data, layer.bias.data = torch.randn_like(layer.weight), torch.randn_like(layer.bias)


def any_of(*choices):
    return choices[int(torch.randint(len(choices), (1,)))]


def convolution(channels: int, whole: bool) -> nn.Module:
    groups = any_of(*(one for one in (1, 1, 2, channels) if channels % one == 0))
    outputs = groups * any_of(1, 2)
    kernel = any_of(1, 2, 3, (3, 1), (2, 3))
    mode = any_of("zeros", "reflect", "replicate", "circular")
    if any_of(True, False, False):
        return nn.Conv2d(
            channels, outputs, kernel, padding="same", dilation=any_of(1, 2), groups=groups, padding_mode=mode
        )
    return nn.Conv2d(
        channels,
        outputs,
        kernel,
        stride=any_of(1, 1, 2, (1, 2), 3),
        padding=any_of(0, 1, (0, 2)),
        dilation=any_of(1, 1, 2, (2, 1)),
        groups=groups,
        bias=any_of(True, False),
        padding_mode=mode,
    )


def max_pool(channels: int, whole: bool) -> nn.Module:
    kernel = any_of(2, 3, (1, 2))
    padding = any_of(0, 0, 1) if kernel != (1, 2) else any_of(0, (0, 1))
    stride = any_of(None, 1, 2, (2, 3))
    return nn.MaxPool2d(kernel, stride, padding, dilation=any_of(1, 1, 2), ceil_mode=any_of(True, False))


def average_pool(channels: int, whole: bool) -> nn.Module:
    if whole:
        return nn.MaxPool2d(2, ceil_mode=True)
    return nn.AvgPool2d(
        any_of(2, 3, (1, 2)),
        any_of(None, 1, 2),
        padding=any_of(0, 0, (0, 1)),
        ceil_mode=any_of(True, False),
        count_include_pad=any_of(True, False),
        divisor_override=any_of(None, None, 3),
    )


def adaptive(channels: int, whole: bool) -> nn.Module:
    size = any_of(2, 3, (4, 2), (3, 5))
    return nn.AdaptiveMaxPool2d(size) if whole or any_of(True, False) else nn.AdaptiveAvgPool2d(size)


def normalisation(channels: int, whole: bool) -> nn.Module:
    return nn.ReLU() if whole else nn.BatchNorm2d(channels, affine=any_of(True, False))


def rectifier(channels: int, whole: bool) -> nn.Module:
    return any_of(nn.ReLU, nn.Identity, nn.Dropout)() if whole else any_of(*RECTIFIED, *SMOOTH)()


def skip(channels: int, whole: bool) -> nn.Module:
    return Skipped(nn.Conv2d(channels, channels, 3, padding="same"))


def beside(channels: int, whole: bool) -> nn.Module:
    return Beside(nn.Conv2d(channels, any_of(1, 2), 3, padding=1))


def padding(channels: int, whole: bool) -> nn.Module:
    return any_of(
        Padded((any_of(0, 1, 2), 1, 0, any_of(-1, 2)), any_of(0.0, 2.0)),
        nn.ReflectionPad2d((1, 0, 2, 1)),
        nn.ReplicationPad2d(1),
        nn.CircularPad2d((0, 2, 1, 1)),
    )


def transposed(channels: int, whole: bool) -> nn.Module:
    groups, stride = any_of(*(one for one in (1, 1, channels) if channels % one == 0)), any_of(1, 2, (1, 2), 3)
    return nn.ConvTranspose2d(
        channels,
        groups * any_of(1, 2),
        any_of(1, 2, 3, (3, 1)),
        stride,
        padding=any_of(0, 0, 1),
        output_padding=0 if stride == 1 else any_of(0, (0, 1)) if stride != 3 else any_of(0, 2),
        groups=groups,
        bias=any_of(True, False),
        dilation=any_of(1, 1, (2, 1)),
    )


def own_norm(channels: int, whole: bool) -> nn.Module:
    if whole:
        return nn.PixelShuffle(2) if channels % 4 == 0 else nn.Upsample(scale_factor=2)
    groups = any_of(*(one for one in (1, 2, channels) if channels % one == 0))
    return any_of(
        # with a bias: without one their sum is 0, of which rounding leaves nothing that could be compared
        nn.GroupNorm(groups, channels),
        nn.InstanceNorm2d(channels, affine=True, track_running_stats=any_of(True, False)),
        OverAll(any_of(1, 2, 3)),
    )


def last(channels: int, whole: bool) -> nn.Module:
    return nn.Identity() if whole else Last(channels, any_of(0, 1, 2))


def squeezed(channels: int, whole: bool) -> nn.Module:
    return nn.ReLU() if whole else Excited(channels, any_of("view", "expand", "index"))


def rearranged(channels: int, whole: bool) -> nn.Module:
    return any_of(
        Less(nn.Conv2d(channels, channels, 3, padding=1)),
        Rearranged("halves"),
        Rearranged("cut"),
        Rearranged("shuffled"),
        nn.ChannelShuffle(channels),
        Rearranged("means"),
    )


def slopes(channels: int, whole: bool) -> nn.Module:
    return nn.PReLU(any_of(1, channels))


def resized(channels: int, whole: bool) -> nn.Module:
    if whole:
        return nn.Upsample((any_of(5, 9), 7), mode="nearest-exact")
    corners = any_of(True, False)
    return any_of(
        nn.Upsample(scale_factor=any_of(1.5, 2, (0.7, 3)), mode=any_of("nearest", "nearest-exact")),
        nn.Upsample(scale_factor=any_of(1.5, 2, (0.7, 1.1)), mode="bilinear", align_corners=corners),
        nn.Upsample((any_of(4, 9), any_of(5, 10)), mode="bilinear", align_corners=corners),
        nn.PixelShuffle(2 if channels % 4 == 0 else 1),
    )


class Less(nn.Module):
    """x − body(x)."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, x: Tensor) -> Tensor:
        return x - self.body(x)


class Rearranged(nn.Module):
    """Channels parted, shuffled or left out, and a row of means with axes put in: as in ShuffleNet."""

    def __init__(self, way: str) -> None:
        super().__init__()
        self.way = way

    def forward(self, x: Tensor) -> Tensor:
        many, channels, height, width = x.shape
        match self.way:
            case "halves" if channels > 1:
                first, second = x.chunk(2, dim=1)
                return torch.cat([second, first.relu()], 1)
            case "cut" if channels > 1:
                return x[:, 1:]
            case "shuffled" if channels % 2 == 0:
                return x.view(many, 2, channels // 2, height, width).transpose(1, 2).reshape(x.shape)
            case _:
                return x - x.amax((2, 3)).unsqueeze(-1).unsqueeze(-1)


class OverAll(nn.Module):
    """A layer normalisation over the last axes of maps whatever their size."""

    def __init__(self, axes: int) -> None:
        super().__init__()
        self.axes = axes

    def forward(self, x: Tensor) -> Tensor:
        own = x.shape[-self.axes :]
        weight = torch.linspace(-1, 2, own.numel(), dtype=x.dtype).reshape(own)
        if own.numel() % 2:
            return functional.rms_norm(x, own, weight, 0.1)
        return functional.layer_norm(x, own, weight, weight.flip(0))


MAPPED: tuple[Callable[[int, bool], nn.Module], ...] = (
    convolution,
    convolution,
    convolution,
    max_pool,
    average_pool,
    adaptive,
    normalisation,
    rectifier,
    rectifier,
    skip,
    beside,
    padding,
    transposed,
    transposed,
    own_norm,
    slopes,
    resized,
    squeezed,
    last,
    rearranged,
    rearranged,
)
