"""Receptive fields in closed form: published numbers, and a probe that knows nothing of formulas."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from convlens.explain.fields import every_field
from convlens.explain.geometry import fields
from convlens.explain.recording import blank
from convlens.models.networks import create

from .test_fields import a_network


def field_of(network: nn.Module, name: str, channels: int, *size: int):
    recording = blank(network, channels, size)
    return fields(recording)[recording.place(name)]


def shapes_of(timm, name: str) -> nn.Module:
    """Give a network without numbers: a field in closed form wants none."""
    with torch.device("meta"):
        return timm.create_model(name)


def published(network: nn.Module, name: str, channels: int, *size: int) -> tuple[int, int, int]:
    """Give size, effective stride and effective padding, as Araujo et al. tell them."""
    field = field_of(network, name, channels, *size)
    assert len(set(field.size)) == len(set(field.jump)) == len(set(field.centre)) == 1
    return field.size[0], field.jump[0], (field.size[0] - 1) / 2 - field.centre[0]


def test_vgg_16_as_published():
    layers: list[nn.Module] = []
    for convolutions in (2, 2, 3, 3, 3):
        layers += [nn.Conv2d(1, 1, 3, padding=1) for _ in range(convolutions)] + [nn.MaxPool2d(2)]
    assert published(nn.Sequential(*layers), "17", 1, 224, 224) == (212, 32, 90)


def test_alexnet_as_published():
    """The second version, as its authors of the published number have it: no padding in the first layers and pools."""
    network = nn.Sequential(
        nn.Conv2d(3, 64, 11, 4),
        nn.MaxPool2d(3, 2),
        nn.Conv2d(64, 192, 5, padding="same"),
        nn.MaxPool2d(3, 2),
        *(nn.Conv2d(192, 192, 3, padding="same", groups=32) for _ in range(3)),
        nn.MaxPool2d(3, 2),
    )
    assert published(network, "7", 3, 224, 224) == (195, 32, 64)


def test_resnet_50_as_published(timm):
    """The first version strides in a block's first convolution, and its pool pads below and to the right alone."""
    network = shapes_of(timm, "resnet50")
    network.maxpool = nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.MaxPool2d(3, 2))
    for stage in (network.layer2, network.layer3, network.layer4):
        stage[0].conv1.stride, stage[0].conv2.stride = (2, 2), (1, 1)
    assert published(network, "layer4.2.act3", 3, 96, 96) == (483, 32, 239)


def test_inception_v3_as_published(timm):
    assert published(shapes_of(timm, "inception_v3"), "Mixed_7c.cat_3", 3, 299, 299) == (1311, 32, 618)


def test_convnext_by_sums(timm):
    """A stem of 4, blocks with windows of 7, and windows of 2 between the stages of 3, 3, 9 and 3 blocks."""
    field = field_of(shapes_of(timm, "convnext_tiny"), "stages.3.blocks.2.add", 3, 64, 64)
    size = 4 + 3 * 6 * 4 + 4 + 3 * 6 * 8 + 8 + 9 * 6 * 16 + 16 + 3 * 6 * 32
    assert (field.size, field.jump) == ((size, size), (32, 32))


@pytest.mark.parametrize(("name", "size"), [("resnet18", 435), ("resnet50", 427)])
def test_networks_that_stride_within_blocks_by_sums(timm, name, size):
    """11 after the pool, and 2 · jump more for each convolution of 3 that stands before a stride or beside none.

    For resnet18 4·(2·4) + (2·4 + 3·(2·8)) + (2·8 + 3·(2·16)) + (2·16 + 3·(2·32)) = 32 + 56 + 112 + 224 = 435 − 11.
    """
    field = field_of(shapes_of(timm, name), "layer4.1.add" if name == "resnet18" else "layer4.2.add", 3, 64, 64)
    assert (field.size, field.jump) == ((size, size), (32, 32))


def test_the_chapters_network_by_hand():
    recording = blank(create("cnn"), 1, (28, 28))
    told = {
        step.name: (field.size[0], field.jump[0], field.centre[0])
        for step, field in zip(recording.steps, fields(recording), strict=True)
    }
    assert told["conv1"] == (3, 1, 1)
    assert told["pool1"] == told["relu1"] == (4, 2, 1.5)
    assert told["conv2"] == (8, 2, 3.5)
    assert told["pool2"] == told["relu2"] == told["flatten"] == (10, 4, 4.5)
    assert told["dense1"] == told["dense2"] == (26, None, 12.5)  # of 28: the last two rows are never looked at


