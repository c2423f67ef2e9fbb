import math
import re

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convlens.errors import SettingsError, ShapeError, UnknownNameError
from convlens.explain.operations import (
    AdaptivePool,
    Add,
    AveragePool,
    BatchNorm,
    Channels,
    ChannelSlopes,
    Concatenate,
    Convolution,
    Flatten,
    GroupNorm,
    LayerNorm,
    Linear,
    MaxPool,
    Multiply,
    Pad,
    PixelShuffle,
    Pointwise,
    Resize,
    Softmax,
    Subtract,
    TransposedConvolution,
    Unflatten,
    Unknown,
    Window,
)
from convlens.explain.recording import IMAGE, Recording, blank, record
from convlens.models.layers import BlurPool, DenseMaxPool, PolyphaseSampling, RimConv2d, padded
from convlens.models.networks import create
from convlens.models.sampled import SampledPool


def of_function(function, *shape: int, **parts: nn.Module) -> Recording:
    """Record a network whose forward is `function(self, x)`, on noise."""

    class Network(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            result: Tensor = function(self, x)
            return result

    network = Network()
    for name, part in parts.items():
        network.add_module(name, part)
    return record(network, torch.randn(*(shape or (2, 3, 6, 8)), generator=torch.manual_seed(0)))


def only(recording: Recording):
    """Give the operation of a recording with one step."""
    (step,) = recording.steps
    assert recording.output == 0
    return step.operation


def unknown(recording: Recording) -> list[str]:
    return [step.operation.reason for step in recording.steps if isinstance(step.operation, Unknown)]


class RandomNetwork(nn.Module):
    """A few random parts, joined in random ways; some are reused and some are functions."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        draw = np.random.default_rng(seed)
        self.draw = [int(one) for one in draw.integers(0, 1000, 40)]
        channels = 4
        self.ways = [int(one) for one in draw.integers(0, 9, 5)]
        self.parts = nn.ModuleList()
        for way in self.ways:
            kernel, dilation, groups = (int(draw.integers(*span)) for span in ((1, 4), (1, 3), (1, 3)))
            mode = ("zeros", "reflect", "replicate", "circular")[int(draw.integers(4))]
            padding = "same" if draw.random() < 0.5 else int(draw.integers(0, 2))
            self.parts.append(
                nn.Conv2d(
                    channels, channels, kernel, padding=padding, dilation=dilation, groups=groups, padding_mode=mode
                )
                if way < 4
                else nn.BatchNorm2d(channels)
                if way < 6
                else nn.MaxPool2d(kernel, stride=int(draw.integers(1, 3)), ceil_mode=bool(draw.random() < 0.5))
                if way < 8
                else nn.AvgPool2d(kernel, stride=1, padding=kernel // 2, count_include_pad=bool(draw.random() < 0.5))
            )
        self.first = nn.Conv2d(2, channels, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.head = nn.LazyLinear(3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        for way, part in zip(self.draw, self.parts, strict=False):
            y = part(x)
            match way % 6:
                case 0:
                    y = self.relu(y)
                case 1:
                    y = F.relu(y)
                case 2 if y.shape == x.shape:
                    y = y + x
                case 3 if y.shape == x.shape:
                    y += x
                case 4:
                    y = y.relu_()[:, :, : max(1, y.shape[2] - 1)]
                case 5:
                    y = F.pad(y, (1, 0, -1, 2), value=0.5) if min(y.shape[2:]) > 2 else torch.sigmoid(y)
            x = y
        x = torch.cat([x, self.relu(x * -0.5)], dim=1)
        x = x * F.adaptive_avg_pool2d(x, 1).sigmoid()
        result: Tensor = self.head(torch.flatten(x, 1))
        return result


@pytest.mark.filterwarnings("ignore:Using padding='same'")  # torch tells that it is slow
@pytest.mark.parametrize("seed", range(25))
def test_every_layer_of_a_random_network_is_recorded_with_what_a_hook_sees(seed):
    torch.manual_seed(seed)
    network = RandomNetwork(seed).double().eval()
    images = torch.randn(2, 2, 13, 12, dtype=torch.float64)
    with torch.no_grad():
        network(images)
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.normal_()
            part.running_var.uniform_(0.5, 2)
    hooked: list[tuple[str, Tensor]] = []
    handles = [
        part.register_forward_hook(lambda _, __, out, path=path: hooked.append((path, out.clone())))
        for path, part in network.named_modules()
        if path and not isinstance(part, nn.ModuleList)
    ]
    with torch.no_grad():
        answer = network(images)
    for handle in handles:
        handle.remove()
    recording = record(network, images)
    assert torch.equal(recording.steps[recording.output].value, answer)
    assert unknown(recording) == []
    layers = [step for step in recording.steps if step.kind[0].isupper()]
    assert [step.layer for step in layers] == [path for path, _ in hooked]
    assert all(torch.equal(step.value, out) for step, (_, out) in zip(layers, hooked, strict=True))
    assert len({step.name for step in recording.steps}) == len(recording.steps)
    assert all(step.output_shape == tuple(step.value.shape[1:]) for step in recording.steps)
    assert all(IMAGE <= place < at for at, step in enumerate(recording.steps) for place in step.inputs)


def test_a_layer_that_is_called_twice_is_two_steps():
    relu = nn.ReLU()
    recording = record(nn.Sequential(nn.Conv2d(1, 2, 3), relu, nn.Conv2d(2, 2, 3), relu), torch.randn(1, 1, 6, 6))
    assert [step.name for step in recording.steps] == ["0", "1", "2", "1_2"]
    assert [step.inputs for step in recording.steps] == [(IMAGE,), (0,), (1,), (2,)]


def test_an_in_place_relu_does_not_reach_what_was_recorded_before_it():
    recording = record(nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(inplace=True)), torch.randn(1, 1, 6, 6))
    conv, relu = recording.steps
    assert conv.value.min() < 0 <= relu.value.min()
    assert torch.equal(conv.value.clamp(min=0), relu.value)


def test_changing_the_picture_in_place_does_not_reach_the_recorded_picture():
    recording = of_function(lambda _, x: x.mul_(2))
    assert torch.equal(recording.image * 2, recording.steps[0].value)
    assert recording.input_value(recording.steps[0]) is recording.image


def test_a_part_inside_a_part_bears_its_whole_path_and_functions_follow_it():
    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(2, 2, 3, padding=1)

        def forward(self, x: Tensor) -> Tensor:
            return F.relu(F.relu(self.conv1(x)) + x)

    recording = record(nn.Sequential(nn.Conv2d(1, 2, 1), nn.Sequential(Block())), torch.randn(1, 1, 5, 5))
    assert [(step.name, step.layer, step.kind) for step in recording.steps] == [
        ("0", "0", "Conv2d"),
        ("1.0.conv1", "1.0.conv1", "Conv2d"),
        ("1.0.relu", "1.0", "relu"),
        ("1.0.add", "1.0", "add"),
        ("1.0.relu_2", "1.0", "relu"),
    ]
    assert recording.steps[3].inputs == (2, 0)
    assert recording.place("1.0.add") == 3


def test_a_network_that_is_one_layer_has_a_step_named_after_its_kind():
    assert record(nn.Conv2d(1, 1, 3), torch.zeros(1, 1, 3, 3)).steps[0].name == "conv2d"
    assert only(record(nn.Identity(), torch.zeros(1, 1, 3, 3))) == Pointwise("identity")


def test_what_a_convolution_pads_by_a_rule_is_its_own():
    layer = nn.Conv2d(1, 2, (2, 3), padding="same", padding_mode="reflect", dilation=(1, 2))
    operation = only(record(layer, torch.zeros(1, 1, 7, 7)))
    assert isinstance(operation, Convolution)
    assert operation.window == Window((2, 3), (1, 1), ((0, 1), (2, 2)), (1, 2))
    assert (operation.mode, operation.groups) == ("reflect", 1)
    assert operation.weight is not None
    assert torch.equal(operation.weight, layer.weight)


def test_same_padding_puts_the_odd_one_after():
    operation = only(record(nn.Conv2d(4, 2, (2, 4), padding="same", groups=2), torch.zeros(1, 4, 7, 7)))
    assert operation.window == Window((2, 4), (1, 1), ((0, 1), (1, 2)))
    assert (operation.mode, operation.groups) == ("zeros", 2)


POOLS = [
    (nn.MaxPool2d(2), MaxPool(Window((2, 2), (2, 2), ((0, 0), (0, 0))))),
    (
        nn.MaxPool2d((3, 2), stride=2, padding=(1, 0), dilation=(1, 2), ceil_mode=True),
        MaxPool(Window((3, 2), (2, 2), ((1, 1), (0, 0)), (1, 2), ceil=True)),
    ),
    (
        nn.AvgPool2d(3, stride=(2, 1), padding=1, count_include_pad=False),
        AveragePool(Window((3, 3), (2, 1), ((1, 1), (1, 1))), count_include_pad=False),
    ),
    (
        nn.AvgPool2d(2, ceil_mode=True, divisor_override=3),
        AveragePool(Window((2, 2), (2, 2), ((0, 0), (0, 0)), ceil=True), divisor=3),
    ),
    (nn.AdaptiveAvgPool2d((None, 3)), AdaptivePool("mean", (6, 3))),
    (nn.AdaptiveMaxPool2d(1), AdaptivePool("max", (1, 1))),
    (nn.ZeroPad2d((1, 2, 3, 4)), Pad(((3, 4), (1, 2)))),
    (nn.ConstantPad2d(1, 0.5), Pad(((1, 1), (1, 1)), value=0.5)),
    (nn.CircularPad2d((1, 0, 0, 2)), Pad(((0, 2), (1, 0)), "circular")),
]


@pytest.mark.parametrize(("layer", "operation"), POOLS, ids=[str(layer) for layer, _ in POOLS])
def test_a_pool_is_read_with_its_settings(layer, operation):
    assert only(record(layer, torch.randn(2, 3, 6, 8))) == operation


FUNCTIONS = {
    "relu": (lambda x: x.relu_(), Pointwise("relu")),
    "relu6": (lambda x: nn.ReLU6()(x), Pointwise("relu6")),
    "clamp at 0": (lambda x: x.clamp(min=0), Pointwise("relu")),
    "clamp_min": (lambda x: torch.clamp_min(x, 0), Pointwise("relu")),
    "clamp at 0 and 6": (lambda x: torch.clip(x, 0, 6), Pointwise("relu6")),
    "clamp": (lambda x: torch.clamp(x, -1, 2), Pointwise("hardtanh", (("min_val", -1.0), ("max_val", 2.0)))),
    "clamp_max": (lambda x: x.clamp_max(2), Pointwise("hardtanh", (("min_val", -math.inf), ("max_val", 2.0)))),
    "hardtanh": (F.hardtanh, Pointwise("hardtanh", (("min_val", -1.0), ("max_val", 1.0)))),
    "leaky_relu": (lambda x: F.leaky_relu(x, 0.25), Pointwise("leaky_relu", (("negative_slope", 0.25),))),
    "softplus": (lambda x: F.softplus(x, beta=2), Pointwise("softplus", (("beta", 2.0), ("threshold", 20.0)))),
    "prelu": (lambda x: F.prelu(x, torch.tensor([0.5])), Pointwise("leaky_relu", (("negative_slope", 0.5),))),
    "gelu": (F.gelu, Pointwise("gelu")),
    "gelu, roughly": (lambda x: F.gelu(x, approximate="tanh"), Pointwise("gelu_tanh")),
    "dropout": (lambda x: F.dropout(x, training=False), Pointwise("identity")),
    "times": (lambda x: 2 * x, Pointwise("scale", (("by", 2.0),))),
    "over": (lambda x: x / 4, Pointwise("scale", (("by", 0.25),))),
    "minus itself": (lambda x: -x, Pointwise("scale", (("by", -1.0),))),
    "plus": (lambda x: 1 + x, Pointwise("shift", (("by", 1.0),))),
    "minus": (lambda x: x - 1, Pointwise("shift", (("by", -1.0),))),
    "minus twice": (lambda x: torch.sub(x, 1, alpha=2), Pointwise("shift", (("by", -2.0),))),
    "plus a tensor": (lambda x: torch.ones(()) + x, Pointwise("shift", (("by", 1.0),))),
    "mean": (lambda x: x.mean((2, 3)), AdaptivePool("mean", (1, 1), flat=True)),
    "mean, kept": (lambda x: x.mean([-1, -2], keepdim=True), AdaptivePool("mean", (1, 1))),
    "largest": (lambda x: x.amax((2, 3)), AdaptivePool("max", (1, 1), flat=True)),
    "flatten": (lambda x: x.flatten(1), Flatten()),
    "view": (lambda x: x.view(len(x), -1), Flatten()),
    "reshape": (lambda x: torch.reshape(x, (2, 144)), Flatten()),
    "resized by two": (lambda x: F.interpolate(x, scale_factor=2), Resize("nearest", (12, 16), (0.5, 0.5))),
    "resized by a little more than two, and by next to nothing": (  # then torch goes by the sizes
        lambda x: F.interpolate(x, scale_factor=(2.1, 1.05)),
        Resize("nearest", (12, 8), (0.5, 1.0)),
    ),
    "resized by a factor": (
        lambda x: F.interpolate(x, scale_factor=(1.4, 0.3), mode="bilinear"),
        Resize("bilinear", (8, 2), (1 / 1.4, 1 / 0.3)),
    ),
    "resized, the factor reckoned anew": (
        lambda x: F.interpolate(x, scale_factor=1.4, mode="bilinear", recompute_scale_factor=True),
        Resize("bilinear", (8, 11), (6 / 8, 8 / 11)),
    ),
    "resized with corners": (
        lambda x: F.interpolate(x, (11, 1), mode="bilinear", align_corners=True),
        Resize("aligned", (11, 1), (0.5, 0.0)),
    ),
    "resized by areas": (lambda x: F.interpolate(x, (3, 5), mode="area"), AdaptivePool("mean", (3, 5))),
    "twice itself": (lambda x: x + x, Add()),
    "squared": (lambda x: x * x, Multiply()),
    "joined": (lambda x: torch.cat((x, x), -3), Concatenate()),
    "cut": (lambda x: x[..., 1:-2], Pad(((0, 0), (-1, -2)))),
    "cut above": (lambda x: x[:, :, 2:], Pad(((-2, 0), (0, 0)))),
    "every second": (lambda x: x[:, :, ::2, ::3], MaxPool(Window((1, 1), (2, 3), ((0, 0), (0, 0))))),
    "padded columns": (lambda x: F.pad(x, (1, 2)), Pad(((0, 0), (1, 2)))),
    "our padding": (lambda x: padded(x, 1, 2, "circular"), Pad(((1, 2), (1, 2)), "circular")),
}


@pytest.mark.parametrize(("function", "operation"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_a_function_is_read_like_the_layer(function, operation):
    assert only(of_function(lambda _, x: function(x))) == operation


KEPT = {
    "all of it": lambda x: x[:],
    "contiguous": lambda x: x.contiguous(memory_format=torch.channels_last),
    "stretched to its own size": lambda x: x.expand(2, -1, 6, 8),
    "a copy": lambda x: x.clone().detach(),
    "the same shape": lambda x: x.view(x.shape),
    "joined alone": lambda x: torch.cat([x], 1),
    "a sum of one": lambda x: sum([x]) * 1,
    "no padding": lambda x: padded(x, 0, 0, "reflect"),
    "in a longer format and back": lambda x: x.double().float(),
}


@pytest.mark.parametrize("function", KEPT.values(), ids=KEPT)
def test_what_leaves_numbers_as_they_are_is_no_step(function):
    recording = of_function(lambda _, x: F.relu(function(F.relu(x))))
    assert [step.kind for step in recording.steps if step.operation != Pointwise("identity")] == ["relu", "relu"]


LAYERS = {
    "transposed": (
        nn.ConvTranspose2d(3, 4, (3, 2), (2, 1), (1, 0), (1, 0), dilation=(1, 2)),
        TransposedConvolution,
        {"window": Window((3, 2), (2, 1), ((1, 1), (0, 0)), (1, 2)), "groups": 1, "extra": (1, 0)},
    ),
    "group norm": (nn.GroupNorm(3, 3), GroupNorm, {"groups": 3, "eps": 1e-5}),
    "instance norm": (nn.InstanceNorm2d(3), GroupNorm, {"groups": 3, "weight": None, "bias": None}),
    "instance norm by running numbers": (nn.InstanceNorm2d(3, track_running_stats=True), BatchNorm, {"eps": 1e-5}),
    "layer norm of maps": (nn.LayerNorm((3, 6, 8)), LayerNorm, {"axes": (0, 1, 2)}),
    "layer norm of columns": (nn.LayerNorm(8, bias=False), LayerNorm, {"axes": (2,), "bias": None}),
    "a norm without a mean": (nn.RMSNorm(8, eps=1e-3), LayerNorm, {"axes": (2,), "eps": 1e-3, "centred": False}),
    "its usual eps": (nn.RMSNorm(8), LayerNorm, {"eps": 2.0**-23, "bias": None}),
    "slopes": (nn.PReLU(3), ChannelSlopes, {}),
}


@pytest.mark.parametrize(("layer", "kind", "settings"), LAYERS.values(), ids=LAYERS)
def test_a_layer_with_weights_is_read_with_its_settings(layer, kind, settings):
    operation = only(record(layer, torch.randn(2, 3, 6, 8)))
    assert isinstance(operation, kind)
    assert {name: getattr(operation, name) for name in settings} == settings


def test_a_row_becomes_maps_again():
    recording = of_function(lambda _, x: torch.pixel_shuffle(x.flatten(1).view(2, 12, 3, 4), 2))
    assert [step.operation for step in recording.steps] == [Flatten(), Unflatten((12, 3, 4)), PixelShuffle(2)]
    places = of_function(lambda _, x: x.mean((2, 3))[:, :, None, None].expand(-1, -1, 6, 8))
    assert [step.operation for step in places.steps][1:] == [
        Unflatten((3, 1, 1)), Resize("nearest", (6, 8), (1 / 6, 1 / 8)),
    ]  # fmt: skip


def test_one_number_for_each_channel_is_a_normalisation_with_nothing_to_take_away():
    scale, shift = torch.tensor([1.0, 2.0, 3.0]).view(3, 1, 1), torch.tensor([4.0, 5.0, 6.0]).view(1, 3, 1, 1)
    by, plus = of_scale(scale, shift).steps
    assert isinstance(by.operation, BatchNorm)
    assert isinstance(plus.operation, BatchNorm)
    assert by.operation.weight.tolist() == [1, 2, 3]
    assert plus.operation.bias.tolist() == [4, 5, 6]
    assert (by.operation.eps, by.operation.bias, plus.operation.weight) == (0, None, None)


def of_scale(scale: Tensor, shift: Tensor) -> Recording:
    """Record x · scale + shift, both held by the network."""

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("scale", scale)
            self.shift = shift

        def forward(self, x: Tensor) -> Tensor:
            return x * self.scale + self.shift

    return record(Network(), torch.randn(2, 3, 4, 4))


def test_rows_are_multiplied_and_their_softmax_taken():
    weight = torch.randn(4, 48)

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(weight)

        def forward(self, x: Tensor) -> Tensor:
            return (x.flatten(1) @ self.weight.T).softmax(1)

    _, product, softmax = record(Network(), torch.randn(2, 3, 4, 4)).steps
    assert isinstance(product.operation, Linear)
    assert torch.equal(product.operation.weight, weight)
    assert product.operation.bias is None
    assert softmax.operation == Softmax()


def places(function, *shape: int) -> list[tuple[int, ...]]:
    """Give which channels each step of a function takes, which must take or move channels alone."""
    operations = [step.operation for step in of_function(lambda _, x: function(x), *shape).steps]
    assert all(isinstance(one, Channels) for one in operations)
    return [one.places for one in operations]


def test_channels_are_cut_out_and_parted_by_their_numbers():
    assert places(lambda x: x[:, 1:], 2, 4, 3, 3) == [(1, 2, 3)]
    assert places(lambda x: x[:, ::2], 2, 5, 3, 3) == [(0, 2, 4)]
    assert places(lambda x: x[..., :2, :, :], 2, 5, 3, 3) == [(0, 1)]
    assert places(lambda x: x.chunk(2, 1)[1], 2, 5, 3, 3) == [(0, 1, 2), (3, 4)]
    assert places(lambda x: x.split(2, dim=1)[2], 2, 5, 3, 3) == [(0, 1), (2, 3), (4,)]
    assert places(lambda x: torch.split(x, [1, 3, 1], 1)[1], 2, 5, 3, 3) == [(0,), (1, 2, 3), (4,)]
    cut, _ = (step.operation for step in of_function(lambda _, x: x.flatten(1)[:, 2:4].relu(), 2, 3, 1, 2).steps[1:])
    assert cut == Channels((2, 3))


def shuffled(x: Tensor) -> Tensor:
    many, channels, height, width = x.shape
    return x.view(many, 2, channels // 2, height, width).transpose(1, 2).contiguous().view(many, -1, height, width)


@pytest.mark.parametrize("function", [shuffled, nn.ChannelShuffle(2)], ids=["by hand", "torch's own"])
def test_shuffled_channels_stand_in_turns_from_each_group(function):
    # the groups are 0 1 2 and 3 4 5
    assert places(function, 2, 6, 3, 4) == [(0, 3, 1, 4, 2, 5)]


def test_groups_of_channels_that_are_not_shuffled_change_nothing_and_a_relu_between_is_a_step():
    nothing = of_function(lambda _, x: x.view(2, 2, 3, 3, 4).flatten(1, 2), 2, 6, 3, 4)
    assert [step.operation for step in nothing.steps] == [Pointwise("identity")]
    between = of_function(
        lambda _, x: x.view(2, 2, 3, 3, 4).relu().permute(0, 2, 1, 3, 4).reshape(2, 6, 3, 4), 2, 6, 3, 4
    )
    relu, moved = between.steps
    assert (relu.output_shape, relu.operation) == ((6, 3, 4), Pointwise("relu"))
    assert moved.operation == Channels((0, 3, 1, 4, 2, 5))


def test_a_difference_of_two_steps_is_one():
    assert of_function(lambda _, x: F.relu(x) - x).steps[1].operation == Subtract()


def test_axes_of_length_one_come_and_go():
    recording = of_function(lambda _, x: x.mean((2, 3)).unsqueeze(-1).unsqueeze(-1).squeeze(3).squeeze(2))
    assert [step.output_shape for step in recording.steps] == [(3,), (3, 1), (3, 1, 1), (3, 1), (3,)]
    assert unknown(recording) == []


REFUSED = {
    "a convolution with a filter from the picture": (
        lambda x: F.conv2d(x, x[:, :, :1, :1]), "its weight is computed from the picture"
    ),
    "a normalisation by the batch": (lambda x: F.batch_norm(x, None, None, training=True), "statistics of the batch"),
    "dropout while it trains": (lambda x: F.dropout(x), "by chance"),
    "noise": (lambda x: x + torch.randn_like(x), "none of the operations"),
    "a sum over the batch": (lambda x: x.flatten(0), "432×1|into the shape 288"),
    "a mean of the rows": (lambda x: x.mean(2), "all rows and columns at once"),
    "some rows from the second": (lambda x: x[:, :, 1::2], "both between and at the sides"),
    "a single row": (lambda x: x[:, :, 0], "all axes"),
    "nothing": (lambda x: x[:, :, 6:], "nothing is left"),
    "padded channels": (lambda x: F.pad(x, (0, 0, 0, 0, 1, 0)), "more than rows and columns"),
    "joined pictures": (lambda x: torch.cat([x, x], 0), "axis 0"),
    "joined with zeros": (lambda x: torch.cat([x, torch.zeros(2, 1, 6, 8)], 1), "one of its parts"),
    "from one": (lambda x: 1 - x, "none of the operations"),
    "a weighted sum": (lambda x: torch.add(x, x, alpha=2), "weighs one of its summands"),
    "a quotient": (lambda x: 1 / x, "none of the operations|divides by"),
    "a quotient of two": (lambda x: x / x, "divides by"),
    "whole numbers": (lambda x: x.long(), "none of the operations"),
    "halves, rounded": (lambda x: torch.div(x, 2, rounding_mode="floor"), "it rounds"),
    "a mask": (lambda x: x * torch.ones(6, 8), "not one number for each channel"),
    "a comparison": (lambda x: (x > 0) * 1.0, "none of the operations"),
    "a linear layer on maps": (lambda x: F.linear(x, torch.ones(2, 8)), "only rows"),
    "a product of matrices": (lambda x: x @ x.mT, "other is computed from the picture"),
    "a softmax over channels": (lambda x: x.softmax(1), "only over the classes"),
    "a normalisation over the pictures": (lambda x: F.layer_norm(x, x.shape), "over the pictures too"),
    "groups of sequences": (lambda x: F.group_norm(x.flatten(2), 3), "works on 3 axes"),
    "a normalisation of sequences": (lambda x: F.layer_norm(x[0], (8,)), "works on 3 axes"),
    "smoothed and made smaller": (lambda x: F.interpolate(x, (3, 4), mode="bilinear", antialias=True), "it smooths"),
    "a spline": (lambda x: F.interpolate(x, (9, 9), mode="bicubic"), "its mode is bicubic"),
    "stretched columns": (lambda x: x[:, :, :1, :1].expand(2, 3, 1, 4).expand(2, 3, 6, 4), "stretches 2×3×1×4 to"),
    "bounds that are tensors": (lambda x: x.clamp(min=torch.zeros(())), "its bounds are tensors"),
    "a convolution of one picture": (lambda x: F.conv2d(x[0], torch.ones(1, 3, 1, 1)), "works on 3 axes"),
    "a mean of two maps": (lambda x: x.mean(1, keepdim=True) + x.mean(), "do not fit axis by axis|all rows"),
    "into a tensor": (lambda x: torch.add(x, 1, out=torch.empty(2, 3, 6, 8)), "writes into a tensor"),
    "a written piece": (lambda x: written(x), "none of the operations"),
    "a shared memory": (lambda x: shared(x), "unknown origin"),
    "the second of two parts": (lambda x: x.chunk(2, 3)[1], "parts along axis 3"),
    "what is no part": (lambda x: x.sort(1)[1].float(), "output 1 is not followed"),
    "channels and rows": (lambda x: x[:, :2, 1:], "leaves out channels, and rows"),
    "half a picture": (lambda x: x[:1, :2], "leaves out pictures"),
    "a tensor minus": (lambda x: torch.ones(()) - x, "away from something"),
    "a weighted difference": (lambda x: torch.sub(x, F.relu(x), alpha=2), "weighs one of its two inputs"),
    "groups of rows": (lambda x: x.view(2, 3, 2, 3, 8), "into the shape 2×3×2×3×8"),
    "groups that are left": (lambda x: F.conv2d(x.view(2, 3, 1, 6, 8)[:, :, 0], torch.ones(1, 3, 1, 1)), "channels"),
    "groups turned with the rows": (lambda x: x.view(2, 3, 1, 6, 8).transpose(2, 3).reshape(2, 3, 6, 8), "groups of"),
    "a number for each group": (lambda x: x.view(2, 1, 3, 6, 8) * torch.ones(3, 1, 1), "lie in groups"),
}  # fmt: skip


def written(x: Tensor) -> Tensor:
    canvas = torch.zeros(2, 3, 6, 8)
    canvas[:, :, 1:] = x[:, :, 1:]
    return canvas


def shared(x: Tensor) -> Tensor:
    x = F.relu(x)
    x[0].mul_(2)
    return F.relu(x)


@pytest.mark.parametrize(("function", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_the_vocabulary_cannot_say_is_unknown(function, reason):
    recording = of_function(lambda _, x: function(x))
    assert re.search(reason, " | ".join(unknown(recording)))


def test_after_numbers_were_read_in_python_nothing_is_known():
    recording = of_function(lambda _, x: F.relu(x) * (2 if x.max() > 1 else 3))
    assert [step.kind for step in recording.steps] == ["relu", "max", "gt", "mul"]
    assert recording.steps[0].operation == Pointwise("relu")
    assert "read numbers in Python before (__bool__)" in recording.steps[-1].operation.reason


def test_a_mark_in_the_shape_is_no_reading_of_numbers():
    assert unknown(of_function(lambda _, x: F.relu(x) if x.shape[2] > 3 and x.dim() == 4 else x)) == []


def test_a_way_that_torch_does_not_show_is_unknown():
    class Own(torch.autograd.Function):
        @staticmethod
        def forward(_, x):
            return torch.from_numpy(x.numpy() * 2)

    class Layer(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            result: Tensor = Own.apply(x)
            return result

    recording = of_function(lambda self, x: F.relu(self.own(x)), own=Layer())
    assert all(isinstance(step.operation, Unknown) for step in recording.steps)


@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
def test_a_part_that_torch_has_compiled_is_unknown():
    compiled = torch.jit.script(nn.ReLU())
    recording = record(nn.Sequential(nn.Conv2d(1, 2, 3), compiled, nn.Flatten()), torch.randn(1, 1, 5, 5))
    assert [step.name for step in recording.steps] == ["0", "2"]
    assert unknown(recording) == ["it reads a tensor of unknown origin"]
    assert unknown(record(compiled, torch.randn(1, 1, 5, 5))) == [
        "it computes something in a way that torch does not show"
    ]


@pytest.mark.parametrize("way", [nn.utils.parametrizations.weight_norm, nn.utils.parametrizations.spectral_norm])
def test_a_weight_that_is_computed_from_others_is_what_the_convolution_uses(way):
    network = way(nn.Conv2d(1, 2, 3)).eval()
    (step,) = record(nn.Sequential(network), torch.randn(1, 1, 5, 5)).steps
    assert isinstance(step.operation, Convolution)
    assert torch.allclose(step.operation.weight, network.weight)
    assert {id(one) for one in step.parameters} == {id(one) for one in network.parameters()}


def test_a_tensor_kept_since_before_is_of_unknown_origin():
    kept = torch.ones(2, 3, 6, 8)
    recording = of_function(lambda _, x: x + kept)
    assert unknown(recording) == ["it reads a tensor of unknown origin"]


def test_our_sampling_hangs_on_the_picture_and_a_blur_is_a_convolution():
    torch.manual_seed(0)
    network = nn.Sequential(BlurPool(2, 3, 2, "reflect"), PolyphaseSampling(2), nn.ReLU())
    pad, blur, sampling, relu = record(network, torch.randn(1, 2, 8, 8)).steps
    assert pad.operation == Pad(((1, 1), (1, 1)), "reflect")
    assert isinstance(blur.operation, Convolution)
    assert (blur.name, blur.kind, blur.operation.groups, blur.operation.window.stride) == ("0", "BlurPool", 2, (2, 2))
    assert blur.operation.weight[0, 0].tolist() == [
        [1 / 16, 1 / 8, 1 / 16],
        [1 / 8, 1 / 4, 1 / 8],
        [1 / 16, 1 / 8, 1 / 16],
    ]
    assert (sampling.name, sampling.kind) == ("1", "PolyphaseSampling")
    assert unknown(record(network, torch.randn(1, 2, 8, 8))) == ["which of the grids it keeps depends on the picture"]
    assert relu.inputs == (2,)


def test_our_rims_are_read_too():
    torch.manual_seed(0)
    network = nn.Sequential(
        RimConv2d(1, 2, 3, "circular"),
        DenseMaxPool(2, "zeros"),
        SampledPool(nn.MaxPool2d(3, 2, 1), BlurPool(2), "circular"),
    )
    recording = record(network, torch.randn(1, 1, 9, 9))
    first = recording.steps[0]
    assert isinstance(first.operation, Convolution)
    assert (first.operation.mode, first.operation.window.padding) == ("circular", ((1, 1), (1, 1)))
    assert Pad(((0, 1), (0, 1)), value=-math.inf) in [step.operation for step in recording.steps]
    assert unknown(recording) == []


@pytest.mark.parametrize("name", ["mlp", "cnn", "toy", "steady", "cnn[head=pooled,pool=blur3]"])
def test_our_networks_hold_nothing_unknown(name):
    network = create(name)
    side = 4 if name == "toy" else 28
    recording = record(network, torch.randn(2, 1, side, side))
    assert unknown(recording) == []
    assert torch.equal(recording.steps[recording.output].value, network.eval()(recording.image))


@pytest.mark.parametrize(
    "name",
    ["resnet50", "mobilenetv3_small_100", "tf_efficientnet_lite0", "densenet121", "convnext_atto", "convnext_tiny"],
)
def test_networks_of_timm_hold_nothing_unknown(timm, name):
    torch.manual_seed(0)
    network = timm.create_model(name).eval()
    images = torch.randn(1, 3, 65, 64)
    recording = record(network, images)
    assert unknown(recording) == []
    with torch.no_grad():
        assert torch.equal(recording.steps[recording.output].value, network(images))


class Turned(nn.Module):
    """Channels behind the columns, a ReLU in place, channels in front again."""

    def __init__(self, between):
        super().__init__()
        self.between = between

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.between(x.permute(0, 2, 3, 1))
        return result.permute(0, 3, 1, 2) if result.ndim == 4 else result


def test_maps_with_their_channels_last_are_recorded_with_their_channels_first():
    network = Turned(nn.Sequential(nn.Linear(3, 5), nn.LayerNorm(5), nn.ReLU(inplace=True)))
    images = torch.randn(2, 3, 4, 6)
    recording = record(network, images)
    dense, norm, relu = recording.steps
    assert [step.output_shape for step in recording.steps] == [(5, 4, 6)] * 3
    assert isinstance(dense.operation, Convolution)
    assert torch.equal(dense.operation.weight[:, :, 0, 0], network.between[0].weight)
    assert isinstance(norm.operation, LayerNorm)
    assert (norm.operation.axes, norm.operation.weight.shape) == ((0,), (5, 1, 1))
    assert [step.kind for step in recording.steps] == ["Linear", "LayerNorm", "ReLU"]
    assert torch.equal(relu.value, network(images).detach())


def test_a_part_that_passes_on_maps_with_their_channels_last_is_a_step_of_its_own():
    recording = record(Turned(nn.Sequential(nn.Identity(), nn.Linear(3, 2))), torch.randn(1, 3, 4, 6))
    assert [(step.name, step.output_shape) for step in recording.steps] == [
        ("between.0", (3, 4, 6)), ("between.1", (2, 4, 6)),
    ]  # fmt: skip
    assert torch.equal(recording.steps[0].value, recording.image)


def test_of_a_part_that_runs_twice_each_run_says_where_the_channels_lie():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.act = nn.ReLU()

        def forward(self, x: Tensor) -> Tensor:
            result: Tensor = self.act(self.act(x).permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
            return result

    assert record(Twice(), torch.zeros(1, 3, 4, 6)).turned == {("act", 1): (1, 2, 0)}
    assert record(create("toy"), torch.zeros(1, 1, 4, 4)).turned == {}


TURNED = {
    "a convolution": (lambda x: F.conv2d(x, torch.ones(1, 4, 1, 1)), "its input's channels do not lie first"),
    "a pool": (lambda x: F.avg_pool2d(x, 2), "its input's channels do not lie first"),
    "a row": (lambda x: x.flatten(1), "its input's channels do not lie first"),
    "a number for each row": (lambda x: x * torch.ones(4, 1, 1), "not one number for each channel"),
    "a sum with itself turned": (lambda x: x + x.transpose(1, 2), "different orders"),
    "a linear layer over the columns": (lambda x: F.linear(x.transpose(2, 3), torch.ones(2, 4)), "maps whose channels"),
    "pictures brought behind": (lambda x: x.transpose(0, 1), "it moves the pictures' axis"),
}


@pytest.mark.parametrize(("function", "reason"), TURNED.values(), ids=TURNED)
def test_what_is_done_to_maps_with_their_channels_last_and_cannot_be_said_is_unknown(function, reason):
    images = torch.randn(4, 3, 4, 4)
    assert re.search(reason, " | ".join(unknown(record(Turned(function), images))))


def test_modes_and_gradients_are_as_before():
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout())
    network[1].eval()
    recording = record(network, torch.zeros(1, 1, 5, 5))
    assert [part.training for part in network.modules()] == [True, True, False, True]
    assert not any(step.value.requires_grad for step in recording.steps)
    assert not network[0]._forward_hooks
    assert not network[0]._forward_pre_hooks
    with torch.inference_mode():
        assert not record(network, torch.zeros(1, 1, 5, 5)).steps[0].value.is_inference()


def test_a_blank_picture_has_the_numbers_of_the_network():
    assert blank(nn.Conv2d(2, 1, 3).double(), 2, (4, 5)).image.dtype == torch.float64
    assert blank(nn.Flatten(), 2, (4, 5)).input_shape == (2, 4, 5)


def test_a_wrong_name_brings_the_near_ones():
    recording = blank(create("cnn"), 1, (28, 28))
    with pytest.raises(
        UnknownNameError, match=r"no layer 'convl'; did you mean 'conv1' or 'conv2'\? \(layers: conv1, pool1"
    ):
        recording.place("convl")
    with pytest.raises(UnknownNameError, match=r"no layer 'zzz' \(layers: conv1, pool1, .*dense2\)$"):
        recording.place("zzz")


def test_a_printed_recording_says_what_each_step_reads_and_no_numbers():
    recording = record(nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten()), torch.zeros(3, 1, 4, 5))
    assert [line.split() for line in str(recording).splitlines()] == [
        ["step", "kind", "reads", "output"], ["0", "Conv2d", "image", "2×2×3"], ["1", "Flatten", "0", "12"],
    ]  # fmt: skip
    assert repr(recording) == "Recording(3 of 1×4×5, 2 steps)"
    assert repr(recording.steps[0]) == "Step('0', Conv2d, 2×2×3)"


def test_pictures_that_cannot_be_read_are_refused():
    with pytest.raises(ShapeError, match=r"cannot read a picture of 3×28×28: it reads 1 channel$"):
        record(create("cnn"), torch.zeros(1, 3, 28, 28))
    told = "cannot read a picture of 1×32×32: its linear layer 'dense1' reads 3,200 numbers and gets 4,608"  # 128·6·6
    with pytest.raises(ShapeError, match=told):
        record(create("cnn"), torch.zeros(1, 1, 32, 32))
    with pytest.raises(ShapeError, match=r"N×C×H×W is wanted with 1 channel, and 1×28×28×1 looks like N×H×W×C"):
        record(create("cnn"), torch.zeros(1, 28, 28, 1))
    with pytest.raises(ShapeError, match=r"N×C×H×W are wanted, got the shape 28×28"):
        record(create("cnn"), torch.zeros(28, 28))


def test_an_answer_that_is_no_tensor_is_refused():
    with pytest.raises(SettingsError, match="answers with a tuple"):
        of_function(lambda _, x: (x, x))


def test_a_layer_that_is_not_followed_still_says_what_it_reads():
    module = create("cnn[head=pooled,padding=circular,pool=aps]")
    recording = blank(module, 1, (28, 28))
    sampled = [step for step in recording.steps if step.kind == "PolyphaseSampling"]
    assert len(sampled) == 2
    for step in sampled:
        assert [recording.steps[at].kind for at in step.inputs] == ["ReLU"]
