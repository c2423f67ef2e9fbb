import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.augment.geometry import BORDERS, border_of_mode, translate
from convlens.errors import SettingsError

RNG = np.random.default_rng(0)


def pixels(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def random_images(count: int, height: int, width: int, channels: int = 1) -> np.ndarray:
    return np.random.default_rng(height * 1000 + width).integers(0, 256, (count, height, width, channels), np.uint8)


def source_index(position: int, size: int, border: str) -> int | None:
    """Say, one pixel at a time, which source pixel the border rule puts at a position outside or inside the image."""
    while not 0 <= position < size:
        if border == "zeros":
            return None
        if border == "edge":
            position = 0 if position < 0 else size - 1
        elif border == "wrap":
            position += size if position < 0 else -size
        elif border == "symmetric":
            position = -1 - position if position < 0 else 2 * size - 1 - position
        elif size == 1:
            position = 0
        else:
            position = -position if position < 0 else 2 * (size - 1) - position
    return position


def translated_pixel_by_pixel(image: np.ndarray, dx: int, dy: int, border: str, fill: int) -> np.ndarray:
    moved = np.full_like(image, fill)
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            row = source_index(y - dy, image.shape[0], border)
            column = source_index(x - dx, image.shape[1], border)
            if row is not None and column is not None:
                moved[y, x] = image[row, column]
    return moved


@pytest.mark.parametrize(
    ("border", "right_2", "left_3"),
    [
        ("zeros", [9, 9, 1, 2], [4, 9, 9, 9]),
        ("edge", [1, 1, 1, 2], [4, 4, 4, 4]),
        ("reflect", [3, 2, 1, 2], [4, 3, 2, 1]),
        ("symmetric", [2, 1, 1, 2], [4, 4, 3, 2]),
        ("wrap", [3, 4, 1, 2], [4, 1, 2, 3]),
    ],
)
def test_a_row_of_four_pixels_moves_as_worked_out_by_hand(border, right_2, left_3):
    row = np.array([1, 2, 3, 4], np.uint8).reshape(1, 1, 4, 1)
    assert translate(row, pixels(2), pixels(0), border=border, fill=9).ravel().tolist() == right_2
    assert translate(row, pixels(-3), pixels(0), border=border, fill=9).ravel().tolist() == left_3
    column = row.transpose(0, 2, 1, 3)
    assert translate(column, pixels(0), pixels(2), border=border, fill=9).ravel().tolist() == right_2


def test_positive_dx_moves_right_and_positive_dy_moves_down():
    image = np.zeros((1, 5, 5, 1), np.uint8)
    image[0, 2, 2] = 255
    moved = translate(image, pixels(1), pixels(2))
    assert np.argwhere(moved[0, :, :, 0]).tolist() == [[4, 3]]


@given(dx=st.integers(-20, 20), dy=st.integers(-20, 20))
def test_wrap_is_numpys_roll(dx, dy):
    images = random_images(2, 5, 7, 3)
    expected = np.roll(images, (dy, dx), axis=(1, 2))
    assert np.array_equal(translate(images, pixels(dx, dx), pixels(dy, dy), border="wrap"), expected)


@pytest.mark.parametrize("border", ["zeros", "edge", "reflect", "symmetric"])
@given(dx=st.integers(-20, 20), dy=st.integers(-20, 20))
def test_the_other_rules_are_slices_of_numpys_padding(border, dx, dy):
    images = random_images(1, 5, 7)
    mode = "constant" if border == "zeros" else border
    canvas = np.pad(images, ((0, 0), (20, 20), (20, 20), (0, 0)), mode)
    expected = canvas[:, 20 - dy : 25 - dy, 20 - dx : 27 - dx]
    assert np.array_equal(translate(images, pixels(dx), pixels(dy), border=border), expected)


@given(
    border=st.sampled_from(BORDERS),
    height=st.integers(1, 5),
    width=st.integers(1, 5),
    shifts=st.lists(st.tuples(st.integers(-40, 40), st.integers(-40, 40)), min_size=1, max_size=3),
)
def test_the_kernel_agrees_with_the_rule_followed_pixel_by_pixel(border, height, width, shifts):
    images = random_images(len(shifts), height, width, 2)
    dx, dy = (np.array(axis, np.int64) for axis in zip(*shifts, strict=True))
    moved = translate(images, dx, dy, border=border, fill=77)
    for image, result, (one_dx, one_dy) in zip(images, moved, shifts, strict=True):
        assert np.array_equal(result, translated_pixel_by_pixel(image, one_dx, one_dy, border, 77))


@given(border=st.sampled_from(BORDERS), dx=st.integers(-3, 3), dy=st.integers(-3, 3))
def test_shifting_back_restores_the_middle(border, dx, dy):
    images = random_images(2, 9, 8, 3)
    there = translate(images, pixels(dx, dx), pixels(dy, dy), border=border)
    back = translate(there, pixels(-dx, -dx), pixels(-dy, -dy), border=border)
    assert np.array_equal(back[:, 3:-3, 3:-3], images[:, 3:-3, 3:-3])


@pytest.mark.parametrize("border", BORDERS)
def test_a_shift_of_a_billion_pixels_needs_no_billion_pixels_of_padding(border):
    images = random_images(2, 4, 4)
    far = translate(images, pixels(10**9, -(10**9)), pixels(0, 0), border=border, fill=5)
    # 10**9 is a multiple of 4 and of 8, and leaves 4 of the period 6 of `reflect`.
    expected = {
        "zeros": np.full_like(images, 5),
        "edge": np.stack([images[0, :, [0] * 4].transpose(1, 0, 2), images[1, :, [3] * 4].transpose(1, 0, 2)]),
        "wrap": images,
        "symmetric": images,
        "reflect": translate(images, pixels(4, -4), pixels(0, 0), border="reflect"),
    }[border]
    assert np.array_equal(far, expected)


def test_each_image_may_have_its_own_grey_level():
    moved = translate(np.zeros((2, 1, 2, 1), np.uint8), pixels(1, 1), pixels(0, 0), fill=pixels(10, 200))
    assert moved.ravel().tolist() == [10, 0, 200, 0]


@pytest.mark.parametrize("border", BORDERS)
def test_the_result_is_new_contiguous_memory_and_the_input_is_as_before(border):
    images = random_images(3, 6, 5, 3)
    images.flags.writeable = False
    before = images.copy()
    moved = translate(images, pixels(0, 0, 0), pixels(0, 0, 0), border=border)
    assert moved.flags.c_contiguous
    assert moved.dtype == np.uint8
    assert not np.shares_memory(moved, images)
    assert np.array_equal(images, before)


@pytest.mark.parametrize("shape", [(0, 4, 4, 1), (2, 0, 4, 1), (2, 4, 4, 0)])
def test_nothing_to_move_is_no_error(shape):
    ones = np.ones(shape[0], np.int64)
    assert translate(np.zeros(shape, np.uint8), ones, ones, border="wrap").shape == shape


def test_an_unknown_border_rule_gets_the_near_ones():
    with pytest.raises(SettingsError, match="'symetric'; did you mean 'symmetric'"):
        translate(random_images(1, 2, 2), pixels(0), pixels(0), border="symetric")


@pytest.mark.parametrize("fill", [-1, 256])
def test_a_fill_that_is_no_grey_level_is_refused(fill):
    with pytest.raises(SettingsError, match=f"0 to 255, got {fill}"):
        translate(random_images(1, 2, 2), pixels(0), pixels(0), fill=fill)


def test_every_border_rule_has_one_mode_and_the_audits_word_for_constant_is_recognised():
    modes = ["constant", "wrap", "edge", "reflect", "symmetric"]
    assert {border_of_mode(mode) for mode in modes} == set(BORDERS)
    with pytest.raises(SettingsError, match="'zeros'; did you mean 'constant'"):
        border_of_mode("zeros")
