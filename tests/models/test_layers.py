import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from convlens.errors import SettingsError
from convlens.models.layers import (
    RIMS,
    TAPS,
    BlurPool,
    DenseMaxPool,
    GlobalAveragePool,
    PolyphaseSampling,
    RimConv2d,
    binomial,
    padded,
)

PADDED = [rim for rim in RIMS if rim != "valid"]
NUMPY_MODE = {"zeros": "constant", "reflect": "reflect", "circular": "wrap"}
LAYERS = {
    "BlurPool": lambda rim: BlurPool(6, 3, padding=rim),
    "PolyphaseSampling": lambda rim: PolyphaseSampling(6, 3, padding=rim),
    "DenseMaxPool": lambda rim: DenseMaxPool(2, rim),
    "GlobalAveragePool": lambda _: GlobalAveragePool(),
    "RimConv2d": lambda rim: RimConv2d(6, 4, 3, "circular" if rim == "valid" else rim),
}
EVERY_LAYER = pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
EVERY_RIM = pytest.mark.parametrize("rim", RIMS)


def noise(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape).astype(np.float32))


@pytest.mark.parametrize(
    ("taps", "row"),
    [
        (2, [1, 1]),
        (3, [1, 2, 1]),
        (4, [1, 3, 3, 1]),
        (5, [1, 4, 6, 4, 1]),
        (6, [1, 5, 10, 10, 5, 1]),
        (7, [1, 6, 15, 20, 15, 6, 1]),
    ],
)
def test_the_filters_are_the_rows_of_pascal_s_triangle(taps, row):
    assert (binomial(taps) * 2 ** (taps - 1)).tolist() == row
    assert binomial(taps).sum() == 1


def test_the_blur_of_an_impulse_by_hand():
    """Every second value of (1 2 1)⊗(1 2 1)/16 around the impulse in the middle of 5×5."""
    picture = torch.zeros(1, 1, 5, 5)
    picture[0, 0, 2, 2] = 16
    assert BlurPool(1, 3, padding="zeros")(picture)[0, 0].tolist() == [[0, 0, 0], [0, 4, 0], [0, 0, 0]]
    assert BlurPool(1, 3, padding="valid")(picture)[0, 0].tolist() == [[1, 1], [1, 1]]
    assert BlurPool(1, 2, padding="zeros")(picture)[0, 0].tolist() == [[0, 0, 0], [0, 4, 0], [0, 0, 0]]


def test_the_blur_of_a_ramp_under_each_rim_by_hand():
    """The row 0 4 8 12 with (1 2 1)/4: its first value sees 4 0 4, or 0 0 4, or 12 0 4; its third 4 8 12."""
    picture = torch.tensor([0.0, 4, 8, 12]).expand(1, 1, 4, 4)
    rows = {rim: BlurPool(1, 3, padding=rim)(picture)[0, 0, -1].tolist() for rim in RIMS}
    assert rows == {"valid": [4], "zeros": [1, 8], "reflect": [2, 8], "circular": [4, 8]}


@EVERY_RIM
@given(taps=st.sampled_from(TAPS), stride=st.integers(1, 4), side=st.integers(7, 12), seed=st.integers(0, 9))
def test_the_blur_is_a_filtered_map_of_which_every_s_th_value_is_kept(rim, taps, stride, side, seed):
    maps = np.random.default_rng(seed).normal(size=(2, 3, side, side + 1)).astype(np.float32)
    before, after = (taps - 1) // 2, taps // 2
    sides = ((0, 0), (0, 0), (before, after), (before, after))
    around = maps if rim == "valid" else np.pad(maps, sides, mode=NUMPY_MODE[rim])
    row = np.array([1.0])
    for _ in range(taps - 1):
        row = np.convolve(row, [0.5, 0.5])
    windows = np.lib.stride_tricks.sliding_window_view(around, (taps, taps), axis=(2, 3))
    expected = np.einsum("nchwij,i,j->nchw", windows, row, row)[:, :, ::stride, ::stride]
    blurred = BlurPool(3, taps, stride, rim)(torch.from_numpy(maps)).numpy()
    assert blurred.shape == expected.shape
    np.testing.assert_allclose(blurred, expected, atol=1e-6)


