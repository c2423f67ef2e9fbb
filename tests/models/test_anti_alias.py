import copy
import re
from contextlib import nullcontext

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from convlens.errors import SettingsError
from convlens.models.anti_alias import LARGEST_STRIDE, anti_alias, strided_layers
from convlens.models.layers import BlurPool, PolyphaseSampling
from convlens.models.networks import MODELS, create
from convlens.models.sampled import SampledConv2d, SampledPool


class Block(nn.Module):
    """Two convolutions, and a way around them."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        around = (nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
        self.around = nn.Sequential(*around) if stride > 1 else nn.Identity()

    def forward(self, maps):
        out = self.norm2(self.conv2(self.relu(self.norm1(self.conv1(maps)))))
        return self.relu(out + self.around(maps))


class Residual(nn.Module):
    """A small network with ways around its blocks."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(2, 4, 7, 2, 3, bias=False)
        self.norm = nn.BatchNorm2d(4)
        self.relu = nn.ReLU(inplace=True)
        self.pool = nn.MaxPool2d(3, 2, 1)
        self.stages = nn.Sequential(Block(4, 4, 1), Block(4, 6, 2), Block(6, 6, 1))
        self.average = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(6, 3)

    def forward(self, maps):
        count = maps.size(0)
        maps = self.pool(self.relu(self.norm(self.stem(maps))))
        return self.head(self.average(self.stages(maps)).view(count, -1))


class Wilful(nn.Module):
    """A network whose way depends on what it sees."""

    def __init__(self):
        super().__init__()
        self.pool = nn.MaxPool2d(2)

    def forward(self, maps):
        return self.pool(maps) if maps.mean() > 0 else maps


def noise(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape).astype(np.float32))


def becoming(model, **settings):
    return {layer.name: layer.becomes for layer in strided_layers(model, **settings)}


def staying(model, **settings):
    return {layer.name: layer.reason for layer in strided_layers(model, **settings) if layer.reason}


def same_state(one, other):
    first, second = one.state_dict(), other.state_dict()
    return list(first) == list(second) and all(torch.equal(first[name], second[name]) for name in first)


NETWORKS = {
    "cnn": (lambda: create("cnn", size=18), (1, 18, 18)),
    "cnn of an odd size": (lambda: create("cnn", size=(19, 21)), (1, 19, 21)),
    "residual": (Residual, (2, 33, 38)),
    "a pool alone": (lambda: nn.MaxPool2d(2), (1, 7, 9)),
    "names": (lambda: nn.Sequential(nn.Conv2d(1, 2, 3, padding="valid", stride=2), nn.AvgPool2d(2)), (1, 11, 14)),
}


@pytest.mark.parametrize("padding", ["reflect", "zeros", "circular"])
@pytest.mark.parametrize("how", ["blur", "aps"])
@pytest.mark.parametrize(("make", "shape"), NETWORKS.values(), ids=NETWORKS)
@pytest.mark.filterwarnings("ignore:anti_alias left alone")  # what runs side by side, under "aps"
def test_weights_their_names_and_all_sizes_stay(make, shape, how, padding):
    model = make().eval()
    before = copy.deepcopy(model)
    fixed = anti_alias(model, how=how, padding=padding)
    assert same_state(fixed, model)
    assert same_state(model, before)
    assert str(model) == str(before)
    with torch.inference_mode():
        maps = noise(1, *shape)
        assert fixed(maps).shape == model(maps).shape
        assert not torch.equal(fixed(maps), model(maps))
    fixed.load_state_dict(model.state_dict())