def test_the_whole_map_is_cut_off_at_every_layer():
    """5 rows pooled to 2: a convolution with padding after it claims row 4 in closed form, and cannot see it."""
    network = nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(1, 1, 3, padding=1), nn.Flatten(), nn.Linear(4, 1))
    recording = blank(network, 1, (5, 5))
    claimed, whole = (fields(recording)[at] for at in (1, 3))
    assert (claimed.size, claimed.jump, claimed.centre) == ((6, 6), (2, 2), (0.5, 0.5))
    assert (whole.size, whole.jump, whole.centre) == ((4, 4), (None, None), (1.5, 1.5))


def test_axes_have_their_own_numbers():
    field = field_of(
        nn.Sequential(nn.Conv2d(1, 1, (1, 5), (2, 1), dilation=(1, 2)), nn.AvgPool2d((2, 1))), "1", 1, 9, 12
    )
    assert (field.size, field.jump, field.centre) == ((3, 9), (4, 1), (1.0, 4.0))


@pytest.mark.parametrize(
    ("layer", "told"),
    [
        (nn.AdaptiveAvgPool2d((4, 6)), ((3, 2), (3, 2), (1.0, 0.5))),
        (nn.AdaptiveAvgPool2d(1), ((12, 12), (None, None), (5.5, 5.5))),
        (nn.AdaptiveMaxPool2d((1, 12)), ((12, 1), (None, 1), (5.5, 0.0))),
        (nn.ZeroPad2d((1, 0, -2, 3)), ((1, 1), (1, 1), (2.0, -1.0))),
        (nn.AdaptiveAvgPool2d(5), None),
        (nn.Upsample(scale_factor=2), None),
        (nn.Upsample(scale_factor=0.5, mode="bilinear"), ((2, 2), (2, 2), (0.5, 0.5))),  # between rows 2k and 2k + 1
        (nn.Upsample(scale_factor=0.25, mode="nearest-exact"), ((1, 1), (4, 4), (2.0, 2.0))),
        (nn.ConvTranspose2d(1, 1, 3), ((3, 3), (1, 1), (-1.0, -1.0))),
        (nn.ConvTranspose2d(1, 1, (3, 1), padding=(1, 0), dilation=2), ((5, 1), (1, 1), (-1.0, 0.0))),
        (nn.ConvTranspose2d(1, 1, 4, 2), None),
        (nn.InstanceNorm2d(1), ((12, 12), (None, None), (5.5, 5.5))),
        (nn.Sequential(nn.AvgPool2d(12), nn.Upsample(scale_factor=3)), ((12, 12), (None, None), (5.5, 5.5))),
        (nn.Sequential(nn.AvgPool2d(12), nn.Flatten(), nn.Unflatten(1, (1, 1, 1))), ((12, 12), (12, 12), (5.5, 5.5))),
        (nn.Sequential(nn.Flatten(), nn.Unflatten(1, (1, 12, 12))), None),
        (nn.Sequential(nn.InstanceNorm2d(1), nn.ConvTranspose2d(1, 1, 2, 2)), ((12, 12), (None, None), (5.5, 5.5))),
        (nn.Sequential(nn.InstanceNorm2d(1), nn.ConvTranspose2d(1, 1, 1, 2)), None),  # every second reads nothing
        (nn.LayerNorm(12), ((1, 12), (1, None), (0.0, 5.5))),
    ],
    ids=str,
)
def test_pools_to_a_size_and_padding_by_hand(layer, told):
    field = field_of(nn.Sequential(layer, nn.ReLU()), "1", 1, 12, 12)
    assert (field and (field.size, field.jump, field.centre)) == told


class Two(nn.Module):
    def __init__(self, first: nn.Module, second: nn.Module, *, joined: bool = False) -> None:
        super().__init__()
        self.first, self.second, self.joined = first, second, joined

    def forward(self, x: Tensor) -> Tensor:
        one, other = self.first(x), self.second(x)
        return torch.cat([one, other], 1) if self.joined else one * other


@pytest.mark.parametrize("joined", [False, True])
def test_two_ways_that_move_together_are_spanned(joined):
    network = Two(nn.Conv2d(1, 1, 3, 2, padding=1), nn.AvgPool2d(2, 2), joined=joined)
    field = field_of(network, "cat" if joined else "mul", 1, 8, 8)
    assert (field.size, field.jump, field.centre) == ((3, 3), (2, 2), (0.0, 0.0))
    wider = field_of(Two(nn.Conv2d(1, 1, 1, 2), nn.AvgPool2d(2, 2), joined=joined), "cat" if joined else "mul", 1, 8, 8)
    assert (wider.size, wider.centre) == ((2, 2), (0.5, 0.5))


