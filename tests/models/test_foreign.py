from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from convlens.errors import ShapeError
from convlens.models.answering import Answers
from convlens.models.foreign import (
    entering_network,
    foreign_predictor,
    from_function,
    network_columns,
    own_columns,
    state_digest,
    with_answers,
)
from convlens.models.predict import predictor


def brightness(images):
    level = images.reshape(len(images), -1).mean(axis=1, dtype=np.float32)
    return np.stack([level, 255 - level, level * 0], axis=1)


def test_a_function_is_shown_the_images_as_they_are(card_of, noise):
    images, card = noise(3, 4, 4, 1), card_of("mine:ask", 3)
    model = from_function(brightness)
    assert np.array_equal(foreign_predictor(model, card)(images), brightness(images))
    assert np.array_equal(model.entering(images, card), images)
    assert foreign_predictor(model, card)(images[:0]).shape == (0, 3)


def test_what_does_not_fit_the_card_or_the_classes_is_refused(card_of, noise):
    predict = foreign_predictor(from_function(brightness), card_of("mine:ask", 2))
    with pytest.raises(
        ShapeError, match=r"gave \(3, 3\) for 3 pictures, but 2 classes are wanted; tell with --class-map"
    ):
        predict(noise(3, 4, 4, 1))
    with pytest.raises(ShapeError, match="reads pictures of 4×4 pixels with 1 channel, but these are 5×4"):
        predict(noise(3, 5, 4, 1))


@pytest.mark.parametrize("answer", [np.zeros((2, 3)), np.zeros(3), "three", np.zeros((3, 2), complex)])
def test_what_is_no_row_of_numbers_for_each_picture_is_refused(card_of, noise, answer):
    with pytest.raises(ShapeError, match="a plain function must give one row of logits for each picture"):
        own_columns(from_function(lambda _: answer), noise(3, 4, 4, 1), card_of("mine:ask"))


def test_integers_and_doubles_become_single_precision(card_of, noise):
    for kind in (np.float64, np.int64, np.float16):
        columns = own_columns(
            from_function(lambda _, kind=kind: np.ones((3, 2), kind)), noise(3, 4, 4, 1), card_of("m:f")
        )
        assert (columns.dtype, columns.tolist()) == (torch.float32, [[1, 1]] * 3)


def test_what_enters_is_the_normalised_picture_and_not_the_picture(card_of, noise):
    images = noise(20, 4, 6, 3)
    card = replace(card_of("mine:net", 2, 3, mean=(0.5, 0.25, 0.0), std=(0.5, 1.0, 0.25)), size=(4, 6))
    module = nn.Sequential(nn.Flatten(), nn.Linear(72, 2))
    wanted = (images / 255 - np.array(card.mean)) / np.array(card.std)
    assert np.allclose(entering_network(module, card, images), wanted, atol=1e-5)
    assert not module._forward_pre_hooks


def test_a_networks_own_columns_need_no_card_that_fits(card_of, noise):
    module = nn.Sequential(nn.Flatten(), nn.Linear(16, 7))
    images, card = noise(5, 4, 4, 1), card_of("mine:net", 2)
    wanted = predictor(module, card_of("mine:net", 7))(images)
    assert np.array_equal(network_columns(module, card, images).numpy(), wanted)
    assert not module._forward_hooks


def test_a_network_that_cannot_read_the_pictures_says_which_options_tell(card_of, noise):
    with pytest.raises(
        ShapeError, match=r"cannot read pictures of 5×5 pixels with 1 channels: .*, by --size and --chan"
    ):
        network_columns(nn.Sequential(nn.Flatten(), nn.Linear(16, 7)), card_of("mine:net", side=5), noise(2, 5, 5, 1))


def test_answers_stand_behind_a_network_only_where_they_change_something():
    module = nn.Linear(2, 2)
    assert with_answers(module, Answers()) is module
    wrapped = with_answers(module, Answers(groups=((1,), (0,))))
    inputs = torch.tensor([[1.0, 2.0]])
    assert torch.equal(wrapped(inputs), module(inputs)[:, [1, 0]])


def test_the_digest_is_that_of_the_weights_and_the_layers():
    one, other = nn.Sequential(nn.Linear(2, 2), nn.ReLU()), nn.Sequential(nn.Linear(2, 2), nn.Tanh())
    other.load_state_dict(one.state_dict())
    assert state_digest(one) != state_digest(other)
    twin = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    assert state_digest(one) != state_digest(twin)
    twin.load_state_dict(one.state_dict())
    assert state_digest(one) == state_digest(twin)
