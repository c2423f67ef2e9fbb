from dataclasses import replace

import pytest
import torch
from torch import nn

from convlens.explain.doctor.finding import NotChecked
from convlens.explain.doctor.head_and_loss import head_and_loss
from convlens.explain.doctor.patient import Patient
from convlens.models.card import Card
from convlens.models.networks import create

CARD = Card("own", ("a", "b", "c"), (4, 4), 1, "softmax", (0.0,), (1.0,))


def patient(outputs, card=CARD):
    return Patient(nn.Sequential(nn.Flatten(), nn.Linear(16, outputs)), (1, 4, 4), card)


@pytest.mark.parametrize(
    ("outputs", "head", "classes", "count", "told"),
    [
        (1000, "softmax", 3, 997, "1000 outputs for 3 classes: those beyond"),
        (2, "softmax", 3, 1, "the loss has no output for the last ones"),
        (1, "softmax", 3, 2, "the softmax of a single number is always 1"),
        (2, "sigmoid", 2, 1, "want one for the second of 2 classes"),
    ],
)
def test_outputs_that_do_not_fit_the_classes_are_counted_and_mended(outputs, head, classes, count, told):
    card = replace(CARD, head=head, class_names=("a", "b", "c")[:classes])
    (found,) = head_and_loss(patient(outputs, card))
    assert (found.kind, found.count, found.layer) == ("head-and-loss", count, "1")
    assert told in found.evidence
    assert found.recheck.count == 0


def test_outputs_that_fit_are_no_finding():
    assert head_and_loss(patient(3)) == ()
    assert head_and_loss(Patient(create("toy"), (1, 4, 4), replace(CARD, head="sigmoid", class_names=("a", "b")))) == ()


def test_a_map_of_answers_is_no_row_of_logits():
    (found,) = head_and_loss(Patient(nn.Sequential(nn.Conv2d(1, 3, 3)), (1, 4, 4), CARD))
    assert (found.layer, found.recheck.count) == ("0", None)
    assert "3×2×2 numbers" in found.evidence


def test_without_classes_nothing_is_said():
    assert isinstance(head_and_loss(patient(7, None)), NotChecked)
    assert head_and_loss(patient(1, None)) == ()


def test_a_head_that_no_layer_holds_is_left_to_the_reader():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(2, 16))

        def forward(self, x):
            return nn.functional.linear(x.flatten(1), self.weight)

    (found,) = head_and_loss(Patient(Own(), (1, 4, 4), CARD))
    assert found.recheck.count is None
    assert found.recheck.said.startswith("not run")


def test_the_last_map_may_be_the_head():
    network = nn.Sequential(nn.Conv2d(1, 2, 3, bias=False), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    (found,) = head_and_loss(Patient(network, (1, 4, 4), CARD))
    assert (found.layer, found.recheck.count) == ("0", 0)


def test_a_network_without_weights_is_named_by_its_last_step():
    network = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    (found,) = head_and_loss(Patient(network, (1, 4, 4), CARD))
    assert (found.layer, found.count, found.recheck.count) == ("1", 2, None)
