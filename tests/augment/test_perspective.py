import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from convlens.augment.geometry import BORDERS
from convlens.augment.matrices import affine_matrices
from convlens.augment.perspective import PerspectiveTransform, from_square, perspective, possible_quads
from convlens.augment.warping import affine
from convlens.errors import SettingsError
from convlens.rng import keys_of

KEYS = keys_of(0, "augment", 0, np.arange(500))
IMAGES = np.random.default_rng(0).integers(0, 256, (40, 12, 20, 3), np.uint8)
SCIPY = {"zeros": "grid-constant", "edge": "nearest", "reflect": "mirror", "symmetric": "reflect", "wrap": "grid-wrap"}
SQUARE = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])


def pixels(shares, size):
    """The places of shares of the width and height, where (0, 0) is the centre of the top left pixel."""
    return shares * [size[1], size[0]] - 0.5


def moved(matrix, places):
    x, y, depth = matrix @ [*np.transpose(places), np.ones(len(places))]
    return np.stack([x / depth, y / depth], axis=1)


def looked_at(augmenter, corners, images):
    """Apply a perspective whose corners move inwards by these shares."""
    parameters = {"scale": np.ones(len(images)), "corners": np.tile(np.array(corners, np.float64), (len(images), 1))}
    return augmenter.apply(images, parameters), augmenter.matrices(parameters, images.shape[1:3])


def test_the_middle_half_by_hand():
    # target x comes from 1.5 + (x + ½) / 2, where the ramp is at 20 times that
    ramp = np.broadcast_to(np.arange(8, dtype=np.uint8)[:, None] * 20, (1, 8, 8, 1)).copy()
    came, matrices = looked_at(PerspectiveTransform(1), [0.25] * 8, ramp)
    assert came[0, 3, :, 0].tolist() == [35, 45, 55, 65, 75, 85, 95, 105]
    assert matrices[0] == pytest.approx(np.array([[2, 0, -3.5], [0, 2, -3.5], [0, 0, 1]]))


@pytest.mark.parametrize("keep_size", [True, False])
@given(arrays(np.float64, 8, elements=st.floats(-0.3, 0.3)))
def test_the_quadrilateral_becomes_the_whole(keep_size, corners):
    augmenter = PerspectiveTransform(1, keep_size=keep_size)
    parameters = {"scale": np.ones(1), "corners": corners[None]}
    quad = pixels(SQUARE + np.abs(corners).reshape(4, 2) * [[1, 1], [-1, 1], [-1, -1], [1, -1]], (12, 20))
    size = augmenter.apply(IMAGES[:1], parameters)[0].shape
    matrix = augmenter.matrices(parameters, (12, 20))[0]
    assert moved(matrix, quad) == pytest.approx(pixels(SQUARE, size), abs=1e-4)
    theirs = cv2.getPerspectiveTransform(quad.astype(np.float32), pixels(SQUARE, size).astype(np.float32))
    assert matrix == pytest.approx(theirs, abs=1e-2)


def test_without_keep_size_the_sides_are_as_long_as_those_of_the_quadrilateral():
    came, _ = looked_at(PerspectiveTransform(1, keep_size=False), [0.25] * 8, IMAGES)
    assert came.shape == (40, 6, 10, 3)
    # of 12 × 20 only the top gets shorter, and the longer of two sides counts; 12 down over 5 across is 13 long
    came, _ = looked_at(PerspectiveTransform(1, keep_size=False), [0.25, 0, 0.25, 0, 0, 0, 0, 0], IMAGES)
    assert came.shape == (40, 13, 20, 3)
    drawn = PerspectiveTransform(0.2, keep_size=False)(images=IMAGES, keys=KEYS[:40])
    assert isinstance(drawn, list)


@given(arrays(np.float64, (3, 8), elements=st.floats(0, 1)), st.booleans())
def test_whatever_is_drawn_leaves_a_convex_quadrilateral_inside_the_picture(corners, whole):
    quads = possible_quads(corners, whole=whole)
    assert (quads >= 0).all()
    assert (quads <= 1).all()
    for moves, quad in zip(corners, quads, strict=True):
        assert cv2.isContourConvex(quad.astype(np.float32)[:, None])
        assert cv2.contourArea(quad.astype(np.float32), oriented=True) > 0
        inward = np.abs(quad - SQUARE).ravel()
        # what is smaller gets lost where it is taken from 1
        halved = moves.max() / inward.max() if inward.max() > 1e-9 else 1
        assert np.log2(halved) == pytest.approx(round(np.log2(halved)), abs=1e-6)
        assert inward * halved == pytest.approx(moves, abs=1e-6)


def test_a_corner_goes_in_as_far_as_its_draw_says():
    augmenter = PerspectiveTransform(0.05)
    moves = augmenter.sample(KEYS)["corners"] * 0.05
    assert moves.shape == (500, 8)
    assert 0.048 < moves.std() < 0.052
    assert np.array_equal(possible_quads(np.abs(moves)), SQUARE + np.abs(moves).reshape(-1, 4, 2) * (1 - 2 * SQUARE))


