"""The parts of one number, by hand."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from convlens.explain import trace
from convlens.explain.arithmetic import (
    Applied,
    Averaged,
    Copied,
    Dotted,
    Joined,
    Largest,
    Normalised,
    Shared,
    Standardised,
    Weighted,
)

SIXTEEN = torch.arange(1.0, 17).reshape(1, 1, 4, 4)


def filled(layer, weights, bias=0.0):
    """Set a layer's weights and its bias."""
    layer.weight.data = torch.tensor(weights, dtype=torch.float32).reshape(layer.weight.shape)
    if layer.bias is not None:
        layer.bias.data.fill_(bias)
    return layer


def only(layer, image, *place):
    """Give the arithmetic of one number of a network of one layer."""
    followed = trace(nn.Sequential(layer), image)
    return followed.unit("0", *place)


def test_the_image_1_to_16_under_the_filter_1_2_3_4_by_hand():
    followed = trace(nn.Sequential(filled(nn.Conv2d(1, 1, 2), [1, 2, 3, 4])), SIXTEEN)
    assert followed.step("0").value[0].tolist() == [[44, 54, 64], [84, 94, 104], [124, 134, 144]]
    unit = followed.unit("0", 0, 1, 2)
    one = unit.arithmetic
    assert isinstance(one, Weighted)
    assert (one.channels, one.rows, one.columns) == ((0,), (1, 2), (2, 3))
    assert one.window.tolist() == [[[7, 8], [11, 12]]]
    assert one.filter.tolist() == [[[1, 2], [3, 4]]]
    assert one.products.tolist() == [[[7, 16], [33, 48]]]
    assert (one.sums.tolist(), one.bias, one.total) == ([104], 0.0, 104)
    assert (unit.value, unit.torch, unit.difference) == (104, 104, 0)
    assert unit.inputs == ("image",)


def test_a_window_over_the_corner_reads_padding():
    layer = filled(nn.Conv2d(1, 1, 2, padding=1, bias=False), [1, 2, 3, 4])
    one = only(layer, SIXTEEN, 0, 0, 0).arithmetic
    assert (one.rows, one.columns) == ((-1, 0), (-1, 0))
    assert one.padded.tolist() == [[True, True], [True, False]]
    assert (one.window.tolist(), one.bias, one.total) == ([[[0, 0], [0, 1]]], None, 4)


@pytest.mark.parametrize(
    ("mode", "window"),
    [
        ("zeros", [[0, 0, 0], [0, 1, 2], [0, 5, 6]]),
        ("reflect", [[6, 5, 6], [2, 1, 2], [6, 5, 6]]),
        ("replicate", [[1, 1, 2], [1, 1, 2], [5, 5, 6]]),
        ("circular", [[16, 13, 14], [4, 1, 2], [8, 5, 6]]),
    ],
)
def test_what_the_padding_holds(mode, window):
    layer = filled(nn.Conv2d(1, 1, 3, padding=1, padding_mode=mode), [1] * 9)
    unit = only(layer, SIXTEEN, 0, 0, 0)
    assert unit.arithmetic.window[0].tolist() == window
    assert unit.arithmetic.padded.tolist() == [[True, True, True], [True, False, False], [True, False, False]]
    assert unit.torch == sum(map(sum, window))


def test_a_dilated_and_strided_window_leaves_holes():
    one = only(filled(nn.Conv2d(1, 1, 2, stride=2, dilation=2), [1, 1, 1, 1]), SIXTEEN, 0, 0, 0).arithmetic
    assert (one.rows, one.columns, one.window.tolist()) == ((0, 2), (0, 2), [[[1, 3], [9, 11]]])


def test_the_second_group_of_filters_reads_the_second_group_of_channels():
    layer = filled(nn.Conv2d(4, 2, 1, groups=2), [1, 2, 3, 4], bias=5.0)
    image = torch.arange(4.0).reshape(1, 4, 1, 1)
    one = only(layer, image, 1, 0, 0).arithmetic
    assert (one.channels, one.sums.tolist(), one.bias, one.total) == ((2, 3), [6, 12], 5.0, 23)


