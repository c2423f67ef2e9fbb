import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.augment.flips import Fliplr, Flipud, Rot90
from convlens.errors import SettingsError
from convlens.rng import keys_of

IMAGES = np.random.default_rng(0).integers(0, 256, (64, 6, 6, 2), np.uint8)
KEYS = keys_of(0, "augment", 0, np.arange(64))


def test_two_pixels_change_places():
    assert Fliplr().augment_image(np.array([[1, 2]], np.uint8)).tolist() == [[2, 1]]
    assert Flipud().augment_image(np.array([[1], [2]], np.uint8)).tolist() == [[2], [1]]


@given(st.sampled_from([Fliplr, Flipud]), st.floats(0, 1))
def test_flipping_twice_is_the_identity(kind, p):
    once = kind(p)(images=IMAGES, keys=KEYS)
    assert np.array_equal(kind(p)(images=once, keys=KEYS), IMAGES)


def test_the_share_of_flipped_images_is_p():
    keys = keys_of(0, "augment", 0, np.arange(10_000))
    assert 0.28 < Fliplr(0.3).sample(keys)["flipped"].mean() < 0.32
    assert not Fliplr(0).sample(keys)["flipped"].any()


@pytest.mark.parametrize("k", [-1, 0, 1, 2, 3, 5])
def test_quarter_turns_are_clockwise_and_exact(k):
    assert np.array_equal(Rot90(k)(images=IMAGES, keys=KEYS), np.rot90(IMAGES, -k, axes=(1, 2)))


def test_an_image_that_is_not_square_keeps_its_size():
    image = np.repeat([[0], [200]], 8, axis=1).repeat(2, axis=0).astype(np.uint8)
    turned = Rot90(1).augment_image(image)
    assert turned.shape == (4, 8)
    assert (turned[:, 0] == 200).all()
    assert (turned[:, -1] == 0).all()


def test_a_chance_above_one_is_refused():
    with pytest.raises(SettingsError, match=r"p wants values from 0 to 1, got 1\.3"):
        Fliplr(1.3)
