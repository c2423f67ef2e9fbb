import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from convlens.augment.affine import Rotate
from convlens.augment.distributions import DiscreteUniform, Uniform
from convlens.augment.draws import Whole
from convlens.augment.policies import (
    AUGMIX_OPERATIONS,
    OPERATIONS,
    AugMix,
    Beta,
    Chains,
    Dirichlet,
    RandAugment,
    Strengths,
    aug_mix,
    rand_augment,
)
from convlens.errors import SettingsError
from convlens.rng import keys_of

KEYS = keys_of(0, "augment", 0, np.arange(2000))
NOISE = np.random.default_rng(0).integers(0, 256, (20, 9, 8, 3), np.uint8)
PLACES = {name: place for place, name in enumerate(OPERATIONS)}
SHARES = np.linspace(0, 1, 1000, endpoint=False)


def operated(images, *steps, fill=128):
    """Apply operations, each given as its name and strength."""
    chosen = np.array([[PLACES[name] for name, _ in steps]] * len(images))
    strength = np.array([[strength for _, strength in steps]] * len(images), float)
    return rand_augment(images, chosen, strength, fill)


@pytest.mark.parametrize(
    ("name", "strength", "expected"),
    [
        ("Identity", 1, [10, 100, 250]),
        ("Solarize", 1, [245, 155, 5]),
        ("Solarize", -0.5, [10, 100, 5]),
        # Four bits are multiples of 16, six of 4.
        ("Posterize", 1, [0, 96, 240]),
        ("Posterize", 0.5, [8, 100, 248]),
        ("Brightness", -1, [1, 10, 25]),
        ("Brightness", 0.5, [14, 145, 255]),
        # 127 + 0.1 · (v − 127)
        ("Contrast", -1, [115, 124, 139]),
        # Nine tenths of the grey of 10, 100 and 250, 90.19, and a tenth of each; or the gap to it times 1.9.
        ("Color", -1, [82, 91, 106]),
        ("Color", 1, [0, 109, 255]),
    ],
)
def test_an_operation_on_a_pixel_by_hand(name, strength, expected):
    image = np.array([10, 100, 250], np.uint8).reshape(1, 1, 1, 3)
    assert operated(image, (name, strength)).ravel().tolist() == expected


def test_an_operation_on_places_by_hand():
    ramp = np.arange(331, dtype=np.float64)[None, None, :, None].repeat(5, axis=1).astype(np.uint8)
    moved = operated(ramp, ("TranslateX", 1), fill=9)
    assert np.array_equal(moved[:, :, 150:], ramp[:, :, :181])
    assert (moved[:, :, :150] == 9).all()
    column = ramp.transpose(0, 2, 1, 3)
    assert np.array_equal(
        operated(column, ("TranslateY", -1), fill=9), operated(ramp, ("TranslateX", -1), fill=9).transpose(0, 2, 1, 3)
    )
    assert np.array_equal(operated(NOISE, ("Rotate", 0.5), fill=9), Rotate(15, cval=9)(images=NOISE))
    # Eleven rows: the top one stands five above the middle, and leans by 0.3 · 0.667 · 5 = 1 px.
    line = np.zeros((1, 11, 9, 1), np.uint8)
    line[:, :, 4] = 255
    leant = operated(line, ("ShearX", 2 / 3), fill=0)[0, ..., 0]
    assert leant[[0, 5, 10]].argmax(axis=1).tolist() == [5, 4, 3]
    assert np.array_equal(operated(line.transpose(0, 2, 1, 3), ("ShearY", -2 / 3), fill=0)[0, ..., 0], leant.T)


@pytest.mark.parametrize("name", OPERATIONS.keys() - {"Autocontrast", "Equalize"})
def test_an_operation_without_strength_changes_nothing(name):
    assert np.array_equal(operated(NOISE, (name, 0)), NOISE)


