"""A resumed run equals an uninterrupted one, bit for bit; anything else is refused by name."""

import dataclasses
import signal

import numpy as np
import pytest

from convlens.augment import Affine
from convlens.data import load
from convlens.errors import RunError, SettingsError, WeightsError
from convlens.files import read_json, read_toml, sha256, write_json
from convlens.runs.checkpoints import BEST, COUNTERS, LAST, MANIFEST, read_checkpoint, read_counters
from convlens.tables import Table
from convlens.train.progress import Step
from convlens.workflows import resume, train

SHIFTED = Affine(translate_px={"x": (-2, 2), "y": (-2, 2)})
ASKED = {"model": "cnn", "take": 64, "batch_size": 16, "epochs": 3, "augment": SHIFTED}


def signal_at(epoch, step, number=signal.SIGINT):
    """A watcher that sends this very process a signal after one step."""

    def watch(event):
        if isinstance(event, Step) and (event.epoch, event.step) == (epoch, step):
            signal.raise_signal(number)

    return watch


def all_of(run):
    """Everything that must not depend on whether a run was interrupted: all but the seconds."""
    history = [row | {"seconds": 0} for row in Table.from_csv(run.history.read_text()).rows()]
    counted = [row | {"seconds": 0} for row in read_counters(run.checkpoints)["history"]]
    files = {
        path.relative_to(run.checkpoints).as_posix(): path.read_bytes()
        for path in run.checkpoints.rglob("*.safetensors")
    }
    return history, counted, files


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    return all_of(train("xo", out=tmp_path_factory.mktemp("whole"), **ASKED).run)


@pytest.mark.parametrize(("epoch", "step"), [(1, 1), (1, 4), (2, 2), (3, 3)])
def test_a_run_stopped_anywhere_ends_as_if_it_had_not_been(tmp_path, uninterrupted, epoch, step):
    stopped = train("xo", out=tmp_path, watch=signal_at(epoch, step), **ASKED)
    assert (stopped.stopped, stopped.interrupted, len(stopped.history)) == ("interrupted", True, epoch - 1)
    assert read_counters(stopped.run.checkpoints)["step"] == step
    assert all_of(resume(stopped.run.path).run) == uninterrupted


def test_a_run_stopped_again_and_again_ends_as_if_it_had_not_been(tmp_path, uninterrupted):
    run = train("xo", out=tmp_path, watch=signal_at(1, 2, signal.SIGTERM), **ASKED).run
    for epoch, step in ((1, 3), (2, 1), (3, 2)):
        result = resume(run.path, watch=signal_at(epoch, step, signal.SIGTERM))
        assert result.stopped == "terminated"
        assert read_counters(run.checkpoints)["step"] == step
    assert all_of(resume(run.path).run) == uninterrupted


def test_a_run_that_was_killed_before_its_first_checkpoint_begins_anew(tmp_path, uninterrupted):
    class Killed(Exception):
        pass

    def watch(_):
        raise Killed

    with pytest.raises(Killed):
        train("xo", out=tmp_path, watch=watch, **ASKED)
    assert all_of(resume(tmp_path / "latest").run) == uninterrupted


def test_a_time_budget_stops_cleanly_and_the_rest_can_be_done_later(tmp_path, uninterrupted):
    stopped = train("xo", out=tmp_path, seconds=1e-9, **ASKED)
    assert (stopped.stopped, stopped.interrupted) == ("the time budget is used up", False)
    assert read_counters(stopped.run.checkpoints)["step"] == 1
    assert all_of(resume(stopped.run.path, seconds=3600).run) == uninterrupted


def test_batch_norm_and_dropout_are_resumed_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine_normed.py").write_text(
        "from torch import nn\n"
        "def net(classes):\n"
        "    return nn.Sequential(nn.Conv2d(1, 4, 3, stride=2), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(),\n"
        "                         nn.Dropout(0.5), nn.Linear(4 * 13 * 13, classes))\n"
    )
    asked = ASKED | {"model": "mine_normed:net", "epochs": 2}
    whole = train("xo", out="whole", **asked)
    stopped = train("xo", out="stopped", watch=signal_at(2, 2), **asked)
    with pytest.raises(SettingsError, match="a network of your own; add --model mine_normed:net to build it"):
        resume(stopped.run.path)
    assert stopped.resume_command == f"convlens train --resume {stopped.run.path} --model mine_normed:net"
    assert all_of(resume(stopped.run.path, model="mine_normed:net").run) == all_of(whole.run)


def test_after_a_signal_the_earlier_handlers_are_back(tmp_path):
    earlier = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    train("xo", out=tmp_path, watch=signal_at(1, 1), **ASKED)
    assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)] == earlier


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"learning_rate": 0.5}, r"learning_rate \(the run has 0\.003, you gave 0\.5\)"),
        ({"seed": 1}, r"seed \(the run has 0, you gave 1\)"),
        ({"model": "cnn"}, r"model \(the run has 'mlp', you gave 'cnn'\)"),
        ({"take": 100, "batch_size": 8}, r"take \(.*200, you gave 100\); batch_size \(.*32, you gave 8\)"),
        ({"augment": "shift"}, r"augment \(the run has '', you gave 'Affine\("),
        ({"precision": "bf16", "head": "sigmoid"}, r"head \(the run has 'softmax', you gave 'sigmoid'\)"),
    ],
)
def test_a_differing_setting_is_refused_by_name(xo_run, asked, told):
    before = (xo_run / "config.toml").read_bytes()
    with pytest.raises(SettingsError, match=told):
        resume(xo_run, **asked)
    assert (xo_run / "config.toml").read_bytes() == before