@given(
    side=st.integers(4, 14),
    kernel=st.integers(1, 4),
    stride=st.integers(2, 4),
    padding=st.integers(0, 2),
    dilation=st.integers(1, 2),
    kind=st.sampled_from(["max", "average", "conv"]),
    how=st.sampled_from(["blur", "aps"]),
    rim=st.sampled_from(["reflect", "zeros", "circular"]),
)
def test_one_layer_of_any_shape_gives_maps_of_its_size(side, kernel, stride, padding, dilation, kind, how, rim):
    padding, dilation = min(padding, kernel // 2), 1 if kind == "average" else dilation
    layer = {
        "max": lambda: nn.MaxPool2d(kernel, stride, padding, dilation),
        "average": lambda: nn.AvgPool2d(kernel, stride, padding),
        "conv": lambda: nn.Conv2d(1, 2, kernel, stride, padding, dilation),
    }[kind]()
    if side + 2 * padding < dilation * (kernel - 1) + 1:
        return
    maps = noise(2, 1, side, side + 3)
    with torch.inference_mode():
        assert anti_alias(layer, how=how, taps=5, padding=rim)(maps).shape == layer(maps).shape


def test_a_max_pool_becomes_a_dense_one_and_a_blur_by_hand():
    """The row 0 8 0 0 0 8: maxima 8 8 0 0 8, blurred with (1 2 1)/4 at the first, third and fifth place."""
    row = torch.tensor([0.0, 8, 0, 0, 0, 8]).expand(1, 1, 6, 6)
    assert anti_alias(nn.MaxPool2d(2))(row)[0, 0, 1].tolist() == [8, 2, 4]
    assert anti_alias(nn.MaxPool2d(2), padding="zeros")(row)[0, 0, 1].tolist() == [6, 2, 4]
    # round the torus the maxima are 8 8 0 0 8 8
    assert anti_alias(nn.MaxPool2d(2), padding="circular")(row)[0, 0, 1].tolist() == [8, 2, 6]


@pytest.mark.parametrize(("taps", "first"), [(3, 0), (4, -1), (5, -1)])
def test_an_average_over_two_and_its_blur_are_the_binomial_filter(taps, first):
    """(1 1)/2 and then (1 1)/2, (1 2 1)/4 or (1 3 3 1)/8, of which the latter two begin one cell before the average."""
    maps = noise(1, 1, 16, 16)
    averaged = anti_alias(nn.AvgPool2d(2), taps=taps)(maps)
    direct = BlurPool(1, taps, 2, "valid")(maps if first == 0 else maps[:, :, 1:, 1:])
    inner = averaged if first == 0 else averaged[:, :, 1:, 1:]
    torch.testing.assert_close(inner[:, :, :5, :5], direct[:, :, :5, :5])


def test_a_convolution_is_blurred_after_its_activation_where_a_sequential_shows_it():
    convolution, norm = nn.Conv2d(1, 3, 3, 2), nn.BatchNorm2d(3)
    model = nn.Sequential(convolution, norm, nn.ReLU(), nn.Flatten()).eval()
    assert becoming(model) == {"0": "stride 1, a blur of 3 taps after the activation '2'"}
    maps = noise(2, 1, 9, 9)
    dense = nn.functional.conv2d(maps, convolution.weight, convolution.bias)
    expected = BlurPool(3)(norm(dense).relu()).flatten(1)
    torch.testing.assert_close(anti_alias(model)(maps), expected)
    assert convolution.stride == (2, 2)


def test_a_convolution_whose_activation_is_not_in_sight_is_blurred_right_after_it():
    assert becoming(nn.Sequential(nn.Conv2d(1, 3, 3, 2)))["0"].endswith("right after it")
    for follower in (nn.PReLU(), nn.LayerNorm([3, 4, 4]), nn.Flatten()):
        model = nn.Sequential(nn.Conv2d(1, 3, 3, 2), follower)
        assert becoming(model) == {"0": "stride 1, a blur of 3 taps right after it"}
    maps = noise(2, 1, 9, 9)
    dense = nn.functional.conv2d(maps, model[0].weight, model[0].bias)
    torch.testing.assert_close(anti_alias(model)(maps), BlurPool(3)(dense).flatten(1))


def test_a_norm_behind_the_blur_gives_what_it_gives_before_it():
    """In eval mode a norm is one line for each channel, and a blur whose weights sum to 1 keeps lines."""
    norm = nn.BatchNorm2d(3).eval()
    norm.running_mean.copy_(torch.tensor([1.0, -2, 3]))
    norm.running_var.copy_(torch.tensor([4.0, 1, 9]))
    maps = noise(1, 3, 8, 8)
    torch.testing.assert_close(norm(BlurPool(3)(maps)), BlurPool(3)(norm(maps)))


def test_a_blur_before_a_1_by_1_convolution_gives_what_one_behind_it_gives():
    convolution = nn.Conv2d(3, 2, 1, 2)
    model = nn.ModuleDict({"short": convolution})
    assert becoming(model) == {"short": "stride 1, a blur of 3 taps right before it"}
    maps = noise(1, 3, 8, 7)
    behind = BlurPool(2)(nn.functional.conv2d(maps, convolution.weight, convolution.bias))
    torch.testing.assert_close(anti_alias(model)["short"](maps), behind)


def test_a_residual_network_is_blurred_in_all_four_places():
    assert becoming(Residual()) == {
        "stem": "stride 1, a blur of 3 taps right after it",
        "pool": "the maximum at every place, then a blur of 3 taps",
        "stages.1.conv1": "stride 1, a blur of 3 taps right after it",
        "stages.1.around.0": "stride 1, a blur of 3 taps right before it",
    }
    assert staying(Residual()) == {}


@pytest.mark.filterwarnings("ignore:anti_alias left alone")  # what runs side by side, under "aps"
def test_layers_side_by_side_keep_their_grids_under_aps():
    beside = "other layers run beside it, and their grids would not fit the one it chose"
    assert staying(Residual(), how="aps") == {"stages.1.conv1": beside, "stages.1.around.0": beside}
    fixed = anti_alias(Residual(), how="aps", taps=1)
    assert isinstance(fixed.stem, SampledConv2d)
    assert isinstance(fixed.pool, SampledPool)
    assert type(fixed.stages[1].conv1) is nn.Conv2d
    assert "cannot be followed" in staying(Wilful(), how="aps")["pool"]
    assert staying(Wilful()) == {}


def test_a_circular_network_becomes_exactly_the_same_for_every_move():
    model = create("cnn[head=pooled,padding=circular]", size=8).eval()
    fixed = anti_alias(model, how="aps", taps=1, padding="circular")
    picture = noise(1, 8, 8)
    moved = torch.stack([picture.roll((y, x), (1, 2)) for y in range(8) for x in range(8)])
    with torch.inference_mode():
        assert not torch.allclose(model(moved), model(moved[:1]).expand(64, -1), atol=1e-3)
        logits = fixed(moved)
    assert torch.equal(logits, logits[:1].expand_as(logits))


def test_a_layer_that_is_used_in_two_places_stays_one_layer():
    convolution = nn.Conv2d(2, 2, 3, 2, 1)
    model = nn.Sequential(convolution, nn.ReLU(), nn.Sequential(convolution), nn.ReLU())
    fixed = anti_alias(model)
    assert fixed[0] is fixed[2][0]
    assert same_state(fixed, model)
    assert fixed(noise(1, 2, 9, 9)).shape == model(noise(1, 2, 9, 9)).shape


def hooked():
    layer = nn.Conv2d(1, 1, 2, 2)
    layer.register_forward_hook(lambda *_: None)
    return layer


class Own(nn.Conv2d):
    """A class of the user's own."""


@pytest.mark.parametrize(
    ("layer", "settings", "reason"),
    [
        (nn.MaxPool2d(2), {"keep": ["0"]}, "it was asked to stay"),
        (BlurPool(1), {}, "it samples without aliasing already"),
        (PolyphaseSampling(1, 3), {}, "it samples without aliasing already"),
        (nn.MaxPool1d(2), {}, "only MaxPool2d, AvgPool2d and Conv2d themselves are replaced"),
        (nn.ConvTranspose2d(1, 1, 2, 2), {}, "only MaxPool2d, AvgPool2d and Conv2d themselves are replaced"),
        (Own(1, 1, 2, 2), {}, "only MaxPool2d, AvgPool2d and Conv2d themselves are replaced"),
        (hooked(), {}, "a hook watches it"),
        (nn.MaxPool2d(2, (2, 1)), {}, "its strides differ (2 and 1)"),
        (nn.Conv2d(1, 1, 16, 16), {}, "without its stride of 16 it would do 256 times the work"),
        (nn.MaxPool2d(3, 2, ceil_mode=True), {}, "its windows hang over the rim (ceil_mode)"),
        (nn.MaxPool2d(2, return_indices=True), {}, "it gives places besides values (return_indices)"),
        (nn.MaxPool2d((2, 3), 2), {}, "its window is no square"),
        (nn.AvgPool2d(3, 2), {}, "an average over 3 smooths as much as a filter of 3 taps"),
    ],
)
def test_what_stays_is_named_with_the_reason(layer, settings, reason):
    model = nn.Sequential(layer)
    assert reason in staying(model, **settings)["0"]
    if "asked" in reason or "already" in reason:
        told = nullcontext()
    else:
        told = pytest.warns(UserWarning, match=f"left alone what drops pixels in '0' .*{re.escape(reason)}")
    with told:
        assert str(anti_alias(model, **settings)) == str(model)


class Calling(nn.Module):
    """Drops pixels by calls: in its own forward, and in a part that cannot be followed."""

    def __init__(self, part=None):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3, stride=2)
        self.weight = nn.Parameter(torch.ones(2, 2, 1, 1))
        self.part = part or nn.Identity()

    def forward(self, maps):
        maps = functional.max_pool2d(self.part(self.conv(maps)).relu(), 2)
        maps = functional.avg_pool2d(maps, 3, stride=1)
        maps = functional.conv2d(maps, self.weight, stride=(2, 1))
        return functional.conv2d(maps, self.weight)[:, :, ::3]


