from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.audit.pairs import consistency_to_origin, fidelity, flip_probability, neighbours, pair_consistency
from convlens.audit.shifts import Shifts, grid, line


def test_pair_consistency_by_hand(answered):
    # 3, 1 and 1 of five answers: (9 + 1 + 1) / 25
    found = answered([[0, 0, 0, 1, 2], [1, 1, 1, 1, 1]], [0, 0])
    assert pair_consistency(found).tolist() == [11 / 25, 1.0]


@given(
    st.lists(st.lists(st.integers(0, 1000), min_size=9, max_size=9), min_size=1, max_size=4), st.sampled_from([1, 50])
)
def test_pair_consistency_is_the_share_of_all_pairs_that_agree(answered, cells, held):
    found = answered(np.array(cells) % 7 + np.array(cells) // 500 * 990, [0] * len(cells), grid(1), classes=16)
    by_pairs = [np.mean([one == other for one, other in product(row, row)]) for row in found.answers.tolist()]
    assert pair_consistency(found).tolist() == pytest.approx(by_pairs)


def test_blocks_change_nothing(answered, monkeypatch):
    generator = np.random.default_rng(0)
    found = answered(generator.integers(0, 5, (40, 25)), generator.integers(0, 5, 40), grid(2))
    whole = pair_consistency(found), flip_probability(found.answers, found.shifts)
    monkeypatch.setattr("convlens.audit.blocks.HELD", 60)
    assert np.array_equal(pair_consistency(found), whole[0])
    assert np.array_equal(flip_probability(found.answers, found.shifts), whole[1])


def test_consistency_and_fidelity_leave_out_the_unmoved_cell(answered):
    # answers 0 1 [0] 0 2 for class 0; then 1 1 [1] 1 1 for class 0: steady, and wrong
    found = answered([[0, 1, 0, 0, 2], [1, 1, 1, 1, 1]], [0, 0])
    assert consistency_to_origin(found).tolist() == [0.5, 1.0]
    assert fidelity(found).tolist() == [0.5, 0.0]


def test_what_becomes_right_by_a_move_is_not_consistent(answered):
    found = answered([[0, 1, 0]], [0])
    assert (consistency_to_origin(found).tolist(), fidelity(found).tolist()) == ([0.0], [0.0])


def test_the_flip_probability_along_a_line_by_hand(answered):
    # Hendrycks and Dietterich: how many of the steps from frame to frame change the answer
    found = answered([[0, 0, 1, 1, 0], [2, 2, 2, 2, 2]], [0, 0])
    assert flip_probability(found.answers, found.shifts).tolist() == [0.5, 0.0]


def test_the_flip_probability_on_a_grid_by_hand(answered):
    # a column of its own on the right: 3 of the 12 steps between neighbours lead into it
    found = answered([[0, 0, 1] * 3], [0], grid(1))
    assert flip_probability(found.answers, found.shifts).tolist() == [3 / 12]


@given(st.integers(0, 4))
def test_a_grid_has_every_step_along_an_axis_once(radius):
    shifts = grid(radius)
    one, other = neighbours(shifts)
    assert len(one) == 2 * (2 * radius + 1) * 2 * radius
    distance = np.abs(shifts.dx[one] - shifts.dx[other]) + np.abs(shifts.dy[one] - shifts.dy[other])
    assert (distance == 1).all()
    assert len({frozenset(pair) for pair in zip(one.tolist(), other.tolist(), strict=True)}) == len(one)


def test_what_is_undefined_is_none(answered):
    alone = answered([[0], [1]], [0, 0], line(0))
    assert pair_consistency(alone).tolist() == [1.0, 1.0]
    assert consistency_to_origin(alone) is fidelity(alone) is flip_probability(alone.answers, alone.shifts) is None
    apart = Shifts(np.array([0, 3]), np.array([0, 3]), 3)
    assert flip_probability(np.zeros((1, 2), np.int64), apart) is None
