import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from convlens.augment.noise import (
    AdditiveGaussianNoise,
    AdditiveLaplaceNoise,
    AdditivePoissonNoise,
    Dropout,
    Pepper,
    Salt,
    SaltAndPepper,
    add_gaussian,
    poisson_shares,
)
from convlens.errors import SettingsError
from convlens.rng import keys_of

KEYS = keys_of(0, "augment", 0, np.arange(20))
GREY = np.full((20, 30, 30, 3), 128, np.uint8)
FLOATS = GREY.astype(np.float32)
PIXELS = 20 * 30 * 30
MASKING = [Dropout, Pepper, Salt, SaltAndPepper]
WIDE = [
    lambda apart: Dropout(0.5, apart),
    lambda apart: Salt(0.5, apart),
    lambda apart: SaltAndPepper(0.5, apart),
    lambda apart: AdditiveGaussianNoise(0, 20, apart),
    lambda apart: AdditiveLaplaceNoise(0, 20, apart),
    lambda apart: AdditivePoissonNoise(50, apart),
]
every = pytest.mark.parametrize("make", WIDE)


def test_the_sum_is_rounded_half_to_even_and_clipped():
    images = np.array([0, 100, 101, 255], np.uint8).reshape(1, 2, 2, 1)
    none = np.zeros(1)
    for loc, expected in ((0.5, [0, 100, 102, 255]), (-3.0, [0, 97, 98, 252]), (1e12, [255] * 4), (-1e12, [0] * 4)):
        added = add_gaussian(images, np.array([loc]), none, np.ones(1, np.int64), np.zeros(1, np.int64))
        assert added.ravel().tolist() == expected


@pytest.mark.parametrize(
    "identity",
    [
        AdditiveGaussianNoise(0, 0),
        AdditiveLaplaceNoise(0, 0),
        AdditivePoissonNoise(0),
        *(of(0, per_channel=0.5) for of in MASKING),
    ],
    ids=repr,
)
def test_neutral_settings_change_nothing(identity):
    noisy = np.random.default_rng(0).integers(0, 256, GREY.shape, np.uint8)
    assert np.array_equal(identity(images=noisy, keys=KEYS), noisy)


@pytest.mark.parametrize("p", [0.001, 0.05, 1 / 3, 1])
@pytest.mark.parametrize("augmenter", MASKING)
def test_the_share_of_changed_pixels_lies_in_its_binomial_interval(augmenter, p):
    for apart, planes in ((False, 1), (True, 3)):
        changed = (augmenter(p, apart)(images=GREY, keys=KEYS) != 128)[..., :planes]
        low, high = stats.binom.interval(0.9999, PIXELS * planes, p)
        assert low <= changed.sum() <= high


@pytest.mark.parametrize(("augmenter", "values"), [(Dropout, {0}), (Pepper, {0}), (Salt, {255})])
def test_what_is_changed_gets_the_one_value(augmenter, values):
    for apart in (0, 1, 0.5):
        assert set(np.unique(augmenter(0.3, apart)(images=GREY, keys=KEYS))) == {128, *values}


def test_salt_and_pepper_have_their_two_values_equally_often():
    for apart in (0, 1, 0.5):
        changed = SaltAndPepper(0.3, apart)(images=GREY, keys=KEYS)
        assert set(np.unique(changed)) == {0, 128, 255}
    first = SaltAndPepper(0.3)(images=GREY, keys=KEYS)[..., 0]
    low, high = stats.binom.interval(0.9999, (first != 128).sum(), 0.5)
    assert low <= (first == 255).sum() <= high


@pytest.mark.parametrize("augmenter", MASKING)
def test_floats_get_black_and_white_exactly_and_the_other_pixels_keep_their_values(augmenter):
    images = np.random.default_rng(0).uniform(-0.9, 0.9, GREY.shape).astype(np.float32)
    changed = augmenter(0.3, 0.5)(images=images, keys=KEYS, value_range=(-1, 1))
    bytes_changed = augmenter(0.3, 0.5)(images=GREY, keys=KEYS)
    assert np.array_equal(changed == -1, bytes_changed == 0)
    assert np.array_equal(changed == 1, bytes_changed == 255)
    kept = bytes_changed == 128
    assert np.abs(changed - images)[kept].max() < 1e-6


def test_the_probability_is_drawn_once_per_image():
    augmenter = Dropout((0, 1))
    shares = (augmenter(images=GREY, keys=KEYS)[..., 0] == 0).mean(axis=(1, 2))
    assert np.abs(shares - augmenter.sample(KEYS)["p"]).max() < 5 * 0.5 / 30


