"""The doctor on networks by name, runs, weights files and networks of the user's own."""

import importlib
from pathlib import Path

import pytest

from convlens.errors import ConvlensError, DataError, SettingsError, UnknownNameError
from convlens.workflows import doctor, reading

OWN = """
from torch import nn

ENTERED = []

class Watched(nn.Sequential):
    def forward(self, pictures):
        ENTERED.append((round(float(pictures.min()), 3), round(float(pictures.max()), 3)))
        return super().forward(pictures)

def watched():
    return Watched(nn.Flatten(), nn.Linear(784, 2))

def thousand():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 1000))

def ended(classes):
    return nn.Sequential(nn.Flatten(), nn.Linear(784, classes), nn.Softmax(1))
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module with networks of the user's own."""
    (tmp_path / "own_doctored.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    return "own_doctored"


def kinds(told):
    return [found.kind for found in told.diagnosis.findings]


def test_the_books_network_has_its_108_pixels():
    told = doctor("cnn").to_json()
    first = told["findings"][0]
    assert (first["kind"], first["count"], first["layer"]) == ("unseen-pixels", 108, "pool2")
    assert (told["pictures"], told["healthy"]) == (0, False)
    assert "dead-filters" in told["not_checked"]


def test_another_size_has_other_unseen_pixels():
    assert kinds(doctor("cnn", shape="1x30x30")) == []  # 30 → 28 → 14 → 12 → 6


def test_a_run_is_looked_at_with_its_own_pictures(xo_trained):
    told = doctor(str(xo_trained.run.path))
    assert (told.pictures, told.data) == (300, "xo, test split")
    assert "dead-filters" in told.diagnosis.checked
    assert "normalisation" in told.diagnosis.checked
    assert "normalisation" not in kinds(told)


def test_so_many_pictures_are_looked_at_as_asked(xo_trained):
    assert doctor(str(xo_trained.run.path), take=20).pictures == 20
    assert doctor(str(xo_trained.run.path), data="xo", take=20).pictures == 20


def test_pictures_of_another_kind_are_found_out(xo_trained, letter_folder):
    told = doctor(str(xo_trained.run.path), data=str(letter_folder(dark_on_white=True)))
    assert "normalisation" in kinds(told)


def test_a_weights_file_alone_is_looked_at_without_pictures(xo_trained):
    told = doctor(str(xo_trained.run.path / "checkpoints" / "last.safetensors"))
    assert (told.pictures, told.data, told.notes) == (0, "", ())


def test_a_split_that_is_not_there_is_told_when_it_was_asked_for(xo_trained):
    with pytest.raises(DataError, match="has no 'tset' split; it has train, validation, test"):
        doctor(str(xo_trained.run.path), split="tset")


def test_a_run_whose_pictures_are_gone_is_looked_at_without_them(xo_run):
    config = xo_run / "config.toml"
    config.write_text(config.read_text().replace('data = "xo"', 'data = "gone/away"'))
    told = doctor(str(xo_run))
    assert told.pictures == 0
    assert "no pictures were looked at" in told.notes[0]
    with pytest.raises((DataError, UnknownNameError)):
        doctor(str(xo_run), data="gone/away")


def test_a_network_by_name_is_built_for_the_pictures(own):
    told = doctor("toy", data="xo", take=10)
    assert told.pictures == 10
    assert "head-and-loss" in told.diagnosis.checked
    reads = reading(mean="0.1", std="0.3")
    assert kinds(doctor(f"{own}:thousand", data="xo", take=10, reading=reads))[-1:] == ["head-and-loss"]


def test_a_network_of_the_users_own_is_shown_pictures_only_as_somebody_says(own):
    with pytest.raises(SettingsError, match=r"watched' does not say how it reads pictures; give .*--mean .*--std"):
        doctor(f"{own}:watched", data="xo", take=10)
    doctor(f"{own}:watched", data="xo", take=10, reading=reading(mean="0.5", std="0.25"))
    darkest = min(lowest for lowest, _ in importlib.import_module(own).ENTERED)
    assert darkest == -2, "black is 0, so (0 − 0.5) / 0.25 enters"
    with pytest.raises(SettingsError, match="no pictures that could be read as --mean and --std say; name some"):
        doctor(f"{own}:watched", reading=reading(mean="0.5", std="0.25"))
    with pytest.raises(SettingsError, match=r"'cnn' is one of ours .*leave out --mean"):
        doctor("cnn", data="xo", take=10, reading=reading(mean="0.5"))


def test_networks_of_the_users_own(own):
    ended = doctor(f"{own}:ended")
    assert kinds(ended) == ["probabilities-twice"]
    assert "head-and-loss" in ended.diagnosis.checked
    guessed = doctor(f"{own}:thousand")
    assert kinds(guessed) == []
    assert "head-and-loss" in guessed.diagnosis.not_checked
    assert kinds(doctor(f"{own}:thousand", classes=3)) == ["head-and-loss"]


def test_a_network_of_timm_keeps_its_classes_and_its_head(timm):
    with pytest.raises(SettingsError, match="leave out --classes and --head"):
        doctor("timm:resnet10t", classes=3)


def test_a_network_of_timm_is_known_by_its_own_size(timm):
    told = doctor("timm:resnet10t", shape="3x64x64")
    assert "unseen-pixels" in told.diagnosis.checked
    assert "large-fields" in kinds(told)


@pytest.mark.parametrize(
    ("asked", "error", "told"),
    [
        ({"reference": "cnm"}, UnknownNameError, "did you mean 'cnn'"),
        ({"reference": "cnn", "data": "xo", "classes": 3}, SettingsError, "the pictures say .*--classes"),
        ({"reference": "net.onnx"}, SettingsError, "ONNX file, whose layers cannot be looked into"),
        ({"reference": "cnn", "shape": "28"}, SettingsError, "channels x height x width"),
        ({"reference": "toy", "data": "xo", "take": 0}, SettingsError, "at least one image must be taken, not 0"),
    ],
)
def test_mistakes_are_told(asked: dict[str, str], error: type[ConvlensError], told: str):
    with pytest.raises(error, match=told):
        doctor(**asked)


def test_a_run_says_itself_what_it_is_for(xo_trained):
    with pytest.raises(SettingsError, match="leave out --input and --head"):
        doctor(str(xo_trained.run.path), shape="1x28x28", head="sigmoid")
