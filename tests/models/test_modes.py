from torch import nn

from convlens.models.modes import evaluating


def test_evaluating_reaches_every_part_and_a_shared_part_is_restored_too():
    shared = nn.Dropout()
    module = nn.Sequential(shared, nn.Sequential(shared, nn.ReLU()))
    with evaluating(module):
        assert not any(part.training for part in module.modules())
    assert all(part.training for part in module.modules())
