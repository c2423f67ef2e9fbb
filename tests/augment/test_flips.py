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


@pytest.mark.parametrize("shape", [(70, 71, 3), (70, 71, 5), (91, 92, 1), (6, 4, 6)])
def test_large_and_many_channelled_images_are_flipped_as_numpy_does(shape):
    images = np.random.default_rng(1).integers(0, 256, (9, *shape), np.uint8)
    assert np.array_equal(Fliplr()(images=images, keys=KEYS[:9]), images[:, :, ::-1])
    assert np.array_equal(Flipud()(images=images, keys=KEYS[:9]), images[:, ::-1])


@pytest.mark.parametrize("keep_size", [True, False])
@pytest.mark.parametrize("shape", [(70, 70, 3), (70, 70, 5), (70, 70, 1), (6, 4, 2), (6, 4, 6), (1, 5, 1)])
def test_large_wide_and_many_channelled_images_are_turned_as_numpy_does(shape, keep_size):
    images = np.random.default_rng(1).integers(0, 256, (9, *shape), np.uint8)
    augmenter = Rot90((-1, 2), keep_size=keep_size)
    turns = augmenter.sample(KEYS[:9])["k"].tolist()
    assert set(turns) == {-1, 0, 1, 2}
    for image, turn, came in zip(images, turns, augmenter(images=images, keys=KEYS[:9]), strict=True):
        expected = np.rot90(image, -turn)
        assert came.shape == (shape if keep_size else expected.shape)
        assert came.shape != expected.shape or np.array_equal(came, expected)


def test_an_image_that_is_not_square_keeps_its_size():
    image = np.repeat([[0], [200]], 8, axis=1).repeat(2, axis=0).astype(np.uint8)
    turned = Rot90(1).augment_image(image)
    assert turned.shape == (4, 8)
    assert (turned[:, 0] == 200).all()
    assert (turned[:, -1] == 0).all()


def moved(matrix, x, y):
    return (matrix @ [x, y, 1])[:2].tolist()


def test_the_matrices_of_flips_by_hand():
    for kind, place in ((Fliplr, [16, 3]), (Flipud, [3, 6])):
        flips = kind(0.5)
        matrices = flips.matrices({"flipped": np.array([1, 0])}, (10, 20))
        # of 10 rows and 20 columns: 19 − 3, and 9 − 3
        assert moved(matrices[0], 3, 3) == place
        assert moved(matrices[1], 3, 3) == [3, 3]


@pytest.mark.parametrize(("k", "place"), [(0, [3, 2]), (1, [7, 3]), (2, [16, 7]), (3, [2, 16]), (-1, [2, 16])])
def test_the_matrices_of_quarter_turns_by_hand(k, place):
    turn = Rot90(k, keep_size=False)
    assert moved(turn.matrices(turn.sample(KEYS[:1]), (10, 20))[0], 3, 2) == place
    image = np.zeros((10, 20), np.uint8)
    image[2, 3] = 255
    assert turn(image=image)[place[1], place[0]] == 255


def test_a_turn_that_keeps_the_size_is_resized_in_its_matrix_too():
    turn = Rot90(1)
    # (7, 3) as above, of 10 columns and 20 rows that become 20 and 10
    assert moved(turn.matrices(turn.sample(KEYS[:1]), (10, 20))[0], 3, 2) == pytest.approx([14.5, 1.25])
    square = turn.matrices(turn.sample(KEYS[:1]), (10, 10))[0]
    assert square.tolist() == [[0, -1, 9], [1, 0, 0], [0, 0, 1]]


def test_a_chance_above_one_is_refused():
    with pytest.raises(SettingsError, match=r"p wants values from 0 to 1, got 1\.3"):
        Fliplr(1.3)
