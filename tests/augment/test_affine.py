import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.augment.affine import Affine, Rotate, TranslateX, TranslateY
from convlens.augment.expressions import parse
from convlens.augment.geometry import translate
from convlens.augment.grammar import ALL
from convlens.errors import SettingsError
from convlens.rng import keys_of

KEYS = keys_of(0, "augment", 0, np.arange(200))
IMAGES = np.random.default_rng(0).integers(0, 256, (200, 8, 8, 1), np.uint8)


@pytest.mark.parametrize("name", ["scale", "translate_percent", "shear"])
def test_a_range_is_one_draw_for_both_axes_and_the_form_by_axis_is_two(name):
    low_high = (0.5, 1.5)
    shared = Affine(**{name: low_high}).sample(KEYS)
    apart = Affine(**{name: {"x": low_high, "y": low_high}}).sample(KEYS)
    assert np.array_equal(shared[f"{name}_x"], shared[f"{name}_y"])
    assert not np.array_equal(apart[f"{name}_x"], apart[f"{name}_y"])


@pytest.mark.parametrize(
    ("name", "neutral"), [("scale", 1), ("translate_percent", 0), ("shear", 0), ("translate_px", 0)]
)
def test_a_missing_axis_is_neutral(name, neutral):
    assert set(Affine(**{name: {"x": 2}}).sample(KEYS)[f"{name}_y"].tolist()) == {neutral}


def test_a_number_shears_x_alone():
    assert Affine(shear=20) == Affine(shear={"x": 20, "y": 0})
    assert parse("Affine(shear=20)").sample(KEYS)["shear_y"].max() == 0


def test_without_any_amount_there_is_a_mild_mix_and_with_one_the_others_are_neutral():
    mild = Affine().sample(KEYS)
    assert 0.9 <= mild["scale_x"].min() < mild["scale_x"].max() <= 1.1
    assert 14 < np.abs(mild["rotate"]).max() <= 15
    assert list(Affine(rotate=0).sample(KEYS)) == ["rotate"]
    for still in (Affine(rotate=0), Affine(scale=1), Affine(translate_px=0), Affine(rotate=360)):
        assert np.array_equal(still(images=IMAGES, keys=KEYS), IMAGES)


def test_a_grey_level_that_is_always_the_same_is_no_draw_and_others_are_drawn_for_each_channel():
    drawn = Affine(rotate=0, cval=(0, 255)).sample(KEYS)["cval"]
    assert drawn.shape == (len(KEYS), 3)
    assert np.mean(drawn[:, 0] == drawn[:, 1]) < 0.05
    blue = Affine(translate_px={"x": 2}, cval=[7]).apply(
        np.full((1, 1, 3, 3), 9, np.uint8),
        {"translate_px_x": np.array([2]), "translate_px_y": np.array([0]), "cval": np.array([[0, 1, 255]])},
    )
    assert blue.tolist() == [[[[0, 1, 255], [0, 1, 255], [9, 9, 9]]]]


def test_modes_and_orders_are_drawn_from_a_list_or_from_all():
    drawn = Affine(rotate=(-9, 9), order=ALL, mode=["edge", "wrap"]).sample(KEYS)
    assert set(drawn["order"].tolist()) == {0, 1, 3}
    assert set(drawn["mode"].tolist()) == {"edge", "wrap"}
    assert Affine(mode=ALL).mode == ("constant", "wrap", "edge", "reflect", "symmetric")
    assert "mode" not in Affine(rotate=5).sample(KEYS)


def test_none_means_not_given():
    assert Affine(None, rotate=5, translate_px=None) == Affine(rotate=5)
    assert repr(Affine(None)) == 'Affine(mode="constant")'


def test_pixels_and_shares_together_are_refused():
    with pytest.raises(SettingsError, match="translate_px or translate_percent, got both"):
        Affine(translate_px=1, translate_percent=0.1)
    with pytest.raises(SettingsError, match="TranslateX wants percent or px, got both"):
        TranslateX(0.1, 3)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"scale": 0}, "scale wants values from 0.001"),
        ({"shear": 90}, "shear.* wants values from -89 to 89"),
        ({"order": 2}, "order wants one of 0, 1, 3"),
        ({"rotate": float("nan")}, "rotate wants a finite number"),
        ({"rotate": (1, 2, 3)}, "rotate as a range wants two numbers"),
    ],
)
def test_amounts_that_mean_nothing_are_refused(settings, sentence):
    with pytest.raises(SettingsError, match=sentence):
        Affine(**settings)


def test_a_share_of_the_side_that_is_whole_pixels_moves_exactly():
    ones, zeros = np.full(200, 2), np.zeros(200, np.int64)
    assert np.array_equal(TranslateX(0.25)(images=IMAGES, keys=KEYS), translate(IMAGES, ones, zeros))
    assert np.array_equal(TranslateY(px=2)(images=IMAGES, keys=KEYS), translate(IMAGES, zeros, ones))


def test_half_a_pixel_is_not_rounded():
    row = np.array([[0, 100, 200]], np.uint8)
    assert TranslateX(-0.5 / 3).augment_image(row).tolist() == [[50, 150, 100]]


@given(st.integers(-3, 3), st.integers(0, 255))
def test_whole_turns_are_the_identity(turns, cval):
    assert np.array_equal(Rotate(360 * turns, cval=cval)(images=IMAGES, keys=KEYS), IMAGES)


def test_the_matrices_are_the_ones_applied():
    augmenter = Affine(rotate=90, translate_px={"x": 3})
    assert augmenter.matrices(augmenter.sample(KEYS[:1]), (10, 20)).tolist() == [[[0, -1, 17], [1, 0, -5], [0, 0, 1]]]
