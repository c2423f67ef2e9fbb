import numpy as np
import pytest
from torch import nn

from convlens.errors import SettingsError, ShapeError
from convlens.models.card import Card
from convlens.models.networks import create
from convlens.models.sweeping.given import classifier_of, moves_of
from convlens.models.weights import Classifier

IMAGES = np.zeros((2, 8, 8, 3), np.uint8)


def net(outputs=4, channels=3, side=8):
    return nn.Sequential(nn.Flatten(), nn.Linear(channels * side * side, outputs))


@pytest.mark.parametrize(
    "pairs", [[(0, 0), (-3, 2)], ((0, 0), (-3, 2)), [[0, 0], [-3, 2]], np.array([[0, 0], [-3, 2]])]
)
def test_pairs_become_shifts_in_the_order_given(pairs):
    moves = moves_of(pairs)
    assert (moves.dx.tolist(), moves.dy.tolist(), moves.radius) == ([0, -3], [0, 2], 3)


@pytest.mark.parametrize("pairs", [5, (1, 0), [], "line", [(1, 2, 3)], [(0.5, 1)], None, [("a", "b")], {"dx": 1}])
def test_what_is_no_list_of_pairs_is_refused_and_shown(pairs):
    with pytest.raises(SettingsError, match=r"wanted as convlens\.audit\.grid\(R\).*\[\(0, 0\), \(1, 0\)\], got "):
        moves_of(pairs)


def test_rows_of_different_lengths_are_refused():
    with pytest.raises(SettingsError, match="got rows of different lengths"):
        moves_of([(0, 0), (1,)])


def test_a_network_gets_a_card_with_no_normalisation_unless_it_is_said():
    plain = classifier_of(net(), IMAGES, 2, "zeros").card
    assert plain == Card("Sequential", ("0", "1", "2", "3"), (8, 8), 3, "softmax", (0, 0, 0), (1, 1, 1))
    told = classifier_of(net(), IMAGES, 2, "zeros", mean=0.5, std=(0.1, 0.2, 0.3)).card
    assert (told.mean, told.std) == ((0.5, 0.5, 0.5), (0.1, 0.2, 0.3))


def test_the_card_is_of_the_size_that_the_border_rule_shows_and_knows_a_single_logit():
    assert classifier_of(net(side=4), IMAGES, 2, "crop").card.size == (4, 4)
    assert classifier_of(net(side=12), IMAGES, 2, "canvas").card.size == (12, 12)
    single = classifier_of(net(outputs=1), IMAGES, 2, "zeros").card
    assert (single.head, single.class_names, single.outputs) == ("sigmoid", ("0", "1"), 1)


def test_a_classifier_keeps_its_card_and_takes_no_other_mean():
    known = Classifier(net(), Card("mine", ("a", "b", "c", "d"), (8, 8), 3, "softmax", (0.1,) * 3, (0.2,) * 3))
    assert classifier_of(known, IMAGES, 2, "zeros") is known
    with pytest.raises(SettingsError, match="card says its mean and std already"):
        classifier_of(known, IMAGES, 2, "zeros", std=1)


@pytest.mark.parametrize(
    ("model", "asked", "error", "sentence"),
    [
        ("runs/latest", {}, SettingsError, "wants a torch network or a Classifier, got a str; convlens.models.create"),
        (
            net(),
            {"mean": (0.1, 0.2)},
            SettingsError,
            r"mean is one number, or one for each of 3 channel\(s\), got \(0.1",
        ),
        (net(), {"std": 0}, SettingsError, "std is a number above 0 for each channel, got 0"),
        (net(side=9), {}, ShapeError, r"cannot read pictures of 8×8 pixels with 3 channel\(s\) \(mat1"),
        (nn.Identity(), {}, ShapeError, "must give one row of logits for each picture"),
    ],
)
def test_what_cannot_be_swept_is_refused_with_a_sentence(model, asked, error, sentence):
    with pytest.raises(error, match=sentence):
        classifier_of(model, IMAGES, 2, "zeros", **asked)


def test_a_network_in_training_mode_is_left_in_it():
    module = create("cnn", channels=1, size=28).train()
    classifier_of(module, np.zeros((1, 28, 28, 1), np.uint8), 2, "zeros")
    assert module.training
