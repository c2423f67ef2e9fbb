"""One number as text, as JSON and as Python."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from convlens.explain import trace
from convlens.explain.unit import apart
from convlens.models import create

from .drawn import drawn

IMAGE = torch.rand(1, 1, 28, 28, generator=torch.Generator().manual_seed(3))


def run(program):
    """Run a program of ours; give what its variables are in the end."""
    left = {}
    exec(compile(program, "<snippet>", "exec"), left)
    return left


@pytest.fixture(scope="module")
def cnn():
    return trace(create("cnn"), IMAGE)


SIXTEEN_TEXT = """\
layer '0' (Conv2d), channel 0, row 0, column 1

in brackets: padding, which holds zeros
channel 0 of image, rows -1 to 0, columns 1 to 2
window       filter     products
(0)  (0)  ×  1  2    =   0   0
  2    3     3  4        6  12
the products sum to 18

products    18
bias       0.5
total     18.5
torch's own number 18.5 (the same)
then layer '1' (ReLU): 18.5
then layer '2' (MaxPool2d): in the window of channel 0, row 0, column 0 another is larger, at row 1, column 1: 54.5"""


def test_a_convolutions_number_in_words():
    network = nn.Sequential(nn.Conv2d(1, 1, 2, padding=(1, 0)), nn.ReLU(), nn.MaxPool2d(2))
    network[0].weight.data = torch.tensor([1.0, 2, 3, 4]).reshape(1, 1, 2, 2)
    network[0].bias.data.fill_(0.5)
    unit = trace(network, torch.arange(1.0, 17).reshape(1, 4, 4)).unit("0", 0, 0, 1)
    assert [line.rstrip() for line in str(unit).splitlines()] == SIXTEEN_TEXT.splitlines()


def test_every_convolution_of_cnn_tells_of_pool_and_activation(cnn):
    unit = cnn.unit("conv1", 0, 5, 5)
    assert [one.layer for one in unit.then][:1] == ["pool1"]
    assert unit.then[0].place == (0, 2, 2)
    if unit.then[0].wins:
        assert unit.then[0].value == unit.value
        assert [one.layer for one in unit.then] == ["pool1", "relu1"]
    window = cnn.step("conv1").value[0, 4:6, 4:6]
    assert unit.then[0].value == window.max()


def test_a_number_in_many_channels_shows_the_strongest_and_sums_up_the_rest(cnn):
    unit = cnn.unit("conv2", 3, 5, 5)
    text = unit.text()
    assert "the remaining 60 channels sum to" in text
    assert text.count("filter") == 4


def test_a_number_in_overlapping_windows_has_all_of_them_named():
    followed = trace(nn.Sequential(nn.Identity(), nn.MaxPool2d(3, 1)), torch.arange(25.0).reshape(1, 5, 5))
    then = followed.unit("0", 0, 2, 2).then
    assert [one.place for one in then] == [(0, row, column) for row in range(3) for column in range(3)]
    assert [one.wins for one in then] == [True] + [False] * 8


def test_of_equal_numbers_the_first_wins_the_pool():
    followed = trace(nn.Sequential(nn.Identity(), nn.MaxPool2d(2)), torch.ones(1, 2, 2))
    assert "it is the largest: 1" in followed.unit("0", 0, 0, 0).text()
    assert "an equal one comes first, at row 0, column 0: 1" in followed.unit("0", 0, 1, 1).text()


def test_a_linear_number_in_words(cnn):
    text = cnn.unit("dense1", 3).text()
    assert "3,200 numbers of flatten times their weights, the largest products first" in text
    assert "(channel, row, column)" in text
    assert "the remaining 3,190 terms sum to" in text


@pytest.mark.parametrize(
    ("layer", "place", "told"),
    [
        (nn.BatchNorm2d(1), (0, 0, 0), "by its running mean and variance"),
        (nn.AvgPool2d(2, padding=1), (0, 0, 0), "in brackets: padding, which counts as zeros"),
        (nn.AdaptiveAvgPool2d(1), (0, 0, 0), "… 784 numbers"),
        (nn.MaxPool2d(2), (0, 0, 0), "the largest is"),
        (nn.Sigmoid(), (0, 0, 0), "1 / (1 + e^-"),
        (nn.ReLU6(), (0, 0, 0), "min(6, max(0,"),
        (nn.LeakyReLU(0.2), (0, 0, 0), "negative_slope=0.2"),
        (nn.Flatten(), (29,), "copied from image: channel 0, row 1, column 1"),
        (nn.ZeroPad2d(1), (0, 0, 0), "padding: 0"),
        (nn.Sequential(nn.Flatten(), nn.Softmax(1)), (700,), "the remaining 773 powers sum to"),
        (nn.ConvTranspose2d(1, 1, 3, 2), (0, 2, 1), "of each filter rows 2, 0 and column 1 meet what is read"),
        (nn.ConvTranspose2d(1, 1, 1, 2), (0, 1, 1), "no number of image reaches here, which leaves the bias"),
        (nn.GroupNorm(1, 1), (0, 0, 0), "channel 0, rows 0 to 27, columns 0 to 27 of image have the mean"),
        (nn.Sequential(nn.Flatten(), nn.LayerNorm(784)), (3,), "numbers 0 to 783 of layer '0.0' have the mean"),
        (nn.Upsample((7, 7)), (0, 1, 1), "copied from image: channel 0, row 4, column 4"),
        (nn.Upsample(scale_factor=2, mode="bilinear"), (0, 1, 1), "0.5625  0.1875"),
        (nn.PReLU(1), (0, 0, 0), "leaky_relu("),
        (nn.Sequential(nn.Flatten(), nn.Unflatten(1, (4, 14, 14))), (1, 0, 1), "copied from layer '0.0': number 197"),
    ],
)
def test_other_steps_in_words(layer, place, told):
    followed = trace(nn.Sequential(layer).eval(), IMAGE)
    assert told in followed.unit(followed.steps[-1].name, *place).text()


class Residual(nn.Module):
    def forward(self, x):
        return 2 * x + x + 1


def test_a_sum_in_words():
    followed = trace(Residual(), torch.full((1, 1, 1), -3.0))
    scaled, added, shifted = (followed.unit(step.name, 0, 0, 0).text() for step in followed.steps)
    assert "(-3) · 2 = -6" in scaled
    assert "their sum is -9" in added
    assert "-9 + 1 = -8" in shifted


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("seed", range(12))
def test_copied_as_python_every_kind_of_step_gives_its_number_again(seed):
    module, image = drawn(seed)
    followed = trace(nn.Sequential(module, nn.Softmax(1)), image)
    rng = np.random.default_rng(seed)
    for step in followed.steps:
        unit = followed.unit(step.name, *(int(rng.integers(side)) for side in step.value.shape))
        assert run(unit.python())["total"] == pytest.approx(unit.value, rel=1e-9, abs=1e-300), step.name


def test_copied_as_python_a_dense_number_of_cnn_prints_itself(cnn, capsys):
    unit = cnn.unit("dense1", 3)
    run(unit.python())
    assert float(capsys.readouterr().out) == pytest.approx(unit.value, rel=1e-12)
    assert max(map(len, unit.python().splitlines())) < 120


def test_json_holds_every_part_with_all_digits(cnn):
    unit = cnn.unit("conv2", 3, 5, 5)
    content = json.loads(json.dumps(unit.to_json(), allow_nan=False))
    parts = content["arithmetic"]
    assert parts["form"] == "weighted"
    assert sum(parts["sums"]) + parts["bias"] == pytest.approx(content["value"], rel=1e-12)
    assert np.array(parts["products"]) == pytest.approx(np.array(parts["window"]) * np.array(parts["filter"]))
    assert (content["layer"], content["place"], content["inputs"]) == ("conv2", [3, 5, 5], ["relu1"])


def test_json_says_null_where_a_number_is_infinite():
    followed = trace(nn.ConstantPad2d(1, -torch.inf), torch.ones(1, 2, 2))
    unit = followed.unit(followed.steps[0].name, 0, 0, 0)
    assert unit.to_json()["value"] is None
    assert (unit.difference, followed.difference) == (0.0, 0.0)
    assert run(unit.python())["total"] == -np.inf


def test_the_distance_to_torch_is_told_in_last_places_too():
    assert apart(0.0, "float32", 1.0) == "the same"
    assert apart(-(2.0**-23), "float32", 1.5) == "1.2e-07 away, 1 ulp of float32"
    assert apart(0.5, "bfloat16", 1.0) == "0.5 away"
