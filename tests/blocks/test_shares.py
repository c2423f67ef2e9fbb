"""Softmax and its steps."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.extra.numpy import arrays
from hypothesis.strategies import floats, integers

from convlens.blocks import by_hand
from convlens.blocks.shares import shares, softmax

ROWS = integers(1, 6).flatmap(lambda size: arrays(np.float64, size, elements=floats(-50, 50)))


def test_steps_by_hand():
    steps = shares(np.log(np.array([1.0, 2.0, 5.0])))
    assert steps.shifted.tolist() == pytest.approx([-math.log(5), math.log(2 / 5), 0])
    assert steps.exponentials.tolist() == pytest.approx([0.2, 0.4, 1])
    assert float(steps.total) == pytest.approx(1.6)
    assert steps.shares.tolist() == pytest.approx([1 / 8, 2 / 8, 5 / 8])


@given(ROWS)
def test_it_agrees_with_torch_and_with_the_loops(row):
    np.testing.assert_allclose(softmax(row), torch.softmax(torch.from_numpy(row), 0).numpy(), rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(softmax(row), by_hand.softmax(row), rtol=1e-13, atol=1e-300)


@given(ROWS)
def test_shares_sum_to_one_and_do_not_move_with_the_numbers(row):
    assert softmax(row).sum() == pytest.approx(1)
    np.testing.assert_allclose(softmax(row + 7), softmax(row), rtol=1e-12)


def test_large_numbers_do_not_overflow():
    assert softmax(np.array([1000.0, 1000.0])).tolist() == [0.5, 0.5]


def test_maps_are_shared_out_at_each_place():
    maps = np.random.default_rng(0).normal(size=(3, 2, 2))
    np.testing.assert_allclose(softmax(maps), torch.softmax(torch.from_numpy(maps), 0).numpy(), rtol=1e-12)
