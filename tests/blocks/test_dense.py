"""Flattening, its rule and its inverse; sums of products."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis.strategies import integers, tuples

from convlens.blocks import by_hand
from convlens.blocks.dense import flat_index, flatten, linear, place_of, unflatten
from convlens.errors import ShapeError

SHAPES = tuples(integers(1, 4), integers(1, 4), integers(1, 4))


def test_the_rule_by_hand():
    # 1 · (3 · 4) + 2 · 4 + 3
    assert flat_index((1, 2, 3), (2, 3, 4)) == 23
    assert place_of(23, (2, 3, 4)) == (1, 2, 3)


@given(SHAPES)
def test_the_rule_says_where_each_number_goes(shape):
    maps = np.arange(np.prod(shape)).reshape(shape)
    row = flatten(maps)
    assert row.tolist() == torch.from_numpy(maps).flatten().tolist() == by_hand.flatten(maps).tolist()
    for place in np.ndindex(shape):
        assert row[flat_index(place, shape)] == maps[place]
        assert place_of(flat_index(place, shape), shape) == place
    assert np.array_equal(unflatten(row, shape), maps)


@pytest.mark.parametrize(
    ("place", "told"),
    [((2, 0, 0), "no channel 2"), ((0, 3, 0), "no row 3"), ((0, 0, 4), "no column 4"), ((-1, 0, 0), "no channel -1")],
)
def test_a_place_outside_is_refused(place, told):
    with pytest.raises(ShapeError, match=told):
        flat_index(place, (2, 3, 4))


@pytest.mark.parametrize("index", [-1, 24])
def test_an_index_outside_is_refused(index):
    with pytest.raises(ShapeError, match=f"no number {index}: maps of .* have 24"):
        place_of(index, (2, 3, 4))


def test_a_row_of_another_length_is_no_maps():
    with pytest.raises(ShapeError, match="have 24 numbers; the row has 23"):
        unflatten(np.zeros(23), (2, 3, 4))


def test_sums_by_hand():
    assert linear(np.array([1, 2, 3]), np.array([[1, 0, -1], [2, 2, 2]]), np.array([10, 0])).tolist() == [8, 12]


@given(integers(1, 6), integers(1, 6), integers(0, 99))
def test_sums_agree_with_torch_and_with_the_loops(inputs, outputs, seed):
    rng = np.random.default_rng(seed)
    row, weight, bias = rng.normal(size=inputs), rng.normal(size=(outputs, inputs)), rng.normal(size=outputs)
    wanted = F.linear(*map(torch.from_numpy, (row, weight, bias))).numpy()
    np.testing.assert_allclose(linear(row, weight, bias), wanted, rtol=1e-12, atol=1e-12)
    whole = [np.rint(9 * one) for one in (row, weight, bias)]
    assert np.array_equal(linear(*whole), by_hand.linear(*whole))
    assert np.array_equal(linear(*whole[:2]), F.linear(*map(torch.from_numpy, whole[:2])).numpy())


def test_rows_of_rows_are_worked_out_one_by_one():
    rows, weight = np.arange(6).reshape(2, 3), np.arange(12).reshape(4, 3)
    assert np.array_equal(linear(rows, weight), np.stack([linear(row, weight) for row in rows]))


def test_bytes_do_not_overflow():
    assert linear(np.full(2, 200, np.uint8), np.full((1, 2), 100, np.uint8)).tolist() == [40_000]


def test_weights_for_another_length_are_named():
    with pytest.raises(ShapeError, match="the weights are for 3 numbers, 2 came"):
        linear(np.ones(2), np.ones((1, 3)))
