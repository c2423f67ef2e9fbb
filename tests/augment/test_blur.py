import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from convlens.augment import blur
from convlens.augment.blur import (
    AverageBlur,
    DirectedEdgeDetect,
    EdgeDetect,
    Emboss,
    GaussianBlur,
    MedianBlur,
    MotionBlur,
    Sharpen,
)
from convlens.errors import SettingsError

NOISE = np.random.default_rng(0).integers(0, 256, (2, 24, 20, 3), np.uint8)
IMPULSE = np.zeros((1, 5, 5, 1), np.uint8)
IMPULSE[0, 2, 2] = 90


def middle(augmenter, image: np.ndarray = IMPULSE) -> list[list[int]]:
    return augmenter(images=image)[0, 1:-1, 1:-1, 0].tolist()


@pytest.mark.parametrize(
    ("augmenter", "around"),
    [
        (AverageBlur(3), [[10, 10, 10], [10, 10, 10], [10, 10, 10]]),
        (MedianBlur(3), [[0, 0, 0], [0, 0, 0], [0, 0, 0]]),
        # An upright line of three, even weights; turned by a quarter; all the weight at one end.
        (MotionBlur(3, 0, 0), [[0, 30, 0], [0, 30, 0], [0, 30, 0]]),
        (MotionBlur(3, 90, 0), [[0, 0, 0], [30, 30, 30], [0, 0, 0]]),
        # Weights 2/3, 1/3, 0 from the top: the content moves down.
        (MotionBlur(3, 0, 1), [[0, 0, 0], [0, 30, 0], [0, 60, 0]]),
        # 0.5·90 + 0.5·(8 + 1)·90 = 450 in the middle, −45 around it.
        (Sharpen(0.5, 1), [[0, 0, 0], [0, 255, 0], [0, 0, 0]]),
        # The matrix read backwards: 1 + s lies below right, so the light comes in above left.
        (Emboss(1, 0.5), [[135, 45, 0], [45, 90, 0], [0, 0, 0]]),
        (Emboss(0.5, 0.5), [[68, 22, 0], [22, 90, 0], [0, 0, 0]]),
        # Half of 90 − 4·90 in the middle, half of 90 at the four neighbours.
        (EdgeDetect(0.5), [[0, 45, 0], [45, 0, 45], [0, 45, 0]]),
    ],
    ids=repr,
)
def test_a_single_bright_pixel_by_hand(augmenter, around):
    assert middle(augmenter) == around


def test_an_even_window_reaches_up_and_left():
    # The window of a pixel covers itself and those above and to the left: the pixel shows below and to the right.
    assert middle(AverageBlur(2)) == [[0, 0, 0], [0, 22, 22], [0, 22, 22]]


def test_sharpening_a_plain_image_multiplies_it_by_the_lightness():
    plain = np.full((1, 5, 5, 1), 100, np.uint8)
    assert np.unique(Sharpen(1, 0.8)(images=plain)).tolist() == [80]
    assert np.unique(Sharpen(0.5, 0.8)(images=plain)).tolist() == [90]


def test_the_median_of_nine_is_the_fifth():
    image = np.array([[9, 8, 7], [1, 2, 3], [6, 5, 4]], np.uint8)
    assert MedianBlur(3)(image=image)[1, 1] == 5


def test_the_weights_of_a_directed_edge_lie_on_its_side():
    upward, rightward, wrapped = blur.directed_matrices(np.array([0, 0.25, 1]))
    # (1 − φ / 180)⁴ for φ = 0, 45, 90, 135 and 180 degrees, over their sum.
    sum_of_all = 1 + 2 * (0.75**4 + 0.5**4 + 0.25**4)
    expected = np.array([[0.75**4, 1, 0.75**4], [0.5**4, -sum_of_all, 0.5**4], [0.25**4, 0, 0.25**4]]) / -sum_of_all
    assert np.allclose(upward, expected, rtol=0, atol=1e-15)
    assert np.allclose(rightward, np.rot90(expected, -1), rtol=0, atol=1e-15)
    assert np.array_equal(wrapped, upward)


