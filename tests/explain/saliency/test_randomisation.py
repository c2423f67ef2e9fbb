"""Weight randomisation: layers forget from the answer down, in a copy, by the seed."""

import torch
from torch import Tensor, nn

from convlens.explain.saliency.randomisation import randomised, weighted_layers
from convlens.models.networks import create

PICTURE = torch.zeros(1, 1, 28, 28)


def _last(network: nn.Module, layers: tuple[str, ...], seed: int) -> Tensor:
    *_, (name, forgotten) = randomised(network, layers, seed)
    return forgotten.get_submodule(name).get_parameter("weight")


def test_layers_stand_from_the_answer_back_to_the_picture() -> None:
    assert weighted_layers(create("cnn"), PICTURE) == ("dense2", "dense1", "conv2", "conv1")


def test_parts_that_do_not_run_come_last_and_the_network_itself_may_hold_weights() -> None:
    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.Parameter(torch.ones(1))
            self.unused = nn.Linear(3, 3)
            self.head = nn.Linear(784, 2)

        def forward(self, x: Tensor) -> Tensor:
            logits: Tensor = self.head(self.scale * x.flatten(1))
            return logits

    assert weighted_layers(Own(), PICTURE) == ("head", "", "unused")


def test_one_layer_after_another_forgets_and_the_network_itself_stays() -> None:
    network = create("cnn", seed=5)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    layers = weighted_layers(network, PICTURE)
    changed = []
    for name, forgotten in randomised(network, layers, 0):
        state = forgotten.state_dict()
        changed.append({one.rpartition(".")[0] for one in state if not torch.equal(state[one], before[one])})
        assert changed[-1] == set(layers[: layers.index(name) + 1])
    assert len(changed) == 4
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_the_seed_gives_the_weights_and_torch_draws_on_as_if_nothing_were() -> None:
    network = create("toy")
    layers = ("dense1", "conv1")
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    one, again, other = (_last(network, layers, seed) for seed in (0, 0, 1))
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


def test_a_layer_that_cannot_draw_anew_gets_its_own_weights_in_another_order() -> None:
    class Plain(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weights = nn.Parameter(torch.arange(784.0 * 2).view(784, 2))

        def forward(self, x: Tensor) -> Tensor:
            return x.flatten(1) @ self.weights

    network = Plain()
    ((name, forgotten),) = randomised(network, weighted_layers(network, PICTURE), 0)
    found = forgotten.get_parameter("weights")
    assert name == ""
    assert not torch.equal(found, network.weights)
    assert torch.equal(found.flatten().sort().values, network.weights.flatten())


def test_batch_norm_forgets_its_statistics_too() -> None:
    network = nn.Sequential(nn.BatchNorm2d(1), nn.Flatten(), nn.Linear(784, 2))
    network[0].running_mean.fill_(9)
    *_, (_, forgotten) = randomised(network, weighted_layers(network, PICTURE), 0)
    assert forgotten.get_submodule("0").running_mean.tolist() == [0]
