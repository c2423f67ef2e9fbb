import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.audit.changes import SEVERITIES
from convlens.augment import (
    AdditiveGaussianNoise,
    Affine,
    Dropout,
    GaussianBlur,
    JpegCompression,
    LinearContrast,
    MotionBlur,
    Multiply,
    Rotate,
    SaltAndPepper,
    ShearX,
)
from convlens.errors import SettingsError, UnknownNameError
from convlens.rng import keys_of

SHAPES = [(28, 28, 1), (1, 1, 1), (1, 6, 3), (7, 5, 3), (40, 33, 3), (9, 9, 4)]
FITS = [(name, shape) for name in SEVERITIES for shape in SHAPES if name != "jpeg" or shape[2] != 4]
MOVING = [name for name in SEVERITIES if SEVERITIES[name].moves]


def pictures(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def changed(name, images, amounts, *, seed=0, **settings):
    amounts = np.broadcast_to(np.array(amounts, np.float64), len(images)).copy()
    return SEVERITIES[name](images, amounts, keys=keys_of(seed, "test", 0, np.arange(len(images))), **settings)


@pytest.mark.parametrize("name", SEVERITIES)
@given(seed=st.integers(0, 99), height=st.integers(1, 9), width=st.integers(1, 9), channels=st.sampled_from([1, 3]))
def test_the_amount_0_is_the_picture_bit_for_bit(name, seed, height, width, channels):
    images = pictures(3, height, width, channels, seed=seed)
    assert np.array_equal(changed(name, images, 0), images)


@pytest.mark.parametrize(("name", "shape"), FITS)
def test_every_own_amount_changes_pictures_of_any_size_one_by_one(name, shape):
    images = pictures(2, *shape)
    before, amounts = images.copy(), SEVERITIES[name].amounts(shape[:2])
    keys = keys_of(0, "test", 0, np.arange(2))
    for amount in amounts:
        both = SEVERITIES[name](images, np.array([amount, 0.0]), keys=keys)
        alone = SEVERITIES[name](images[:1], np.array([amount]), keys=keys[:1])
        assert (both.shape, both.dtype) == (images.shape, np.uint8)
        assert np.array_equal(both[:1], alone)
        assert np.array_equal(both[1], images[1])
    assert np.array_equal(images, before)
    if min(shape[:2]) > 6:  # in a picture of one pixel there is nothing to turn or blur
        assert not np.array_equal(changed(name, images, amounts[-1]), images)


@pytest.mark.parametrize("name", SEVERITIES)
def test_own_amounts_rise_hold_0_once_and_make_sense(name):
    known = SEVERITIES[name]
    for size in ((28, 28), (1, 1), (224, 160)):
        amounts = known.amounts(size)
        assert (np.diff(amounts) > 0).all()
        assert np.count_nonzero(amounts == 0) == 1
        assert known.low <= amounts[0]
        assert amounts[-1] <= known.high
        assert not known.whole or (amounts == np.rint(amounts)).all()
        assert amounts[0] in (0, -amounts[-1])
    assert known.summary.endswith(".")


def test_steps_in_pixels_grow_with_the_picture_and_others_do_not():
    for name, known in SEVERITIES.items():
        small, large = known.amounts((28, 32)), known.amounts((224, 300))
        assert np.array_equal(large, small * (8 if name in ("blur", "motion-blur") else 1))
        assert np.array_equal(known.amounts((5, 5)), small)


def test_a_quarter_turn_is_exact_and_clockwise():
    images = pictures(2, 7, 7, 3)
    assert np.array_equal(changed("rotation", images, 90), np.rot90(images, -1, axes=(1, 2)))
    assert np.array_equal(changed("rotation", images, -90), np.rot90(images, 1, axes=(1, 2)))


def test_twice_the_size_by_hand():
    row = np.array([0, 100, 40], np.uint8).reshape(1, 1, 3, 1)
    # the middle stays; what lay half a pixel off it now lies a pixel off
    assert changed("scale", np.repeat(row, 3, axis=1), 100)[0, 1].ravel().tolist() == [50, 100, 70]


def test_half_the_size_by_hand():
    row = np.array([10, 20, 30, 40, 50], np.uint8).reshape(1, 1, 5, 1)
    # the source lies twice as far from the middle: columns −2, 0, 2, 4 and 6
    assert changed("scale", np.repeat(row, 5, axis=1), -50, fill=7)[0, 2].ravel().tolist() == [7, 10, 30, 50, 7]


def test_a_lean_of_45_degrees_moves_each_row_by_its_distance_from_the_middle():
    image = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]], np.uint8)[None, ..., None]
    assert changed("shear", image, 45)[0, ..., 0].tolist() == [[0, 1, 2], [4, 5, 6], [8, 9, 0]]
    assert changed("shear", image, -45)[0, ..., 0].tolist() == [[2, 3, 0], [4, 5, 6], [0, 7, 8]]


