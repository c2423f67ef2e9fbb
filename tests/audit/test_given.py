"""What comes in at the door of the public audits, as users without type checks would hand it over."""

import numpy as np
import pytest
import torch
from torch import nn

from convlens.audit import grid, probabilities_by_shift, severity_audit, shift_audit, spatial_audit
from convlens.audit.poses import Limits
from convlens.errors import ConvlensError, ShapeError

NAMES = ("dark", "bright")
GREYS = np.repeat(np.arange(40, dtype=np.uint8), 64).reshape(40, 8, 8, 1)
LABELS = np.arange(40) % 2

pytestmark = pytest.mark.usefixtures("as_installed")


def ten(images):
    return np.tile(images.mean(axis=(1, 2, 3))[:, None], (1, 10)) * np.arange(10)


def two(images):
    return ten(images)[:, :2]


def by_shift(predict, images, labels, names=NAMES):
    return shift_audit(predict, images, labels, radius=2, class_names=names)


def by_amount(predict, images, labels, names=NAMES):
    return severity_audit(predict, images, labels, names, "brightness", amounts=(0, 10))


def by_pose(predict, images, labels, names=NAMES):
    return spatial_audit(predict, images, labels, names, limits=Limits(1, 3, 10, 3, 2))


every_audit = pytest.mark.parametrize("audit", [by_shift, by_amount, by_pose])


@every_audit
@pytest.mark.parametrize(
    ("images", "sentence"),
    [
        (np.zeros((40, 3, 28, 28), np.uint8), "looks like N×C×H×W"),
        (GREYS.transpose(0, 3, 1, 2), "looks like N×C×H×W"),
        (GREYS[..., 0], "grey pictures are"),
        (GREYS / 255, "between 0 and 1"),
        (torch.zeros(40, 1, 8, 8), "got a torch tensor"),
    ],
)
def test_pictures_of_another_layout_or_kind_are_refused_by_every_audit(audit, images, sentence):
    with pytest.raises(ShapeError, match=sentence):
        audit(two, images, LABELS)


@every_audit
@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        (LABELS.tolist(), r"labels are wanted as a NumPy array \(N,\) .*got a list; give numpy\.array\(labels\)"),
        (LABELS / 2, r"got float64 \(40,\)"),
        (np.eye(40, 2, dtype=np.int64), r"got int64 \(40, 2\)"),
        (LABELS[:39], "got 40 images and 39 labels"),
        (LABELS + 1, "labels from 0 to 1, got 1 to 2"),
    ],
)
def test_labels_that_do_not_fit_are_refused_by_every_audit(audit, labels, sentence):
    with pytest.raises(ShapeError, match=sentence):
        audit(two, GREYS, labels)


@every_audit
def test_labels_of_fewer_bytes_are_counted_like_others(audit):
    small, large = audit(two, GREYS, LABELS.astype(np.uint8)), audit(two, GREYS, LABELS)
    assert small.labels.dtype == np.int64
    assert np.array_equal(small.labels, large.labels)
    assert np.array_equal(small.labels_at, large.labels_at)


@every_audit
def test_no_pictures_are_refused(audit):
    with pytest.raises(ShapeError, match="got 0 images and 0 labels"):
        audit(two, GREYS[:0], LABELS[:0])


@every_audit
def test_a_torch_network_and_what_cannot_be_called_are_refused_with_the_way_to_make_a_function(audit):
    with pytest.raises(ShapeError, match=r"got the torch module Linear; .*convlens\.models\.predictor\(module, card\)"):
        audit(nn.Linear(2, 2), GREYS, LABELS)
    with pytest.raises(ShapeError, match="got a str"):
        audit("runs/latest", GREYS, LABELS)


@every_audit
def test_a_wrong_number_of_names_blames_the_columns_and_not_the_labels(audit):
    with pytest.raises(ShapeError, match=r"gives 10 columns of logits, but there are 2 class names \(dark, bright\)"):
        audit(ten, GREYS, np.arange(40) % 10)


@every_audit
def test_an_answer_that_is_no_number_is_refused_with_the_picture_and_the_answer(audit):
    def nowhere(images):
        logits = two(images)
        logits[images[:, 0, 0, 0] == 39, 0] = np.nan
        return logits

    with pytest.raises(ConvlensError, match=r"answer to picture 39 is not finite: \[nan, 39\]"):
        audit(nowhere, GREYS, LABELS)


@every_audit
def test_a_model_that_throws_dice_is_refused_with_both_answers(audit):
    dice = np.random.default_rng(0)
    with pytest.raises(ConvlensError, match="two answers, asked the same twice"):
        audit(lambda images: dice.normal(size=(len(images), 2)), GREYS, LABELS)


@every_audit
def test_a_model_is_tried_on_a_few_pictures_only(audit):
    many, asked = np.tile(GREYS, (10, 1, 1, 1)), []

    def counted(images):
        asked.append(len(images))
        return two(images)

    swept = audit(counted, many, np.tile(LABELS, 10))
    predictions = swept.labels_at.size + getattr(swept, "labels_drawn", LABELS[:0]).size
    assert predictions < sum(asked) <= predictions + 60


def test_a_model_that_was_tried_before_is_not_tried_again():
    asked = []

    def counted(images):
        asked.append(len(images))
        return two(images)

    swept = shift_audit(counted, GREYS, LABELS, radius=1, class_names=NAMES, tried=True)
    assert sum(asked) == swept.labels_at.size


def test_under_a_rule_that_resizes_the_model_is_tried_on_what_it_will_see():
    seen = set()

    def sized(images):
        seen.add(images.shape[1:3])
        return two(images)

    for border, side in (("canvas", 12), ("crop", 4)):
        seen.clear()
        shift_audit(sized, GREYS, LABELS, radius=2, border=border)
        assert seen == {(side, side)}


def test_one_picture_is_checked_likewise():
    with pytest.raises(ShapeError, match="looks like N×C×H×W"):
        probabilities_by_shift(two, GREYS[0].transpose(2, 0, 1), grid(1), border="zeros")
    with pytest.raises(ShapeError, match="got the torch module"):
        probabilities_by_shift(nn.Linear(2, 2), GREYS[0], grid(1), border="zeros")
