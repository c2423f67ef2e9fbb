import torch
from torch import nn

from convlens.explain.doctor.duplicate_filters import duplicate_filters, repeated_filters
from convlens.explain.doctor.patient import Patient
from convlens.models.networks import create


def test_a_filter_of_double_strength_repeats_the_first():
    network = create("cnn")
    with torch.no_grad():
        network.conv1.weight[7] = 2 * network.conv1.weight[3]
        network.conv1.bias[7] = 2 * network.conv1.bias[3]
    (found,) = duplicate_filters(Patient(network, (1, 28, 28)))
    assert (found.kind, found.count, found.layer) == ("duplicate-filters", 1, "conv1")
    assert "7 repeats 3 times 2" in found.evidence
    assert "1 of them with the bias too" in found.evidence
    assert found.recheck.count == 0
    assert torch.equal(network.conv1.weight[7], 2 * network.conv1.weight[3])


def test_drawn_weights_repeat_nothing():
    for name in ("cnn", "mlp", "steady"):
        assert list(duplicate_filters(Patient(create(name), (1, 28, 28)))) == []


def test_a_filter_turned_negative_is_another_one():
    assert repeated_filters(torch.tensor([[1.0, 2.0], [-1.0, -2.0]])) == {}


def test_every_copy_repeats_the_earliest():
    weight = torch.tensor([[1.0, 2.0], [3.0, 1.0], [2.0, 4.0], [0.5, 1.0]])
    assert repeated_filters(weight) == {2: 0, 3: 0}


def test_filters_of_different_groups_read_different_channels_and_are_not_compared():
    weight = torch.ones(4, 1, 3, 3)
    assert repeated_filters(weight, groups=4) == {}
    assert repeated_filters(weight, groups=2) == {1: 0, 3: 2}


def test_a_single_weight_counts_with_its_bias():
    weight = torch.tensor([[1.0], [2.0], [3.0]])
    assert repeated_filters(weight) == {}
    assert repeated_filters(weight, torch.tensor([1.0, 2.0, 5.0])) == {1: 0}


def test_filters_of_zeros_are_all_the_same():
    network = nn.Sequential(nn.Flatten(), nn.Linear(4, 3))
    with torch.no_grad():
        network[1].weight[[0, 2]] = 0
    (found,) = duplicate_filters(Patient(network, (1, 2, 2)))
    assert "2 repeats 0 (all weights 0)" in found.evidence


def test_a_layer_that_runs_twice_is_told_once():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(4, 4)

        def forward(self, x):
            return self.layer(self.layer(x.flatten(1)))

    network = Twice()
    with torch.no_grad():
        network.layer.weight[1] = network.layer.weight[0]
    (found,) = duplicate_filters(Patient(network, (1, 2, 2)))
    assert (found.layer, found.count) == ("layer", 1)


def test_weights_that_no_layer_holds_are_found_and_left_to_the_reader():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(2, 4))

        def forward(self, x):
            return nn.functional.linear(x.flatten(1), self.weight)

    (found,) = duplicate_filters(Patient(Own(), (1, 2, 2)))
    assert (found.count, found.recheck.count) == (1, None)
