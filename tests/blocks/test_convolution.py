"""Convolution: by hand, as torch has it, and bit for bit where the numbers are whole."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis.strategies import booleans, composite, integers, sampled_from

from convlens.blocks import by_hand
from convlens.blocks.convolution import convolve
from convlens.blocks.settings import sides
from convlens.errors import ShapeError

# torch says so once, of a copy that it makes
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")

COUNT = np.arange(1, 17).reshape(1, 4, 4)
FILTER = np.array([[[[1, 2], [3, 4]]]])


def test_the_first_example_of_every_course():
    assert convolve(COUNT, FILTER).tolist() == [[[44, 54, 64], [84, 94, 104], [124, 134, 144]]]
    assert convolve(COUNT, FILTER, stride=2).tolist() == [[[44, 64], [124, 144]]]


def test_padding_by_hand():
    # the corner sees one pixel, 1 under the filter's 4; the one beside it 1 and 2 under 3 and 4
    padded = convolve(COUNT, FILTER, padding=1)
    assert padded.shape == (1, 5, 5)
    assert padded[0, 0].tolist() == [4, 11, 18, 25, 12]
    assert padded[0, 1:4, 1:4].tolist() == [[44, 54, 64], [84, 94, 104], [124, 134, 144]]


def test_the_filter_is_not_flipped():
    image = np.zeros((1, 3, 3), int)
    image[0, 1, 1] = 1
    assert convolve(image, np.arange(9).reshape(1, 1, 3, 3), padding=1).tolist() == [[[8, 7, 6], [5, 4, 3], [2, 1, 0]]]


def test_channels_add_up_and_the_bias_comes_once():
    image = np.stack([np.full((2, 2), 1), np.full((2, 2), 10)])
    weight = np.ones((1, 2, 2, 2), int)
    assert convolve(image, weight, np.array([5])).tolist() == [[[49]]]


def test_groups_keep_apart():
    image = np.stack([np.full((1, 1), 1), np.full((1, 1), 10)])
    weight = np.array([2, 3]).reshape(2, 1, 1, 1)
    assert convolve(image, weight, groups=2).ravel().tolist() == [2, 30]


def test_bytes_do_not_overflow():
    image = np.full((1, 2, 2), 200, np.uint8)
    assert convolve(image, np.full((1, 1, 2, 2), 100, np.uint8)).tolist() == [[[80_000]]]


@composite
def convolutions(draw, largest=7):
    """Settings of one convolution that fits, and the layer of torch that has them."""
    groups = draw(integers(1, 3))
    channels, filters = groups * draw(integers(1, 2)), groups * draw(integers(1, 2))
    kernel = draw(integers(1, 3)), draw(integers(1, 4))
    dilation = draw(integers(1, 2)), draw(integers(1, 2))
    mode = draw(sampled_from(["zeros", "reflect", "replicate", "circular"]))
    size = draw(integers(4, largest)), draw(integers(4, largest))
    if draw(booleans()):
        stride, padding = (1, 1), "same"
    else:
        stride = draw(integers(1, 3)), draw(integers(1, 3))
        span = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
        padding = tuple(
            draw(integers(max(0, -(-(s - n) // 2)), max(2, -(-(s - n) // 2)))) for s, n in zip(span, size, strict=True)
        )
    layer = torch.nn.Conv2d(
        channels, filters, kernel, stride, padding, dilation, groups, draw(booleans()), mode, dtype=torch.float64
    )
    return layer, (channels, *size), draw(integers(0, 999))


def by(function, layer, image, **padding):
    weight = layer.weight.detach().numpy()
    bias = None if layer.bias is None else layer.bias.detach().numpy()
    return function(
        image, weight, bias, stride=layer.stride, dilation=layer.dilation, groups=layer.groups,
        mode=layer.padding_mode, **padding,
    )  # fmt: skip


def fill(layer, shape, seed, whole):
    """Put numbers into the layer and give an image, all whole or all broken."""
    rng = np.random.default_rng(seed)
    for numbers in layer.parameters():
        drawn = rng.integers(-9, 10, numbers.shape) if whole else rng.normal(size=numbers.shape)
        numbers.data = torch.from_numpy(drawn.astype(np.float64))
    return (rng.integers(-9, 10, shape) if whole else rng.normal(size=shape)).astype(np.float64)


def by_torch(layer, image):
    with torch.no_grad():
        return layer(torch.from_numpy(image)[None])[0].numpy()


@given(convolutions())
@settings(max_examples=200)
def test_it_agrees_with_torch(drawn):
    layer, shape, seed = drawn
    image = fill(layer, shape, seed, whole=False)
    np.testing.assert_allclose(
        by(convolve, layer, image, padding=layer.padding), by_torch(layer, image), rtol=1e-12, atol=1e-12
    )


@given(convolutions())
@settings(max_examples=100)
def test_whole_numbers_agree_with_torch_bit_for_bit(drawn):
    layer, shape, seed = drawn
    image = fill(layer, shape, seed, whole=True)
    assert np.array_equal(by(convolve, layer, image, padding=layer.padding), by_torch(layer, image))


@given(convolutions(largest=5))
@settings(max_examples=40)
def test_the_fast_form_equals_the_loops(drawn):
    layer, shape, seed = drawn
    around = sides(layer.padding, layer.kernel_size, layer.stride, layer.dilation)
    image = fill(layer, shape, seed, whole=True)
    assert np.array_equal(by(convolve, layer, image, padding=around), by(by_hand.convolve, layer, image, sides=around))


@pytest.mark.parametrize("padding", [((0, 1), (2, 0)), ((-1, 0), (1, 2))])
def test_each_side_may_be_padded_or_cut_by_itself(padding):
    rng = np.random.default_rng(0)
    image, weight = rng.integers(-9, 10, (2, 5, 6)), rng.integers(-9, 10, (3, 2, 3, 2))
    assert np.array_equal(
        convolve(image, weight, padding=padding, stride=(1, 2)),
        by_hand.convolve(image, weight, sides=padding, stride=(1, 2)),
    )


def test_float32_stays_float32():
    assert convolve(np.ones((1, 3, 3), np.float32), np.ones((1, 1, 2, 2), np.float32)).dtype == np.float32


def test_channels_that_do_not_go_with_the_filters_are_named():
    with pytest.raises(ShapeError, match="filters of 3 channels in 1 groups see 3 channels; the image has 1"):
        convolve(np.ones((1, 4, 4)), np.ones((2, 3, 2, 2)))


def test_filters_that_cannot_be_dealt_out_are_named():
    with pytest.raises(ShapeError, match="3 filters cannot be dealt out to 2 groups"):
        convolve(np.ones((2, 4, 4)), np.ones((3, 1, 2, 2)), groups=2)