@given(arrays(np.float64, 8, elements=st.floats(0, 1)), st.booleans(), st.sampled_from([(12, 20), (1, 1), (7, 1)]))
def test_fit_output_shows_the_whole_picture_and_no_more(corners, keep_size, size):
    images = np.full((1, *size, 1), 255, np.uint8)
    came, matrices = looked_at(PerspectiveTransform(1, keep_size=keep_size, fit_output=True), corners, images)
    tall, wide = came.shape[1:3]
    assert (tall, wide) == size or not keep_size
    assert tall <= 3 * size[0] * 1.5 + 1
    places = moved(matrices[0], pixels(SQUARE, size)) + 0.5
    assert places.min() > -1e-3
    assert (places.max(axis=0) < [wide + 1e-3, tall + 1e-3]).all()
    # it touches all four edges
    assert places.min(axis=0) == pytest.approx([0, 0], abs=1e-3)
    assert places.max(axis=0) == pytest.approx([wide, tall], abs=1e-3 if keep_size else 1)


def test_what_is_outside_shows_in_fit_output_alone():
    white = np.full((1, 20, 20, 1), 255, np.uint8)
    trapezoid = [0.2, 0, 0.2, 0, 0, 0, 0, 0]
    inside, _ = looked_at(PerspectiveTransform(1, cval=9), trapezoid, white)
    assert (inside == 255).all()
    outside, _ = looked_at(PerspectiveTransform(1, cval=9, fit_output=True), trapezoid, white)
    assert (outside[0, -1, :3] == 9).all()
    assert (outside[0, 0] > 9).all()


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("border", BORDERS)
def test_perspective_agrees_with_scipy_at_every_pixel(border, channels):
    images = np.random.default_rng(1).integers(0, 256, (1, 40, 30, channels), np.uint8)
    matrix = from_square(np.array([[[0.1, 0.2], [0.8, -0.1], [1.2, 1], [0.2, 0.7]]]))[0]
    to_pixels, to_square = np.array([[30, 0, -0.5], [0, 40, -0.5], [0, 0, 1]]), np.linalg.inv
    matrix = to_pixels @ matrix @ to_square(to_pixels)
    sizes = np.array([[50, 45]])
    seen = perspective(images, matrix[None], sizes, border=border, fill=77)[0]
    y, x = np.mgrid[:50, :45]
    source = np.einsum("ij,jhw->ihw", to_square(matrix), np.stack([x, y, np.ones_like(x)]))
    source = source[:2] / source[2]
    for channel in range(channels):
        plane = images[0, ..., channel].astype(np.float64)
        expected = ndimage.map_coordinates(plane, source[::-1], order=1, mode=SCIPY[border], cval=77)
        assert np.mean(np.abs(seen[..., channel] - expected) <= 1) > 0.999


def test_an_affine_matrix_means_the_same_to_both_kernels():
    matrices = affine_matrices((12, 20), 40, rotate=20.0, scale_x=0.9)
    sizes = np.tile([12, 20], (40, 1))
    gap = perspective(IMAGES, matrices, sizes, border="wrap").astype(int) - affine(IMAGES, matrices, border="wrap")
    assert np.abs(gap).max() <= 1


@pytest.mark.parametrize("settings", [{}, {"keep_size": False}, {"fit_output": True, "keep_size": False}])
def test_no_move_is_the_identity(settings):
    augmenter = PerspectiveTransform(0, **settings)
    assert np.array_equal(augmenter(images=IMAGES, keys=KEYS[:40]), IMAGES)
    floats = IMAGES.astype(np.float32)
    assert np.array_equal(augmenter(images=floats, keys=KEYS[:40], value_range=(0, 255)), floats)


def test_all_channels_are_moved_alike():
    images = np.random.default_rng(2).integers(0, 256, (4, 12, 20, 5), np.uint8)
    augmenter = PerspectiveTransform(0.1, fit_output=True, mode="wrap")
    parameters = augmenter.sample(KEYS[:4])
    together = augmenter.apply(images, parameters)
    for channel in range(5):
        assert np.array_equal(together[..., channel], augmenter.apply(images[..., channel], parameters))


def test_opencvs_word_for_a_mode_is_ours():
    assert PerspectiveTransform(mode="replicate") == PerspectiveTransform(mode="edge")
    assert 'mode="edge"' in repr(PerspectiveTransform(mode="replicate"))


@pytest.mark.usefixtures("as_installed")
@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: PerspectiveTransform(-0.1), "scale wants values from 0"),
        (lambda: PerspectiveTransform(keep_size="yes"), "keep_size wants True or False, got 'yes'"),
        (lambda: PerspectiveTransform(fit_output=1), "fit_output wants True or False"),
        (lambda: PerspectiveTransform(mode="mirror"), "no mode is named 'mirror'"),
    ],
)
def test_settings_that_mean_nothing_are_refused(make, sentence):
    with pytest.raises(SettingsError, match=sentence):
        make()
