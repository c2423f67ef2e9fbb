import numpy as np
import pytest

from convlens.augment.compose import Identity, Sequential
from convlens.augment.door import Door, together
from convlens.augment.flips import Fliplr
from convlens.augment.light import Multiply
from convlens.errors import SettingsError, ShapeError
from convlens.rng import keys_of

KEYS = keys_of(0, "augment", 0, np.arange(4))
FLOATS = np.linspace(-1, 1, 4 * 5 * 6, dtype=np.float32).reshape(4, 5, 6)


def test_floats_are_grey_levels_inside_and_leave_in_their_range():
    door = Door((-1, 1))
    inside = door.batch(np.array([[[-1, 0, 1]]], np.float32))
    assert inside.ravel().tolist() == [0, 127.5, 255]
    assert inside.shape == (1, 1, 3, 1)
    assert door.out(inside, np.zeros((1, 1, 3))).tolist() == [[[-1, 0, 1]]]


def test_a_factor_works_on_grey_levels_and_the_result_stays_in_the_range():
    halved = Multiply(0.5)(images=np.array([[[0, 0.5, 1]]], np.float32), keys=KEYS[:1], value_range=(0, 1))
    assert np.allclose(halved, [[[0, 0.25, 0.5]]], atol=1e-6)
    doubled = Multiply(2)(images=np.array([[[0, 0.5, 1]]], np.float32), keys=KEYS[:1], value_range=(0, 1))
    assert np.allclose(doubled, [[[0, 1, 1]]], atol=1e-6)


def test_the_range_of_bytes_needs_no_arithmetic():
    levels = np.array([[[0, 0.1, 254.9]]], np.float32)
    assert Fliplr()(images=levels, keys=KEYS[:1], value_range=(0, 255)).tolist() == levels[:, :, ::-1].tolist()


@pytest.mark.parametrize(
    ("images", "value_range", "error", "sentence"),
    [
        (FLOATS, None, ShapeError, "got float32 .* without value_range"),
        (FLOATS, (0, 1), ShapeError, "want values from 0 to 1, as value_range says, got -1.0 to 1.0"),
        (FLOATS * np.nan, (-1, 1), ShapeError, "got nan"),
        (FLOATS.astype(np.float64), (-1, 1), ShapeError, "got float64"),
        (np.zeros((4, 5, 6), np.uint8), (0, 1), ShapeError, "uint8 images have the range 0–255"),
        (FLOATS, (1, 0), SettingsError, "wants .black, white. .* got .1, 0."),
        (FLOATS, (0, float("inf")), SettingsError, "value_range wants"),
        (FLOATS, 255, SettingsError, "value_range wants .* got 255"),
        ("pictures", None, ShapeError, "got a str"),
        (None, None, SettingsError, "exactly one"),
    ],
)
@pytest.mark.usefixtures("as_installed")
def test_what_cannot_come_in_is_refused_with_a_sentence(images, value_range, error, sentence):
    with pytest.raises(error, match=sentence):
        Identity()(images=images, keys=KEYS, value_range=value_range)


def test_images_of_one_size_are_stacked_and_others_listed():
    assert together([np.zeros((2, 3, 1), np.uint8)] * 2).shape == (2, 2, 3, 1)
    mixed = together([np.zeros((2, 3, 1), np.uint8), np.zeros((3, 3, 1), np.uint8)])
    assert [one.shape for one in mixed] == [(2, 3, 1), (3, 3, 1)]
    assert together([]) == []


def test_a_list_of_floats_keeps_each_images_rank():
    images = [FLOATS[0], np.stack([FLOATS[1]] * 3, axis=2)]
    changed = Sequential([Multiply(1), Fliplr(1)])(images=images, keys=KEYS[:2], value_range=(-1, 1))
    assert [one.shape for one in changed] == [(5, 6), (5, 6, 3)]
    assert np.allclose(changed[0], images[0][:, ::-1], atol=1e-6)
    assert {one.dtype for one in changed} == {np.dtype(np.float32)}
