"""Which flips are looked into, and to which answers that held they are compared."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.audit.flips import Pairs, controls, drawn_flips, flipped
from convlens.audit.shifts import Shifts, grid, line

SURE, HALF, UNSURE = [9.0, 0.0], [4.0, 0.0], [1.0, 0.0]
OTHER = [0.0, 1.0]


@pytest.fixture
def swept(swept_by_hand):
    """Five images at −1, 0 and +1; the rows say how sure the unmoved answer is, and where it flips."""
    return swept_by_hand(
        [
            [OTHER, UNSURE, UNSURE],  # flips to the left
            [OTHER, HALF, OTHER],  # flips both ways
            [UNSURE, UNSURE, UNSURE],  # holds
            [SURE, SURE, SURE],  # holds
            [HALF, HALF, OTHER],  # flips to the right
        ],
        [0, 0, 0, 0, 0],
    )


def together(pairs: Pairs) -> set[tuple[int, int]]:
    return set(zip(pairs.images.tolist(), pairs.cells.tolist(), strict=True))


def test_a_flip_is_another_answer_than_unmoved_be_it_right_or_not(swept, swept_by_hand):
    assert np.argwhere(flipped(swept)).tolist() == [[0, 0], [1, 0], [1, 2], [4, 2]]
    wrong = swept_by_hand(swept.logits, [1, 1, 1, 1, 1])
    assert (flipped(wrong) == flipped(swept)).all()


def test_all_flips_are_taken_when_there_are_no_more_than_asked_for(swept):
    assert together(drawn_flips(swept, 100)) == {(0, 0), (1, 0), (1, 2), (4, 2)}
    assert len(drawn_flips(swept, 3)) == 3


def test_a_control_is_at_the_same_shift_and_answered_about_as_surely(swept):
    # to the left 2, 3 and 4 hold, to the right 0, 2 and 3
    for flip, control in {(0, 0): (2, 0), (1, 0): (4, 0), (1, 2): (0, 2), (4, 2): (0, 2)}.items():
        image, cell = np.array([flip[0]]), np.array([flip[1]])
        assert together(controls(swept, Pairs(image, cell))) == {control}


def test_no_pair_is_a_control_twice(swept):
    found = controls(swept, drawn_flips(swept, 100))
    assert len(together(found)) == len(found) == 4
    assert sorted(found.cells) == [0, 0, 2, 2]


def test_without_an_answer_that_held_at_the_shift_one_of_the_same_ring_is_taken(swept_by_hand):
    swept = swept_by_hand([[OTHER, HALF, HALF], [OTHER, HALF, OTHER]], [0, 0])
    assert together(controls(swept, drawn_flips(swept, 9))) == {(0, 2)}  # the other two flips go without


def test_without_an_answer_that_held_in_the_ring_there_is_no_control(swept_by_hand):
    # of another ring there would be one
    swept = swept_by_hand([[OTHER, HALF, HALF, HALF, OTHER]], [0])
    found = controls(swept, drawn_flips(swept, 9))
    assert len(found) == 0


def test_no_flips_are_no_pairs(swept_by_hand):
    swept = swept_by_hand([[HALF, HALF, HALF]], [1])
    assert len(drawn_flips(swept, 5)) == len(controls(swept, drawn_flips(swept, 5))) == 0


def test_each_ring_has_its_share_of_the_sample(swept_by_hand):
    shifts = grid(2)
    logits = np.tile(np.float32(HALF), (40, 25, 1))
    logits[:, shifts.levels == 2] = OTHER
    logits[:20, shifts.levels == 1] = OTHER
    swept = swept_by_hand(logits, np.zeros(40), shifts)  # 640 flips in ring 2, 160 in ring 1
    drawn = drawn_flips(swept, 100)
    assert np.bincount(shifts.levels[drawn.cells]).tolist() == [0, 20, 80]


def random_sweep(swept_by_hand, seed: int, shifts: Shifts):
    logits = np.random.default_rng(seed).normal(size=(12, len(shifts), 3))
    return swept_by_hand(logits, np.zeros(12), shifts)


@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(0, 9))
def test_a_smaller_sample_lies_within_a_larger_one_and_another_seed_draws_others(swept_by_hand, seed, count, draw):
    swept = random_sweep(swept_by_hand, seed, grid(1))
    some, more = drawn_flips(swept, count, draw), drawn_flips(swept, count + 7, draw)
    assert together(some) <= together(more) <= {tuple(pair) for pair in np.argwhere(flipped(swept)).tolist()}
    held = controls(swept, more, draw)
    assert not flipped(swept)[held.images, held.cells].any()
    assert swept.origin not in held.cells
    assert len(together(held)) == len(held) <= len(more)


def test_a_pair_is_drawn_by_its_image_and_shift_and_not_by_which_others_were_tried(swept_by_hand):
    rng = np.random.default_rng(0)
    inner = np.where(rng.random((30, 3, 1)) < 0.5, OTHER, HALF)
    inner[:, 1] = HALF
    outer = np.tile(np.float32(HALF), (30, 5, 1))
    outer[:, 1:4] = inner  # the shifts of 2 px add no flip
    small, large = swept_by_hand(inner, np.zeros(30)), swept_by_hand(outer, np.zeros(30))
    one, other = drawn_flips(small, 9, seed=3), drawn_flips(large, 9, seed=3)
    assert one.images.tolist() == other.images.tolist()
    assert (other.cells - one.cells).tolist() == [1] * 9
    assert together(drawn_flips(small, 9, seed=4)) != together(one)
    assert line(2).dx[other.cells].tolist() == line(1).dx[one.cells].tolist()
