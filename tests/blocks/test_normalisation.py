"""Normalisation, by running numbers and by the numbers of the map itself."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis.strategies import booleans, integers

from convlens.blocks import by_hand
from convlens.blocks.normalisation import batch_norm, group_norm, layer_norm
from convlens.errors import ShapeError


def test_by_hand():
    # (7 − 3) / √4 · 5 + 1
    one = [np.array([number]) for number in (3.0, 4.0, 5.0, 1.0)]
    assert batch_norm(np.array([[[7.0]]]), *one, eps=0.0).tolist() == [[[11.0]]]


@given(integers(1, 4), booleans(), booleans(), integers(0, 99))
def test_it_agrees_with_torch_and_with_the_loops(channels, has_weight, has_bias, seed):
    rng = np.random.default_rng(seed)
    maps, mean, var = rng.normal(size=(channels, 3, 2)), rng.normal(size=channels), rng.uniform(0, 2, channels)
    weight = rng.normal(size=channels) if has_weight else None
    bias = rng.normal(size=channels) if has_bias else None
    numbers = [None if one is None else torch.from_numpy(one) for one in (mean, var, weight, bias)]
    wanted = F.batch_norm(torch.from_numpy(maps)[None], *numbers, eps=1e-3)[0].numpy()
    found = batch_norm(maps, mean, var, weight, bias, 1e-3)
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)
    weight, bias = np.ones(channels) if weight is None else weight, np.zeros(channels) if bias is None else bias
    np.testing.assert_allclose(found, by_hand.batch_norm(maps, mean, var, weight, bias, 1e-3), rtol=1e-13, atol=1e-14)


def test_a_row_of_numbers_has_a_channel_for_each():
    row = np.array([1.0, 2.0, 3.0])
    assert batch_norm(row, row, np.ones(3), eps=0.0).tolist() == [0, 0, 0]


def test_a_group_by_hand():
    # 1, 3 | 5, 9: means 2 and 7, variances 1 and 4
    maps = np.array([1.0, 3.0, 5.0, 9.0]).reshape(4, 1, 1)
    assert group_norm(maps, 2, eps=0.0).ravel().tolist() == [-1, 1, -1, 1]
    scaled = group_norm(maps, 2, np.array([1.0, 2, 3, 4]), np.array([0.0, 0, 0, 10]), eps=0.0)
    assert scaled.ravel().tolist() == [-1, 2, -3, 14]


def test_a_layer_by_hand():
    # mean 2 and variance 4, which with eps makes 2.5²
    row = np.array([0.0, 4.0])
    assert layer_norm(row, [0], eps=2.25).tolist() == [-0.8, 0.8]
    assert layer_norm(np.stack([row, 10 * row]), [1], eps=0.0).tolist() == [[-1, 1], [-1, 1]]


@given(integers(1, 3), integers(1, 3), integers(0, 99))
def test_groups_agree_with_torch_and_with_the_loops(groups, each, seed):
    rng = np.random.default_rng(seed)
    channels = groups * each
    maps, weight, bias = rng.normal(size=(channels, 3, 2)), rng.normal(size=channels), rng.normal(size=channels)
    numbers = [torch.from_numpy(one) for one in (weight, bias)]
    wanted = F.group_norm(torch.from_numpy(maps)[None], groups, *numbers, eps=1e-3)[0].numpy()
    found = group_norm(maps, groups, weight, bias, 1e-3)
    np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found, by_hand.group_norm(maps, groups, weight, bias, 1e-3), rtol=1e-11, atol=1e-13)
    if each == 1:
        alone = F.instance_norm(torch.from_numpy(maps)[None], None, None, *numbers, eps=1e-3)[0].numpy()
        np.testing.assert_allclose(found, alone, rtol=1e-10, atol=1e-12)


@given(integers(1, 3), integers(0, 99))
def test_layers_agree_with_torch_and_with_the_loops(axes, seed):
    rng = np.random.default_rng(seed)
    maps = rng.normal(size=(2, 3, 4))
    shape = maps.shape[-axes:]
    weight, bias = rng.normal(size=shape), rng.normal(size=shape)
    wanted = F.layer_norm(torch.from_numpy(maps), shape, *map(torch.from_numpy, (weight, bias)), eps=1e-3).numpy()
    found = layer_norm(maps, range(3 - axes, 3), weight, bias, 1e-3)
    np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-12)
    rows = [by_hand.layer_norm(one.ravel(), weight.ravel(), bias.ravel(), 1e-3) for one in maps.reshape(-1, *shape)]
    np.testing.assert_allclose(found.ravel(), np.concatenate(rows), rtol=1e-11, atol=1e-13)


def test_channels_that_make_no_groups_are_named():
    with pytest.raises(ShapeError, match="5 channels cannot be dealt out to 2 groups"):
        group_norm(np.ones((5, 1, 1)), 2)