@pytest.mark.parametrize(
    ("augmenter", "curve"), [(AdditiveGaussianNoise, stats.norm), (AdditiveLaplaceNoise, stats.laplace)]
)
def test_the_noise_follows_its_curve(augmenter, curve):
    changed = augmenter(3, 10, per_channel=True)(images=FLOATS, keys=KEYS, value_range=(0, 255))
    noise = (changed - 128).astype(np.float64)
    assert stats.kstest(noise.ravel(), curve(3, 10).cdf).pvalue > 0.001
    for neighbour in (
        noise[:, :, 1:] * noise[:, :, :-1],
        noise[:, 1:] * noise[:, :-1],
        noise[..., 1:] * noise[..., :1],
    ):
        assert abs(neighbour.mean() - 9) < 5 * neighbour.std() / neighbour.size**0.5


@pytest.mark.parametrize("augmenter", [AdditiveGaussianNoise, AdditiveLaplaceNoise])
def test_bytes_get_the_rounded_sums(augmenter):
    settings = augmenter((-20, 20), (0, 90), per_channel=0.5)
    floats = settings(images=FLOATS, keys=KEYS, value_range=(0, 255))
    sure = np.abs(floats % 1 - 0.5) > 1e-3
    assert np.array_equal(settings(images=GREY, keys=KEYS)[sure], np.rint(floats[sure]))
    assert sure.mean() > 0.99


def test_mean_and_deviation_are_drawn_once_per_image():
    augmenter = AdditiveGaussianNoise((-20, 20), (1, 15))
    noise = augmenter(images=GREY, keys=KEYS)[..., 0].astype(np.float64) - 128
    parameters = augmenter.sample(KEYS)
    assert np.abs(noise.mean(axis=(1, 2)) - parameters["loc"]).max() < 2.5  # five standard errors of the mean
    assert np.abs(noise.std(axis=(1, 2)) / parameters["scale"] - 1).max() < 0.15


@pytest.mark.parametrize("lam", [0.3, 4, 15])
def test_the_size_of_poissons_noise_follows_poissons_law_and_its_sign_is_even(lam):
    noise = AdditivePoissonNoise(lam)(images=GREY, keys=KEYS)[..., 0].astype(np.int64) - 128
    counts = np.bincount(np.abs(noise).ravel(), minlength=60)
    expected = stats.poisson(lam).pmf(np.arange(60)) * PIXELS
    enough = expected > 10
    squares = ((counts - expected)[enough] ** 2 / expected[enough]).sum()
    assert squares < stats.chi2(enough.sum()).isf(0.001)
    low, high = stats.binom.interval(0.9999, (noise != 0).sum(), 0.5)
    assert low <= (noise > 0).sum() <= high


def test_much_light_makes_everything_black_or_white():
    assert set(np.unique(AdditivePoissonNoise([300, 1e7])(images=GREY, keys=KEYS))) == {0, 255}


def test_a_shorter_list_of_poissons_shares_ends_where_nothing_is_left():
    for lam in (0.0, 0.01, 1.0, 20.0, 170.0):
        upto = poisson_shares(np.array([lam]))
        assert np.array_equal(upto[0], poisson_shares(np.array([lam, 1e3]))[0, : upto.shape[1]])
        assert upto.shape[1] == 255 or upto[0, -1] > 1 - 2.0**-33


@every
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


@every
@given(height=st.integers(1, 9), width=st.integers(1, 9), channels=st.integers(2, 6))
def test_one_channel_alone_gets_the_noise_of_the_first_of_several(make, height, width, channels):
    images = np.full((2, height, width, channels), 128, np.uint8)
    several = make(True)(images=images, keys=KEYS[:2])
    assert np.array_equal(make(False)(images=images[..., :1], keys=KEYS[:2]), several[..., :1])


@every
def test_a_view_of_a_batch_is_changed_as_its_copy_is(make):
    images = np.random.default_rng(0).integers(0, 256, (4, 7, 6, 3), np.uint8)
    for view in (images[::2], images[:, ::-1], images.transpose(0, 2, 1, 3)):
        for apart in (False, True):
            keys = KEYS[: len(view)]
            assert np.array_equal(make(apart)(images=view, keys=keys), make(apart)(images=view.copy(), keys=keys))


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: AdditiveGaussianNoise(0, -1), "scale wants values from 0 to inf, got -1"),
        (lambda: AdditiveLaplaceNoise(float("inf")), "loc wants a finite number, got inf"),
        (lambda: AdditivePoissonNoise((-1, 2)), r"lam wants values from 0 to inf, got \(-1, 2\)"),
        (lambda: Dropout(1.3), "p wants values from 0 to 1, got 1.3"),
        (lambda: Salt(-0.1), "p wants values from 0 to 1, got -0.1"),
        (lambda: Pepper(float("nan")), "p wants a finite number, got nan"),
        (lambda: SaltAndPepper(0.1, per_channel=2), "per_channel wants values from 0 to 1, got 2"),
    ],
)
def test_a_wrong_setting_is_refused(make, sentence):
    with pytest.raises(SettingsError, match=sentence):
        make()
