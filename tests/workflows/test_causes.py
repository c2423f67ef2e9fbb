"""Why networks flip whose weights were set by hand so that there is one reason: each is told, and no other."""

import numpy as np
import pytest
import torch
from torch import nn

from convlens.data import load
from convlens.data.dataset import Dataset
from convlens.errors import SettingsError
from convlens.models.card import Card
from convlens.workflows.auditing import sweep_of
from convlens.workflows.causes import causes
from convlens.workflows.subjects import Subject, answers, by_name

SIDE = 8


def subject_of(*layers: nn.Module, mean: float = 0.0, std: float = 1.0) -> Subject:
    card = Card("made", ("no", "yes"), (SIDE, SIDE), 1, "softmax", (mean,), (std,))
    return Subject("made", nn.Sequential(*layers), card, "weights set by hand")


def conv(*kernel: float, **settings) -> nn.Conv2d:
    """A convolution of one row without a bias."""
    layer = nn.Conv2d(1, 1, (1, len(kernel)), bias=False, **settings)
    layer.weight.data[:] = torch.tensor(kernel)
    return layer


def above(threshold: float, *weights: float) -> nn.Linear:
    """A last layer that says yes when the weighted sum of what it reads is above a threshold."""
    layer = nn.Linear(len(weights), 2)
    layer.weight.data[:] = torch.tensor([[0.0] * len(weights), weights]) * 100
    layer.bias.data[:] = torch.tensor([threshold * 100, 0.0])
    return layer


def dots(*places: tuple[int, int], size: int = 1) -> Dataset:
    images = np.zeros((len(places), SIDE, SIDE, 1), np.uint8)
    for image, (row, column) in zip(images, places, strict=True):
        image[row : row + size, column : column + size] = 255
    return Dataset(images, np.zeros(len(places), np.int64), ("no", "yes"), "dots", "test")


def together(*parts: Dataset) -> Dataset:
    images = np.concatenate([part.images for part in parts])
    return Dataset(images, np.zeros(len(images), np.int64), ("no", "yes"), "dots", "test")


def told(subject: Subject, dataset: Dataset, *, shift: int = 1, border: str = "zeros"):
    swept = sweep_of(answers(subject), dataset, shift=shift, border=border)
    content = causes(swept, subject, dataset).to_json()
    counts = {row["cause"]: row["count"] for row in content["rows"]}
    assert content["flips"] == content["pairs"] > 0
    return content, counts


def alone(content, counts, key: str, name: str) -> None:
    """Say that every flip has this cause, that no answer that held has it, and that no other test is positive."""
    test = content["tests"][key]
    assert counts[name] == content["flips"]
    assert (test["rate"], test["control"], test["excess"]) == (1.0, 0.0, 1.0)
    assert test["shown"]
    assert content["any"]["share"] == content["any_shown"]["share"] == 1.0
    for other in content["tests"].values():
        assert other is test or not other["shown"]


def test_a_dense_head_that_wants_the_right_half():
    layers = conv(1.0), nn.Flatten(), above(0.5, *[float(place % SIDE >= 4) for place in range(SIDE * SIDE)])
    rows = range(2, 6)
    dataset = together(dots(*[(row, 3) for row in rows]), dots(*[(row, 1) for row in rows]))
    content, counts = told(subject_of(*layers), dataset)
    assert content["flips"] == 12  # of the first four, those of the three moves that go right
    alone(content, counts, "position_bound_head", "position-bound head")
    assert content["tests"]["content_lost"]["rate"] == 0.0
    assert content["tests"]["aliasing"]["reason"] == "not applicable: the network keeps every place: its stride is 1"
    assert content["tests"]["border_signal"]["reason"].startswith("not applicable: no layer pads")
    assert (counts["none"], counts["not testable"]) == (0, None)


def test_a_strided_network_that_keeps_one_place_in_four():
    layers = conv(1.0, stride=2), nn.AdaptiveMaxPool2d(1), nn.Flatten(), above(0.5, 1.0)
    places = [(row, column) for row in (0, 2, 4) for column in (2, 4)]
    dataset = together(dots(*places), dots(*places, size=2))  # the larger ones have a pixel on every phase
    content, counts = told(subject_of(*layers), dataset, shift=3, border="wrap")
    assert content["flips"] == 6 * (7 * 7 - 3 * 3)  # all moves but those that are even both ways
    assert content["stride"] == 2
    alone(content, counts, "aliasing", "aliasing")
    assert content["tests"]["content_lost"]["reason"].startswith("not applicable: nothing is lost under")
    assert content["tests"]["position_bound_head"]["rate"] == 0.0
    assert not content["tests"]["border_signal"]["testable"]


def test_a_bright_pixel_that_leaves_the_picture():
    layers = conv(1.0), nn.AdaptiveMaxPool2d(1), nn.Flatten(), above(0.5, 1.0)
    dataset = together(dots(*[(row, 7) for row in range(1, 6)]), dots(*[(row, 4) for row in range(1, 6)]))
    content, counts = told(subject_of(*layers), dataset)
    assert content["flips"] == 5 * 3
    alone(content, counts, "content_lost", "content lost")
    # its map is moved out of sight as well, but a pooled head would say so without any move
    assert content["tests"]["position_bound_head"]["rate"] == 0.0
    # and on a canvas it is still gone
    assert content["tests"]["border_signal"]["testable"]
    assert content["tests"]["border_signal"]["rate"] == 0.0