@pytest.mark.parametrize("name", ["Autocontrast", "Equalize"])
def test_contrast_that_is_already_there_stays(name):
    every = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1).repeat(3, axis=3)
    assert np.array_equal(operated(every, (name, 0.3)), every)
    dull = every // 4 + 50
    assert (operated(dull, (name, 0.3)).min(), operated(dull, (name, 0.3)).max()) == (0, 255)


@given(strength=st.floats(-1, 1), seed=st.integers(0, 100))
def test_sharpness_agrees_with_pillow_inside(strength, seed):
    image = np.random.default_rng(seed).integers(60, 200, (6, 7, 3), np.uint8)
    wanted = np.asarray(ImageEnhance.Sharpness(Image.fromarray(image)).enhance(1 + 0.9 * strength)).astype(int)
    # Pillow rounds its smoothed version first.
    assert np.abs(operated(image[None], ("Sharpness", strength))[0] - wanted)[1:-1, 1:-1].max() <= 2


def test_operations_follow_each_other_and_the_empty_place_ends_them():
    two = operated(NOISE, ("Solarize", 1), ("Brightness", -1))
    assert np.array_equal(two, operated(255 - NOISE, ("Brightness", -1)))
    assert np.array_equal(operated(NOISE, ("Solarize", 1), ("Solarize", 1)), NOISE)
    ended = rand_augment(NOISE, np.full((20, 3), [PLACES["Solarize"], -1, -1]), np.ones((20, 3)), 0)
    assert np.array_equal(ended, 255 - NOISE)


def test_each_operation_is_drawn_equally_often_and_with_either_sign():
    drawn = RandAugment(3, 9).sample(KEYS)
    counts = np.bincount(drawn["chosen"].ravel(), minlength=14)
    # 6,000 draws: 429 of each, with a standard deviation of 20.
    assert len(counts) == 14
    assert 340 < counts.min() <= counts.max() < 520
    assert abs(drawn["sign"].mean()) < 0.06
    assert set(drawn["sign"].ravel()) == {-1, 1}
    first, second = drawn["chosen"][:, 0, :2].T
    assert 100 < (first == second).sum() < 190


def test_the_number_of_operations_and_their_strength_are_drawn_for_each_image():
    drawn = RandAugment((0, 3), (6, 12)).sample(KEYS)
    lengths = (drawn["chosen"][:, 0] >= 0).sum(axis=1)
    assert np.bincount(lengths).min() > 420
    assert 6 <= drawn["m"].min() < 6.1 < 11.9 < drawn["m"].max() < 12
    assert np.array_equal(RandAugment(0)(images=NOISE), NOISE)


def test_a_mix_by_hand():
    image = np.array([10, 100, 250], np.uint8).reshape(1, 1, 1, 3)
    solarize, posterize = AUGMIX_OPERATIONS.index("Solarize"), AUGMIX_OPERATIONS.index("Posterize")
    chosen = np.array([[[solarize, -1], [posterize, solarize]]])
    weights = np.array([[0.25, 0.75]])
    # The chains give 245, 155, 5 and 255, 159, 15, together 252.5, 158, 12.5; half of that and half of the image.
    mixed = aug_mix(image, chosen, np.ones((1, 2, 2)), weights, np.array([0.5]))
    assert mixed.ravel().tolist() == [131, 129, 131]


def test_without_a_share_of_the_chains_nothing_changes():
    drawn = AugMix().sample(KEYS[:20])
    unmixed = drawn | {"share": np.zeros(20)}
    assert np.array_equal(AugMix().apply(NOISE, unmixed), NOISE)


def test_a_lone_chain_with_all_of_the_share_is_its_operations():
    drawn = AugMix(10, width=1, depth=1).sample(KEYS[:20])
    whole = AugMix(10, width=1, depth=1).apply(NOISE, drawn | {"share": np.ones(20)})
    places = np.array([PLACES[name] for name in AUGMIX_OPERATIONS])[drawn["chosen"][:, 0]]
    assert np.array_equal(whole, rand_augment(NOISE, places, drawn["strength"][:, 0], 0))