def test_a_pools_winner_is_the_first_of_the_largest():
    image = torch.tensor([[1.0, 7, 7, 0], [7, 2, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]).reshape(1, 1, 4, 4)
    one = only(nn.MaxPool2d(2), image, 0, 0, 0).arithmetic
    assert isinstance(one, Largest)
    assert (one.winner, one.total, one.window.tolist()) == ((0, 1), 7, [[1, 7], [7, 2]])


def test_a_pools_padding_and_what_hangs_over_the_edge_are_no_part_of_its_window():
    one = only(nn.MaxPool2d(3, 2, padding=1, ceil_mode=True), -SIXTEEN, 0, 0, 0).arithmetic
    assert (one.rows, one.columns, one.total) == ((0, 1), (0, 1), -1)
    hanging = only(nn.MaxPool2d(3, 2, padding=1, ceil_mode=True), -SIXTEEN, 0, 2, 2).arithmetic
    assert (hanging.rows, hanging.columns, hanging.total) == ((3,), (3,), -16)


@pytest.mark.parametrize(
    ("settings", "window", "divisor"),
    [
        ({}, [[0, 0, 0], [0, 1, 2], [0, 5, 6]], 9),
        ({"count_include_pad": False}, [[1, 2], [5, 6]], 4),
        ({"divisor_override": 7}, [[0, 0, 0], [0, 1, 2], [0, 5, 6]], 7),
    ],
)
def test_what_an_average_divides_by(settings, window, divisor):
    unit = only(nn.AvgPool2d(3, 1, padding=1, **settings), SIXTEEN, 0, 0, 0)
    one = unit.arithmetic
    assert isinstance(one, Averaged)
    assert (one.window.tolist(), one.divisor) == (window, divisor)
    assert unit.torch == pytest.approx(14 / divisor)


def test_an_adaptive_window_covers_from_floor_to_ceiling():
    image = torch.arange(25.0).reshape(1, 1, 5, 5)
    one = only(nn.AdaptiveAvgPool2d(2), image, 0, 1, 0).arithmetic
    assert (one.rows, one.columns, one.divisor, one.total) == ((2, 3, 4), (0, 1, 2), 9, 16)
    largest = only(nn.AdaptiveMaxPool2d(2), image, 0, 1, 0).arithmetic
    assert (largest.winner, largest.total) == ((4, 2), 22)


def test_batch_norm_by_hand():
    layer = nn.BatchNorm2d(2, eps=0.25)
    layer.running_mean, layer.running_var = torch.tensor([0.0, 3.0]), torch.tensor([1.0, 2.0])
    layer.weight.data, layer.bias.data = torch.tensor([1.0, 6.0]), torch.tensor([0.0, -1.0])
    one = only(layer, torch.full((1, 2, 1, 1), 5.0), 1, 0, 0).arithmetic
    assert isinstance(one, Normalised)
    assert (one.deviation, one.total) == (1.5, (5 - 3) / 1.5 * 6 - 1)


def test_batch_norm_without_weights_only_brings_to_mean_0_and_deviation_1():
    one = only(nn.BatchNorm2d(1, affine=False, eps=0.0), torch.full((1, 1, 1, 1), 5.0), 0, 0, 0).arithmetic
    assert (one.weight, one.bias, one.total) == (1.0, 0.0, 5.0)


def test_a_linear_layers_largest_terms_and_the_rest_add_up():
    layer = filled(nn.Linear(4, 1), [1, -3, 0.5, 2], bias=10.0)
    followed = trace(nn.Sequential(nn.Flatten(), layer), torch.tensor([1.0, 2, 4, 3]).reshape(1, 1, 2, 2))
    one = followed.unit("1", 0).arithmetic
    assert isinstance(one, Dotted)
    assert one.products.tolist() == [1, -6, 2, 6]
    assert one.largest(3).tolist() == [1, 3, 2]
    assert one.rest(3) == 1
    assert one.products[one.largest(3)].sum() + one.rest(3) + one.bias == one.total == 13
    assert one.folded == (1, 2, 2)


def test_a_linear_layer_that_reads_no_maps_folds_nothing():
    followed = trace(nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.Linear(3, 2)), torch.ones(1, 1, 2, 2))
    assert followed.unit("2", 0).arithmetic.folded is None


def test_dropout_and_an_activation_between_do_not_hide_the_maps():
    network = nn.Sequential(nn.Flatten(), nn.Dropout(), nn.ReLU(), nn.Linear(8, 3))
    assert trace(network, torch.ones(1, 2, 2, 2)).unit("3", 0).arithmetic.folded == (2, 2, 2)


def test_a_flattened_number_comes_from_its_channel_row_and_column():
    one = only(nn.Flatten(), torch.arange(24.0).reshape(1, 2, 3, 4), 1 * 12 + 2 * 4 + 3).arithmetic
    assert (one.source, one.place, one.total) == ("image", (1, 2, 3), 23)


