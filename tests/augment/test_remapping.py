import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.augment.geometry import BORDERS
from convlens.augment.remapping import ElasticTransformation, PiecewiseAffine, between, elastic, piecewise_affine
from convlens.errors import SettingsError, ShapeError
from convlens.rng import keys_of

KEYS = keys_of(0, "augment", 0, np.arange(500))
IMAGES = np.random.default_rng(0).integers(0, 256, (40, 12, 20, 3), np.uint8)


def test_moves_are_linear_in_both_triangles_of_a_cell_by_hand():
    moves = np.zeros((1, 2, 2, 2))
    moves[0, 0, 1] = [2, -4]
    came = between(moves, (3, 3))[0]
    assert came[..., 0].tolist() == [[0, 1, 2], [0, 0, 1], [0, 0, 0]]
    assert came[..., 1].tolist() == [[0, -2, -4], [0, 0, -2], [0, 0, 0]]


@given(st.integers(2, 5), st.integers(2, 5), st.integers(1, 12), st.integers(1, 12), st.integers(0, 99))
def test_moves_agree_with_affine_maps_solved_triangle_by_triangle(rows, columns, height, width, seed):
    moves = np.random.default_rng(seed).normal(0, 3, (1, rows, columns, 2))
    came = between(moves, (height, width))[0]
    for y, x in np.ndindex(height, width):
        down, across = y / max(height - 1, 1) * (rows - 1), x / max(width - 1, 1) * (columns - 1)
        top, left = min(int(down), rows - 2), min(int(across), columns - 2)
        third = (top, left + 1) if across - left > down - top else (top + 1, left)
        corners = [(top, left), (top + 1, left + 1), third]
        shares = np.linalg.solve(np.array([[*corner, 1] for corner in corners]).T, [down, across, 1])
        expected = sum(share * moves[0][corner] for share, corner in zip(shares, corners, strict=True))
        assert came[y, x] == pytest.approx(expected, abs=1e-3)


def test_control_points_show_places_within_the_image_so_nothing_comes_in():
    black = PiecewiseAffine(0.3, cval=0).sample(KEYS[:40])
    parts = [black[name] for name in ("scale", "nb_rows", "nb_cols", "jitter")]
    each = [piecewise_affine(np.full_like(IMAGES, 200), *parts, border=border, fill=0) for border in BORDERS]
    assert all((one == 200).all() for one in each)


def test_a_scale_in_pixels_is_a_share_of_the_side():
    share, absolute = PiecewiseAffine(0.1), PiecewiseAffine(1.2, absolute_scale=True)
    square = IMAGES[:, :, :12]
    came = share(images=square, keys=KEYS[:40]), absolute(images=square, keys=KEYS[:40])
    assert np.array_equal(*came)


def test_a_control_point_moves_by_its_draw():
    # of two rows and columns, the top left corner shows the place of the first point, which cannot leave the image
    ramp = np.tile(np.arange(100, dtype=np.float32), (100, 1))
    came = PiecewiseAffine(0.05, 2, 2)(images=np.tile(ramp, (500, 1, 1)), keys=KEYS, value_range=(0, 255))
    shown = came[:, 0, 0]
    assert 0.4 < np.mean(shown == 0) < 0.6
    inside = shown[shown > 0]
    # of a normal number, where it is positive, the mean square is that of all
    assert 4.5 < np.sqrt(np.mean(inside**2)) < 5.5


def displacements(alpha, sigma, size=200):
    """The moves along x, read off a ramp that they move; the rim would show what comes in."""
    ramp = np.tile(np.arange(size, dtype=np.float32) * (255 / size), (size, 1))
    augmenter = ElasticTransformation(alpha, sigma, order=1)
    came = augmenter(image=ramp, keys=KEYS[:1], value_range=(0, 255))
    return ((ramp - came) * (size / 255))[45:-45, 45:-45]


def test_noise_without_blur_is_even():
    moves = displacements(40, 0)
    assert 39 < moves.max() <= 40.01
    assert -40.01 <= moves.min() < -39
    assert moves.std() == pytest.approx(40 / 3**0.5, rel=0.02)
    assert abs(moves.mean()) < 1


