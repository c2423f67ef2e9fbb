import pytest
import torch
from torch import nn

from convlens.models.layers import PolyphaseSampling
from convlens.models.sweeping.rules import POINTWISE, NotSharedError, known, steps_of


@pytest.mark.parametrize("kind", POINTWISE, ids=lambda kind: kind.__name__)
def test_a_pointwise_layer_gives_each_pixel_the_same_wherever_it_stands(kind):
    settings = {nn.Threshold: (0.1, 3.0), nn.LocalResponseNorm: (2,)}
    layer = kind(*settings.get(kind, ())).eval()
    maps = torch.randn(2, 3, 5, 6)
    (step,) = steps_of(layer, (5, 6))
    assert (step.kernel, step.stride) == ((1, 1), (1, 1))
    whole = layer(maps.clone())
    assert torch.allclose(step.run(maps[:, :, 1:4, 2:].clone()), whole[:, :, 1:4, 2:])


class Renamed(nn.Conv2d):
    pass


class Padding(nn.Conv2d):
    def _conv_forward(self, tensors, weight, bias):
        return super()._conv_forward(nn.functional.pad(tensors, (1, 1, 1, 1)), weight, bias)


class Doubled(nn.ReLU):
    def forward(self, tensors):
        return 2 * super().forward(tensors)


def test_a_class_of_the_users_own_counts_as_what_it_inherits_from_only_if_it_computes_the_same():
    assert known(Renamed(1, 1, 3)) is nn.Conv2d
    assert known(Padding(1, 1, 3)) is None
    assert known(Doubled()) is None
    assert known(nn.Linear(1, 1)) is None


def test_a_weight_that_is_computed_at_each_call_is_computed_at_each_call():
    layer = nn.utils.parametrizations.weight_norm(nn.Conv2d(1, 2, 3))
    (step,) = steps_of(layer, (5, 5))
    maps = torch.randn(1, 1, 5, 5)
    assert torch.equal(step.run(maps), layer(maps))


@pytest.mark.parametrize(
    ("layer", "kernel", "stride"),
    [
        (nn.Conv2d(1, 1, (3, 2), 2, dilation=(2, 1)), (5, 2), (2, 2)),
        (nn.Conv2d(1, 1, 3, padding="valid"), (3, 3), (1, 1)),
        (nn.Conv2d(1, 1, 1, padding="same"), (1, 1), (1, 1)),
        (nn.AvgPool2d(2, divisor_override=3), (2, 2), (2, 2)),
        (nn.AdaptiveAvgPool2d(1), (6, 8), (1, 1)),
        (nn.AdaptiveMaxPool2d((1, None)), (6, 1), (6, 1)),
    ],
    ids=str,
)
def test_what_a_cell_is_computed_from_by_hand(layer, kernel, stride):
    step = steps_of(layer, (6, 8))[0]
    assert (step.kernel, step.stride) == (kernel, stride)


@pytest.mark.parametrize(
    ("layer", "why"),
    [
        (nn.Conv2d(1, 1, 3, padding="same"), "pads its input .zeros."),
        (nn.Conv2d(1, 1, 3, padding=1, padding_mode="reflect"), "pads its input .reflect."),
        (nn.Conv2d(1, 1, 7), "is larger than its input of 6×6 cells"),
        (nn.AvgPool2d(2, padding=1), "pads its input .zeros."),
        (nn.MaxPool2d(4, 4, ceil_mode=True), "looks over the picture's edge"),
        (nn.MaxPool2d(2, return_indices=True), "gives places besides values"),
        (nn.AdaptiveMaxPool2d(1, return_indices=True), "gives places besides values"),
        (nn.AdaptiveAvgPool2d((2, 4)), "divides 6×6 cells into 2×4 uneven parts"),
        (nn.InstanceNorm2d(1), "takes statistics over the whole picture"),
        (PolyphaseSampling(1, padding="valid"), "chooses its grid by the whole picture"),
        (nn.PixelShuffle(2), "PixelShuffle is no layer of which the sweep knows"),
    ],
    ids=str,
)
def test_why_a_layer_is_not_shared(layer, why):
    with pytest.raises(NotSharedError, match=why):
        steps_of(layer, (6, 6))


def test_a_pool_whose_last_window_just_fits_may_round_up():
    assert steps_of(nn.MaxPool2d(2, ceil_mode=True), (6, 6)) != ()
