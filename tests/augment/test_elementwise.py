import numpy as np
import pytest
from scipy import stats

from convlens.augment.algebra import Constant
from convlens.augment.distributions import Binomial, Clip, DiscreteUniform, Normal, Uniform
from convlens.augment.elementwise import AddElementwise, MultiplyElementwise, ReplaceElementwise
from convlens.errors import SettingsError
from convlens.rng import keys_of

KEYS = keys_of(0, "augment", 0, np.arange(20))
GREY = np.full((20, 30, 30, 3), 100, np.uint8)
NOISY = np.random.default_rng(0).integers(0, 256, GREY.shape, np.uint8)
PIXELS = 20 * 30 * 30


def test_a_constant_is_plain_arithmetic_rounded_half_to_even_and_clipped():
    images = np.array([0, 1, 3, 101, 255], np.uint8).reshape(1, 1, 5, 1)
    for augmenter, expected in (
        (AddElementwise(0.5), [0, 2, 4, 102, 255]),
        (AddElementwise(-2), [0, 0, 1, 99, 253]),
        (MultiplyElementwise(0.5), [0, 0, 2, 50, 128]),
        (MultiplyElementwise(3), [0, 3, 9, 255, 255]),
        (ReplaceElementwise(1, 77), [77] * 5),
    ):
        assert augmenter(images=images, keys=KEYS[:1]).ravel().tolist() == expected


@pytest.mark.parametrize(
    "identity", [AddElementwise(0), MultiplyElementwise(1), ReplaceElementwise(0, (0, 255), 0.5)], ids=repr
)
def test_neutral_settings_change_nothing(identity):
    assert np.array_equal(identity(images=NOISY, keys=KEYS), NOISY)


def test_every_value_of_a_whole_range_is_added_equally_often():
    added = AddElementwise(DiscreteUniform(-2, 2))(images=GREY, keys=KEYS)[..., 0].astype(int) - 100
    counts = np.bincount(added.ravel() + 2)
    assert len(counts) == 5
    assert stats.chisquare(counts).pvalue > 0.001


def test_each_pixel_draws_from_the_whole_distribution():
    floats = GREY.astype(np.float32)
    for augmenter, curve in (
        (AddElementwise((-20, 20)), stats.uniform(80, 40)),
        (AddElementwise(3 * Normal(0, 2) + 1), stats.norm(101, 6)),
        (MultiplyElementwise((0.5, 1.5)), stats.uniform(50, 100)),
        (ReplaceElementwise(1, Clip(Uniform(10, 200), 0, 255)), stats.uniform(10, 190)),
    ):
        changed = augmenter(images=floats, keys=KEYS, value_range=(0, 255))[..., 0]
        # Replacements are rounded.
        shaken = changed + np.random.default_rng(0).uniform(-0.5, 0.5, changed.shape) * (changed == np.rint(changed))
        assert stats.kstest(shaken.ravel(), curve.cdf).pvalue > 0.001
        assert len(np.unique(changed[0])) > 50


def test_a_choice_of_replacements_comes_in_equal_shares_where_the_mask_says_so():
    replaced = ReplaceElementwise(0.3, [0, 255])(images=GREY, keys=KEYS)[..., 0]
    assert set(np.unique(replaced)) == {0, 100, 255}
    low, high = stats.binom.interval(0.9999, PIXELS, 0.3)
    assert low <= (replaced != 100).sum() <= high
    low, high = stats.binom.interval(0.9999, (replaced != 100).sum(), 0.5)
    assert low <= (replaced == 0).sum() <= high


def test_which_pixels_are_replaced_says_nothing_about_their_replacements():
    few = ReplaceElementwise(0.3, (0, 99))(images=GREY, keys=KEYS)[..., 0]
    all_of_them = ReplaceElementwise(1, (0, 99))(images=GREY, keys=KEYS)[..., 0]
    replaced = few != 100
    assert np.array_equal(few[replaced], all_of_them[replaced])
    assert stats.ks_2samp(all_of_them[replaced], all_of_them[~replaced]).pvalue > 0.001


def test_the_mask_is_a_probability_drawn_for_each_image():
    replaced = ReplaceElementwise(Binomial(0.5), 0)(images=GREY, keys=KEYS)
    whole = {tuple(np.unique(image)) for image in replaced}
    assert whole == {(0,), (100,)}


def test_an_unbounded_replacement_ends_at_black_and_white():
    replaced = ReplaceElementwise(1, Normal(128, 200))(images=GREY, keys=KEYS)
    assert {replaced.min(), replaced.max()} == {0, 255}


@pytest.mark.parametrize(
    "make",
    [
        lambda apart: AddElementwise((-20, 20), apart),
        lambda apart: MultiplyElementwise([0.5, (1, 2)], apart),
        lambda apart: ReplaceElementwise(0.5, (0, 255), apart),
    ],
)
def test_channels_share_the_values_unless_drawn_apart(make):
    shared = make(False)(images=GREY, keys=KEYS)
    apart = make(True)(images=GREY, keys=KEYS)
    mixed = make(0.5)(images=GREY, keys=KEYS)
    assert (shared == shared[..., :1]).all()
    assert not (apart == apart[..., :1]).all(axis=(1, 2, 3)).any()
    assert np.array_equal(apart[..., 0], shared[..., 0])
    alike = (mixed == mixed[..., :1]).all(axis=(1, 2, 3))
    assert 0 < alike.sum() < 20
    assert np.array_equal(mixed, np.where(alike[:, None, None, None], shared, apart))


def test_the_distribution_is_no_parameter_and_stays_a_setting():
    augmenter = AddElementwise((-20, 20))
    assert sorted(augmenter.sample(KEYS)) == ["noise", "per_channel"]
    assert augmenter.value == Uniform(-20, 20)
    assert ReplaceElementwise(0.1, 5).replacement == Constant(5)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: MultiplyElementwise(-1), "mul wants values from 0 to inf, got -1"),
        (lambda: AddElementwise((1, 2, 3)), r"value as a range wants two numbers .* got \(1, 2, 3\)"),
        (lambda: ReplaceElementwise(1.3, 0), "mask wants values from 0 to 1, got 1.3"),
        (lambda: ReplaceElementwise(0.3, 256), "replacement wants grey levels from 0 to 255, got 256"),
        (lambda: ReplaceElementwise(0.3, (-1, 9)), r"replacement wants grey levels from 0 to 255, got \(-1, 9\)"),
    ],
)
def test_a_wrong_setting_is_refused(make, sentence):
    with pytest.raises(SettingsError, match=sentence):
        make()
