import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.explain.layout import digits, equation, grid, side_by_side, span, table, where


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1 + 0.2, "0.3"), (-0.0, "0"), (1234567.0, "1.23457e+06"), (104.0, "104"), (-1 / 3, "-0.333333")],
)
def test_a_number_has_at_most_six_significant_digits(value, text):
    assert digits(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_back_within_half_of_its_sixth_digit(value):
    assert float(digits(value)) == pytest.approx(value, rel=5e-6, abs=1e-323)


def test_places_in_words():
    assert where((0, 5, 6)) == "channel 0, row 5, column 6"
    assert where((7,)) == "number 7"
    assert span((5, 6, 7), "row") == "rows 5 to 7"
    assert span((5, 7, 9), "column") == "columns 5, 7, 9"
    assert span((-1,), "row") == "row -1"


def test_a_matrix_is_aligned_and_marks_its_padding():
    marked = np.array([[True, False], [False, False]])
    assert grid(np.array([[0.0, 10], [-1.5, 2]]), marked) == [" (0)    10", "-1.5     2"]


def test_matrices_stand_beside_one_another_with_signs_between():
    lines = side_by_side(("window", ["1  2", "3  4"]), ("filter", ["5", "6"]), between=("×",))
    assert lines == ["window     filter", "1  2    ×  5", "3  4       6"]


def test_columns_are_as_wide_as_their_widest_and_numbers_stand_to_the_right():
    assert table([["step", "n"], ["a", "10"], ["b", "-2.5"]]) == ["step     n", "a       10", "b     -2.5"]


def test_a_long_sum_goes_on_below_its_start():
    assert equation(["1·2", "3·4"], "14", "[0]") == ["[0] = 1·2 + 3·4 = 14"]
    assert equation(["1·2", "3·4"], "14", "[0]", width=14) == ["[0] = 1·2 +", "      3·4 = 14"]
