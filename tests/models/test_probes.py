"""Probes of networks: moving the last map is moving the picture where it can be, and what cannot be had is told."""

import numpy as np
import pytest
import torch
from torch import nn

from convlens.models.layers import GlobalAveragePool
from convlens.models.precision import bf16_gap
from convlens.models.predict import predictor
from convlens.models.probes import probes
from convlens.models.tensors import tensors
from convlens.models.weights import Classifier


def classifier(card_of, *layers: nn.Module, side: int = 8, classes: int = 3, **changed) -> Classifier:
    return Classifier(nn.Sequential(*layers), card_of("made", classes, 1, side, **changed))


@pytest.fixture
def strided(card_of) -> Classifier:
    """A valid convolution with a bias, a pool of stride 2, and a dense head on 3×3 cells."""
    torch.manual_seed(0)
    layers = nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 3)
    return classifier(card_of, *layers)


@pytest.fixture
def torus(card_of) -> Classifier:
    """The same on a torus: two circular convolutions, the second with stride 2, and a dense head."""
    torch.manual_seed(0)
    convs = (
        nn.Conv2d(1, 3, 3, padding=1, padding_mode="circular"),
        nn.Conv2d(3, 4, 3, 2, padding=1, padding_mode="circular"),
    )
    return classifier(card_of, convs[0], nn.ReLU(), convs[1], nn.Flatten(), nn.Linear(64, 3))


