import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.augment.matrices import affine_matrices

AMOUNTS = st.floats(0.5, 2)
ANGLES = st.floats(-60, 60)


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ({"rotate": 90}, [[0, -1, 14], [1, 0, -5]]),
        ({"scale_x": 2, "scale_y": 2}, [[2, 0, -9.5], [0, 2, -4.5]]),
        ({"shear_x": 20}, [[1, -0.3640, 1.6379], [0, 1, 0]]),
        (
            {"scale_x": 2, "scale_y": 0.5, "rotate": 30, "shear_x": 10, "right_px": 3},
            [[1.7321, -0.3264, -2.4859], [1, 0.3889, -6.7502]],
        ),
        ({}, [[1, 0, 0], [0, 1, 0]]),
    ],
)
def test_the_matrices_of_ten_by_twenty_pixels_are_imgaugs(amounts, expected):
    matrix = affine_matrices((10, 20), 1, **amounts)[0]
    assert np.allclose(matrix[:2], expected, atol=6e-5)
    assert matrix[2].tolist() == [0, 0, 1]


@given(AMOUNTS, AMOUNTS, ANGLES, ANGLES, ANGLES)
def test_the_amounts_compose_as_shear_y_scale_shear_x_turn_and_move(scale_x, scale_y, lean, hang, turn):
    def one(**amounts):
        return affine_matrices((5, 8), 1, **amounts)[0]

    steps = [
        one(right_px=3, down_px=-1),
        one(rotate=turn),
        one(shear_x=lean),
        one(scale_x=scale_x, scale_y=scale_y),
        one(shear_y=hang),
    ]
    whole = one(right_px=3, down_px=-1, rotate=turn, shear_x=lean, scale_x=scale_x, scale_y=scale_y, shear_y=hang)
    assert np.allclose(np.linalg.multi_dot(steps), whole)


@given(st.integers(-8, 8))
def test_quarter_turns_are_whole_numbers(quarters):
    matrix = affine_matrices((5, 5), 1, rotate=90.0 * quarters)
    assert np.array_equal(matrix, np.rint(matrix))
