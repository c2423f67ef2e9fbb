import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.augment.resizing import in_size
from convlens.augment.sizes import RandomResizedCrop, Resize
from convlens.errors import SettingsError
from convlens.rng import keys_of

KEYS = keys_of(0, "augment", 0, np.arange(2000))
IMAGES = np.random.default_rng(0).integers(0, 256, (50, 12, 20, 3), np.uint8)


def moved(matrix, x, y):
    return (matrix @ [x, y, 1])[:2]


def test_whole_numbers_are_pixels_and_numbers_with_a_point_are_factors():
    assert Resize(7)(image=IMAGES[0]).shape == (7, 7, 3)
    assert Resize(0.5)(image=IMAGES[0]).shape == (6, 10, 3)
    assert Resize(2.0)(image=IMAGES[0]).shape == (24, 40, 3)
    assert Resize(2) != Resize(2.0)


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        ({"height": 6}, (6, 20)),
        ({"height": 6, "width": "keep"}, (6, 20)),
        ({"height": 6, "width": "keep-aspect-ratio"}, (6, 10)),
        ({"height": "keep-aspect-ratio", "width": 50}, (30, 50)),
        ({"height": 0.5, "width": 7}, (6, 7)),
        ({"shorter-side": 6}, (6, 20)),
        ({"shorter-side": "keep-aspect-ratio", "longer-side": 10}, (6, 10)),
        ({"shorter-side": 30, "longer-side": 0.5}, (30, 10)),
        (0.01, (1, 1)),
    ],
)
def test_sides_by_name(size, shape):
    assert Resize(size)(image=IMAGES[0]).shape == (*shape, 3)
    lying = {"height": "width", "width": "height"}
    turned = {lying.get(side, side): length for side, length in size.items()} if isinstance(size, dict) else size
    assert Resize(turned)(image=IMAGES[0].transpose(1, 0, 2)).shape == (*shape[::-1], 3)


def test_both_sides_share_a_draw_unless_they_are_named():
    shared = Resize((5, 40)).sample(KEYS)
    assert np.array_equal(shared["height_px"], shared["width_px"])
    assert set(shared["height_px"].tolist()) == set(range(5, 41))
    apart = Resize({"height": (5, 40), "width": (0.5, 1.0)}).sample(KEYS)
    assert sorted(apart) == ["height_px", "width_factor"]


def test_a_resize_to_the_own_size_is_the_identity():
    for interpolation in ("nearest", "linear", "cubic", "area"):
        assert np.array_equal(Resize(1.0, interpolation)(images=IMAGES, keys=KEYS[:50]), IMAGES)


def test_the_whole_of_a_square_image_is_a_window():
    square = IMAGES[:, :, :12]
    whole = RandomResizedCrop(20, scale=1, ratio=1)(images=square, keys=KEYS[:50])
    assert np.array_equal(whole, Resize(20, "linear")(images=square, keys=KEYS[:50]))


@given(st.integers(1, 40), st.integers(1, 40))
def test_windows_lie_inside_and_have_their_ratio(height, width):
    augmenter = RandomResizedCrop(8)
    parameters = augmenter.sample(KEYS[:50])
    windows = augmenter.windows(parameters, (height, width))
    top, left, tall, wide = windows.T
    assert (windows[:, :2] >= 0).all()
    assert (windows[:, 2:] >= 1).all()
    assert (top + tall <= height).all()
    assert (left + wide <= width).all()
    # both sides are rounded, so up to half a pixel off; a side shorter than a pixel is one
    ratio = parameters["ratio"]
    assert (np.abs(wide - tall * ratio) <= 0.5 + 0.5 * ratio + 1)[np.minimum(tall, wide) > 1].all()


def test_a_window_that_fits_has_its_share_of_the_area_and_another_is_as_large_as_can_be():
    augmenter = RandomResizedCrop(8, scale=0.25, ratio=[1, 16])
    parameters = augmenter.sample(KEYS[:50])
    assert set(parameters["ratio"].tolist()) == {1, 16}
    for ratio, (_, _, tall, wide) in zip(parameters["ratio"], augmenter.windows(parameters, (40, 40)), strict=True):
        # 20 × 20 fits; 5 × 80 does not, and half of it does, up to rounding
        assert (tall, wide) == ((20, 20) if ratio == 1 else (2, 40))


def test_wide_and_tall_windows_come_equally_often_and_so_does_every_place():
    augmenter = RandomResizedCrop(8, scale=0.25)
    parameters = augmenter.sample(KEYS)
    assert 0.46 < np.mean(parameters["ratio"] > 1) < 0.54
    corners = augmenter.windows(augmenter.sample(KEYS) | {"ratio": np.ones(2000)}, (4, 4))[:, :2]
    counts = np.unique(corners, axis=0, return_counts=True)[1]
    # 3 × 3 places; each count is within five standard deviations of 222
    assert len(counts) == 9
    assert np.abs(counts - 2000 / 9).max() < 5 * 14.1


def test_a_window_is_cut_out_and_resized():
    augmenter = RandomResizedCrop((5, 7), scale=(0.1, 0.5))
    parameters = augmenter.sample(KEYS[:50])
    came = augmenter.apply(IMAGES, parameters)
    assert came.shape == (50, 5, 7, 3)
    for row, (top, left, tall, wide) in enumerate(augmenter.windows(parameters, (12, 20))):
        window = np.ascontiguousarray(IMAGES[row, top : top + tall, left : left + wide])
        assert np.array_equal(came[row], in_size(window, (5, 7), "linear"))


def test_the_matrices_by_hand():
    # 20 columns become 10: the first pixel's centre lies at ½ · ½ − ½
    resize = Resize({"width": 10})
    assert moved(resize.matrices(resize.sample(KEYS[:1]), (12, 20))[0], 0, 3) == pytest.approx([-0.25, 3])
    window = RandomResizedCrop(24, scale=0.6, ratio=1)
    parameters = {"scale": np.array([0.6]), "ratio": np.array([1.0]), "x": np.array([0.99]), "y": np.array([0.5])}
    # 12 × 12 of 12 × 20, so all rows and the last columns
    assert window.windows(parameters, (12, 20)).tolist() == [[0, 8, 12, 12]]
    assert moved(window.matrices(parameters, (12, 20))[0], 8, 0) == pytest.approx([0.5, 0.5])


@pytest.mark.usefixtures("as_installed")
@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: RandomResizedCrop(0), r"wants a side in pixels, or \(height, width\), got 0"),
        (lambda: RandomResizedCrop((1, 2, 3)), r"got \(1, 2, 3\)"),
        (lambda: RandomResizedCrop(5, scale=1.2), "scale wants values from 0 to 1"),
        (lambda: RandomResizedCrop(5, ratio=0), "ratio wants values from"),
        (lambda: Resize(5, "lanczos"), "no interpolation is named 'lanczos'"),
    ],
)
def test_settings_that_mean_nothing_are_refused(make, sentence):
    with pytest.raises(SettingsError, match=sentence):
        make()