def cells(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def test_a_map_that_is_not_moved_gives_the_networks_own_answers(strided, noise):
    images = noise(5, 8, 8, 1)
    opened = probes(strided, radius=2)
    none = np.zeros(5, np.int64)
    expected = predictor(strided.module, strided.card)(images)
    assert opened.stride == (2, 2)
    np.testing.assert_array_equal(opened.head_at(images, none, none), expected)
    np.testing.assert_array_equal(opened.head_without(images, none, none), expected)


def test_on_a_torus_moving_the_map_by_cells_is_moving_the_picture_by_strides(torus, noise):
    images = noise(4, 8, 8, 1)
    right, down = cells(1, 0, -1, 2), cells(0, 3, -2, 1)
    rolled = np.stack([np.roll(image, (2 * y, 2 * x), (0, 1)) for image, x, y in zip(images, right, down, strict=True)])
    opened = probes(torus, radius=2, border="wrap")
    moved = opened.head_at(images, right, down)
    np.testing.assert_allclose(moved, predictor(torus.module, torus.card)(rolled), atol=1e-5)
    np.testing.assert_allclose(
        opened.head_without(images, right, down), predictor(torus.module, torus.card)(images), atol=1e-5
    )


@pytest.mark.parametrize("fill", [0, 90])
def test_a_blank_comes_in_as_the_network_sees_a_blank(strided, noise, fill):
    # content far from the rim: no cell of the map that holds it leaves when the map moves by one cell
    images = np.full((3, 8, 8, 1), fill, np.uint8)
    images[:, 4:6, 4:6] = noise(3, 2, 2, 1)
    moved = np.full_like(images, fill)
    moved[:, 2:4, 2:4] = images[:, 4:6, 4:6]
    back = cells(-1, -1, -1)
    answers = probes(strided, radius=2, fill=fill).head_at(images, back, back)
    np.testing.assert_allclose(answers, predictor(strided.module, strided.card)(moved), atol=1e-5)


def test_what_left_the_map_is_blanked_at_its_old_place(card_of):
    layers = nn.Conv2d(1, 1, 1, bias=False), nn.Flatten(), nn.Linear(4, 2, bias=False)
    layers[0].weight.data[:], layers[2].weight.data[:] = 255, torch.tensor([[1.0, 10, 100, 1000], [0, 0, 0, 0]])
    made = classifier(card_of, *layers, side=2, classes=2)
    image = np.array([1, 2, 3, 4], np.uint8).reshape(1, 2, 2, 1)
    for border, moved, without in (
        ("zeros", [0, 1, 0, 3], [1, 0, 3, 0]),
        ("edge", [1, 1, 3, 3], [1, 1, 3, 3]),
        ("wrap", [2, 1, 4, 3], [1, 2, 3, 4]),
    ):
        opened = probes(made, radius=1, border=border)
        one, none = cells(1), cells(0)
        digits = [1, 10, 100, 1000]
        assert opened.head_at(image, one, none)[0, 0] == pytest.approx(np.dot(digits, moved), rel=1e-5)
        assert opened.head_without(image, one, none)[0, 0] == pytest.approx(np.dot(digits, without), rel=1e-5)


def test_a_head_that_averages_does_not_care_where_things_are(card_of, noise):
    torch.manual_seed(1)
    made = classifier(card_of, nn.Conv2d(1, 4, 3), nn.ReLU(), GlobalAveragePool(), nn.Linear(4, 3))
    opened = probes(made, radius=1)
    images, right, down = noise(6, 8, 8, 1), cells(1, 2, 0, -1, -3, 3), cells(0, 1, 2, 0, -1, 3)
    np.testing.assert_allclose(opened.head_at(images, right, down), opened.head_without(images, right, down), atol=1e-5)


def test_many_images_are_answered_in_batches_as_each_alone(strided, noise):
    images = noise(300, 8, 8, 1)
    right, down = np.arange(300) % 3 - 1, np.arange(300) % 5 - 2
    opened = probes(strided, radius=2)
    whole = opened.head_at(images, right, down)
    for place in (0, 255, 256, 299):
        alone = opened.head_at(images[[place]], right[[place]], down[[place]])
        np.testing.assert_allclose(whole[[place]], alone, atol=1e-5)
    assert opened.head_at(images[:0], right[:0], down[:0]).shape == (0, 3)


def test_a_one_logit_network_answers_in_two_columns(card_of, noise):
    made = classifier(card_of, nn.Conv2d(1, 1, 3), nn.Flatten(), nn.Linear(36, 1), classes=2, head="sigmoid")
    answers = probes(made, radius=1).head_at(noise(2, 8, 8, 1), cells(1, 0), cells(0, 1))
    assert answers.shape == (2, 2)
    assert (answers[:, 0] == 0).all()


def test_half_precision_answers_like_full(strided, noise):
    images, one = noise(4, 8, 8, 1), cells(1, 1, 1, 1)
    exact = probes(strided, radius=2).head_at(images, one, one)
    rounded = probes(strided, radius=2, precision="bf16").head_at(images, one, one)
    gap = bf16_gap(strided.module, tensors(images, strided.card.mean, strided.card.std))
    assert 0 < np.abs(exact - rounded).max() / np.abs(exact).max() < max(10 * gap, 0.05)


def test_a_network_keeps_its_mode_and_has_no_hooks_left(strided, noise):
    strided.module.train()
    opened = probes(strided, radius=2)
    opened.head_at(noise(2, 8, 8, 1), cells(1, 1), cells(0, 0))
    assert strided.module.training
    assert all(not part._forward_hooks and not part._forward_pre_hooks for part in strided.module.modules())


def test_a_dense_head_without_padding_has_no_other_border(strided):
    opened = probes(strided, radius=2)
    assert opened.variants == {}
    assert opened.no_variant == "no layer pads in a way that could be changed, and it reads pictures of one size only"


def test_a_network_without_a_map_says_so(card_of):
    opened = probes(classifier(card_of, nn.Flatten(), nn.Linear(64, 3)), radius=2)
    assert (opened.stride, opened.head_at, opened.head_without) == (None, None, None)
    assert "no feature map" in opened.no_map


def test_a_pooled_head_reads_a_canvas_of_whole_cells_more_on_each_side(card_of, noise):
    made = classifier(card_of, nn.Conv2d(1, 3, 3, stride=4), nn.AdaptiveMaxPool2d(1), nn.Flatten())
    opened = probes(made, radius=5, fill=7)
    assert list(opened.variants) == ["a blank canvas larger by 8 px on every side"]
    images = noise(2, 8, 8, 1)
    canvas = np.pad(images, ((0, 0), (8, 8), (8, 8), (0, 0)), constant_values=7)
    wanted = made.module(tensors(canvas, (0.0,), (1.0,))).detach().numpy()
    (answers,) = (variant(images) for variant in opened.variants.values())
    np.testing.assert_allclose(answers, wanted, atol=1e-6)


def test_padding_has_another_rim_by_the_border_of_the_audit(card_of):
    made = classifier(card_of, nn.Conv2d(1, 1, 3, padding=1), nn.Flatten(), nn.Linear(64, 3))
    assert list(probes(made, radius=1).variants) == ["its maps mirrored where it padded"]
    assert list(probes(made, radius=1, border="wrap").variants) == ["its maps bent to a torus where it padded"]


def test_a_rim_that_does_not_fit_the_map_is_no_variant(card_of):
    # two cells have no third one to be mirrored
    layers = nn.Conv2d(1, 1, 3), nn.Conv2d(1, 1, 3, padding=2), nn.Flatten(), nn.Linear(16, 3)
    made = classifier(card_of, *layers, side=4)
    told = probes(made, radius=1).no_variant
    assert told == "it cannot do without its own padding, and it reads pictures of one size only"


def test_on_a_torus_there_is_no_border_to_take_away(torus):
    opened = probes(torus, radius=2, border="wrap")
    assert opened.variants == {}
    assert (
        opened.no_variant == "no layer pads in a way that could be changed, and pictures that wrap round have no canvas"
    )


def test_the_size_can_be_that_of_the_audits_canvas(card_of, noise):
    made = classifier(card_of, nn.Conv2d(1, 3, 3, stride=2), nn.AdaptiveMaxPool2d(1), nn.Flatten())
    opened = probes(made, radius=2, border="canvas", size=(12, 12))
    assert opened.head_at(noise(1, 12, 12, 1), cells(1), cells(0)).shape == (1, 3)