class Twice(nn.Module):
    def __init__(self, joined):
        super().__init__()
        self.joined, self.relu = joined, nn.ReLU()

    def forward(self, x):
        return self.joined(self.relu(x), x)


def test_a_sum_a_product_and_a_row_of_channels_say_where_their_numbers_come_from():
    image = torch.tensor([[-2.0, 3.0]]).reshape(1, 1, 1, 2)
    added = trace(Twice(torch.add), image).unit("add", 0, 0, 1).arithmetic
    assert isinstance(added, Joined)
    assert (added.sources, added.places, added.inputs, added.total) == (
        ("relu", "image"), ((0, 0, 1), (0, 0, 1)), (3.0, 3.0), 6.0,
    )  # fmt: skip
    multiplied = trace(Twice(torch.mul), image).unit("mul", 0, 0, 1).arithmetic
    assert (multiplied.sign, multiplied.total) == ("·", 9.0)
    row = trace(Twice(lambda one, other: torch.cat([one, other], 1)), image).unit("cat", 1, 0, 0).arithmetic
    assert isinstance(row, Copied)
    assert (row.source, row.place, row.total) == ("image", (0, 0, 0), -2.0)


def test_a_factor_per_channel_is_read_at_the_channels_one_place():
    def scaled(maps, image):
        return maps * image.mean((2, 3), keepdim=True)

    one = trace(Twice(scaled), torch.arange(8.0).reshape(1, 2, 2, 2)).unit("mul", 1, 0, 1).arithmetic
    assert (one.places, one.inputs, one.total) == (((1, 0, 1), (1, 0, 0)), (5.0, 5.5), 27.5)


def test_padding_holds_its_own_number_or_one_of_the_map():
    one = only(nn.ConstantPad2d((1, 0, 0, 0), 7.0), SIXTEEN, 0, 0, 0).arithmetic
    assert (one.source, one.place, one.total) == ("", None, 7.0)
    other = only(nn.ReflectionPad2d(1), SIXTEEN, 0, 0, 0).arithmetic
    assert (other.place, other.total) == ((0, 1, 1), 6.0)


def test_softmax_by_hand():
    network = nn.Sequential(nn.Flatten(), nn.Softmax(1))
    unit = trace(network, torch.tensor([0.0, math.log(3), math.log(4)]).reshape(1, 1, 1, 3)).unit("1", 1)
    one = unit.arithmetic
    assert isinstance(one, Shared)
    assert one.largest == pytest.approx(math.log(4))
    assert one.exponentials == pytest.approx(np.array([0.25, 0.75, 1.0]))
    assert (one.index, one.total) == (1, pytest.approx(3 / 8))


def test_what_a_number_of_a_transposed_convolution_is_put_together_from():
    # at stride 2 an odd row is reached from above by the filter's last row, and from below by its first
    layer = filled(nn.ConvTranspose2d(1, 1, 3, 2, 1), [1, 2, 3, 4, 5, 6, 7, 8, 9], bias=0.5)
    one = only(layer, torch.tensor([[1.0, 2], [3, 4]]).reshape(1, 1, 2, 2), 0, 1, 1).arithmetic
    assert isinstance(one, Weighted)
    assert (one.rows, one.columns, one.taps) == ((0, 1), (0, 1), ((2, 0), (2, 0)))
    assert (one.filter.tolist(), one.window.tolist()) == ([[[9, 7], [3, 1]]], [[[1, 2], [3, 4]]])
    assert (one.bias, one.total) == (0.5, 9 + 14 + 9 + 4 + 0.5)


def test_a_second_group_of_transposed_filters_reads_the_second_group_of_channels():
    layer = filled(nn.ConvTranspose2d(4, 4, 1, groups=2), [1, 2, 3, 4, 5, 6, 7, 8], bias=0.0)
    one = only(layer, torch.tensor([1.0, 10, 100, 1000]).reshape(1, 4, 1, 1), 3, 0, 0).arithmetic
    assert (one.channels, one.filter.ravel().tolist(), one.total) == ((2, 3), [6, 8], 8600)


