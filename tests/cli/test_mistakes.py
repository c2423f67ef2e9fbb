"""A user's mistake is one sentence on stderr and exit code 2, never a traceback, and nothing is left half made."""

import pytest

from convlens.files import read_toml


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("train", "name the pictures to train on (DATA), or a run to go on with (--resume RUN)"),
        ("train xo --resume runs/latest", "name the pictures to train on (DATA), or a run"),
        ("train --resume runs/latest --name other", "name the pictures to train on (DATA), or a run"),
        ("train nowhere/at/all", "there is no path 'nowhere/at/all'"),
        ("train xoo", "did you mean 'xo'"),
        ("train xo --model cnm", "no model is named 'cnm'; did you mean 'cnn'"),
        ("train xo --recipe fats", "no recipe is named 'fats'; did you mean 'fast'"),
        ("train xo --augment Afine(translate_px=3)", "did you mean 'Affine'"),
        ("train xo --epochs 0", "epochs must be at least 1"),
        ("train xo --epochs many", "Invalid value for '--epochs'"),
        ("train xo --take 0", "take must be at least 1"),
        ("train xo --lr -1", "learning rate"),
        ("train xo --optimizer adagrad", "adagrad"),
        ("train xo --head tanh", "tanh"),
        ("train xo --fit squeeze", "squeeze"),
        ("train xo --channels 2", "1 or 3 channels"),
        ("train xo --max-bad lots", "a share is written like 1% or 0.01; got 'lots'"),
        ("train xo --time-budget soon", "a time is written like 5m, 90s or 1h30m; got 'soon'"),
        ("train xo --device tpu", "--device must be auto, cpu, cuda or mps; got 'tpu'"),
        ("train xo --devices 0", "devices must be at least 1"),
        ("train xo --name a/b --epochs 1 --take 40", "a run's name may hold letters"),
        ("train xo --no-such-option", "--no-such-option"),
        ("train --resume runs/xo-mpl", "did you mean 'xo-mlp'"),
        ("train --resume runs/latest", "is finished (2 of 2 epochs); add --epochs with a number above 2"),
        ("train --resume runs/latest --epochs 4 --seed 3", "seed (the run has 0, you gave 3)"),
        ("evaluate runs/nothing", "there is no run 'runs/nothing'; there are xo-mlp"),
        ("evaluate pictures", "is not a run folder: it has no config.toml"),
        ("evaluate runs/latest --data fashion-mnist-mini", "the network knows the classes o, x"),
        ("evaluate runs/latest --split val", "it has train, validation, test (choose one with --split)"),
        ("evaluate runs/latest --device banana", "--device banana cannot be had here"),
        ("evaluate no.safetensors", "could not read the weights 'no.safetensors'"),
        ("predict runs/latest nowhere.png", "does not exist"),
        ("predict runs/latest pictures --top 0", "--top"),
        ("audit cnm", "did you mean 'cnn'"),
        ("audit cnn", "name the pictures for it with --data"),
        ("audit runs/latest --border mirror", "mirror"),
        ("audit runs/latest --shift -1", "--shift"),
        ("audit runs/latest --fill 256", "256"),
        ("audit runs/latest --image 5000", "the test split has the pictures 0 to 299; got 5,000"),
        ("report", "runs"),
        ("report runs/latest runs/latest", "needs a place: give it with --to FILE"),
        ("report runs/latest --to mine.html", "mine.html exists already"),
        ("summary cnm", "did you mean 'cnn'"),
        ("summary cnn --input 28", "channels x height x width"),
        ("data check pictures/o", "have no class"),
        ("data show xo --to mine.html", "mine.html exists already"),
        ("augment", "name a picture, a folder or a data set to augment, or add --list"),
        ("augment xoo", "did you mean 'xo'"),
        ("augment pictures --recipe shfit", "did you mean 'shift'"),
        ("augment pictures --recipe mine.toml", "could not read the recipe 'mine.toml'"),
        ("augment pictures --to mine.html", "mine.html exists already"),
        ("augment pictures --images 0", "at least one is wanted of --images"),
        ("augment pictures --out pictures/new", "lies within 'pictures'"),
        ("augment pictures --out runs", "'runs' holds other things already"),
        ("augment pictures --out new --count 0", "got --count 0"),
        ("augment pictures --out new --format gif", "gif"),
        ("train xo --augment mine.toml", "could not read the recipe 'mine.toml'"),
        ("trian xo", "trian"),
    ],
)
def test_a_mistake_is_a_sentence_and_exit_code_2(here, convlens, arguments, told):
    (here / "mine.html").write_text("mine")
    before = sorted(path for path in here.rglob("*"))
    said = convlens(arguments)
    assert (said.code, said.out) == (2, "")
    assert told in said.err
    assert "Traceback" not in said.err
    assert sorted(path for path in here.rglob("*")) == before
    assert (here / "mine.html").read_text() == "mine"


def test_a_damaged_checkpoint_is_named(here, convlens):
    weights = here / "runs" / "xo-mlp" / "checkpoints" / "best.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    for command in (("evaluate",), ("audit",), ("predict",), ("report",), ("summary",)):
        said = convlens(*command, "runs/latest", *(["pictures"] if command == ("predict",) else []))
        assert said.code == 2
        assert "best.safetensors was altered or damaged" in said.err


def test_a_run_that_fails_is_exit_code_1(here, convlens):
    asked = (
        "train xo --model mlp --take 64 --batch-size 16 --optimizer sgd --schedule constant --precision fp32 --lr 900"
    )
    said = convlens(asked, "--epochs", 50, "--name", "wild")
    assert (said.code, said.out) == (1, "")
    assert said.err.splitlines()[-1].startswith("convlens: the loss became nan in epoch ")
    assert "the last good checkpoint is kept" in said.err
    assert convlens("evaluate", "runs/wild", "--take", 20).code == 0


def test_a_folder_that_cannot_be_written_is_named(here, convlens):
    said = convlens("train", "xo", "--model", "mlp", "--take", 40, "--epochs", 1, "--out", "mine.txt/runs")
    assert said.code == 0, "a missing folder is made"
    (here / "file").write_text("")
    said = convlens("train", "xo", "--model", "mlp", "--take", 40, "--epochs", 1, "--out", "file")
    assert said.code == 2
    assert "could not make the run folder 'file/xo-mlp'" in said.err


def test_a_network_of_ones_own_is_asked_for(here, convlens):
    (here / "mine_tiny.py").write_text(
        "from torch import nn\ndef net(classes):\n    return nn.Sequential(nn.Flatten(), nn.Linear(784, classes))\n"
    )
    assert convlens("train xo --model mine_tiny:net --take 40 --epochs 1 --name own").code == 0
    assert read_toml(here / "runs" / "own" / "config.toml")["settings"]["model"] == "mine_tiny:net"
    said = convlens("audit", "runs/own", "--shift", 1, "--take", 20)
    assert said.code == 2
    assert "say how it is built with --model mine_tiny:net" in said.err
    assert convlens("audit", "runs/own", "--shift", 1, "--take", 20, "--model", "mine_tiny:net").code == 0
