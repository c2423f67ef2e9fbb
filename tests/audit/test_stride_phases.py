"""Moves that have all phases of a stride, and multiples of it beside a shift: by hand, and as properties."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from convlens.audit.stride_phases import MOST_PHASES, around, around_multiple, multiples

FAR = 200


@pytest.mark.parametrize(
    ("shift", "stride", "most", "moves", "weights"),
    [
        (5, 4, FAR, [3, 4, 5, 6, 7], [1, 2, 2, 2, 1]),
        (-5, 4, FAR, [-3, -4, -5, -6, -7], [1, 2, 2, 2, 1]),
        (3, 2, FAR, [2, 3, 4], [1, 2, 1]),
        (5, 3, FAR, [4, 5, 6], [1, 1, 1]),
        (1, 4, FAR, [1, 2, 3, 4], [1, 1, 1, 1]),  # not 0, and nothing beyond it
        (2, 4, FAR, [1, 2, 3, 4], [1, 1, 1, 1]),
        (-1, 2, FAR, [-1, -2], [1, 1]),
        (5, 4, 5, [2, 3, 4, 5], [1, 1, 1, 1]),  # not beyond what can be made
        (4, 4, FAR, [4], [1]),  # its phase is that of the unmoved image
        (0, 4, FAR, [0], [1]),
        (3, 1, FAR, [3], [1]),
    ],
)
def test_the_moves_around_a_shift(shift, stride, most, moves, weights):
    found = around(shift, stride, most)
    assert found.moves.tolist() == moves
    assert found.weights.tolist() == pytest.approx((np.array(weights) / sum(weights)).tolist())


def test_too_few_moves_have_not_all_phases():
    assert around(3, 8, 7) is None
    assert around(3, 8, 8) is not None


@given(st.integers(-FAR, FAR), st.integers(1, MOST_PHASES))
def test_every_phase_weighs_the_same_and_the_unmoved_place_is_not_there(shift, stride):
    assume(shift % stride != 0)
    window = around(shift, stride, FAR + stride)
    moves, weights = window.moves, window.weights
    by_phase = np.bincount(moves % stride, weights, minlength=stride)
    np.testing.assert_allclose(by_phase, 1 / stride)
    assert 0 not in moves
    assert (np.sign(moves) == np.sign(shift)).all()
    if abs(shift) > stride:
        assert moves @ weights == pytest.approx(shift)


@given(st.integers(1, FAR), st.sampled_from([16, 32, 64]))
def test_of_a_large_stride_a_sample_is_averaged_that_has_all_phases_of_its_first_layers(shift, stride):
    assume(shift % stride != 0)
    window = around(shift, stride, FAR + stride)
    moves, weights = window.moves, window.weights
    assert len(moves) == MOST_PHASES
    assert weights.sum() == pytest.approx(1)
    assert sorted(moves % 4) == [0, 0, 1, 1, 2, 2, 3, 3]
    assert (moves > 0).all()
    assert np.ptp(moves) < stride


def test_around_a_multiple_the_phases_are_averaged_along_axes_whose_phase_the_shift_changes():
    assert around_multiple(4, 5, 4, FAR).moves.tolist() == [2, 3, 4, 5, 6]
    assert around_multiple(0, 5, 4, FAR).moves.tolist() == [-2, -1, 0, 1, 2]
    assert around_multiple(8, 8, 4, FAR).moves.tolist() == [8]
    assert around_multiple(8, 5, 4, 9) is None


@pytest.mark.parametrize(
    ("dx", "dy", "stride", "found"),
    [
        (3, 1, (4, 4), {(4, 0), (0, 4), (4, 4)}),
        (5, 0, (4, 4), {(4, 0), (8, 0)}),
        (-1, -5, (4, 4), {(0, -8), (0, -4), (-4, -8), (-4, -4)}),
        (4, 4, (4, 4), set()),
        (1, 3, (2, 4), {(4, 2), (0, 2), (0, 4), (4, 4)}),  # the stride is down and to the right
        (1, 0, (1, 2), {(2, 0)}),
    ],
)
def test_the_multiples_beside_a_shift(dx, dy, stride, found):
    assert set(multiples(dx, dy, stride, (FAR, FAR))) == found


def test_multiples_that_cannot_be_made_are_left_out():
    assert set(multiples(5, 1, (4, 4), (3, 7))) == {(4, 0)}
