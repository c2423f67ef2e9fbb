import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.strategies import integers, sampled_from
from scipy.ndimage import map_coordinates

from convlens.augment import Affine, Rotate
from convlens.augment.geometry import BORDERS
from convlens.augment.geometry import translate as translate_arrays
from convlens.augment.matrices import affine_matrices
from convlens.augment.twins.geometry import affine, translate

ROW = torch.tensor([10, 20, 30, 40], dtype=torch.uint8).reshape(1, 1, 1, 4)


def tensors_of(images):
    return torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()


@pytest.mark.parametrize(
    ("border", "row"),
    [
        ("zeros", [7, 7, 10, 20]),
        ("edge", [10, 10, 10, 20]),
        ("reflect", [30, 20, 10, 20]),
        ("symmetric", [20, 10, 10, 20]),
        ("wrap", [30, 40, 10, 20]),
    ],
)
def test_two_pixels_to_the_right_by_hand(border, row):
    moved = translate(ROW, np.array([2]), np.array([0]), border, np.array([[7]]))
    assert moved.ravel().tolist() == row


@pytest.mark.parametrize(
    ("border", "row"),
    [
        ("zeros", [15, 15, 25, 35]),
        ("edge", [10, 15, 25, 35]),
        ("reflect", [15, 15, 25, 35]),
        ("symmetric", [10, 15, 25, 35]),
        ("wrap", [25, 15, 25, 35]),
    ],
)
def test_half_a_pixel_to_the_right_by_hand(border, row):
    matrices = affine_matrices((1, 4), 1, right_px=0.5)
    assert affine(ROW, matrices, 1, border, np.array([[20]])).ravel().tolist() == row


@given(integers(-40, 40), integers(-40, 40), sampled_from(BORDERS), integers(1, 5), integers(1, 5))
def test_a_shift_by_whole_pixels_is_that_of_the_arrays(dx, dy, border, height, width):
    images = np.random.default_rng(1).integers(0, 256, (2, height, width, 3), np.uint8)
    right, down = np.array([dx, -dx]), np.array([dy, 1])
    moved = translate(tensors_of(images), right, down, border, np.array([[1, 2, 3], [4, 5, 6]]))
    expected = translate_arrays(images, right, down, border=border, fill=np.array([[1, 2, 3], [4, 5, 6]]))
    assert torch.equal(moved, tensors_of(expected))


def test_a_matrix_that_shifts_by_whole_pixels_interpolates_nothing():
    levels = torch.rand(3, 2, 6, 5) * 255
    matrices = affine_matrices((6, 5), 3, right_px=np.array([1.0, 0.0, -2.0]), down_px=np.array([0.0, 0.0, 3.0]))
    moved = affine(levels, matrices, 3, "wrap", np.zeros((3, 2)))
    rolled = [levels[0].roll(1, 2), levels[1], levels[2].roll((3, -2), (1, 2))]
    assert torch.equal(moved, torch.stack(rolled))


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("border", BORDERS)
def test_a_turn_agrees_with_scipy_inside_a_frame_that_numpy_makes(border, order):
    levels = np.random.default_rng(2).random((9, 12)) * 255
    matrices = affine_matrices((9, 12), 1, rotate=33.0, scale_x=0.8, right_px=1.3, down_px=-0.6)
    back = np.linalg.inv(matrices[0])
    places = np.einsum("ij,jyx->iyx", back, np.stack([*np.mgrid[:9, :12][::-1], np.ones((9, 12))]))
    framed = np.pad(levels, 20, **({"constant_values": 77} if border == "zeros" else {"mode": border}))
    expected = map_coordinates(framed, places[1::-1] + 20, order=order)
    tensor = torch.from_numpy(levels.astype(np.float32))[None, None]
    warped = affine(tensor, matrices, order, border, np.array([[77.0]]))
    assert np.abs(warped[0, 0].numpy() - expected).max() < 0.01


@pytest.mark.parametrize("border", BORDERS)
def test_half_a_pixel_by_cubic_weights_by_hand(border):
    # At a half, Keys' cubic with a = −0.75 weighs the four around by −3, 19, 19 and −3 thirty-seconds.
    row = torch.tensor([32, 0, 64, 96, 32, 160, 0, 224], dtype=torch.float32).reshape(1, 1, 1, 8)
    warped = affine(row, affine_matrices((1, 8), 1, right_px=0.5), 3, border, np.array([[0]]))
    expected = [
        -3 * a + 19 * b + 19 * c - 3 * d
        for a, b, c, d in zip(*(row.ravel().tolist()[i : i + 5] for i in range(4)), strict=False)
    ]
    assert warped.ravel()[2:7].tolist() == pytest.approx([one / 32 for one in expected], abs=1e-3)


def test_images_of_one_batch_have_their_own_border_order_and_fill():
    levels = torch.rand(5, 2, 8, 9) * 255
    matrices = affine_matrices((8, 9), 5, rotate=np.array([10.0, 20, 0, -70, 5]))
    orders, borders, fill = [0, 1, 3, 1, 3], ["zeros", "wrap", "edge", "zeros", "reflect"], np.arange(10).reshape(5, 2)
    together = affine(levels, matrices, orders, borders, fill)
    apart = [
        affine(levels[[row]], matrices[[row]], orders[row], borders[row], fill[[row]]) for row in range(len(levels))
    ]
    assert torch.equal(together, torch.cat(apart))


def test_a_quarter_turn_of_a_square_is_exact():
    images = torch.randint(0, 256, (3, 2, 6, 6), dtype=torch.uint8)
    assert torch.equal(Rotate(90)(images=images), torch.rot90(images, -1, (2, 3)))


@pytest.mark.parametrize("order", [0, 1, 3])
def test_each_channel_has_its_own_fill(order):
    images = torch.full((20, 3, 4, 4), 100, dtype=torch.uint8)
    far = Affine(translate_px=50, rotate=45, scale=0.5, order=order, cval=(0, 255))
    keys = np.arange(20, dtype=np.uint64)
    filled = far(images=images, keys=keys)
    grey = far.sample(keys)["cval"]
    assert torch.equal(filled[:, :, 0, 0], torch.from_numpy(grey).to(torch.uint8))