@pytest.mark.parametrize(("sigma", "size"), [(0.25, 5), (1, 5), (4, 11)])
def test_blurred_noise_is_as_strong_as_its_window_says(sigma, size):
    line = np.exp(-((np.arange(size) - size // 2) ** 2) / (2 * sigma**2))
    line /= line.sum()
    moves = displacements(40, sigma)
    # the mean of independent numbers of variance ⅓, each with its weight in two dimensions
    expected = 40 / 3**0.5 * (line**2).sum()
    assert moves.std() == pytest.approx(expected, rel=0.15)
    assert np.corrcoef(moves[:, 1:].ravel(), moves[:, :-1].ravel())[0, 1] == pytest.approx(
        (line[1:] * line[:-1]).sum() / (line**2).sum(), abs=0.06
    )


def test_x_and_y_are_moved_apart():
    ramp = np.tile(np.arange(50, dtype=np.float32), (50, 1))
    augmenter = ElasticTransformation(30, 4, order=1)
    along, down = (augmenter(image=one, keys=KEYS[:1], value_range=(0, 255)) for one in (ramp, ramp.T.copy()))
    assert np.abs(np.corrcoef((along - ramp)[9:-9, 9:-9].ravel(), (down - ramp.T)[9:-9, 9:-9].ravel())[0, 1]) < 0.5


@pytest.mark.parametrize("augmenter", [PiecewiseAffine(0), ElasticTransformation(0)], ids=repr)
def test_no_move_is_the_identity(augmenter):
    assert np.array_equal(augmenter(images=IMAGES, keys=KEYS[:40]), IMAGES)
    floats = IMAGES.astype(np.float32)
    assert np.array_equal(augmenter(images=floats, keys=KEYS[:40], value_range=(0, 255)), floats)


@pytest.mark.parametrize("order", [0, 1, 3])
@pytest.mark.parametrize("kind", [PiecewiseAffine, ElasticTransformation])
def test_all_channels_are_moved_alike(kind, order):
    images = np.random.default_rng(2).integers(0, 256, (4, 12, 20, 5), np.uint8)
    augmenter = kind(order=order)
    parameters = augmenter.sample(KEYS[:4])
    together = augmenter.apply(images, parameters)
    for channel in range(5):
        assert np.array_equal(together[..., channel], augmenter.apply(images[..., channel], parameters))


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("order", [0, 1, 3])
@pytest.mark.parametrize("size", [(1, 1), (1, 4), (4, 1)])
def test_a_side_of_one_pixel_is_no_trouble(size, order, border):
    images = np.full((2, *size, 1), 50, np.uint8)
    settings = {"order": order, "border": border, "fill": 50}
    keys = np.array([1, 2])
    assert (elastic(images, np.full(2, 99.0), np.full(2, 0.5), keys, **settings) == 50).all()
    assert (piecewise_affine(images, np.full(2, 9.0), np.array([2, 3]), np.array([4, 2]), keys, **settings) == 50).all()


def test_floats_stay_grey_levels_where_cubic_overshoots():
    floats = (np.indices((20, 20)).sum(axis=0) % 2 * 255).astype(np.float32)
    for augmenter in (ElasticTransformation(20, order=3), PiecewiseAffine(0.2, order=3)):
        came = augmenter(images=np.tile(floats, (9, 1, 1)), keys=KEYS[:9], value_range=(0, 255))
        assert came.min() >= 0
        assert came.max() <= 255


def test_scipys_word_for_a_mode_is_ours():
    assert ElasticTransformation(mode=["nearest", "wrap"]) == ElasticTransformation(mode=["edge", "wrap"])
    assert 'mode="edge"' in repr(ElasticTransformation(mode="nearest"))


@pytest.mark.usefixtures("as_installed")
@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: PiecewiseAffine(nb_rows=1), "nb_rows wants values from 2"),
        (lambda: PiecewiseAffine(nb_cols=2.5), "nb_cols wants whole numbers"),
        (lambda: PiecewiseAffine(absolute_scale=0), "absolute_scale wants True or False, got 0"),
        (lambda: PiecewiseAffine(order=2), "order wants one of 0, 1, 3"),
        (lambda: ElasticTransformation(-1), "alpha wants values from 0"),
        (lambda: ElasticTransformation(sigma=-1), "sigma wants values from 0"),
    ],
)
def test_settings_that_mean_nothing_are_refused(make, sentence):
    with pytest.raises(SettingsError, match=sentence):
        make()


def test_a_side_too_long_for_opencv_is_refused():
    with pytest.raises(ShapeError, match="sides of at most 32766 pixels"):
        ElasticTransformation()(image=np.zeros((2, 40_000), np.uint8))
