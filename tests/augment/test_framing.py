import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.augment.framing import PAD_MODES, framed, padded, possible

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 6, 5, 3), np.uint8)


def test_a_row_by_hand():
    image = np.array([[10, 20, 30]], np.uint8)[None, ..., None]
    margins = np.array([[0, 2, 1, -1]])
    assert framed(image, margins, pad_cval=7)[0, :, :, 0].tolist() == [[20, 30, 7, 7], [7, 7, 7, 7]]
    assert framed(image, margins, pad_mode="edge")[0, :, :, 0].tolist() == [[20, 30, 30, 30]] * 2


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 130])
@pytest.mark.parametrize("size", [(1, 1), (1, 4), (4, 1), (6, 5)])
@pytest.mark.parametrize("mode", PAD_MODES)
def test_what_comes_in_is_what_numpy_pads_with(mode, size, channels):
    image = np.random.default_rng(1).integers(0, 256, (*size, channels), np.uint8)
    for top, right, bottom, left in ((1, 2, 3, 4), (0, 0, 9, 11), (2, 13, 0, 0)):
        level = {"constant": {"constant_values": 99}, "linear_ramp": {"end_values": 99}}.get(mode, {})
        around = ((top, bottom), (left, right), (0, 0))
        came = padded(image, (top, right, bottom, left), mode, 99)
        floats = padded(image.astype(np.float32), (top, right, bottom, left), mode, 99)
        assert np.abs(floats - np.pad(image.astype(np.float64), around, mode=mode, **level)).max() < 1e-4
        if mode != "linear_ramp":
            assert np.array_equal(came, np.pad(image, around, mode=mode, **level))
        assert came.shape == floats.shape
        # rounded along each axis
        assert np.abs(floats - came).max() <= 1


def test_a_ramp_is_rounded_to_nearest():
    image = np.array([[[100]]], np.uint8)
    # 0, 33⅓, 66⅔ and 100
    assert padded(image, (0, 3, 0, 0), "linear_ramp", 0).ravel().tolist() == [100, 67, 33, 0]


def test_each_image_has_its_own_margins_mode_and_level():
    margins = np.array([[-2, 1, 0, 0], [1, -1, -1, 0]])
    first, second = framed(IMAGES, margins, pad_mode=["edge", "constant"], pad_cval=np.array([1, 200]))
    assert np.array_equal(first, np.pad(IMAGES[0, 2:], ((0, 0), (0, 1), (0, 0)), mode="edge"))
    assert np.array_equal(second[1:], IMAGES[1, :5, :4])
    assert (second[0] == 200).all()


def test_images_of_different_sizes_are_a_list_and_others_an_array():
    assert isinstance(framed(IMAGES, np.array([[1, 0, 0, 0], [0, 0, 0, 1]])), list)
    assert framed(IMAGES, np.array([[1, 0, 0, 0], [0, 0, 1, 0]])).shape == (2, 7, 5, 3)


def test_without_margins_the_images_are_copied_even_through_keep_size():
    nothing = np.zeros((2, 4), np.int64)
    for keep_size in (True, False):
        came = framed(IMAGES, nothing, keep_size=keep_size)
        assert np.array_equal(came, IMAGES)
        assert not np.shares_memory(came, IMAGES)


def test_what_would_leave_nothing_is_given_back_to_both_sides():
    # rows: 6 − 4 − 5 leaves −3, so 4 come back, 2 to each; columns: the right lost nothing, so all comes from the left
    assert possible(np.array([[-4, 3, -5, -9]]), (6, 5)).tolist() == [[-2, 3, -3, -4]]
    # 3 come back, the odd one at the top; the left has only 1 to give back, the right the other 5
    assert possible(np.array([[-4, -9, -4, -1]]), (6, 5)).tolist() == [[-2, -4, -3, 0]]


@given(st.tuples(*[st.integers(-12, 12)] * 4), st.integers(1, 9), st.integers(1, 9))
def test_one_pixel_stays_and_nothing_is_lost_or_added_beyond_what_was_asked(margins, height, width):
    top, right, bottom, left = possible(np.array([margins]), (height, width))[0].tolist()
    assert height - max(-top, 0) - max(-bottom, 0) >= 1
    assert width - max(-left, 0) - max(-right, 0) >= 1
    for asked, came in zip(margins, (top, right, bottom, left), strict=True):
        assert came == asked or asked < came <= 0
    if height + min(margins[0], 0) + min(margins[2], 0) >= 1:
        assert (top, bottom) == (margins[0], margins[2])
