"""A forward pass by hand, and what is refused."""

import numpy as np
import pytest
import torch
from torch import nn

from convlens.errors import SettingsError, ShapeError, UnknownNameError
from convlens.explain import trace
from convlens.models import Card, Classifier, create

CARD = Card("cnn", tuple("abcdefghij"), (28, 28), 1, "softmax", (0.0,), (1.0,))
IMAGE = torch.rand(1, 1, 28, 28, generator=torch.Generator().manual_seed(3))


def toy_by_hand():
    """Give a toy network with small whole weights, and the picture 1 to 16."""
    network = create("toy")
    network.conv1.weight.data = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, -1]]).reshape(1, 1, 3, 3)
    network.conv1.bias.data.fill_(2.0)
    network.dense1.weight.data.fill_(-0.5)
    network.dense1.bias.data.fill_(1.5)
    return network, torch.arange(1.0, 17).reshape(1, 4, 4)


def test_toy_by_hand():
    # rows of the picture are 1 2 3 4, 5 6 7 8, …: 1 + 6 − 11 + 2 = −2, and one more with each step to the right,
    # four with each step down
    card = Card("toy", ("o", "x"), (4, 4), 1, "sigmoid", (0.0,), (1.0,))
    network, image = toy_by_hand()
    followed = trace(Classifier(network, card), image)
    values = {step.name: step.value.ravel().tolist() for step in followed.steps}
    assert values.pop("sigmoid") == pytest.approx([1 / (1 + np.exp(0.0))])
    assert values == {
        "conv1": [-2, -1, 2, 3], "pool1": [3], "relu1": [3], "flatten": [3], "dense1": [0],
    }  # fmt: skip
    assert followed.steps[followed.output].name == "sigmoid"
    assert followed.difference == 0.0


def test_with_a_card_the_last_step_is_the_probabilities():
    followed = trace(Classifier(create("cnn"), CARD), IMAGE)
    answer = followed.steps[followed.output]
    assert (answer.name, answer.value.sum()) == ("softmax", pytest.approx(1.0))
    logits = followed.step("dense2").value
    assert followed.unit("softmax", 4).arithmetic.inputs.tolist() == logits.tolist()
    assert followed.unit("dense2", 4).then[0].layer == "softmax"
    assert "softmax" not in [step.name for step in trace(create("cnn"), IMAGE).steps]


def test_a_network_with_a_step_of_that_name_keeps_it_apart_from_the_probabilities():
    class Softmaxed(nn.Module):
        def __init__(self):
            super().__init__()
            self.softmax = nn.Softmax(1)

        def forward(self, x):
            return self.softmax(x.flatten(1))

    card = Card("mine", ("a", "b", "c", "d"), (2, 2), 1, "softmax", (0.0,), (1.0,))
    followed = trace(Classifier(Softmaxed(), card), torch.rand(1, 2, 2))
    assert [step.name for step in followed.steps][-2:] == ["softmax", "softmax of the answer"]


@pytest.mark.parametrize("as_", [lambda x: x, lambda x: x[0], lambda x: x.numpy(), lambda x: x.double()])
def test_a_picture_comes_with_or_without_its_batch_axis_as_tensor_or_array(as_):
    followed = trace(create("cnn"), as_(IMAGE))
    assert followed.image.tolist() == IMAGE[0].double().tolist()
    assert followed.dtype == "float32"


def test_a_network_in_training_mode_is_followed_as_it_is_used_and_left_as_it_was():
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout()).train()
    followed = trace(network, IMAGE)
    assert followed.difference < 1e-5
    assert network.training
    assert network[1].num_batches_tracked == 0


def test_a_trace_stays_what_it_is_while_the_network_is_trained_further():
    network = nn.Sequential(nn.Conv2d(1, 1, 3, bias=False)).double()
    followed = trace(network, IMAGE)
    before = followed.step("0").value.copy()
    with torch.no_grad():
        network[0].weight.zero_()
    assert (followed.step("0").value == before).all()
    assert followed.unit("0", 0, 3, 3).arithmetic.total == pytest.approx(before[0, 3, 3], rel=1e-12)


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ((28, 28), "one picture is wanted, C×H×W or 1×C×H×W; got the shape 28×28"),
        ((2, 1, 28, 28), "got the shape 2×1×28×28"),
        ((1, 28, 28, 1), "N×C×H×W is wanted with 1 channel, and 1×28×28×1 looks like N×H×W×C"),
        ((28, 28, 1), "C×H×W is wanted with 1 channel, and 28×28×1 looks like H×W×C"),
        ((3, 28, 28), "the network reads 1 channel, and the picture 3×28×28 has 3"),
    ],
)
@pytest.mark.parametrize("with_card", [False, True])
def test_pictures_of_other_shapes_are_refused(shape, told, with_card):
    network = create("cnn")
    with pytest.raises(ShapeError) as error:
        trace(Classifier(network, CARD) if with_card else network, torch.zeros(shape))
    assert told in str(error.value)


def test_a_picture_of_another_size_is_refused_with_both_sizes():
    with pytest.raises(ShapeError, match="reads pictures of 28×28 pixels, and this one has 32×30; resize it first"):
        trace(Classifier(create("cnn"), CARD), torch.zeros(1, 32, 30))
    with pytest.raises(ShapeError, match="cannot read a picture of 1×32×30"):
        trace(create("cnn"), torch.zeros(1, 32, 30))


class Sorted(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)

    def forward(self, x):
        return self.conv(x).sort(-1).values


