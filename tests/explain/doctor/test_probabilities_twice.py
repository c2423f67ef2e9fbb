import pytest
import torch
from torch import nn

from convlens.explain.doctor.patient import Patient
from convlens.explain.doctor.probabilities_twice import probabilities_twice
from convlens.models.networks import create

SHAPE = (1, 4, 4)


def ending_in(*layers):
    return nn.Sequential(nn.Flatten(), nn.Linear(16, 3), *layers)


@pytest.mark.parametrize(
    ("layer", "name"),
    [(nn.Softmax(1), "softmax"), (nn.Sigmoid(), "sigmoid"), (nn.LogSoftmax(1), "log_softmax")],
)
def test_a_network_that_ends_in_probabilities_is_told_to_end_in_logits(layer, name):
    network = ending_in(layer)
    (found,) = probabilities_twice(Patient(network, SHAPE))
    assert (found.kind, found.count, found.layer) == ("probabilities-twice", 1, "2")
    assert f"ends in {name} (layer '2')" in found.evidence
    assert found.recheck.count == 0
    assert network[2] is layer


def test_softmax_of_softmax_counts_both():
    (found,) = probabilities_twice(Patient(ending_in(nn.Softmax(1), nn.Dropout(), nn.Softmax(1)), SHAPE))
    assert (found.count, found.layer, found.recheck.count) == (2, "4, 2", 0)
    assert "softmax (layer '4') of softmax (layer '2')" in found.evidence


def test_a_function_is_left_to_the_reader():
    class Ends(nn.Module):
        def __init__(self):
            super().__init__()
            self.dense = nn.Linear(16, 3)

        def forward(self, x):
            return torch.softmax(self.dense(x.flatten(1)), 1)

    (found,) = probabilities_twice(Patient(Ends(), SHAPE))
    assert (found.layer, found.recheck.count) == ("softmax", None)
    assert "give back what goes into softmax" in found.recheck.said


def test_a_network_that_refuses_its_mended_copy_says_why():
    class Strict(nn.Module):
        def __init__(self):
            super().__init__()
            self.dense, self.softmax = nn.Linear(16, 3), nn.Softmax(1)

        def forward(self, x):
            if not isinstance(self.softmax, nn.Softmax):
                raise TypeError("a softmax is wanted")
            return self.softmax(self.dense(x.flatten(1)))

    (found,) = probabilities_twice(Patient(Strict(), SHAPE))
    assert (found.recheck.count, found.recheck.said) == (None, "not run: a softmax is wanted")


@pytest.mark.parametrize("name", ["cnn", "mlp", "steady"])
def test_networks_that_end_in_logits_have_no_such_finding(name):
    assert probabilities_twice(Patient(create(name), (1, 28, 28))) == ()


def test_a_sigmoid_within_is_none_at_the_end():
    assert probabilities_twice(Patient(ending_in(nn.Sigmoid(), nn.Linear(3, 2)), SHAPE)) == ()
    assert probabilities_twice(Patient(nn.Sequential(nn.Identity()), SHAPE)) == ()
