import torch
from torch import nn

from convlens.models.branches import beside_others


class Paths(nn.Module):
    """First a, then b beside c, then d."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.c, self.d = (nn.Conv2d(1, 1, 1) for _ in range(4))

    def forward(self, maps):
        count = maps.shape[0]
        maps = self.a(maps)
        return self.d(self.b(maps) + self.c(maps)).reshape(count, -1)


class Deciding(nn.Module):
    """Goes where the pixels say."""

    def __init__(self):
        super().__init__()
        self.a = nn.ReLU()

    def forward(self, maps):
        return self.a(maps) if maps.sum() > 0 else -maps


def test_layers_on_parallel_ways_are_beside_others():
    assert beside_others(Paths()) == {"b", "c"}


def test_a_chain_has_none():
    assert beside_others(nn.Sequential(nn.Conv2d(1, 1, 1), nn.Sequential(nn.ReLU(), nn.Flatten()))) == frozenset()


def test_names_go_down_into_the_parts():
    assert beside_others(nn.Sequential(Paths(), nn.Flatten())) == {"0.b", "0.c"}


def test_ways_that_depend_on_the_pixels_cannot_be_followed():
    assert beside_others(nn.Sequential(nn.ReLU(), Deciding())) is None
    assert Deciding()(-torch.ones(1)) == 1