@pytest.mark.parametrize(
    ("name", "amount", "expected"),
    [
        ("brightness", 50, [0, 30, 150, 255]),
        ("brightness", -50, [0, 10, 50, 125]),
        ("brightness", -100, [0, 0, 0, 0]),
        ("contrast", -100, [127, 127, 127, 127]),
        ("contrast", 100, [0, 0, 73, 255]),  # 127 + 2·(v − 127)
    ],
)
def test_light_by_hand(name, amount, expected):
    images = np.array([0, 20, 100, 250], np.uint8).reshape(1, 1, 4, 1)
    assert changed(name, images, amount).ravel().tolist() == expected


def test_a_blurred_dot_by_hand():
    dot = np.zeros((1, 9, 9, 1), np.uint8)
    dot[0, 4, 4] = 255
    # σ = 1, five wide: 1, e^−½, e^−2 over 1 + 2·(0.60653 + 0.13534) = 2.48373
    weights = np.array([0.135335, 0.606531, 1, 0.606531, 0.135335]) / 2.483732
    assert np.array_equal(changed("blur", dot, 1)[0, 2:7, 2:7, 0], np.rint(255 * np.outer(weights, weights)))


def test_a_dot_is_smeared_along_a_line_through_it_and_loses_nothing():
    dots = np.zeros((20, 15, 15, 1), np.uint8)
    dots[:, 7, 7] = 240
    smeared = changed("motion-blur", dots, 4)[..., 0].astype(np.int64)
    assert np.abs(smeared.sum(axis=(1, 2)) - 240).max() <= 6  # rounded at some ten places
    assert not smeared[:, [0, 1, 2, 3, 4, -5, -4, -3, -2, -1]].any()  # no further than 2 px
    assert np.array_equal(smeared, smeared[:, ::-1, ::-1])
    assert len(np.unique(smeared, axis=0)) > 10  # each in its own direction
    assert np.array_equal(changed("motion-blur", dots, 3), changed("motion-blur", dots, 4))


@pytest.mark.parametrize("channels", [1, 3])
def test_noise_grows_linearly_before_it_is_rounded(channels):
    grey = np.full((3, 28, 28, channels), 127, np.uint8)
    once, twice, thrice = (changed("noise", grey, sd).astype(int) - 127 for sd in (7, 14, 21))
    assert np.abs(twice - 2 * once).max() <= 1  # half a level each way, and half of the other
    assert np.abs(once + twice - thrice).max() <= 1
    assert once.std() == pytest.approx(7, rel=0.05)
    assert np.abs(once.mean()) < 0.5
    assert channels == 1 or not np.array_equal(once[..., 0], once[..., 1])
    assert not np.array_equal(once[0], once[1])


@given(small=st.floats(0, 50), large=st.floats(0, 50), channels=st.sampled_from([1, 3]))
def test_the_pixels_that_drop_out_are_among_those_of_a_larger_share(small, large, channels):
    small, large = sorted((small, large))
    white = np.full((2, 12, 9, channels), 255, np.uint8)
    few, many = changed("dropout", white, small) == 0, changed("dropout", white, large) == 0
    assert (many[few]).all()
    assert np.array_equal(few.any(axis=3), few.all(axis=3))  # all channels of a pixel, or none


@given(small=st.floats(0, 50), large=st.floats(0, 50))
def test_salt_and_pepper_keeps_what_a_smaller_share_has_turned_white_and_black(small, large):
    small, large = sorted((small, large))
    grey = np.full((2, 12, 9, 1), 99, np.uint8)
    few, many = changed("salt-and-pepper", grey, small), changed("salt-and-pepper", grey, large)
    assert np.array_equal(many[few != 99], few[few != 99])
    assert set(np.unique(many)) <= {0, 99, 255}


@pytest.mark.parametrize(("name", "levels"), [("dropout", [0]), ("salt-and-pepper", [0, 255])])
def test_the_share_of_pixels_is_the_one_asked_for(name, levels):
    grey = np.full((20, 100, 100, 1), 99, np.uint8)
    for asked in (2.5, 20, 50):
        pixels = changed(name, grey, asked)
        for level in levels:
            assert (pixels == level).mean() == pytest.approx(asked / 100 / len(levels), abs=0.004)


