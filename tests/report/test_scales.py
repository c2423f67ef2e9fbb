"""A number's colour: 0 in the middle, one scale for all that is compared, outliers told."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from convlens.report.scales import LEVELS, NOTHING, Scale, common_scale, levels

MIDDLE = 1 + LEVELS // 2


def array(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def test_levels_by_hand() -> None:
    assert levels(array(-2, -1, 0, 1, 2), Scale("signed", 2)).tolist() == [1, 64, 128, 192, 255]
    assert levels(array(0, 1, 2), Scale("positive", 2)).tolist() == [1, 128, 255]
    assert levels(array(-2, 0, 2), Scale("weights", 2)).tolist() == [1, 128, 255]


def test_what_is_no_number_has_a_level_of_its_own() -> None:
    assert levels(array(np.nan, np.inf, -np.inf, 1), Scale("signed", 1)).tolist() == [NOTHING] * 3 + [255]


def test_beyond_the_limit_is_the_last_level() -> None:
    assert levels(array(-9, 9), Scale("signed", 1)).tolist() == [1, 255]
    assert levels(array(-9, 9), Scale("positive", 1)).tolist() == [1, 255]


def test_a_layer_that_says_nothing_is_drawn_as_zero() -> None:
    scale = common_scale("signed", np.zeros((2, 3), np.float32))
    assert scale == Scale("signed", 0.0)
    assert (levels(np.zeros(3, np.float32), scale) == MIDDLE).all()
    assert common_scale("positive") == Scale("positive", 0.0)


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=30))
def test_opposite_numbers_lie_equally_far_from_the_middle(numbers: list[float]) -> None:
    values = array(*numbers)
    scale = common_scale("signed", values)
    one, other = (levels(sign * values, scale).astype(int) for sign in (1, -1))
    assert (one - MIDDLE == MIDDLE - other).all()


@given(st.lists(st.floats(-100, 100, width=32), min_size=2, max_size=30))
def test_a_larger_number_never_has_a_lower_level(numbers: list[float]) -> None:
    values = np.sort(array(*numbers))
    for meaning in ("signed", "positive", "weights"):
        assert (np.diff(levels(values, common_scale(meaning, values)).astype(int)) >= 0).all()


def test_the_scale_of_several_maps_is_that_of_all_their_numbers() -> None:
    one, other = array(1, -3), array(2, np.nan)
    assert common_scale("signed", one, other) == common_scale("signed", other, one) == Scale("signed", 3.0)
    assert common_scale("signed", one, other).low == -3
    assert common_scale("positive", one, other).low == 0


def test_a_lone_outlier_does_not_leave_all_else_pale() -> None:
    values = np.ones(1000, np.float32)
    values[0] = 40
    assert common_scale("positive", values) == Scale("positive", 1.0, exceeded=True)
    values[1:5] = 40
    assert common_scale("positive", values) == Scale("positive", 40.0)


def test_a_scale_is_not_narrowed_for_a_little() -> None:
    values = np.ones(1000, np.float32)
    values[0] = 1.2
    assert common_scale("positive", values) == Scale("positive", float(np.float32(1.2)))


def test_zeros_do_not_count_among_the_numbers_that_an_outlier_is_held_against() -> None:
    values = np.zeros(1000, np.float32)
    values[:3] = (4, 2, 1)
    assert common_scale("positive", values) == Scale("positive", 4.0)
