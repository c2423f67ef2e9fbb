from functools import partial

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from convlens.errors import ShapeError, UnknownNameError
from convlens.explain.boxes import Box
from convlens.explain.fields import every_field, field_of, followed, receptive_field, seen
from convlens.explain.recording import IMAGE, blank, record
from convlens.models.networks import create

from .drawn import Last, Less, Rearranged

NETWORKS = 200


class Branches(nn.Module):
    """Two ways from one map to another, added or joined."""

    def __init__(self, one, other, join):
        super().__init__()
        self.one, self.other, self.join = one, other, join

    def forward(self, x: Tensor) -> Tensor:
        both = self.one(x), self.other(x)
        return torch.cat(both, 1) if self.join else both[0] + both[1]


class Squeezed(nn.Module):
    """Squeeze and excitation: each channel times a number that was read from the whole map."""

    def __init__(self, channels):
        super().__init__()
        self.pool, self.mix = nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.mix(self.pool(x)).relu()


class Cut(nn.Module):
    """Rows and columns added or cut off."""

    def __init__(self, sides):
        super().__init__()
        self.sides = sides

    def forward(self, x: Tensor) -> Tensor:
        return functional.pad(x, self.sides, value=1.0)


class Own(nn.Module):
    """A layer normalisation over the last axes of maps."""

    def __init__(self, axes):
        super().__init__()
        self.axes = axes

    def forward(self, x: Tensor) -> Tensor:
        return functional.layer_norm(x, x.shape[-self.axes :])


def a_layer(draw, channels):
    """Draw one layer for a map of so many channels."""
    one_of = partial(any_of, draw)
    kernel, gap = one_of(1, 2, 3, (1, 3), (3, 2)), one_of(1, 1, 2, (1, 2))
    kinds = (
        *("conv", "conv", "conv", "max", "mean", "adaptive", "norm", "branches", "squeezed", "pad", "relu"),
        *("transposed", "transposed", "own", "resized", "resized", "shuffled", "last"),
    )
    match one_of(*kinds):
        case "conv":
            groups = one_of(*{1, channels})
            mode = one_of("zeros", "reflect", "replicate", "circular")
            settings = {"dilation": gap, "groups": groups, "padding_mode": mode}
            if one_of(True, False):
                return nn.Conv2d(channels, groups * one_of(1, 2), kernel, padding="same", **settings)
            stride, around = one_of(1, 2, 3, (2, 1)), one_of(0, 1, 2, (0, 1))
            return nn.Conv2d(channels, groups * one_of(1, 2), kernel, stride, around, **settings)
        case "max":
            return nn.MaxPool2d(one_of(2, 3), one_of(1, 2, 3), one_of(0, 1), gap, ceil_mode=one_of(True, False))
        case "mean":
            return nn.AvgPool2d(one_of(2, 3), one_of(1, 2, 4), one_of(0, 1), ceil_mode=one_of(True, False))
        case "adaptive":
            size = one_of(2, 3, (4, 1), (2, 5))
            return nn.AdaptiveMaxPool2d(size) if one_of(True, False) else nn.AdaptiveAvgPool2d(size)
        case "norm":
            return nn.BatchNorm2d(channels)
        case "branches":
            far = nn.Conv2d(channels, channels, 3, padding=2, dilation=2, groups=one_of(*{1, channels}))
            near = one_of(nn.Identity(), nn.MaxPool2d(3, 1, 1), nn.Conv2d(channels, channels, 1))
            return Branches(near, far, channels < 4 and one_of(True, False))
        case "squeezed":
            return Squeezed(channels)
        case "transposed":
            groups, stride = one_of(*{1, channels}), one_of(1, 2, 3, (2, 1))
            extra = 0 if stride == 1 else one_of(0, (1, 0))
            return nn.ConvTranspose2d(
                channels, groups * one_of(1, 2), kernel, stride, one_of(0, 1, (0, 1)), extra, groups, dilation=gap
            )
        case "own":
            return one_of(
                nn.GroupNorm(one_of(*{1, channels}), channels), nn.InstanceNorm2d(channels), Own(one_of(1, 2, 3))
            )
        case "resized":
            factor, corners = one_of(0.6, 1.4, 2, (0.7, 1.5)), one_of(True, False)
            return one_of(
                nn.Upsample(scale_factor=factor, mode=one_of("nearest", "nearest-exact")),
                nn.Upsample(scale_factor=factor, mode="bilinear", align_corners=corners),
                nn.Upsample((one_of(3, 7), one_of(4, 6)), mode="bilinear", align_corners=corners),
            )
        case "shuffled":
            return nn.PixelShuffle(2) if channels == 4 else nn.PReLU(channels)
        case "last":
            return Last(channels, one_of(0, 1, 2))
        case "moved":
            ways = [Rearranged(way) for way in ("halves", "cut", "shuffled", "means")]
            return one_of(nn.ChannelShuffle(channels), Less(nn.Conv2d(channels, channels, 1)), *ways)
        case "pad":
            return Cut(tuple(one_of(-1, 0, 1, 2) for _ in range(4)))
        case _:
            return nn.ReLU()