class Unfollowed(nn.Module):
    """Looks at numbers before it pools."""

    def forward(self, maps):
        return functional.max_pool2d(maps, 2) if maps.mean() > 0 else maps


def test_calls_in_a_forward_are_listed_and_warned_about():
    calls = [(one.name, one.stride) for one in strided_layers(Calling()) if one.kind == "call"]
    assert calls == [("max_pool2d", (2, 2)), ("conv2d", (2, 1)), ("slicing", (3, 3))]
    assert "write it as a layer" in staying(Calling())["max_pool2d"]
    with pytest.warns(UserWarning, match=r"left alone what drops pixels in 'max_pool2d' .*'conv2d' .*'slicing'"):
        fixed = anti_alias(Calling())
    assert isinstance(fixed.conv, SampledConv2d)
    inside = [one.name for one in strided_layers(nn.Sequential(nn.ReLU(), Calling())) if one.kind == "call"]
    assert inside == ["1.max_pool2d", "1.conv2d", "1.slicing"]


def test_a_call_in_a_forward_that_cannot_be_followed_is_warned_about():
    with pytest.warns(UserWarning, match=r"'part' \(max_pool2d is called in a forward that cannot be followed\)"):
        anti_alias(Calling(Unfollowed()))


def test_a_network_without_a_stride_gets_a_warning_and_comes_back_as_it_is():
    model = create("mlp", size=4)
    with pytest.warns(UserWarning, match="anti_alias changed nothing: the network has no layer whose stride is above"):
        assert str(anti_alias(model)) == str(model)