def test_a_finished_run_is_refused_with_the_way_to_extend_it(xo_run):
    for asked in ({}, {"epochs": 3}, {"epochs": 2}):
        with pytest.raises(SettingsError, match=r"is finished \(3 of 3 epochs\); add --epochs with a number above 3"):
            resume(xo_run, **asked)


def test_a_finished_run_is_extended_on_purpose(xo_run):
    result = resume(xo_run, epochs=5, learning_rate=0.003)
    assert [epoch.epoch for epoch in result.history] == [1, 2, 3, 4, 5]
    config = read_toml(xo_run / "config.toml")
    assert (config["settings"]["epochs"], config["given"]) == (5, ["batch_size", "data", "epochs", "model", "take"])


def test_an_unfinished_run_is_not_extended(tmp_path):
    stopped = train("xo", out=tmp_path, watch=signal_at(2, 1), **ASKED)
    for epochs in (2, 9):
        with pytest.raises(SettingsError, match=r"is not finished \(1 of 3 epochs done\); resume it without --epochs"):
            resume(stopped.run.path, epochs=epochs)


def test_the_settings_of_the_run_may_be_said_again(tmp_path, uninterrupted):
    stopped = train("xo", out=tmp_path, watch=signal_at(2, 1), **ASKED)
    before = stopped.run.config.read_bytes()
    result = resume(stopped.run.path, model="cnn", take=64, augment=repr(SHIFTED), epochs=3, recipe="fast")
    assert all_of(result.run) == uninterrupted
    assert stopped.run.config.read_bytes() == before, "the reason of the precision is that of the beginning"


@pytest.mark.parametrize("split", ["train", "val"])
def test_changed_pictures_are_refused(tmp_path, letter_folder, split):
    for part in ("train", "val"):
        letter_folder(f"data/{part}", seed=len(part))
    stopped = train(tmp_path / "data", model="mlp", epochs=2, out=tmp_path / "runs", seconds=1e-9)
    changed = next((tmp_path / "data" / split / "o").glob("*.png"))
    content = changed.read_bytes()
    changed.unlink()
    with pytest.raises(RunError, match="was trained on other pictures than 'data' holds now"):
        resume(stopped.run.path)
    changed.write_bytes(content)
    assert len(resume(stopped.run.path).history) == 2


@pytest.mark.parametrize("name", [LAST, COUNTERS, "last-state/optimizer.safetensors"])
def test_a_tampered_checkpoint_is_refused(tmp_path, name):
    stopped = train("xo", out=tmp_path, watch=signal_at(2, 1), **ASKED)
    content = bytearray((stopped.run.checkpoints / name).read_bytes())
    content[len(content) // 2] ^= 1
    (stopped.run.checkpoints / name).write_bytes(content)
    with pytest.raises(RunError, match="altered or damaged"):
        resume(stopped.run.path)


def test_weights_put_in_with_a_fitting_manifest_are_still_refused(tmp_path):
    stopped = train("xo", out=tmp_path, watch=signal_at(2, 1), **ASKED)
    folder = stopped.run.checkpoints
    content = bytearray((folder / LAST).read_bytes())
    content[-1] ^= 1
    (folder / LAST).write_bytes(content)
    manifest = read_json(folder / MANIFEST)
    manifest["sha256"][LAST] = sha256(bytes(content))
    write_json(folder / MANIFEST, manifest)
    with pytest.raises(WeightsError, match="was altered after it was written"):
        resume(stopped.run.path)


def test_the_best_weights_are_those_of_the_best_epoch_even_when_it_was_before_the_stop(tmp_path, uninterrupted):
    history, _, files = uninterrupted
    accuracies = [row["validation_accuracy"] for row in history]
    losses = [row["validation_loss"] for row in history]
    best = max(range(3), key=lambda place: (accuracies[place], -losses[place]))
    kept = {}

    def watch(event):
        if not isinstance(event, Step) and event.epoch > 1:
            kept[event.epoch - 1] = read_checkpoint(run_of(tmp_path) / "checkpoints", LAST)

    def run_of(out):
        return (out / "latest").resolve()

    result = train("xo", out=tmp_path, watch=watch, **ASKED)
    kept[3] = read_checkpoint(result.run.checkpoints, LAST)
    assert kept[best + 1] == files[BEST]


def test_your_own_module_is_resumed_with_an_instance_of_it(tmp_path):
    torch = pytest.importorskip("torch")

    def fresh():
        torch.manual_seed(3)
        return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 2))

    asked = {"take": 64, "batch_size": 16, "epochs": 2, "precision": "fp32"}
    whole = train("xo", model=fresh(), out=tmp_path / "a", **asked)
    stopped = train(load("xo"), model=fresh(), out=tmp_path / "b", watch=signal_at(2, 2), **asked)
    assert all_of(resume(stopped.run.path, module=fresh()).run) == all_of(whole.run)


def test_seconds_add_up_over_a_stop(tmp_path):
    stopped = train("xo", out=tmp_path, watch=signal_at(1, 2), **ASKED)
    before = read_counters(stopped.run.checkpoints)["seconds"]
    history = resume(stopped.run.path).history
    assert 0 < before < history[0].seconds + 0.001
    assert np.all([dataclasses.asdict(epoch)["seconds"] > 0 for epoch in history])
