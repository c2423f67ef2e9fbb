"""A small network of timm's, untrained or with the weights of a file: a test fetches nothing."""

import sys

import pytest
import safetensors.torch
import torch
from torch import nn

from convlens.errors import SettingsError, UnknownNameError, WeightsError
from convlens.models.timm_model import open_timm

SMALL = "test_resnet"


def test_size_mean_and_deviation_are_those_that_timm_tells(timm):
    opened = open_timm(f"timm:{SMALL}", pretrained=False)
    config = timm.data.resolve_model_data_config(timm.create_model(SMALL))
    assert (opened.channels, *opened.size) == config["input_size"]
    assert (opened.mean, opened.std) == (config["mean"], config["std"])
    assert (opened.weights, opened.module.training) == ("untrained weights", False)


def test_the_answers_of_an_imagenet_network_are_its_synsets(timm):
    names = open_timm(f"timm:{SMALL}", pretrained=False).class_names
    # the first and the last of the thousand, and the tabby cat, as ImageNet numbers them
    assert (len(names), names[0], names[281], names[999]) == (1000, "n01440764", "n02123045", "n15075141")


def test_the_weights_of_a_file_are_those_in_the_network(timm, tmp_path):
    trained = timm.create_model(SMALL, num_classes=7)
    path = tmp_path / "mine.safetensors"
    safetensors.torch.save_file(trained.state_dict(), path)
    opened = open_timm(f"timm:{SMALL}@{path}")
    assert opened.weights == "the weights in mine.safetensors"
    assert opened.class_names is None
    inputs = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        assert torch.equal(opened.module(inputs), trained.eval()(inputs))


def test_the_weights_of_another_network_are_a_sentence(timm, tmp_path):
    path = tmp_path / "other.safetensors"
    safetensors.torch.save_file(nn.Linear(2, 2).state_dict(), path)
    with pytest.raises(
        WeightsError, match=r"the weights in .*other.safetensors belong to another network than 'test_resn"
    ):
        open_timm(f"timm:{SMALL}@{path}")


@pytest.mark.parametrize(
    ("reference", "error", "told"),
    [
        (
            "timm:resnet19",
            UnknownNameError,
            r"timm has no network named 'resnet19'; did you mean 'resnet18'|'resnet10t'",
        ),
        ("timm:test_resnet@weights.pth", WeightsError, r"read from a .safetensors file, not from 'weights.pth'"),
        ("timm:test_resnet@none.safetensors", WeightsError, "could not read the weights 'none.safetensors': No such"),
        ("timm:test_resnet@text.safetensors", WeightsError, "truncated or no weights file"),
        ("timm:test_resnet.mine", WeightsError, "timm has no trained weights for 'test_resnet.mine'"),
    ],
)
def test_a_mistake_is_a_sentence(timm, tmp_path, monkeypatch, reference, error, told):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.safetensors").write_text("no weights")
    with pytest.raises(error, match=told):
        open_timm(reference)


def test_where_there_is_no_network_it_says_how_the_weights_are_had(timm, tmp_path, monkeypatch):
    # what the hub's client does of itself when it is told that it is offline, without a minute of trying again
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    told = rf"weights for '{SMALL}' could not be had: .*, or give a file instead, as timm:{SMALL}@FILE.safetensors"
    with pytest.raises(WeightsError, match=told):
        open_timm(f"timm:{SMALL}")


def test_a_network_without_published_weights_is_refused(timm):
    untrained = next(name for name in timm.list_models() if not timm.is_model_pretrained(name))
    with pytest.raises(WeightsError, match=f"timm has no trained weights for '{untrained}'; give a file"):
        open_timm(f"timm:{untrained}")


def test_without_timm_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "timm", None)
    monkeypatch.delitem(sys.modules, "timm.data", raising=False)
    with pytest.raises(
        SettingsError, match=r"need timm, which cannot be imported .*; `pip install 'convlens\[timm\]'`"
    ):
        open_timm("timm:resnet18")


def test_a_torchvision_that_does_not_fit_is_a_sentence(tmp_path, monkeypatch):
    package = tmp_path / "timm"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('operator torchvision::nms does not exist')")
    for name in [name for name in sys.modules if name.partition(".")[0] == "timm"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(
        SettingsError, match=r"torchvision that is installed does not fit torch: operator torchvision::nms"
    ):
        open_timm("timm:resnet18")
