import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.augment.superpixels import Superpixels, slic, superpixels
from convlens.errors import SettingsError
from convlens.rng import keys_of

KEYS = keys_of(0, "augment", 0, np.arange(64))


def cloud(seed: int, height: int, width: int, channels: int) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2).reshape(noise.shape)
    return cv2.normalize(smooth, None, 0, 255, cv2.NORM_MINMAX).reshape(noise.shape)


def test_the_only_area_is_painted_in_the_mean_of_the_image():
    image = np.array([[0, 10], [20, 35]], np.uint8)
    assert Superpixels(1, n_segments=1)(image=image).tolist() == [[16, 16], [16, 16]]


def test_even_areas_stay_what_they_are():
    colours = np.array([[[250, 10, 10], [10, 240, 30]], [[20, 20, 200], [128, 128, 128]]], np.uint8)
    image = colours.repeat(8, axis=0).repeat(8, axis=1)
    assert np.array_equal(Superpixels(1, n_segments=4)(image=image), image)


def test_an_area_follows_an_edge_beside_the_grid():
    # The grid is cut at column 8, the picture at column 5.
    image = np.full((4, 16, 1), 230, np.uint8)
    image[:, :5] = 20
    assert np.array_equal(Superpixels(1, n_segments=2)(image=image), image)


def test_without_colour_the_areas_are_the_cells_of_the_grid():
    labels = slic(np.full((8, 12, 3), 90, np.float32), (2, 3)).reshape(8, 12)
    y, x = np.mgrid[:8, :12]
    assert np.array_equal(labels, y // 4 * 3 + x // 4)


@pytest.mark.parametrize(
    ("size", "grid"), [((9, 12), (2, 3)), ((10, 10), (3, 3)), ((7, 16), (1, 4)), ((12, 5), (4, 1))]
)
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_the_areas_agree_with_a_search_pixel_by_pixel(size, grid, channels):
    levels = cloud(channels, *size, channels).astype(np.float32)
    labels = slic(levels, grid, iterations=4)
    assert np.mean(labels == searched(levels, grid, iterations=4)) > 0.98


def searched(levels: np.ndarray, grid: tuple[int, int], iterations: int) -> list[int]:
    """Find the areas as the paper has it, but for the candidates: the centres of the 3 × 3 cells around a pixel's."""
    (height, width, channels), (down, across) = levels.shape, grid
    colours = cv2.cvtColor(levels / 255, cv2.COLOR_RGB2LAB) if channels == 3 else levels / 2.55
    weight = 10 / np.sqrt(height * width / (down * across))
    pixels = {
        (y, x): np.array([*colours[y, x].tolist(), weight * y, weight * x]) for y in range(height) for x in range(width)
    }
    cell = {(y, x): (y * down // height, x * across // width) for y, x in pixels}
    owner = dict(cell)
    centres: dict[tuple[int, int], np.ndarray] = {}
    for _ in range(iterations):
        for one in dict.fromkeys(owner.values()):
            centres[one] = np.mean([pixels[place] for place in pixels if owner[place] == one], axis=0)
        for place, pixel in pixels.items():
            row, column = cell[place]
            near = [c for c in centres if abs(c[0] - row) <= 1 and abs(c[1] - column) <= 1]
            owner[place] = min(sorted(near), key=lambda c: float(((pixel - centres[c]) ** 2).sum()))
    return [row * across + column for row, column in owner.values()]


@given(
    seed=st.integers(0, 1000),
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    channels=st.integers(1, 5),
    n_segments=st.integers(1, 2000),
)
def test_paint_keeps_the_mean_of_the_image(seed, height, width, channels, n_segments):
    image = np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)
    painted = Superpixels(1, n_segments, max_size=None)(image=image.astype(np.float32), value_range=(0, 255))
    assert painted.mean() == pytest.approx(image.mean(), abs=0.01)


def test_the_number_of_areas_is_about_the_one_asked_for():
    image = cloud(0, 64, 64, 3)
    for asked in (4, 50, 120, 300):
        areas = len(np.unique(slic(image.astype(np.float32), (round(asked**0.5),) * 2)))
        colours = len(np.unique(Superpixels(1, asked)(image=image).reshape(-1, 3), axis=0))
        assert 0.8 * asked < colours <= areas < 1.2 * asked


def test_a_share_of_the_areas_is_painted_and_each_is_painted_whole():
    images = np.stack([cloud(seed, 32, 32, 1) for seed in range(64)])
    count = np.full(64, 16)
    painted = superpixels(images, np.full(64, 0.4), count, np.arange(1, 65))
    whole = superpixels(images, np.ones(64), count, np.arange(1, 65))
    shares = []
    for image, some, every in zip(images, painted, whole, strict=True):
        labels = slic(image.astype(np.float32), (4, 4))
        as_painted = [bool((some == every).ravel()[labels == area].all()) for area in np.unique(labels)]
        as_before = [bool((some == image).ravel()[labels == area].all()) for area in np.unique(labels)]
        assert all(one or other for one, other in zip(as_painted, as_before, strict=True))
        shares.append(np.mean(as_painted))
    # 1,024 areas: four standard deviations are 0.06.
    assert 0.34 < np.mean(shares) < 0.46


@pytest.mark.parametrize("interpolation", ["nearest", "linear", "cubic", "area"])
def test_a_large_image_keeps_its_own_pixels_where_nothing_is_painted(interpolation):
    image = np.random.default_rng(0).integers(0, 256, (90, 60, 3), np.uint8)
    painted = Superpixels(0.5, 30, max_size=30, interpolation=interpolation)(
        images=image[None].repeat(8, 0), keys=KEYS[:8]
    )
    own = (painted == image).all(axis=3).mean()
    assert 0.25 < own < 0.75
    # What is painted is near to even; of the noise, one step in a thousand is.
    steps = np.abs(np.diff(painted.astype(int), axis=2)).max(axis=3)
    assert np.mean(steps < 12) > 0.1


def test_a_large_image_is_painted_as_its_shrunk_version():
    image = cloud(1, 60, 80, 3).astype(np.float32)
    small = image.reshape(30, 2, 40, 2, 3).mean(axis=(1, 3))
    large = Superpixels(1, 20, max_size=40, interpolation="nearest")(image=image, value_range=(0, 255))
    expected = Superpixels(1, 20)(image=small, value_range=(0, 255)).repeat(2, axis=0).repeat(2, axis=1)
    assert np.abs(large - expected).max() < 0.01


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Superpixels(1.5), "p_replace wants values from 0 to 1, got 1.5"),
        (lambda: Superpixels(n_segments=0), "n_segments wants values from 1 to 100000, got 0"),
        (lambda: Superpixels(max_size=0), "max_size wants a whole number of pixels from 1 up, or None, got 0"),
        (lambda: Superpixels(interpolation="lanczos"), "no interpolation is named 'lanczos'"),
    ],
)
def test_a_wrong_setting_is_refused(make, sentence):
    with pytest.raises(SettingsError, match=sentence):
        make()