@pytest.mark.parametrize(
    "identity",
    [
        GaussianBlur(0),
        GaussianBlur(0.001),
        AverageBlur([0, 1]),
        MedianBlur(1),
        Sharpen(0),
        Emboss(0),
        EdgeDetect(0),
        DirectedEdgeDetect(0),
    ],
    ids=repr,
)
def test_neutral_settings_change_nothing(identity):
    assert np.array_equal(identity(images=NOISE), NOISE)


@given(sigma=st.floats(0.1, 8))
def test_the_gaussian_agrees_with_scipys_of_the_same_width(sigma):
    width = 3.3 * sigma if sigma < 3 else 2.9 * sigma if sigma < 5 else 2.6 * sigma
    radius = int(max(width, 5)) // 2
    expected = ndimage.gaussian_filter(NOISE.astype(np.float64), sigma, mode="mirror", radius=radius, axes=(1, 2))
    blurred = blur.gaussian_blur(NOISE, np.array([sigma, sigma]))
    assert np.abs(blurred - expected).max() <= 0.51


@given(k=st.integers(2, 9))
def test_the_mean_and_the_median_agree_with_scipys(k):
    mean = ndimage.uniform_filter(NOISE.astype(np.float64), k, mode="mirror", axes=(1, 2))
    assert np.abs(blur.average_blur(NOISE, np.array([k, k])) - mean).max() <= 0.5 + 1e-9
    median = ndimage.median_filter(NOISE, size=(1, k | 1, k | 1, 1), mode="nearest")
    assert np.array_equal(blur.median_blur(NOISE, np.array([k, k])), median)


@given(k=st.integers(3, 21), angle=st.floats(-360, 360), direction=st.floats(-1, 1))
def test_the_weights_of_a_line_sum_to_one_and_half_a_turn_reverses_them(k, angle, direction):
    line = blur.line_matrix(k, angle, direction)
    assert line.shape == (k | 1, k | 1)
    assert line.sum() == pytest.approx(1)
    assert line.min() >= 0
    assert np.allclose(line, blur.line_matrix(k, angle + 180, -direction), rtol=0, atol=1e-6)


@given(alpha=st.floats(0, 1), strength=st.floats(0, 2))
def test_embossing_agrees_with_scipys_correlation(alpha, strength):
    s = strength
    effect = np.array([[-1 - s, -s, 0], [-s, 1, s], [0, s, 1 + s]])
    v = NOISE.astype(np.float64)
    correlated = ndimage.correlate(v, effect[None, :, :, None], mode="mirror")
    expected = np.clip((1 - alpha) * v + alpha * correlated, 0, 255)
    assert np.abs(blur.emboss(NOISE, np.full(2, alpha), np.full(2, s)) - expected).max() <= 0.51


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5])
@pytest.mark.parametrize(
    "augmenter", [GaussianBlur(1.5), AverageBlur(3), MedianBlur(7), MotionBlur(5, 30), EdgeDetect(1)], ids=repr
)
def test_each_channel_is_filtered_by_itself(augmenter, channels):
    images = np.random.default_rng(channels).integers(0, 256, (2, 9, 8, channels), np.uint8)
    parameters = augmenter.sample(np.arange(2, dtype=np.uint64))
    together = augmenter.apply(images, parameters)
    apart = [augmenter.apply(images[..., [c]], parameters) for c in range(channels)]
    assert np.array_equal(together, np.concatenate(apart, axis=3))


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: GaussianBlur(-1), "sigma wants values from 0 to 1000, got -1"),
        (lambda: AverageBlur(2.5), "k wants whole numbers, got 2.5"),
        (lambda: MedianBlur(4), "MedianBlur wants odd window sizes"),
        (lambda: MedianBlur((3, 10)), "MedianBlur wants odd window sizes"),
        (lambda: MotionBlur(1), "k wants values from 3 to 255, got 1"),
        (lambda: Sharpen(1.3), "alpha wants values from 0 to 1, got 1.3"),
    ],
)
def test_a_wrong_setting_is_refused(make, sentence):
    with pytest.raises(SettingsError, match=sentence):
        make()


@pytest.mark.parametrize("size", [1, 2])
def test_an_image_smaller_than_the_window_is_no_error(size):
    image = np.full((1, size, size, 3), 100, np.uint8)
    for augmenter in (GaussianBlur(5), AverageBlur(7), MedianBlur(7), MotionBlur(9, 30, 0), Sharpen(0.5, 1)):
        assert np.array_equal(augmenter(images=image), image)
