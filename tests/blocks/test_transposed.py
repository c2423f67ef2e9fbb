"""Transposed convolution: by hand, as torch has it, and as the transpose that it is named after."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis.strategies import composite, integers

from convlens.blocks import by_hand
from convlens.blocks.convolution import convolve
from convlens.blocks.sizes import transposed_size
from convlens.blocks.transposed import convolve_transposed
from convlens.errors import ShapeError

FILTER = np.array([[[[1, 2], [3, 4]]]])


def test_each_number_puts_the_filter_times_itself():
    image = np.array([[[1, 10]]])
    # 1·[1 2; 3 4] and 10·[1 2; 3 4], one column further to the right, or two
    assert convolve_transposed(image, FILTER).tolist() == [[[1, 12, 20], [3, 34, 40]]]
    assert convolve_transposed(image, FILTER, stride=2).tolist() == [[[1, 2, 10, 20], [3, 4, 30, 40]]]


def test_what_is_cut_off_and_what_comes_in_addition():
    image = np.array([[[1, 10]]])
    assert convolve_transposed(image, FILTER, cut=(0, 1)).tolist() == [[[12], [34]]]
    assert convolve_transposed(image, FILTER, np.array([5]), stride=(1, 3), extra=(0, 1)).tolist() == [
        [[6, 7, 5, 15, 25, 5], [8, 9, 5, 35, 45, 5]]
    ]


@composite
def layers(draw):
    """A layer of torch, the shape of an image for it, and a seed."""
    groups = draw(integers(1, 3))
    stride, dilation = [(draw(integers(1, 3)), draw(integers(1, 3))) for _ in range(2)]
    layer = torch.nn.ConvTranspose2d(
        groups * draw(integers(1, 2)),
        groups * draw(integers(1, 2)),
        kernel := (draw(integers(1, 3)), draw(integers(1, 4))),
        stride,
        tuple(draw(integers(0, d * (k - 1) // 2)) for d, k in zip(dilation, kernel, strict=True)),
        tuple(draw(integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True)),
        groups,
        draw(integers(0, 1)) == 1,
        dilation,
        dtype=torch.float64,
    )
    return layer, (layer.in_channels, draw(integers(1, 5)), draw(integers(1, 5))), draw(integers(0, 999))


def filled(layer, shape, seed):
    """Put whole numbers into the layer, and give an image of such."""
    rng = np.random.default_rng(seed)
    for numbers in layer.parameters():
        numbers.data = torch.from_numpy(rng.integers(-9, 10, numbers.shape).astype(np.float64))
    return rng.integers(-9, 10, shape).astype(np.float64)


def by(function, layer, image):
    return function(
        image,
        layer.weight.detach().numpy(),
        None if layer.bias is None else layer.bias.detach().numpy(),
        stride=layer.stride, cut=layer.padding, extra=layer.output_padding, dilation=layer.dilation,
        groups=layer.groups,
    )  # fmt: skip


@given(layers())
@settings(max_examples=150)
def test_whole_numbers_agree_with_torch_bit_for_bit(drawn):
    layer, shape, seed = drawn
    image = filled(layer, shape, seed)
    with torch.no_grad():
        wanted = layer(torch.from_numpy(image)[None])[0].numpy()
    assert np.array_equal(by(convolve_transposed, layer, image), wanted)
    assert wanted.shape[1:] == tuple(
        transposed_size(shape[1 + axis], *(one[axis] for one in _settings(layer))) for axis in (0, 1)
    )


def _settings(layer):
    return layer.kernel_size, layer.stride, layer.padding, layer.output_padding, layer.dilation


@given(layers())
@settings(max_examples=40)
def test_the_fast_form_equals_the_loops(drawn):
    layer, shape, seed = drawn
    image = filled(layer, shape, seed)
    assert np.array_equal(by(convolve_transposed, layer, image), by(by_hand.convolve_transposed, layer, image))


@given(integers(1, 3), integers(1, 3), integers(0, 1), integers(0, 99))
def test_it_is_the_transpose_of_a_convolution(stride, kernel, cut, seed):
    """⟨convolve(x), y⟩ = ⟨x, convolve_transposed(y)⟩, where the stride divides what the convolution reads."""
    rng = np.random.default_rng(seed)
    side = 3 * stride + kernel - 2 * cut
    if side < 1:
        return
    x, weight = rng.integers(-9, 10, (2, side, side)), rng.integers(-9, 10, (3, 2, kernel, kernel))
    y = rng.integers(-9, 10, (3, 4, 4))
    there, back = (
        convolve(x, weight, stride=stride, padding=cut),
        convolve_transposed(y, weight, stride=stride, cut=cut),
    )
    assert (there * y).sum() == (x * back).sum()


def test_what_does_not_fit_is_named():
    with pytest.raises(ShapeError, match="filters for 1 channels in 1 groups do not fit 2 channels"):
        convolve_transposed(np.ones((2, 3, 3)), FILTER)
    with pytest.raises(ShapeError, match="cutting off 2 at both ends leaves nothing of 2 numbers"):
        convolve_transposed(np.ones((1, 1, 1)), FILTER, cut=2)
