import numpy as np
import pytest
import torch
from torch import nn

from convlens.data.xo import letters
from convlens.explain.doctor.dead_filters import dead_filters, never_above_zero
from convlens.explain.doctor.finding import NotChecked
from convlens.explain.doctor.patient import Patient
from convlens.explain.doctor.weights import owner, redrawn
from convlens.explain.recording import blank
from convlens.models.networks import create


@pytest.fixture(scope="module")
def images():
    return letters(0, np.arange(40))[0]


def patient(network, images, trained=True):
    return Patient(network, (1, *images.shape[1:3]), images=images, data="drawn letters", trained=trained)


def test_filters_with_a_bias_far_below_zero_are_dead_and_live_again_when_drawn_anew(images):
    network = create("cnn", size=images.shape[1])
    with torch.no_grad():
        network.conv1.bias[[3, 9]] = -100
    found = dead_filters(patient(network, images))[0]
    assert (found.kind, found.layer) == ("dead-filters", "conv1")
    assert found.count >= 2
    assert "of 64 filters of conv1" in found.evidence
    assert "on 40 pictures of drawn letters" in found.evidence
    assert found.recheck.count == 0
    assert network.conv1.bias[3].item() == -100


def test_it_counts_what_a_plain_pass_counts(images):
    network = create("cnn", size=images.shape[1]).eval()
    hook_seen = {}
    for name in ("relu1", "relu2", "relu3"):
        network.get_submodule(name).register_forward_hook(lambda _, __, out, name=name: hook_seen.update({name: out}))
    asked = patient(network, images)
    with torch.no_grad():
        network(asked.entering(images))
    dead = never_above_zero(asked)
    for relu, layer in {"relu1": "conv1", "relu2": "conv2", "relu3": "dense1"}.items():
        value = hook_seen[relu]
        axes = (0, 2, 3) if value.ndim == 4 else (0,)
        assert np.array_equal(dead[layer], (value.amax(axes) == 0).numpy())


def test_a_filter_that_fires_once_in_all_batches_lives(images):
    network = nn.Sequential(nn.Flatten(), nn.Linear(images[0].size, 2), nn.ReLU(), nn.Linear(2, 2))
    with torch.no_grad():
        network[1].weight.zero_()
        network[1].bias[:] = torch.tensor([0.0, 1.0])
    assert {name: mask.tolist() for name, mask in never_above_zero(patient(network, images)).items()} == {
        "1": [True, False]
    }


def test_weights_that_were_never_trained_are_not_blamed(images):
    network = nn.Sequential(nn.Flatten(), nn.Linear(images[0].size, 1), nn.ReLU())
    with torch.no_grad():
        network[1].weight.zero_()
        network[1].bias.fill_(-1)
    (found,) = dead_filters(patient(network, images, trained=False))
    assert found.remedy.startswith("look again after training")
    assert "1 of 1 units of layer '1' (0)" in found.evidence


def test_a_channel_where_branches_meet_is_named_by_its_step(images):
    class Sum(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.other = nn.Conv2d(1, 2, 1), nn.Conv2d(1, 2, 1)

        def forward(self, x):
            return torch.relu(self.one(x) + self.other(x)).mean((2, 3))

    network = Sum()
    with torch.no_grad():
        for layer in (network.one, network.other):
            layer.weight.zero_()
            layer.bias.fill_(-1)
    (found,) = dead_filters(patient(network, images))
    assert (found.layer, found.count, found.recheck.count) == ("relu", 2, None)


def test_without_pictures_nothing_is_said():
    told = dead_filters(Patient(create("cnn"), (1, 28, 28)))
    assert isinstance(told, NotChecked)
    assert "--data" in told.why


def test_a_relu_belongs_to_the_layer_before_the_pool_and_the_normalisation():
    recording = blank(create("steady"), 1, (28, 28))
    assert owner(recording, recording.place("relu2")) == "conv2"


def test_only_layers_with_filters_are_drawn_anew():
    network = create("cnn")
    assert not redrawn(network, "relu1", np.ones(64, bool))
    assert redrawn(network, "conv1", np.ones(64, bool))
    assert network.conv1.weight.std().item() == pytest.approx((2 / 9) ** 0.5, rel=0.2)
