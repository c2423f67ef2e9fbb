import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from convlens.arrays import softmax
from convlens.augment.geometry import BORDERS, translate
from convlens.errors import SettingsError
from convlens.models.networks import create
from convlens.models.predict import predictor
from convlens.models.sweep import shared_sweep
from convlens.models.voting import mean_answer, voting
from convlens.models.weights import Classifier


def two_corners(images):
    """Logits: the grey of the pixel in the middle, and of the one to its left, in hundreds."""
    row, column = images.shape[1] // 2, images.shape[2] // 2
    return (images[:, row, [column, column - 1], 0] / 100).astype(np.float32)


def test_a_vote_of_one_move_is_the_network_s_own_answer(noise):
    images = noise(5, 7, 7, 1)
    np.testing.assert_allclose(softmax(voting(two_corners, radius=0)(images)), softmax(two_corners(images)), rtol=1e-6)


def test_the_mean_of_probabilities_by_hand():
    """Softmax of (0, 0) is ½, ½ and of (ln 3, 0) is ¾, ¼: their mean is ⅝, ⅜."""
    logits = np.array([[[0, 0], [np.log(3), 0]]], np.float32)
    np.testing.assert_allclose(np.exp(mean_answer(logits)), [[0.625, 0.375]], rtol=1e-6)


@given(logits=arrays(np.float32, (2, 3, 4), elements=st.floats(-1e4, 1e4, width=32)))
def test_a_vote_is_finite_and_sums_to_one_however_large_the_logits(logits):
    answer = mean_answer(logits)
    assert np.isfinite(answer).all()
    np.testing.assert_allclose(np.exp(answer.astype(np.float64)).sum(1), 1, rtol=1e-5)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("radius", [1, 2])
def test_a_vote_is_the_mean_over_the_moved_pictures(noise, border, radius):
    """The reference moves each picture by itself, with the augmenters' kernel."""
    images = noise(4, 7, 8, 1)
    answers = [
        softmax(two_corners(translate(images, np.full(4, x), np.full(4, y), border=border, fill=9)))
        for y in range(-radius, radius + 1)
        for x in range(-radius, radius + 1)
    ]
    voted = voting(two_corners, radius=radius, border=border, fill=9)(images)
    assert voted.dtype == np.float32
    np.testing.assert_allclose(np.exp(voted), np.mean(answers, axis=0), rtol=1e-5)


def test_under_crop_and_canvas_the_network_sees_windows_of_another_size(noise):
    seen = []

    def watching(images):
        seen.append(images.shape)
        return two_corners(images)

    voting(watching, radius=2, border="crop")(noise(3, 9, 9, 1))
    voting(watching, radius=1, border="canvas")(noise(3, 9, 9, 1))
    assert seen == [(3, 5, 5, 1)] * 25 + [(3, 11, 11, 1)] * 9


@pytest.mark.parametrize("border", BORDERS)
def test_the_shared_sweep_gives_the_same_vote(noise, card_of, border):
    card = card_of("cnn", classes=3, side=12)
    network = Classifier(create("cnn", 3, size=12).eval(), card)
    images = noise(6, 12, 12, 1)
    by_shift, _ = shared_sweep(network, border)
    direct = voting(predictor(network.module, card), border=border)(images)
    np.testing.assert_allclose(voting(direct_is_not_asked, border=border, by_shift=by_shift)(images), direct, atol=1e-5)


def direct_is_not_asked(images):
    raise AssertionError("the sweep was to be asked")


def test_a_vote_of_no_pictures_is_no_answer(noise):
    assert voting(two_corners)(noise(0, 7, 7, 1)).shape == (0, 2)


def test_wrong_settings_are_told(noise):
    with pytest.raises(SettingsError, match="moves of 0 or more pixels, got a radius of -1"):
        voting(two_corners, radius=-1)
    with pytest.raises(SettingsError, match=re.escape("no border rule is named 'blank'")):
        voting(two_corners, border="blank")(noise(1, 7, 7, 1))
    with pytest.raises(SettingsError, match="a grey level from 0 to 255, got 300"):
        voting(two_corners, fill=300)(noise(1, 7, 7, 1))
