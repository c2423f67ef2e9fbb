import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers

from convlens.audit.placing import PLACINGS, checked_placing, placed
from convlens.augment.geometry import translate
from convlens.errors import SettingsError


def test_on_a_canvas_nothing_is_lost_and_the_fill_surrounds_the_image():
    image = np.uint8([[1, 2], [3, 4]]).reshape(1, 2, 2, 1)
    moved = placed(image, np.array([1]), np.array([-1]), radius=1, border="canvas", fill=9)
    assert moved[0, :, :, 0].tolist() == [[9, 9, 1, 2], [9, 9, 3, 4], [9, 9, 9, 9], [9, 9, 9, 9]]


def test_a_crop_is_a_window_of_the_surroundings():
    image = np.arange(16, dtype=np.uint8).reshape(1, 4, 4, 1)
    still, right_up = (
        placed(image, np.array([dx]), np.array([dy]), radius=1, border="crop")[0, :, :, 0].tolist()
        for dx, dy in ((0, 0), (1, -1))
    )
    assert still == [[5, 6], [9, 10]]
    assert right_up == [[8, 9], [12, 13]]  # the content moves right and up, the window left and down


@given(dx=integers(-2, 2), dy=integers(-2, 2), fill=integers(0, 255))
def test_a_crop_of_an_image_on_a_blank_canvas_is_the_image_moved_by_zeros(dx, dy, fill):
    images = np.random.default_rng(0).integers(0, 256, (2, 5, 7, 3), np.uint8)
    x, y = np.full(2, dx), np.full(2, dy)
    surrounded = np.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0)), constant_values=fill)
    cropped = placed(surrounded, x, y, radius=2, border="crop")
    assert np.array_equal(cropped, translate(images, x, y, border="zeros", fill=fill))
    assert cropped.flags.c_contiguous


def test_an_unknown_rule_is_named_with_those_that_are_near():
    assert [checked_placing(one) for one in PLACINGS] == list(PLACINGS)
    with pytest.raises(SettingsError, match="no border rule is named 'canvass'; did you mean 'canvas'"):
        checked_placing("canvass")
