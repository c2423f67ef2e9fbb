"""Batch normalisation from running numbers."""

import numpy as np
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis.strategies import booleans, integers

from convlens.blocks import by_hand
from convlens.blocks.normalisation import batch_norm


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
