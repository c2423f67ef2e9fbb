import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.augment import light
from convlens.augment.light import (
    Add,
    GammaContrast,
    Invert,
    LinearContrast,
    LogContrast,
    Multiply,
    Posterize,
    SigmoidContrast,
    Solarize,
)
from convlens.errors import SettingsError
from convlens.rng import keys_of

RAMP = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
KEYS = keys_of(0, "augment", 0, np.arange(400))


def ramp_of(*values: int) -> np.ndarray:
    return np.array(values, np.uint8).reshape(1, 1, -1, 1)


@pytest.mark.parametrize(
    ("augmenter", "before", "after"),
    [
        # 5 · 0.5 = 2.5 and 7 · 0.5 = 3.5: half to even.
        (Multiply(0.5), [0, 5, 7, 10, 255], [0, 2, 4, 5, 128]),
        (Multiply(2), [0, 127, 128, 255], [0, 254, 255, 255]),
        (Add(10), [0, 245, 246, 255], [10, 255, 255, 255]),
        (Add(-10), [0, 10, 11, 255], [0, 0, 1, 245]),
        # 127 + 0.5 · (−127) = 63.5, 126.5, 127.5 and 191.
        (LinearContrast(0.5), [0, 126, 128, 255], [64, 126, 128, 191]),
        (LinearContrast(2), [0, 63, 64, 127, 191, 192], [0, 0, 1, 127, 255, 255]),
        # 255 · (127 / 255)² = 63.25 and 255 · (128 / 255)² = 64.25.
        (GammaContrast(2), [0, 127, 128, 255], [0, 63, 64, 255]),
        # 51 / 255 = 0.2; 255 / (1 + e^(10 · 0.3)) = 12.09 and 255 / (1 + e^(−3)) = 242.91.
        (SigmoidContrast(10, 0.5), [51, 204], [12, 243]),
        # log2(1.2) = 0.26303 and log2(1.8) = 0.84800.
        (LogContrast(1), [0, 51, 204, 255], [0, 67, 216, 255]),
        (Invert(), [0, 100, 255], [255, 155, 0]),
        (Solarize(threshold=128), [10, 127, 128, 250], [10, 127, 127, 5]),
        (Posterize(2), [0, 63, 64, 200, 255], [0, 0, 64, 192, 192]),
    ],
    ids=repr,
)
def test_a_few_grey_levels_by_hand(augmenter, before, after):
    assert augmenter(images=ramp_of(*before)).ravel().tolist() == after


@pytest.mark.parametrize(
    "identity",
    [Multiply(1), Add(0), LinearContrast(1), GammaContrast(1), Invert(0), Solarize(0), Solarize(1, 256), Posterize(8)],
    ids=repr,
)
def test_neutral_settings_change_nothing(identity):
    assert np.array_equal(identity(images=RAMP), RAMP)


@pytest.mark.parametrize("per_channel", [0, 0.5, 1])
def test_inverting_twice_gives_the_images_back(per_channel):
    images = np.random.default_rng(0).integers(0, 256, (64, 5, 4, 3), np.uint8)
    invert = Invert(0.5, per_channel)
    once = invert(images=images, keys=KEYS[:64])
    assert not np.array_equal(once, images)
    assert np.array_equal(invert(images=once, keys=KEYS[:64]), images)


def test_no_contrast_at_all_is_middle_grey():
    assert np.unique(LinearContrast(0)(images=RAMP)).tolist() == [127]


@given(mul=st.floats(0, 4), channels=st.integers(1, 5), size=st.sampled_from([3, 40]))
def test_multiply_agrees_with_the_formula_on_the_pixels(mul, channels, size):
    images = np.random.default_rng(channels).integers(0, 256, (2, size, size, channels), np.uint8)
    factors = np.array([mul, 1.5])
    # In float32, as the module says of cheap formulas.
    expected = np.clip(np.rint(images * factors.astype(np.float32)[:, None, None, None]), 0, 255)
    assert np.array_equal(light.multiply(images, factors), expected)


