import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from convlens.augment.geometry import BORDERS, translate
from convlens.augment.matrices import affine_matrices, fitting
from convlens.augment.warping import affine, fitted
from convlens.errors import SettingsError, ShapeError

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 9, 9, 3), np.uint8)
SCIPY = {
    "zeros": "grid-constant",
    "edge": "nearest",
    "reflect": "mirror",
    "symmetric": "reflect",
    "wrap": "grid-wrap",
}


@pytest.mark.parametrize("order", [0, 1, 3])
@pytest.mark.parametrize("quarters", [-1, 1, 2, 3])
def test_quarter_turns_clockwise_are_numpys_rot90(order, quarters):
    turned = affine(IMAGES, affine_matrices((9, 9), 2, rotate=90.0 * quarters), order=order)
    assert np.array_equal(turned, np.rot90(IMAGES, -quarters, axes=(1, 2)))


def test_a_dot_above_the_centre_moves_to_the_right_at_90_degrees():
    image = np.zeros((1, 5, 5, 1), np.uint8)
    image[0, 0, 2] = 255
    turned = affine(image, affine_matrices((5, 5), 1, rotate=90.0))
    assert np.argwhere(turned[0, :, :, 0]).tolist() == [[2, 4]]


def test_scale_two_of_four_pixels_by_hand():
    # target x comes from 1.5 + (x − 1.5) / 2: 0.75, 1.25, 1.75, 2.25
    row = np.broadcast_to(np.array([0, 40, 80, 120], np.uint8)[None, None, :, None], (1, 4, 4, 1)).copy()
    scaled = affine(row, affine_matrices((4, 4), 1, scale_x=2.0, scale_y=2.0))
    assert scaled[0, :, :, 0].tolist() == [[30, 50, 70, 90]] * 4


def test_a_shear_by_45_degrees_moves_the_row_above_the_centre_one_pixel_right():
    column = np.zeros((1, 3, 3, 1), np.uint8)
    column[0, :, 1] = 9
    leaning = affine(column, affine_matrices((3, 3), 1, shear_x=45.0))
    assert leaning[0, :, :, 0].tolist() == [[0, 0, 9], [0, 9, 0], [9, 0, 0]]


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("order", [0, 1])
def test_the_kernel_agrees_with_scipy_at_every_pixel(order, border, channels):
    images = np.random.default_rng(1).integers(0, 256, (1, 40, 30, channels), np.uint8)
    matrices = affine_matrices((40, 30), 1, rotate=20.0, scale_x=0.8, scale_y=1.1, shear_x=7.0, right_px=2.3)
    warped = affine(images, matrices, order=order, border=border, fill=77)
    y, x = np.mgrid[:40, :30]
    source_x, source_y, _ = np.einsum("ij,jhw->ihw", np.linalg.inv(matrices[0]), np.stack([x, y, np.ones_like(x)]))
    for channel in range(channels):
        plane = images[0, ..., channel].astype(np.float64)
        expected = ndimage.map_coordinates(plane, [source_y, source_x], order=order, mode=SCIPY[border], cval=77)
        assert np.abs(warped[0, ..., channel] - expected).max() <= 1


@given(st.sampled_from(BORDERS), st.integers(-12, 12), st.integers(-12, 12), st.sampled_from([0, 1, 3]))
def test_shifts_by_whole_pixels_are_exactly_those_of_translate(border, dx, dy, order):
    matrices = affine_matrices((9, 9), 2, right_px=float(dx), down_px=float(dy), rotate=np.array([0.0, 360.0]))
    expected = translate(IMAGES, np.array([dx, dx]), np.array([dy, dy]), border=border, fill=5)
    assert np.array_equal(affine(IMAGES, matrices, order=order, border=border, fill=5), expected)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("order", [0, 1, 3])
@pytest.mark.parametrize("size", [(1, 1), (1, 4), (4, 1)])
def test_a_side_of_one_pixel_is_no_trouble(size, order, border):
    images = np.full((1, *size, 1), 50, np.uint8)
    warped = affine(images, affine_matrices(size, 1, rotate=30.0, right_px=3.3), order=order, border=border, fill=50)
    assert np.array_equal(warped, images)


@pytest.mark.usefixtures("as_installed")
def test_one_matrix_per_image_and_a_known_order_are_wanted():
    matrices = affine_matrices((9, 9), 3)
    with pytest.raises(ShapeError, match="one matrix per image, got 3 for 2 images"):
        affine(IMAGES, matrices)
    with pytest.raises(SettingsError, match=r"order wants 0 .* got 2"):
        affine(IMAGES, matrices[:2], order=2)


def test_the_canvas_just_holds_the_corner_pixels_by_hand():
    # 19 · cos 45° + 9 · sin 45° = 19.8 between the corner pixels of 10 × 20 turned by 45°, so 21 pixels
    images = np.full((2, 10, 20, 3), 200, np.uint8)
    turned = fitted(images, affine_matrices((10, 20), 2, rotate=45.0), fill=9)
    assert turned.shape == (2, 21, 21, 3)
    assert (turned[:, 0, 0] == 9).all()
    assert fitted(images, affine_matrices((10, 20), 2, scale_x=2.0)).shape == (2, 10, 39, 3)


@pytest.mark.parametrize("quarters", [-1, 1, 2, 3])
def test_on_its_own_canvas_a_quarter_turn_loses_nothing(quarters):
    wide = np.ascontiguousarray(IMAGES[:, :5])
    turned = fitted(wide, affine_matrices((5, 9), 2, rotate=90.0 * quarters))
    assert np.array_equal(turned, np.rot90(wide, -quarters, axes=(1, 2)))


@given(st.floats(-180, 180), st.floats(0.3, 3), st.floats(-60, 60), st.integers(1, 12), st.integers(1, 12))
def test_all_four_corner_pixels_are_on_the_canvas_and_touch_its_edges(turn, scale, shear, height, width):
    matrices = affine_matrices((height, width), 1, rotate=turn, scale_x=scale, shear_y=shear, right_px=99.0)
    moved, sizes = fitting(matrices, (height, width))
    corners = np.array([[0, width - 1, 0, width - 1], [0, 0, height - 1, height - 1], np.ones(4)])
    places = (moved[0] @ corners)[:2].T
    assert places.min(axis=0) == pytest.approx([0, 0], abs=1e-9)
    tall, wide = sizes[0]
    assert (places.max(axis=0) <= np.array([wide, tall]) - 1 + 1e-5).all()
    assert (places.max(axis=0) > np.array([wide, tall]) - 2).all()


def test_images_on_canvases_of_their_own_sizes_are_a_list():
    matrices = affine_matrices((9, 9), 2, rotate=np.array([0.0, 45.0]))
    straight, turned = fitted(IMAGES, matrices, border="edge")
    assert np.array_equal(straight, IMAGES[0])
    assert turned.shape == (13, 13, 3)


def test_floats_stay_grey_levels_where_cubic_overshoots():
    checked = (np.indices((9, 9)).sum(axis=0) % 2 * 255).astype(np.float32)[None, ..., None]
    for warp in (affine, fitted):
        for image in (checked, np.repeat(checked, 2, axis=3)):
            warped = warp(image, affine_matrices((9, 9), 1, rotate=20.0), order=3)
            assert warped.min() >= 0
            assert warped.max() <= 255
