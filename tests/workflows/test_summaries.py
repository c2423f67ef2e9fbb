"""Layer tables of networks by name, of runs and of the user's own."""

import pytest

from convlens.errors import ConvlensError, RunError, SettingsError, UnknownNameError
from convlens.workflows import summary


def test_the_cnn_has_the_published_counts():
    told = summary("cnn").to_json()
    assert [layer["params"] for layer in told["layers"] if layer["params"]] == [640, 73_856, 819_456, 2_570]
    assert told["total_params"] == 896_522
    assert {"name", "kind", "output_shape", "params", "params_sum"} <= set(told["layers"][0])


@pytest.mark.parametrize(
    ("asked", "total"),
    [
        ({"reference": "cnn", "head": "sigmoid"}, 894_209),
        ({"reference": "toy"}, 12),
        ({"reference": "mlp"}, 795_010),
        ({"reference": "mlp", "shape": "3x28x28"}, 784 * 3 * 1000 + 1000 + 10_010),
    ],
)
def test_totals_by_hand(asked, total):
    assert summary(**asked).total_params == total


def test_a_run_has_the_shape_it_was_trained_with(xo_run):
    assert summary(str(xo_run)).total_params == 784 * 1000 + 1000 + 2 * 1000 + 2


@pytest.mark.parametrize(
    ("asked", "error", "told"),
    [
        ({"reference": "cnm"}, UnknownNameError, "did you mean 'cnn'"),
        ({"reference": "nothing"}, UnknownNameError, "neither a run folder, nor a weights file, nor a network"),
        ({"reference": "runs/nothing"}, RunError, "there is no run 'runs/nothing'"),
        ({"reference": "cnn", "shape": "28"}, SettingsError, "channels x height x width"),
        ({"reference": "cnn", "shape": "1x0x28"}, SettingsError, "channels x height x width"),
        ({"reference": "cnn", "shape": "28x30x1"}, SettingsError, "looks like height x .*; write 1x28x30"),
        ({"reference": "net.onnx"}, SettingsError, "ONNX file, whose layers cannot be looked into"),
        ({"reference": "cnn", "classes": 1}, SettingsError, "at least 2 classes"),
        ({"reference": "cnn", "classes": 10, "head": "sigmoid"}, SettingsError, "one logit for 2 classes"),
        ({"reference": "cnn", "shape": "1x4x4"}, SettingsError, "needs pictures of at least"),
        ({"reference": "no.such:net"}, SettingsError, "could not import"),
    ],
)
def test_a_mistake_is_a_sentence(asked, error, told):
    with pytest.raises(error, match=told):
        summary(**asked)


def test_a_run_keeps_its_classes_and_its_head(xo_run):
    with pytest.raises(SettingsError, match="leave out --classes and --head"):
        summary(str(xo_run), classes=3)
    with pytest.raises(ConvlensError, match="cannot read a picture"):
        summary(str(xo_run), shape="1x30x30")


def test_a_network_of_timm_has_its_own_size(timm):
    told = summary("timm:resnet10t")
    assert told.input_shape == (3, 176, 176)
    assert told.total_params == sum(one.numel() for one in timm.create_model("resnet10t").parameters())
    assert summary("timm:resnet10t", shape="3x64x64").input_shape == (3, 64, 64)
    with pytest.raises(SettingsError, match="leave out --classes and --head"):
        summary("timm:resnet10t", classes=3)