@given(alpha=st.floats(-3, 3), gamma=st.floats(0, 5), gain=st.floats(0, 20), cutoff=st.floats(0, 1))
def test_the_contrasts_agree_with_their_formulas_on_the_pixels(alpha, gamma, gain, cutoff):
    v = RAMP.astype(np.float64)
    for result, formula in (
        (light.linear_contrast(RAMP, np.array([alpha])), 127 + alpha * (v - 127)),
        (light.gamma_contrast(RAMP, np.array([gamma])), 255 * np.power(v / 255, gamma)),
        (light.log_contrast(RAMP, np.array([gain])), 255 * gain * np.log2(1 + v / 255)),
        (
            light.sigmoid_contrast(RAMP, np.array([gain]), np.array([cutoff])),
            255 / (1 + np.exp(gain * (cutoff - v / 255))),
        ),
    ):
        # A value that lies within rounding of a half may go either way.
        assert np.abs(result - np.clip(formula, 0, 255)).max() <= 0.5 + 1e-9


@pytest.mark.parametrize("size", [4, 40])
def test_each_channel_may_have_its_own_table(size):
    images = np.random.default_rng(1).integers(0, 256, (2, size, size, 3), np.uint8)
    factors = np.array([[0.5, 1, 0], [1, 2, 0.25]])
    expected = np.clip(np.rint(images * factors[:, None, None, :]), 0, 255)
    assert np.array_equal(light.multiply(images, factors), expected)


def test_per_channel_is_a_probability_and_the_first_channel_keeps_the_value_that_is_printed():
    white = np.full((400, 1, 1, 3), 100, np.uint8)
    multiply = Multiply((0, 2), per_channel=0.3)
    changed = multiply(images=white, keys=KEYS)[:, 0, 0]
    apart = (changed != changed[:, :1]).any(axis=1)
    assert 0.2 < apart.mean() < 0.4
    assert np.array_equal(changed[:, 0], np.rint(100 * multiply.sample(KEYS)["mul"]))
    assert len(np.unique(changed[apart], axis=0)) > 80


def test_per_channel_may_be_a_truth_value():
    assert Multiply((0, 2), per_channel=True) == Multiply((0, 2), 1)
    assert Multiply((0, 2), per_channel=False) == Multiply((0, 2))
    assert repr(Add(5, per_channel=True)) == "Add(value=5, per_channel=1)"


def test_the_share_of_inverted_images_is_p():
    black = np.zeros((400, 1, 1, 3), np.uint8)
    assert 0.2 < (Invert(0.3)(images=black, keys=KEYS) == 255).all(axis=3).mean() < 0.4
    by_channel = Invert(0.3, per_channel=True)(images=black, keys=KEYS)[:, 0, 0] == 255
    assert np.all((by_channel.mean(axis=0) > 0.2) & (by_channel.mean(axis=0) < 0.4))
    assert 0 < by_channel.all(axis=1).mean() < 0.1  # 0.027 by chance


@pytest.mark.parametrize("per_channel", [0.5, True])
def test_a_factor_that_is_always_the_same_is_so_for_channels_apart(per_channel):
    images = np.full((8, 2, 3, 3), 100, np.uint8)
    assert (Multiply(1.2, per_channel=per_channel)(images=images, keys=KEYS[:8]) == 120).all()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Multiply(-1), "mul wants values from 0 to inf, got -1"),
        (lambda: Multiply(1, 1.3), "per_channel wants values from 0 to 1, got 1.3"),
        (lambda: Add(0.5), "value wants whole numbers, got 0.5"),
        (lambda: Add(300), "value wants values from -255 to 255"),
        (lambda: LinearContrast(float("nan")), "alpha wants a finite number, got nan"),
        (lambda: GammaContrast((1, 2, 3)), r"gamma as a range wants two numbers"),
        (lambda: Invert(1.3), "p wants values from 0 to 1, got 1.3"),
        (lambda: Posterize(0), "nb_bits wants values from 1 to 8, got 0"),
    ],
)
def test_a_wrong_setting_is_refused(make, sentence):
    with pytest.raises(SettingsError, match=sentence):
        make()