def any_of(draw, *choices):
    return choices[int(draw.integers(len(choices)))]


def a_network(seed):
    """Draw a network of two to five layers, mostly with a head, and the shape of its pictures."""
    draw = np.random.default_rng(seed)
    torch.manual_seed(seed)
    shape = (any_of(draw, 1, 2), int(draw.integers(5, 8)), int(draw.integers(5, 9)))
    network, wanted = nn.Sequential(), 1 + int(draw.integers(1, 5))
    x = torch.zeros(1, *shape)
    while len(network) < wanted:
        layer = a_layer(draw, x.shape[1]).eval()
        try:
            given = layer(x)
        except (RuntimeError, ValueError):  # the map is too small for it
            continue
        # a window of padding alone has the maximum −∞, which would turn into NaN without any pixel's help
        if given.shape[1] <= 6 and 0 < given.numel() <= 600 and given.isfinite().all():
            network.append(layer)
            x = given
    if any_of(draw, True, True, False):
        network.append(nn.Flatten())
        network.append(nn.Linear(x.numel(), 3))
    return network.double(), shape


def nan_probe(network, shape):
    """Put NaN into each number of a picture in turn, and see which numbers of each step become NaN."""
    count = int(np.prod(shape))
    pictures = torch.zeros(count, count, dtype=torch.float64)
    pictures.fill_diagonal_(torch.nan)
    return record(network, pictures.view(count, *shape))


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("tens", range(NETWORKS // 10))
def test_every_field_of_every_layer_is_what_a_nan_in_each_pixel_reaches(tens):
    for seed in range(10 * tens, 10 * tens + 10):
        network, shape = a_network(seed)
        probed = nan_probe(network, shape)
        count = int(np.prod(shape))
        for place, step in enumerate(probed.steps):
            cells = int(np.prod(step.output_shape))
            each = np.eye(cells, dtype=bool).reshape(cells, *step.output_shape)
            found = followed(probed, place, each)
            claimed = np.broadcast_to(found.cells.get(IMAGE, np.zeros(1, bool)), (cells, *shape)).reshape(cells, count)
            reached = step.value.isnan().reshape(count, cells).T.numpy()
            assert not found.unknown, f"{seed} {step.name}"
            assert np.array_equal(claimed, reached), f"{seed} {step.name}: {network}"


def test_the_last_unit_behind_a_pool_does_not_see_the_row_that_the_pool_dropped():
    # 5 → pool 2 → 2 → conv 3, padding 1: the closed form claims rows 0 to 7 for unit 1, cut at the picture 0 to 4
    network = nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(1, 1, 3, padding=1))
    assert receptive_field(network, "1", (0, 1, 1), (1, 5, 5)).box == Box(0, 0, 4, 4)


def test_the_fields_of_the_books_network_by_hand():
    network = create("cnn")
    for layer, side in {"conv1": 3, "pool1": 4, "conv2": 8, "pool2": 10}.items():
        field = receptive_field(network, layer, (0, 2, 2), (1, 28, 28))
        assert (field.size, field.count, field.status, field.holes) == ((side, side), side**2, "exact", 0)
    assert receptive_field(network, "pool2", (0, 2, 2), (1, 28, 28)).box == Box(8, 8, 10, 10)
    assert receptive_field(network, "dense1", (7,), (1, 28, 28)).count == 26 * 26


def test_a_dilated_window_has_holes():
    network = nn.Sequential(nn.Conv2d(1, 1, 3, dilation=2))
    field = receptive_field(network, "0", (0, 0, 0), (1, 6, 6))
    assert (field.size, field.count, field.holes) == ((5, 5), 9, 16)
    assert field.pixels[::2, ::2][:3, :3].all()


def test_circular_padding_reads_the_other_side():
    network = nn.Sequential(nn.Conv2d(1, 1, 3, padding=1, padding_mode="circular"))
    field = receptive_field(network, "0", (0, 0, 0), (1, 6, 6))
    assert np.flatnonzero(field.pixels.any(axis=0)).tolist() == [0, 1, 5]
    assert (field.size, field.holes) == ((6, 6), 27)


def test_a_group_reads_its_own_channels_only():
    network = nn.Sequential(nn.Conv2d(2, 2, 3, groups=2))
    field = receptive_field(network, "0", (1, 0, 0), (2, 5, 5))
    assert field.channels.sum(axis=(1, 2)).tolist() == [0, 9]


def test_behind_a_linear_layer_everything_counts():
    field = receptive_field(create("mlp"), "dense1", (0,), (1, 28, 28))
    assert (field.status, field.count) == ("whole picture", 784)


def test_an_unknown_step_makes_a_field_unknown_and_never_a_number():
    network = create("cnn[pool=aps]")
    behind = receptive_field(network, "conv2", (0, 0, 0), (1, 28, 28))
    assert behind.status.startswith("unknown: ")
    assert "PolyphaseSampling" in behind.status
    assert [behind.pixels, behind.count, behind.box, behind.size, behind.holes] == [None] * 5
    assert receptive_field(network, "conv1", (0, 0, 0), (1, 28, 28)).count == 9


def test_where_all_pixels_are_known_to_count_an_unknown_step_changes_nothing():
    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.dense = nn.Linear(16, 16)

        def forward(self, x):
            return self.dense(x.flatten(1)) + x.flatten(1).cumsum(1)

    assert seen(blank(Both(), 1, (4, 4))).status == "whole picture"


def test_a_unit_that_sees_padding_alone_has_no_box():
    network = nn.Sequential(nn.ZeroPad2d(2), nn.MaxPool2d(2))
    field = receptive_field(network, "1", (0, 0, 0), (1, 4, 4))
    assert (field.count, field.box, field.size, field.holes, field.status) == (0, None, None, 0, "exact")


def test_a_printed_field_says_how_large_it_is_and_where_it_lies():
    network = create("cnn")
    told = "conv2:0,3,3 depends on 8×8 pixels, rows 6 to 13 and columns 6 to 13 (exact)"
    field = receptive_field(network, "conv2", (0, 3, 3), (1, 28, 28))
    assert (str(field), repr(field)) == (told, f"Field({told})")
    whole = seen(blank(nn.Sequential(nn.Flatten(), nn.Linear(4, 1)), 1, (2, 2)))
    assert str(whole) == "layer '1' depends on 2×2 pixels, rows 0 to 1 and columns 0 to 1 (whole picture)"


def test_a_printed_field_that_is_unknown_says_why():
    field = receptive_field(nn.Sequential(nn.LPPool2d(2, 2)), "0", (0, 0, 0), (1, 4, 4))
    assert str(field) == f"0:0,0,0: {field.status}"


def test_all_fields_of_a_layer_are_its_fields_one_by_one():
    recording = blank(create("toy"), 1, (4, 4))
    fields = list(every_field(recording, recording.place("conv1")))
    assert [field.unit for field in fields] == [(0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1)]
    for field in fields:
        assert np.array_equal(field.pixels, field_of(recording, "conv1", field.unit).pixels)
    together = np.any([field.pixels for field in fields], axis=0)
    assert np.array_equal(seen(recording, recording.place("conv1")).pixels, together)


@pytest.mark.parametrize("unit", [(0, 26, 0), (64, 0, 0), (-1, 0, 0), (0, 0), (0,)])
def test_a_unit_outside_the_map_is_refused_with_what_there_is(unit):
    with pytest.raises(ShapeError, match="'conv1' has channels 0 to 63, rows 0 to 25, columns 0 to 25"):
        receptive_field(create("cnn"), "conv1", unit, (1, 28, 28))


def test_a_layer_that_is_not_there_is_answered_with_near_names():
    with pytest.raises(UnknownNameError, match="conv1"):
        receptive_field(create("cnn"), "conv11", (0, 0, 0), (1, 28, 28))