def test_layers_without_a_stride_are_not_listed():
    assert (
        strided_layers(nn.Sequential(nn.Conv2d(1, 1, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.MaxPool2d(3, 1))) == ()
    )
    assert strided_layers(create("mlp", size=4)) == ()
    assert LARGEST_STRIDE == 4


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"how": "blurr"}, "how must be 'blur' or 'aps', got 'blurr'"),
        ({"padding": "valid"}, "would make maps smaller than the network's heads want; choose 'reflect'"),
        ({"taps": 1}, "a blur of 1 tap changes nothing"),
        ({"taps": 9}, "taps must be one of 2, 3, 4, 5, 6, 7, got 9"),
        ({"padding": "round"}, "no padding is named 'round'"),
        ({"keep": "pool1"}, "keep is a list of the names of layers, got the text 'pool1'; write ['pool1']"),
        ({"keep": ["pol1"]}, "the network has no layer 'pol1'; did you mean 'pool1'"),
    ],
)
def test_wrong_settings_are_told(as_installed, settings, told):
    with pytest.raises(SettingsError, match=re.escape(told)):
        anti_alias(create("toy"), **settings)


def test_what_is_put_in_lies_where_the_network_lies():
    fixed = anti_alias(Residual().to("meta"))
    assert {one.device.type for one in fixed.buffers()} == {"meta"}


def test_modes_and_frozen_parameters_stay():
    model = Residual()
    model.stem.eval()
    model.stem.weight.requires_grad_(False)
    fixed = anti_alias(model)
    assert not fixed.stem.training
    assert fixed.pool.training
    assert not fixed.stem.weight.requires_grad


@pytest.mark.filterwarnings("ignore:anti_alias left alone")  # what runs side by side, under "aps"
def test_it_can_be_trained_on():
    fixed = anti_alias(Residual(), how="aps")
    fixed(noise(4, 2, 32, 32)).square().sum().backward()
    assert all(one.grad is not None and torch.isfinite(one.grad).all() for one in fixed.parameters())


@pytest.mark.parametrize("name", ["resnet18", "mobilenetv3_small_050", "efficientnet_lite0"])
def test_networks_of_timm_keep_their_sizes(timm, name):
    model = timm.create_model(name, pretrained=False, num_classes=5).eval()
    fixed = anti_alias(model)
    assert same_state(fixed, model)
    assert any(layer.becomes for layer in strided_layers(model))
    with torch.inference_mode():
        assert fixed(torch.zeros(1, 3, 64, 64)).shape == (1, 5)


@pytest.mark.filterwarnings("ignore:anti_alias changed nothing")
def test_every_registered_network_keeps_its_sizes():
    for name, entry in MODELS.items():
        model = create(name).to("meta")
        picture = torch.zeros(1, entry.channels, entry.size, entry.size, device="meta")
        assert anti_alias(model)(picture).shape == model(picture).shape