def test_a_group_is_normalised_by_its_own_numbers():
    layer = filled(nn.GroupNorm(2, 4, eps=0.0), [1, 2, 3, 4], bias=10.0)
    one = only(layer, torch.tensor([1.0, 3, 5, 9]).reshape(1, 4, 1, 1), 3, 0, 0).arithmetic
    assert isinstance(one, Standardised)
    assert (one.numbers.tolist(), one.index, one.first, one.last) == ([5, 9], 1, (2, 0, 0), (3, 0, 0))
    assert (one.mean, one.variance, one.weight, one.total) == (7, 4, 4, (9 - 7) / 2 * 4 + 10)


def test_a_layer_norm_over_the_columns_has_a_weight_for_each():
    layer = filled(nn.LayerNorm(2, eps=0.0), [5, 7])
    one = only(layer, torch.tensor([[0.0, 2], [3, 9]]).reshape(1, 1, 2, 2), 0, 1, 0).arithmetic
    assert (one.numbers.tolist(), one.first, one.last) == ([3, 9], (0, 1, 0), (0, 1, 1))
    assert (one.mean, one.variance, one.weight, one.total) == (6, 9, 5, -5)


def test_below_0_a_number_meets_the_slope_of_its_channel():
    layer = nn.PReLU(2)
    layer.weight.data = torch.tensor([0.5, -3.0])
    one = only(layer, torch.tensor([-2.0, -2.0]).reshape(1, 2, 1, 1), 1, 0, 0).arithmetic
    assert isinstance(one, Applied)
    assert (one.parameters, one.total) == ((("negative_slope", -3.0),), 6.0)


def test_a_number_between_four_is_their_mean_the_nearer_the_heavier():
    image = torch.tensor([[0.0, 16], [32, 48]]).reshape(1, 1, 2, 2)
    one = only(nn.Upsample(scale_factor=2, mode="bilinear"), image, 0, 1, 2).arithmetic
    assert isinstance(one, Weighted)
    assert one.filter.tolist() == [[[3 / 16, 9 / 16], [1 / 16, 3 / 16]]]
    assert (one.total, one.bias) == (9 + 2 + 9, None)
    corner = only(nn.Upsample(scale_factor=2, mode="bilinear"), image, 0, 3, 3).arithmetic
    assert isinstance(corner, Copied)
    assert (corner.place, corner.total) == ((0, 1, 1), 48)


def test_a_shuffled_pixel_and_a_number_of_an_unflattened_row_say_where_they_stood():
    shuffled = only(nn.PixelShuffle(2), torch.arange(16.0).reshape(1, 8, 1, 2), 1, 1, 2).arithmetic
    assert (shuffled.place, shuffled.total) == ((6, 0, 1), 13)  # below, left, in the second square
    network = nn.Sequential(nn.Flatten(), nn.Unflatten(1, (2, 2, 2)))
    assert trace(network, torch.arange(8.0).reshape(1, 1, 2, 4)).unit("1", 1, 0, 1).arithmetic.place == (5,)


def test_a_difference_adds_up_and_a_channel_says_where_it_stood():
    class Network(nn.Module):
        def forward(self, x):
            return x[:, 1:] - x.relu()[:, :1]

    followed = trace(Network(), torch.tensor([2.0, -3.0]).reshape(1, 2, 1, 1))
    copied, joined = (followed.unit(name, 0, 0, 0) for name in ("getitem", "sub"))
    assert (copied.arithmetic.source, copied.arithmetic.place, copied.value) == ("image", (1, 0, 0), -3)
    assert (joined.arithmetic.sign, joined.arithmetic.inputs, joined.arithmetic.total) == ("−", (-3, 2), -5)
    assert "the first minus the second is -5" in joined.text()
    assert "total = inputs[0] - inputs[1]" in joined.python()


def test_a_norm_without_a_mean_divides_by_the_root_of_the_mean_square():
    network = nn.Sequential(nn.Flatten(), nn.RMSNorm(2, eps=0.5))
    one = trace(network, torch.tensor([3.0, 4.0]).reshape(1, 1, 1, 2)).unit("1", 1)
    # (9 + 16) / 2 = 12.5, and 4 / √(12.5 + 0.5)
    assert (one.arithmetic.mean, one.arithmetic.variance) == (0, 12.5)
    assert one.arithmetic.total == pytest.approx(4 / math.sqrt(13), rel=1e-15)
    assert one.value == pytest.approx(one.arithmetic.total, rel=1e-15)
    assert "have the mean square 12.5, and no mean is taken away" in one.text()
    left = {}
    exec(one.python(), left)
    assert left["total"] == pytest.approx(one.value, rel=1e-15)