def test_the_parameters_of_a_mix_lie_in_their_ranges():
    drawn = AugMix(severity=3, width=4, depth=(1, 3)).sample(KEYS)
    assert drawn["chosen"].shape == drawn["strength"].shape == (2000, 4, 3)
    assert np.bincount(drawn["chosen"].ravel() + 1, minlength=10)[1:].min() > 1500
    assert set((drawn["chosen"] >= 0).sum(axis=2).ravel()) == {1, 2, 3}
    strength = np.abs(drawn["strength"])
    assert 0.01 <= strength.min() < 0.011 < 0.299 < strength.max() <= 0.3
    assert abs(np.sign(drawn["strength"]).mean()) < 0.03


def test_weights_sum_to_one_and_vary_as_dirichlets_do():
    weights = AugMix(alpha=1).sample(KEYS)["weights"]
    assert np.abs(weights.sum(axis=1) - 1).max() < 1e-12
    # A share of three has the mean 1/3 and the variance (1/3 · 2/3) / (3α + 1) = 1/18.
    assert weights.mean(axis=0) == pytest.approx([1 / 3] * 3, abs=0.02)
    assert weights.var(axis=0) == pytest.approx([1 / 18] * 3, rel=0.15)
    assert AugMix(alpha=5).sample(KEYS)["weights"].var(axis=0) == pytest.approx([2 / 9 / 16] * 3, rel=0.15)


def test_an_alpha_of_one_is_even():
    # Gamma(1) is the exponential distribution.
    uniforms = np.stack([SHARES, SHARES[::-1]])
    parts = -np.log1p(-uniforms.T)
    expected = parts / parts.sum(axis=1, keepdims=True)
    assert Dirichlet(1, 2).of(uniforms) == pytest.approx(expected, abs=1e-9)
    assert Beta(1).of(SHARES[None]) == pytest.approx(SHARES)
    # Beta(2, 2) has the distribution function 3x² − 2x³.
    shares = Beta(2).of(SHARES[None])
    assert 3 * shares**2 - 2 * shares**3 == pytest.approx(SHARES)


@pytest.mark.parametrize("alpha", [0.001, 1000])
def test_extreme_alphas_give_weights_all_the_same(alpha):
    augmenter = AugMix(alpha=alpha)
    drawn = augmenter.sample(KEYS)
    assert np.isfinite(drawn["weights"]).all()
    assert np.abs(drawn["weights"].sum(axis=1) - 1).max() < 1e-12
    assert np.isfinite(drawn["share"]).all()


def test_draws_take_the_uniforms_that_they_say():
    chains, strengths = Chains(5, 2, 3, Whole(DiscreteUniform(1, 3))), Strengths(2, 3, Uniform(1, 10))
    assert (chains.uses, strengths.uses) == (8, 13)
    assert chains.of(np.full((8, 4), 0.5)).tolist() == [[[2, 2, -1], [2, 2, -1]]] * 4
    # Half way from 0.01 up to half way from 0.1 to 1; a sign is negative below a half.
    assert strengths.of(np.full((13, 4), 0.5)) == pytest.approx(np.full((4, 2, 3), 0.01 + 0.54 / 2))


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: RandAugment(-1), "n wants values from 0 to 100, got -1"),
        (lambda: RandAugment(m=31), "m wants values from 0 to 30, got 31"),
        (lambda: RandAugment(cval=300), "cval wants values from 0 to 255, got 300"),
        (lambda: AugMix(0), "severity wants values from 0.1 to 10, got 0"),
        (lambda: AugMix(width=0), "width wants a whole number from 1 to 100, got 0"),
        (lambda: AugMix(depth=0), "depth wants values from 1 to 100, got 0"),
        (lambda: AugMix(alpha=0.0), "alpha wants a number above 0, got 0.0"),
        (lambda: AugMix(alpha=math.nan), "alpha wants a number above 0, got nan"),
    ],
)
def test_a_wrong_setting_is_refused(make, sentence):
    with pytest.raises(SettingsError, match=sentence):
        make()
