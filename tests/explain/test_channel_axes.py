import pytest
import torch
from torch import Tensor, nn

from convlens.errors import SettingsError
from convlens.explain.channel_axes import axes_of, shape_upright
from convlens.explain.layer_outputs import LayerOutput
from convlens.explain.recording import record


class Mixing(nn.Module):
    """Mixes the channels by a linear layer while they lie last, behind a step that can be followed or not."""

    def __init__(self, *, rolls: bool) -> None:
        super().__init__()
        self.rolls, self.dense, self.rest = rolls, nn.Linear(5, 5), nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        x = x.permute(0, 2, 3, 1)
        return self.rest(self.dense(x.roll(1, 1) if self.rolls else x))


class Network(nn.Module):
    def __init__(self, *, rolls: bool) -> None:
        super().__init__()
        self.first, self.mixing, self.last = nn.Conv2d(1, 5, 3), Mixing(rolls=rolls), nn.Conv2d(5, 2, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.mixing(self.first(x)).permute(0, 3, 1, 2))


PICTURE = torch.rand(1, 1, 9, 12)


def test_channels_lie_last_where_the_network_was_followed_there():
    recording = record(Network(rolls=False), PICTURE)
    assert axes_of(recording, "mixing") == axes_of(recording, "mixing.rest") == (1, 2, 0)
    assert axes_of(recording, "last") == (0, 1, 2)


@pytest.mark.parametrize("part", ["mixing", "mixing.dense", "mixing.rest"])
def test_behind_what_is_not_followed_nobody_knows_where_they_lie(part):
    with pytest.raises(SettingsError, match=f"where the channels of '{part}' lie is not known"):
        axes_of(record(Network(rolls=True), PICTURE), part)


def test_a_convolution_has_its_channels_first_whatever_lies_before_it():
    recording = record(Network(rolls=True), PICTURE)
    assert axes_of(recording, "first") == axes_of(recording, "last") == (0, 1, 2)


def test_without_layers_along_a_last_axis_channels_are_first_behind_unknown_steps_too():
    class Rolled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rest = nn.Identity()

        def forward(self, x: Tensor) -> Tensor:
            return self.rest(x.roll(1, 3))

    assert axes_of(record(Rolled(), PICTURE), "rest") == (0, 1, 2)


def test_a_shape_with_its_channels_first():
    assert shape_upright(LayerOutput("part", 0, (2, 9, 12, 5)), (1, 2, 0)) == (5, 9, 12)
