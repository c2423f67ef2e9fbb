import re

import pytest
import torch

from convlens.errors import SettingsError
from convlens.train.engine import device_kind, launch, make_engine


def told(engine, job):
    return engine.world_size, engine.is_global_zero, str(engine.device), job


def test_one_device_runs_the_work_here_and_gives_its_answer():
    assert launch(told, "a job", device="cpu") == (1, True, "cpu", "a job")


def test_the_kind_of_device_is_told():
    assert device_kind("cpu") == "cpu"
    assert device_kind("auto") in {"cpu", "cuda", "mps"}


def test_bf16_is_autocast_and_fp32_is_not():
    for precision, expected in (("bf16", torch.bfloat16), ("fp32", torch.float32)):
        with make_engine("cpu", 1, precision).autocast():
            product = torch.ones(2, 2) @ torch.ones(2, 2)
        assert product.dtype == expected


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (("cpu", 0), "--devices must be at least 1, got 0"),
        (("tpu", 1), "--device must be auto, cpu, cuda or mps; got 'tpu'"),
    ],
)
def test_an_impossible_wish_is_told(asked, sentence):
    with pytest.raises(SettingsError, match=re.escape(sentence)):
        make_engine(*asked, "fp32")


@pytest.mark.parametrize("device", ["cuda", "mps"])
@pytest.mark.parametrize("devices", [1, 2])
def test_a_device_that_is_not_here_is_told_with_the_remedy(device, devices):
    if (torch.cuda if device == "cuda" else torch.mps).device_count() >= devices:
        pytest.skip("it is here")
    with pytest.raises(SettingsError, match=f"--device {device} --devices {devices} cannot be had here: .* try --dev"):
        make_engine(device, devices, "fp32")