def test_a_network_that_reads_the_border_from_its_padding():
    """Kayhan & van Gemert 2020: zeros around a picture whose blank is not zero mark the border.

    Blank pixels are −1 and bright ones 0, as is the padding: only a bright pixel beside the border makes the sum of two
    neighbours 0.
    """
    layers = conv(1.0, 1.0, 0.0, padding=(0, 1)), nn.AdaptiveMaxPool2d(1), nn.Flatten(), above(-0.5, 1.0)
    dataset = together(dots(*[(row, 1) for row in range(2, 6)]), dots(*[(row, 4) for row in range(2, 6)]))
    content, counts = told(subject_of(*layers, mean=1.0), dataset)
    assert content["flips"] == 4 * 3  # the moves to the left, to the border
    alone(content, counts, "border_signal", "border signal")
    assert content["tests"]["position_bound_head"]["rate"] == 0.0
    assert content["tests"]["content_lost"]["rate"] == 0.0


def test_two_causes_at_once_are_several():
    # the right column is bright: it leaves to the right, and the dense head misses it at its place as well
    layers = conv(1.0), nn.Flatten(), above(0.5, *[float(place % SIDE == 7) for place in range(SIDE * SIDE)])
    content, counts = told(subject_of(*layers), dots(*[(row, 7) for row in range(2, 6)]))
    assert counts["content lost"] == 4 * 3  # to the right there is a loss, and the map moved back says the same
    assert counts["position-bound head"] == 4 * 3  # to the left there is none
    assert counts["several"] == 0
    weights = [float(place % SIDE >= 6) - 2.0 * (place % SIDE == 0) for place in range(SIDE * SIDE)]
    wrapped = dots(*[(row, 6) for row in range(2, 6)])
    content, counts = told(subject_of(conv(1.0), nn.Flatten(), above(0.5, *weights)), wrapped, shift=2)
    assert content["tests"]["content_lost"]["rate"] > 0


def test_a_constant_network_has_no_flip_to_explain():
    layers = conv(0.0), nn.AdaptiveMaxPool2d(1), nn.Flatten(), above(0.5, 1.0)
    dataset, subject = dots((3, 3), (4, 4)), subject_of(*layers)
    content = causes(sweep_of(answers(subject), dataset, shift=2, border="zeros"), subject, dataset).to_json()
    assert (content["flips"], content["pairs"], content["controls"]) == (0, 0, 0)
    assert all(test["rate"] is None for test in content["tests"].values())
    assert [row["count"] for row in content["rows"]] == [0, None, 0, 0, 0, 0, None]


def test_a_dense_network_says_what_cannot_be_tested():
    dataset = load("xo", seed=0).test.take(30)
    subject = by_name("mlp", dataset)
    swept = sweep_of(answers(subject), dataset, shift=3, border="zeros")
    content = causes(swept, subject, dataset, pairs=40).to_json()
    assert content["stride"] is None
    assert content["tests"]["content_lost"]["testable"]
    for key in ("aliasing", "position_bound_head"):
        assert content["tests"][key]["reason"].startswith("not testable: it has no feature map")
    counts = {row["cause"]: row["count"] for row in content["rows"]}
    assert counts["content lost"] + counts["not testable"] == content["pairs"] > 0


@pytest.mark.parametrize(("border", "name"), [("canvas", "cnn[head=pooled]"), ("crop", "cnn"), ("reflect", "steady")])
def test_other_border_rules_are_followed(border, name):
    dataset = load("xo", seed=0).test.take(20)
    smaller = 22 if border == "crop" else 28
    read = dataset.images[:, 3:25, 3:25] if border == "crop" else dataset.images
    subject = by_name(name, Dataset(read, dataset.labels, dataset.class_names, "xo", "test"))
    assert subject.card.size == (smaller, smaller)
    size = (34, 34) if border == "canvas" else (smaller, smaller)
    card = Card(name, subject.card.class_names, size, 1, subject.card.head, (0.0,), (1.0,))
    seeing = Subject(name, subject.module, card, "")
    swept = sweep_of(answers(seeing), dataset, shift=3, border=border)
    content = causes(swept, subject, dataset, pairs=30).to_json()
    assert content["stride"] == 4
    assert content["tests"]["content_lost"]["testable"] == (border != "canvas")
    # a whole stride is more than windows can move
    assert content["tests"]["aliasing"]["testable"] == (border != "crop")
    assert content["tests"]["position_bound_head"]["testable"]


def test_other_pictures_than_those_of_the_audit_are_refused():
    layers = conv(1.0), nn.AdaptiveMaxPool2d(1), nn.Flatten(), above(0.5, 1.0)
    subject, dataset = subject_of(*layers), dots((3, 3), (4, 4))
    swept = sweep_of(answers(subject), dataset, shift=1, border="zeros")
    for others in (dots((3, 3)), dots((3, 3), (4, 5))):
        with pytest.raises(SettingsError, match="the audit is of 2 pictures of 'dots', and these are"):
            causes(swept, subject, others)
