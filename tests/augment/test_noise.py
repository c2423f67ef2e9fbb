import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from convlens.augment.noise import AdditiveGaussianNoise, Dropout, add_noise, drop, normal_fields
from convlens.errors import SettingsError
from convlens.rng import keys_of

KEYS = keys_of(0, "augment", 0, np.arange(20))
GREY = np.full((20, 30, 30, 3), 128, np.uint8)


def test_the_sum_is_rounded_half_to_even_and_clipped():
    images = np.array([0, 100, 101, 255], np.uint8).reshape(1, 2, 2, 1)
    noise = np.array([-3, 0.5, 0.5, 1]).reshape(1, 2, 2, 1)
    assert add_noise(images, noise).ravel().tolist() == [0, 100, 102, 255]


def test_the_values_of_the_mask_become_zero():
    images = np.array([5, 6, 7, 8], np.uint8).reshape(1, 2, 2, 1)
    assert drop(images, (images % 2) == 0).ravel().tolist() == [5, 0, 7, 0]


@pytest.mark.parametrize("identity", [AdditiveGaussianNoise(0, 0), Dropout(0)], ids=repr)
def test_neutral_settings_change_nothing(identity):
    assert np.array_equal(identity(images=GREY, keys=KEYS), GREY)


@pytest.mark.parametrize("p", [0.05, 0.3, 1])
def test_the_share_of_zeros_lies_in_its_binomial_interval(p):
    zeros = int((Dropout(p)(images=GREY, keys=KEYS)[..., 0] == 0).sum())
    low, high = stats.binom.interval(0.9999, 18000, p)
    assert low <= zeros <= high


def test_the_noise_is_normal():
    field = normal_fields(np.arange(20), (30, 30, 3), np.full(20, True))
    assert stats.kstest(field.ravel(), "norm").pvalue > 0.001
    assert abs(np.corrcoef(field[:, :, 1:].ravel(), field[:, :, :-1].ravel())[0, 1]) < 0.02


def test_mean_and_deviation_are_drawn_once_per_image():
    augmenter = AdditiveGaussianNoise((-20, 20), (1, 15))
    noise = augmenter(images=GREY, keys=KEYS)[..., 0].astype(np.float64) - 128
    parameters = augmenter.sample(KEYS)
    assert np.abs(noise.mean(axis=(1, 2)) - parameters["loc"]).max() < 2.5  # five standard errors of the mean
    assert np.abs(noise.std(axis=(1, 2)) / parameters["scale"] - 1).max() < 0.15


@pytest.mark.parametrize("make", [lambda c: Dropout(0.5, c), lambda c: AdditiveGaussianNoise(0, 20, c)])
def test_channels_share_the_noise_unless_drawn_apart(make):
    shared = make(False)(images=GREY, keys=KEYS)
    apart = make(True)(images=GREY, keys=KEYS)
    mixed = make(0.5)(images=GREY, keys=KEYS)
    assert (shared == shared[..., :1]).all()
    assert not (apart == apart[..., :1]).all(axis=(1, 2, 3)).any()
    assert np.array_equal(apart[..., 0], shared[..., 0])
    alike = (mixed == mixed[..., :1]).all(axis=(1, 2, 3))
    assert 0 < alike.sum() < 20
    assert np.array_equal(mixed, np.where(alike[:, None, None, None], shared, apart))


@given(height=st.integers(1, 9), width=st.integers(1, 9))
def test_one_channel_alone_gets_the_numbers_of_the_first_of_three(height, width):
    keys, apart = np.arange(2), np.full(2, True)
    three = normal_fields(keys, (height, width, 3), apart)
    assert np.array_equal(normal_fields(keys, (height, width, 1), apart), three[..., :1])


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: AdditiveGaussianNoise(0, -1), "scale wants values from 0 to inf, got -1"),
        (lambda: Dropout(1.3), "p wants values from 0 to 1, got 1.3"),
    ],
)
def test_a_wrong_setting_is_refused(make, sentence):
    with pytest.raises(SettingsError, match=sentence):
        make()