def test_a_network_that_cannot_be_followed_is_refused_with_what_and_where():
    with pytest.raises(SettingsError, match="cannot be followed by hand: sort: it is none of the operations"):
        trace(Sorted(), IMAGE)
    with pytest.raises(SettingsError, match=r"by hand: sample1 \(PolyphaseSampling\): which of the grids"):
        trace(create("cnn[pool=aps]"), IMAGE)
    with pytest.raises(SettingsError, match=r"by hand: layer '1' \(selu\): it is none of the operations"):
        trace(nn.Sequential(nn.Conv2d(1, 1, 3), nn.SELU()), IMAGE)


def test_how_far_a_network_can_be_followed_is_said_and_true():
    told = r"units before it can still be traced, up to 'conv' \(`--unit conv:0,0,0`, in Python until='conv'\)$"
    with pytest.raises(SettingsError, match=told):
        trace(Sorted(), IMAGE)
    assert trace(Sorted(), IMAGE, until="conv").unit("conv", 0, 0, 0).layer == "conv"
    with pytest.raises(SettingsError, match=r"operations that can be followed$"):
        trace(nn.Sequential(nn.LPPool2d(2, 2), nn.ReLU()), IMAGE)


class Aside(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.relu = nn.Conv2d(1, 2, 3), nn.ReLU()

    def forward(self, x):
        x = self.conv(x)
        self.seen = x.sort(-1).values + 1
        return self.relu(x)


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "bilinear"])
def test_maps_resized_by_any_factor_are_torchs_numbers(mode):
    for side in range(2, 16):
        image = torch.rand(1, side, side, dtype=torch.float64, generator=torch.Generator().manual_seed(side))
        for factor in (0.5, 0.7, 0.999, 1.01, 1.05, 1.3, 2, 2.04, 2.1, 1 / 3, 3, 4.4):
            if side * factor >= 1:
                network = nn.Sequential(nn.Conv2d(1, 1, 1), nn.Upsample(scale_factor=(factor, 1), mode=mode)).double()
                assert trace(network, image).difference < 1e-12, (side, factor)


def test_an_unknown_step_beside_the_way_to_the_answer_is_left_out():
    followed = trace(Aside(), IMAGE)
    assert [step.name for step in followed.steps] == ["conv", "relu"]
    assert followed.unit("relu", 0, 0, 0).inputs == ("conv",)


def test_until_a_step_before_the_unknown_one_a_network_is_followed():
    followed = trace(create("cnn[pool=aps]"), IMAGE, until="conv1")
    assert followed.steps[followed.output].name == "conv1"
    assert [one.layer for one in followed.unit("conv1", 0, 5, 5).then] == ["pool1"] * 4
    with pytest.raises(SettingsError, match="sample1 "):
        trace(create("cnn[pool=aps]"), IMAGE, until="conv2")
    with pytest.raises(UnknownNameError, match="did you mean 'conv1'"):
        trace(create("cnn"), IMAGE, until="cnov1")


@pytest.mark.parametrize(
    ("layer", "place", "told"),
    [
        ("con1", (0, 0, 0), "the network has no layer 'con1'; did you mean 'conv1'"),
        ("conv1", (64, 0, 0), "'conv1' has channels 0 to 63, rows 0 to 25, columns 0 to 25; got channel 64"),
        ("conv1", (0, 26, 0), "got row 26"),
        ("conv1", (0, 0, -1), "got column -1"),
        ("conv1", (0,), "and a unit of it is written conv1:CHANNEL,ROW,COLUMN; got conv1:0"),
        ("dense1", (256,), "'dense1' has numbers 0 to 255; got number 256"),
        ("dense1", (0, 0, 0), "has numbers 0 to 255, and a unit of it is written dense1:NUMBER; got dense1:0,0,0"),
    ],
)
def test_a_number_that_is_not_there_is_refused(layer, place, told):
    followed = trace(create("cnn"), IMAGE)
    with pytest.raises((SettingsError, UnknownNameError)) as error:
        followed.unit(layer, *place)
    assert told in str(error.value)


def test_a_printed_trace_has_a_line_for_each_step_and_the_answer():
    followed = trace(create("cnn"), IMAGE)
    lines = str(followed).splitlines()
    assert [line.split()[0] for line in lines[1:11]] == [step.name for step in followed.steps]
    assert lines[12].startswith("dense2 by hand")
    assert repr(followed) == "Trace(1×28×28, 10 steps to 'dense2')"
    assert repr(followed.steps[6]) == "TracedStep('flatten', Flatten, 3,200)"
    assert repr(followed.unit("conv1", 0, 5, 6)).startswith("Unit('conv1', channel 0, row 5, column 6, ")


def test_a_part_with_several_steps_names_them():
    network = nn.Sequential(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()))
    with pytest.raises(UnknownNameError, match=r"'0' holds several steps: 0\.0, 0\.1; name one of them"):
        trace(network, IMAGE).step("0")


@pytest.mark.parametrize(
    "name", ["mlp", "cnn[head=pooled,pool=blur3]", "cnn[head=averaged,padding=circular]", "steady"]
)
def test_registered_networks_are_followed(name):
    followed = trace(create(name), IMAGE)
    assert followed.difference < 1e-5


@pytest.mark.parametrize("name", ["resnet10t", "convnext_atto", "convnext_pico_ols"])
def test_networks_of_timm_are_followed(timm, name):
    torch.manual_seed(0)
    network = timm.create_model(name, num_classes=4).double()
    image = torch.rand(3, 64, 64, generator=torch.Generator().manual_seed(0))
    followed = trace(network, image)
    assert followed.steps[-1].value == pytest.approx(network.eval()(image[None].double())[0].detach().numpy(), rel=1e-9)