def test_jpeg_keeps_a_plain_grey_and_loses_more_of_a_picture_the_more_it_compresses():
    plain = np.full((1, 16, 16, 1), 128, np.uint8)
    assert np.array_equal(changed("jpeg", plain, 50), plain)
    picture = np.add.outer(np.arange(32) * 5, np.arange(32) * 2).astype(np.uint8)[None, ..., None]
    loss = [np.abs(changed("jpeg", picture, amount).astype(int) - picture).mean() for amount in (10, 50, 90, 100)]
    assert loss == sorted(loss)
    assert loss[0] < 1 < loss[-1]


@pytest.mark.usefixtures("as_installed")
def test_jpeg_says_so_when_it_does_not_know_the_channels():
    with pytest.raises(SettingsError, match="JPEG knows pictures of 1 or 3 channels, got 2; leave out the change jpeg"):
        changed("jpeg", pictures(1, 8, 8, 2), 10)


@pytest.mark.parametrize("shape", [(28, 28, 1), (31, 40, 3)])
@pytest.mark.parametrize(
    ("name", "amount", "augmenter"),
    [
        ("rotation", 12, Rotate(12)),
        ("scale", -20, Affine(scale=0.8)),
        ("shear", 8, ShearX(8)),
        ("brightness", 30, Multiply(1.3)),
        ("contrast", -40, LinearContrast(0.6)),
        ("blur", 1.5, GaussianBlur(1.5)),
        ("jpeg", 80, JpegCompression(80)),
    ],
)
def test_the_pixels_are_those_of_the_augmenter(shape, name, amount, augmenter):
    images = pictures(4, *shape)
    assert np.array_equal(changed(name, images, amount), augmenter(images=images))


@pytest.mark.parametrize(
    ("name", "amount", "augmenter", "apart"),
    [
        ("noise", 20, AdditiveGaussianNoise(scale=20), 1),
        ("dropout", 15, Dropout(0.15), 0),
        ("salt-and-pepper", 15, SaltAndPepper(0.15), 0),
    ],
)
def test_the_pixels_are_those_of_the_augmenter_told_the_same_keys(name, amount, augmenter, apart):
    images, keys = pictures(4, 28, 28, 3), keys_of(0, "test", 0, np.arange(4))
    own = augmenter.sample(keys) | {"noise": (keys >> np.uint64(11)).astype(np.int64), "per_channel": np.full(4, apart)}
    assert np.array_equal(changed(name, images, amount), augmenter.apply(images, own))


def test_the_smear_is_that_of_the_augmenter_told_the_same_direction():
    images, keys = pictures(4, 28, 28, 1), keys_of(0, "test", 0, np.arange(4))
    line = {"k": np.full(4, 7), "direction": np.zeros(4)}
    found = changed("motion-blur", images, 6)
    for angle in np.arange(0, 180):
        same = MotionBlur().apply(images, line | {"angle": np.full(4, float(angle))})
        close = np.abs(same.astype(int) - found).max(axis=(1, 2, 3)) <= 3
        keys = np.where(close, 0, keys)
    assert not keys.any()


@pytest.mark.parametrize("name", MOVING)
def test_what_comes_in_where_content_moved_away_follows_the_border_rule(name):
    grey, amount = np.full((1, 20, 20, 1), 90, np.uint8), -20
    assert set(np.unique(changed(name, grey, amount, fill=90))) == {90}
    assert 0 in changed(name, grey, amount)
    assert set(np.unique(changed(name, grey, amount, border="edge"))) == {90}
    with pytest.raises(SettingsError, match="got 256"):
        changed(name, grey, amount, fill=256)


@pytest.mark.parametrize("name", [name for name in SEVERITIES if SEVERITIES[name].drawn])
def test_another_seed_draws_something_else(name):
    images = pictures(2, 20, 20, 1)
    amount = SEVERITIES[name].amounts((20, 20))[4]
    assert np.array_equal(changed(name, images, amount), changed(name, images, amount))
    assert not np.array_equal(changed(name, images, amount), changed(name, images, amount, seed=1))


def test_a_wrong_name_is_answered_with_a_near_one():
    with pytest.raises(UnknownNameError, match=r"no change is named 'rotate'; did you mean .*'rotation'"):
        SEVERITIES["rotate"]
