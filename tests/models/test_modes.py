import torch
from torch import nn

from convlens.models.modes import device_of, evaluating


def test_evaluating_reaches_every_part_and_a_shared_part_is_restored_too():
    shared = nn.Dropout()
    module = nn.Sequential(shared, nn.Sequential(shared, nn.ReLU()))
    with evaluating(module):
        assert not any(part.training for part in module.modules())
    assert all(part.training for part in module.modules())


def test_a_network_without_weights_is_where_it_is_said_to_be():
    assert device_of(nn.ReLU()) == torch.device("cpu")
    assert device_of(nn.ReLU(), "meta") == torch.device("meta")
    assert device_of(nn.Linear(1, 1, device="meta")) == torch.device("meta")