def test_ways_that_move_at_their_own_pace_have_no_one_field():
    slow = nn.Sequential(nn.AvgPool2d(2), nn.ZeroPad2d((0, 4, 0, 4)))
    assert field_of(Two(nn.ReLU(), slow), "mul", 1, 8, 8) is None
    assert field_of(Two(nn.AdaptiveAvgPool2d(5), nn.Conv2d(1, 1, 4)), "mul", 1, 8, 8) is None


@pytest.mark.parametrize("pool", [nn.AdaptiveAvgPool2d(1), nn.AvgPool2d(8)])
def test_a_squeezed_factor_sees_the_whole_picture(pool):
    field = field_of(nn.Sequential(Two(nn.Conv2d(1, 1, 3, padding=1), pool), nn.MaxPool2d(2)), "1", 1, 8, 8)
    assert (field.size, field.jump) == ((8, 8), (None, None))


def test_what_comes_after_an_unknown_step_is_unknown():
    recording = blank(nn.Sequential(nn.Conv2d(1, 4, 3), nn.Softmax2d(), nn.ReLU(), nn.Flatten()), 1, (6, 6))
    assert [field is None for field in fields(recording)] == [False, True, True, True]


def test_what_is_taken_from_all_of_an_uneven_map_sees_all_that_it_sees():
    ending = nn.Sequential(nn.Upsample(scale_factor=2), nn.AdaptiveAvgPool2d(1))
    field = field_of(nn.Sequential(nn.Conv2d(1, 1, 3, 2), ending), "1.1", 1, 8, 8)  # the last row is not read
    assert (field.size, field.jump, field.centre) == ((7, 7), (None, None), (3.0, 3.0))


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("tens", range(8))
def test_no_number_of_a_random_network_sees_beyond_its_field_in_closed_form(tens):
    """What all units share they see to its last row; what moves with them is cut to the maps on the way."""
    told = 0
    for seed in range(10 * tens, 10 * tens + 10):
        network, shape = a_network(seed)
        if any(getattr(part, "padding_mode", "zeros") in ("circular", "reflect") for part in network.modules()):
            continue  # it sees what lies elsewhere
        recording = blank(network, shape[0], shape[1:])
        for place, reach in enumerate(fields(recording)):
            for field in every_field(recording, place) if reach else ():
                if field.count:
                    told += require_inside(reach, field)
    assert told > 300


def require_inside(reach, field) -> int:
    """Hold a field in closed form against the exact one, along both axes; give how many could be."""
    checked = 0
    for axis in (0, 1):
        rows = np.flatnonzero(field.pixels.any(axis=1 - axis))
        size, jump, centre = reach.size[axis], reach.jump[axis], reach.centre[axis]
        first = centre - (size - 1) / 2
        if jump is None:
            assert (rows[0], rows[-1]) == (first, first + size - 1), (field.layer, field.unit)
        elif len(field.unit) == 3:
            first += field.unit[1 + axis] * jump
            assert first <= rows[0] <= rows[-1] <= first + size - 1, (field.layer, field.unit)
        else:
            continue
        checked += 1
    return checked


@pytest.mark.parametrize("seed", range(15))
def test_a_probe_sees_the_same_span(seed):
    """A row of NaN reaches exactly those units that read it: the unit in the middle tells the first and the last."""
    draw = np.random.default_rng(seed)
    layers: list[nn.Module] = []
    for _ in range(4):
        kernel, stride, dilation = (int(draw.integers(*span)) for span in ((1, 4), (1, 3), (1, 3)))
        layers.append(
            [
                nn.Conv2d(1, 1, kernel, stride, kernel // 2, dilation),
                nn.MaxPool2d(kernel, stride, kernel // 2, dilation),
                nn.AvgPool2d(kernel, stride, kernel // 2, ceil_mode=True),
                nn.Sequential(nn.ZeroPad2d((0, 0, int(draw.integers(-1, 3)), 1)), nn.ReLU()),
            ][int(draw.integers(4))]
        )
    network = nn.Sequential(*layers).eval()
    side = 120
    recording = blank(network, 1, (side, 3 * side))
    unit = recording.steps[-1].output_shape[1] // 2
    images = torch.zeros(side, 1, side, 3 * side)
    images[range(side), 0, range(side)] = torch.nan
    with torch.no_grad():
        hit = network(images)[:, 0, unit].isnan().any(1)
    field = fields(recording)[-1]
    first = unit * field.jump[0] + field.centre[0] - (field.size[0] - 1) / 2
    seen = np.flatnonzero(hit.numpy())
    assert (seen[0], seen[-1]) == (first, first + field.size[0] - 1)
