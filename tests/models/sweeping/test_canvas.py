import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.audit.placing import PLACINGS, placed
from convlens.errors import SettingsError
from convlens.models.sweeping.canvas import canvas, every_move, places, seen_size, steps


def test_a_row_surrounded_by_hand():
    row = np.array([1, 2, 3], np.uint8).reshape(1, 1, 3, 1)
    middle = {
        border: canvas(row, 1, border, 9)[0, 1, :, 0].tolist() for border in ("zeros", "wrap", "edge", "symmetric")
    }
    assert middle == {
        "zeros": [9, 1, 2, 3, 9],
        "wrap": [3, 1, 2, 3, 1],
        "edge": [1, 1, 2, 3, 3],
        "symmetric": [1, 1, 2, 3, 3],
    }
    assert canvas(row.repeat(3, axis=1), 1, "reflect")[0, 1, :, 0].tolist() == [2, 1, 2, 3, 2]
    assert canvas(row, 1, "canvas", 9)[0, 2, :, 0].tolist() == [9, 9, 1, 2, 3, 9, 9]
    assert canvas(row, 1, "crop") is row


def test_content_that_moves_right_and_down_is_seen_from_further_left_and_up():
    assert places(np.array([0, 3, -3]), np.array([0, 1, -1]), 3).tolist() == [[3, 3], [2, 0], [4, 6]]


@given(st.sampled_from(PLACINGS), st.integers(-2, 2), st.integers(-2, 2), st.integers(0, 255), st.integers(0, 9))
def test_a_window_of_the_canvas_is_the_picture_that_an_audit_shows(border, dx, dy, fill, seed):
    images = np.random.default_rng(seed).integers(0, 256, (2, 7, 6, 2), np.uint8)
    right, down = np.full(2, dx), np.full(2, dy)
    height, width = seen_size((7, 6), 2, border)
    top, left = places(right, down, 2)[0]
    window = canvas(images, 2, border, fill)[:, top : top + height, left : left + width]
    assert np.array_equal(window, placed(images, right, down, radius=2, border=border, fill=fill))


def test_the_size_that_the_model_sees():
    assert [seen_size((28, 20), 3, border) for border in ("zeros", "wrap", "canvas", "crop")] == [
        (28, 20),
        (28, 20),
        (34, 26),
        (22, 14),
    ]
    with pytest.raises(SettingsError, match="3 px each way need pictures larger than 6 px, got 28×6"):
        seen_size((28, 6), 3, "crop")


def test_all_moves_of_a_radius_by_hand():
    assert steps(2).tolist() == [-2, -1, 0, 1, 2]
    dx, dy = every_move(1)
    assert list(zip(dx.tolist(), dy.tolist(), strict=True)) == [
        *((-1, -1), (0, -1), (1, -1)),
        *((-1, 0), (0, 0), (1, 0)),
        *((-1, 1), (0, 1), (1, 1)),
    ]
    with pytest.raises(SettingsError, match="the largest shift is a number of pixels, 0 or more, got -1"):
        every_move(-1)


def test_an_unknown_rule_and_a_wrong_grey_level_are_refused():
    with pytest.raises(SettingsError, match=r"no border rule is named 'mirror' \(choose one of zeros, wrap"):
        seen_size((4, 4), 1, "mirror")
    with pytest.raises(SettingsError, match="0 to 255, got -1"):
        canvas(np.zeros((1, 2, 2, 1), np.uint8), 1, "zeros", -1)
    with pytest.raises(SettingsError, match="larger than 4 px, got 9×4"):
        seen_size((9, 4), 2, "crop")