@pytest.mark.parametrize("rim", ["reflect", "circular", "valid"])
@pytest.mark.parametrize("taps", TAPS)
def test_a_blur_without_a_stride_keeps_constants(rim, taps):
    assert (BlurPool(2, taps, 1, rim)(torch.full((1, 2, 9, 9), 3.0)) == 3).all()


@pytest.mark.parametrize("rim", PADDED)
@given(
    side=st.integers(4, 15),
    kernel=st.integers(1, 4),
    stride=st.integers(1, 3),
    padding=st.integers(0, 2),
    taps=st.sampled_from(TAPS),
)
def test_a_dense_layer_and_a_sampling_give_the_size_of_the_strided_layer(rim, side, kernel, stride, padding, taps):
    maps = torch.zeros(1, 1, side, side + 1)
    padding = min(padding, kernel // 2)
    strided = nn.MaxPool2d(kernel, stride, padding)(maps).shape
    dense = nn.MaxPool2d(kernel, 1, padding)(maps)
    assert BlurPool(1, taps, stride, rim)(dense).shape == strided
    assert PolyphaseSampling(1, taps, stride, rim)(dense).shape == strided


@pytest.mark.parametrize("rim", PADDED)
@given(side=st.integers(1, 5), before=st.integers(0, 9), after=st.integers(0, 9))
def test_a_rim_of_any_width_is_that_of_numpy(rim, side, before, after):
    """The reference is numpy.pad, which goes round as often as it takes."""
    maps = np.arange(side * (side + 1), dtype=np.float32).reshape(1, 1, side, side + 1)
    sides = ((0, 0), (0, 0), (before, after), (before, after))
    expected = np.pad(maps, sides, mode=NUMPY_MODE[rim])
    np.testing.assert_array_equal(padded(torch.from_numpy(maps), before, after, rim).numpy(), expected)


@EVERY_RIM
@EVERY_LAYER
def test_the_gradients_are_those_of_finite_differences(make, rim):
    layer = make(rim).double()
    maps = noise(2, 6, 4, 6).double().requires_grad_()
    assert torch.autograd.gradcheck(layer, (maps,))


@EVERY_RIM
@EVERY_LAYER
def test_channels_last_gives_the_same_values_and_stays_channels_last(make, rim):
    layer, maps = make(rim), noise(2, 6, 8, 9)
    plain = layer(maps)
    last = layer.to(memory_format=torch.channels_last)(maps.contiguous(memory_format=torch.channels_last))
    torch.testing.assert_close(last, plain)
    assert last.ndim == 2 or last.is_contiguous(memory_format=torch.channels_last)


def test_a_single_channel_stays_channels_last_when_it_is_padded():
    """Its memory fits either order, and what torch takes it for decides the speed of all that follows."""
    maps = torch.zeros(2, 8, 8, 1).permute(0, 3, 1, 2)
    for rim in PADDED:
        assert padded(maps, 1, 1, rim).stride() == (100, 1, 10, 1)
    assert padded(torch.zeros(2, 1, 8, 8), 1, 1, "circular").stride() == (100, 100, 10, 1)


@EVERY_RIM
@EVERY_LAYER
def test_bf16_is_near_fp32_in_values_and_gradients(make, rim):
    layer = make(rim)
    # Values that bf16 holds exactly, and grids of such different strength that rounding changes no choice.
    maps = (noise(2, 6, 8, 8) * 8).round() / 8
    maps[:, :, 1::2, ::2] *= 8
    exact, rounded = maps.clone().requires_grad_(), maps.clone().requires_grad_()
    wanted = layer(exact)
    wanted.square().sum().backward()
    with torch.autocast("cpu", torch.bfloat16):
        given = layer(rounded.bfloat16() if isinstance(layer, GlobalAveragePool) else rounded)
    given.float().square().sum().backward()
    torch.testing.assert_close(given.float(), wanted, rtol=0.02, atol=0.1)
    scale = exact.grad.abs().max()
    torch.testing.assert_close(rounded.grad / scale, exact.grad / scale, rtol=0, atol=0.03)


@EVERY_RIM
@EVERY_LAYER
def test_there_is_nothing_in_the_weights_file_but_a_convolution_s_own(make, rim):
    layer = make(rim)
    assert set(layer.state_dict()) <= ({"weight", "bias"} if isinstance(layer, RimConv2d) else set())
    assert repr(layer)


@EVERY_LAYER
def test_training_and_eval_give_the_same(make):
    layer, maps = make("reflect"), noise(2, 6, 8, 8)
    assert torch.equal(layer.train()(maps.clone().requires_grad_()), layer.eval()(maps))


@given(side=st.integers(2, 9), kernel=st.integers(1, 4), seed=st.integers(0, 9))
def test_a_dense_pool_keeps_the_size_and_takes_the_maximum_of_each_window(side, kernel, seed):
    maps = noise(1, 2, side, side + 2, seed=seed)
    before, after = (kernel - 1) // 2, kernel // 2
    for rim, fill in (("zeros", None), ("circular", "wrap"), ("reflect", "reflect")):
        values = {"constant_values": -np.inf} if fill is None else {}
        sides = ((0, 0), (0, 0), (before, after), (before, after))
        around = np.pad(maps.numpy(), sides, mode=fill or "constant", **values)
        expected = np.lib.stride_tricks.sliding_window_view(around, (kernel, kernel), axis=(2, 3)).max((4, 5))
        np.testing.assert_array_equal(DenseMaxPool(kernel, rim)(maps).numpy(), expected)


@pytest.mark.parametrize("rim", ["reflect", "circular"])
def test_a_convolution_with_a_rim_is_torch_s_own(rim):
    maps = noise(2, 3, 7, 8)
    ours = RimConv2d(3, 4, 3, rim)
    torchs = nn.Conv2d(3, 4, 3, padding=1, padding_mode=rim)
    torchs.load_state_dict(ours.state_dict())
    torch.testing.assert_close(ours(maps), torchs(maps))
    assert (ours.padding, ours.padding_mode) == (torchs.padding, torchs.padding_mode)


def test_the_global_average_does_not_depend_on_the_order_of_the_cells():
    maps = noise(8, 16, 12, 12) * 1000
    shuffled = maps.flatten(2)[:, :, torch.randperm(144, generator=torch.Generator().manual_seed(1))]
    pool = GlobalAveragePool()
    assert torch.equal(pool(maps), pool(shuffled.view_as(maps)))
    torch.testing.assert_close(pool(maps), functional.adaptive_avg_pool2d(maps, 1).flatten(1))


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: BlurPool(1, 8), "taps must be one of 2, 3, 4, 5, 6, 7, got 8"),
        (lambda: BlurPool(1, 1), "taps must be one of 2, 3, 4, 5, 6, 7, got 1"),
        (lambda: PolyphaseSampling(1, 9), "taps must be one of 1, 2, 3, 4, 5, 6, 7, got 9"),
        (lambda: BlurPool(1, 3, 0), "stride must be at least 1, got 0"),
        (lambda: BlurPool(1, padding="circle"), "no padding is named 'circle'; did you mean 'circular'? (choose one"),
        (lambda: PolyphaseSampling(1, norm=3), "norm must be one of 1, 2, got 3"),
    ],
)
def test_what_there_is_not_is_told(as_installed, make, told):
    with pytest.raises(SettingsError, match=re.escape(told)):
        make()
