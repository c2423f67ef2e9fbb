"""The whole ladder on a small scale: rungs beside the run, one table, what is there used again, budgets and stops."""

import json
import shutil
import signal

import numpy as np
import pytest

from convlens.audit.answered import unpack
from convlens.audit.paired import mcnemar
from convlens.errors import ConvlensError, RunError, SettingsError
from convlens.files import read_json
from convlens.runs.folder import Run, read_config
from convlens.tables import Table
from convlens.train.progress import Step
from convlens.workflows import harden, train
from convlens.workflows.ladder import clean, everywhere
from convlens.workflows.subjects import trained

ASKED = {"shift": 1, "take": 12}
NETWORK = """
from torch import nn

def net(classes):
    return nn.Sequential(nn.Conv2d(1, 4, 5, stride=3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, classes))
"""

SPOILT = """
from pathlib import Path
from torch import nn

class net(nn.Sequential):
    def __init__(self, classes):
        super().__init__(nn.MaxPool2d(4), nn.Flatten(), nn.Linear(49, classes))

    def forward(self, tensors):
        spoilt = self.training and Path("spoilt").exists()
        return super().forward(tensors) * (float("nan") if spoilt else 1)
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A network of the user's own, trained for one epoch on 40 letters, and its ladder climbed to the top."""
    folder = tmp_path_factory.mktemp("harden")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        (folder / "own_small.py").write_text(NETWORK)
        run = train("xo", model="own_small:net", take=40, batch_size=20, epochs=1, precision="fp32").run
        said: list[str] = []
        run = Run(run.path.resolve())
        yield run.path, harden(run.path, model="own_small:net", say=said.append, **ASKED), said


@pytest.fixture
def copied(base, tmp_path, monkeypatch):
    """A copy of that run, with its ladder or without."""

    def made(*, ladder=False):
        path = tmp_path / "runs" / "mine"
        shutil.copytree(base[0], path)
        if ladder:
            shutil.copytree(base[1].folder, tmp_path / "runs" / "mine-hardened")
        return path

    monkeypatch.chdir(base[0].parent.parent)
    return made


def states(found):
    return {one.name: one.state for one in found.ladder}


def test_each_rung_is_a_run_beside_the_users_own(base):
    run, found, said = base
    assert found.folder == run.with_name(f"{run.name}-hardened")
    assert states(found) == {
        "as-it-is": "done",
        "shifts": "done",
        "worst": "done",
        "steady": "skipped",
        "pooled": "skipped",
        "blur": "done",
        "aps": "done",
        "vote": "done",
    }
    for name, model in (("shifts", "own_small:net"), ("blur", "own_small:net[anti_alias=blur3]")):
        settings = read_config(trained(found.folder / name, model=model).run)["settings"]
        assert settings["model"] == model
        assert settings["augment"] == 'Affine(translate_px={"x": (-1, 1), "y": (-1, 1)}, mode="constant")'
        assert (settings["take"], settings["batch_size"], settings["epochs"]) == (40, 20, 1)
    assert [line.partition(":")[0] for line in said] == [f"rung {number} of 8" for number in (1, 2, 3, 6, 7, 8)]
    assert (found.stopped, found.resume, found.interrupted) == ("", "", False)


def test_what_is_written_is_what_is_given(base):
    _, found, _ = base
    content = read_json(found.folder / "ladder.json")
    assert {name: content[name] for name in content if name != "asked"} == json.loads(json.dumps(found.to_json()))
    assert [one["rung"] for one in content["ladder"]] == [one.name for one in found.ladder]
    assert content["ship"] == found.advice.ship
    assert (content["protocol"]["radius"], content["protocol"]["count"]) == (1, 12)
    assert (found.folder / "ladder.svg").read_text().startswith("<svg")
    rows = Table.from_csv((found.folder / "ladder.csv").read_text()).rows()
    assert [row["rung"] for row in rows] == [one.name for one in found.ladder]
    assert rows[1]["clean_low"] <= rows[1]["clean"] <= rows[1]["clean_high"]
    assert rows[3]["clean"] is None


def test_the_tests_are_those_of_the_answers_that_were_kept(base):
    _, found, _ = base
    done = {one.name: one for one in found.done}
    kept = {}
    for name in done:
        folder = found.folder / "vote" if name == "vote" else done[name].run / "audit"
        path = next(folder.glob("*.npz"))
        kept[name] = unpack(path.read_bytes(), path)
    before = {"shifts": "as-it-is", "worst": "shifts", "blur": "worst", "aps": "blur", "vote": done["vote"].over}
    assert {name: test[0] for name, test in found.tests.items()} == before
    for name, other in before.items():
        assert found.tests[name][1] == mcnemar(everywhere(kept[name]), everywhere(kept[other]))
    entry = {one["rung"]: one for one in found.to_json()["ladder"]}
    for name in done:
        right = kept[name].labels_at == kept[name].labels[:, None]
        assert entry[name]["right_everywhere"] == right.all(axis=1).mean()
        assert entry[name]["mean"] == pytest.approx(right.mean())
    lost = clean(kept["as-it-is"]).mean() - clean(kept["blur"]).mean()
    assert entry["blur"]["clean_loss"] == pytest.approx(lost)
    assert "clean_loss" not in entry["as-it-is"]


def test_a_vote_is_over_the_rung_that_would_be_shipped_without_it(base):
    _, found, _ = base
    vote = found.ladder[-1]
    assert vote.over in {one.name for one in found.done[:-1]}
    assert vote.result["vote"] == {"radius": 1}
    assert vote.seconds is None


def test_the_same_call_again_computes_nothing_and_gives_the_same(base, monkeypatch):
    run, found, _ = base
    weights = {path: path.stat().st_mtime_ns for path in found.folder.rglob("*.safetensors")}
    audits = {path: path.stat().st_mtime_ns for path in found.folder.rglob("*.npz")}
    again = harden(run, model="own_small:net", **ASKED)
    assert again.to_json() == found.to_json()
    assert {path: path.stat().st_mtime_ns for path in weights} == weights
    assert {path: path.stat().st_mtime_ns for path in audits} == audits


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"shift": 2}, r"shift \(1, now 2\)"),
        ({"border": "edge", "take": 9}, r"border \('zeros', now 'edge'\), take \(12, now 9\)"),
        ({"epochs": 2}, r"epochs \(1, now 2\)"),
    ],
)
def test_a_ladder_that_means_something_else_is_refused(base, changed, told):
    with pytest.raises(
        SettingsError, match=rf"holds a ladder with other settings: {told}; ask for the same, or choose"
    ):
        harden(base[0], model="own_small:net", **(ASKED | changed))


def test_weights_of_an_anti_aliased_network_are_not_taken_for_those_of_the_plain_one(base):
    from convlens.errors import WeightsError

    with pytest.raises(WeightsError, match=r"say --model 'own_small:net\[anti_alias=blur3\]'"):
        trained(base[1].folder / "blur", model="own_small:net")


def test_a_budget_that_is_used_up_leaves_rungs_for_the_next_call(copied):
    run = copied()
    short = harden(run, model="own_small:net", budget=1e-9, **ASKED)
    assert short.stopped == "the time budget is used up"
    assert {name for name, state in states(short).items() if state == "done"} == {"as-it-is"}
    assert {one.why for one in short.ladder if one.state == "not run"} == {"the time budget was used up before"}
    assert short.advice.ship == "as-it-is"
    assert short.resume == f"convlens harden {run} --shift 1 --take 12 --model own_small:net"
    whole = harden(run, model="own_small:net", budget=3600, **ASKED)
    assert "not run" not in states(whole).values()
    assert whole.resume == ""


def test_an_interrupted_training_goes_on_at_the_next_call_and_ends_the_same(copied, base):
    run = copied()
    seen: list[Step] = []

    def watch(event):
        seen.append(event)
        if len(seen) == 4:  # in the training of the second rung: each has two steps and the end of an epoch
            signal.raise_signal(signal.SIGINT)

    stopped = harden(run, model="own_small:net", watch=watch, **ASKED)
    assert stopped.interrupted
    assert states(stopped)["shifts"] == "done"
    assert stopped.ladder[2].why == "interrupted, after 0 of 1 epochs"
    assert stopped.ladder[-1].why == "interrupted before"
    assert stopped.advice is not None
    whole = harden(run, model="own_small:net", **ASKED)
    for one, other in zip(whole.ladder, base[1].ladder, strict=True):
        if one.answered is not None:
            assert np.array_equal(one.answered.answers, other.answered.answers)


def test_a_rung_that_diverges_is_told_and_the_others_go_on(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own_spoilt.py").write_text(SPOILT)
    run = train("xo", model="own_spoilt:net", take=20, batch_size=20, epochs=1, precision="fp32").run
    (tmp_path / "spoilt").touch()
    found = harden(run.path, model="own_spoilt:net", **ASKED)
    assert states(found) == {
        "as-it-is": "done",
        "shifts": "failed",
        "worst": "failed",
        "steady": "skipped",
        "pooled": "skipped",
        "blur": "failed",
        "aps": "failed",
        "vote": "done",
    }
    assert found.ladder[1].why.startswith("the loss became nan in epoch 1 at batch 1 of 1")
    assert found.tests["vote"][0] == "as-it-is"
    (tmp_path / "spoilt").unlink()
    assert states(harden(run.path, model="own_spoilt:net", **ASKED))["shifts"] == "done"


def test_more_epochs_than_the_run_had_are_said(copied):
    found = harden(copied(), model="own_small:net", epochs=2, budget=1e-9, **ASKED)
    assert found.notes[0].startswith("the run itself was trained for 1 epochs and the rungs for 2")


def test_a_folder_in_the_way_is_not_touched(copied):
    run = copied()
    (run.with_name("mine-hardened") / "shifts").mkdir(parents=True)
    with pytest.raises(RunError, match="shifts' is in the way and no run; remove it, or choose another folder"):
        harden(run, model="own_small:net", **ASKED)


def test_round_the_torus_the_rung_with_aps_never_changes_its_answer(tmp_path):
    run = train("xo", model="cnn", take=20, batch_size=20, epochs=1, out=tmp_path).run
    found = harden(run.path, border="wrap", out=tmp_path / "ladder", shift=1, take=6)
    assert found.folder == tmp_path / "ladder"
    entry = {one["rung"]: one for one in found.to_json()["ladder"]}
    assert {one["state"] for one in entry.values()} == {"done"}
    assert entry["pooled"]["against"]["rung"] == entry["steady"]["against"]["rung"] == "worst"
    assert entry["aps"]["model"] == "cnn[head=pooled,padding=circular,pool=aps]"
    assert entry["aps"]["unchanged_everywhere"] == 1.0


JOINED = """
import torch
from torch import nn

class net(nn.Module):
    def __init__(self, classes, channels):
        super().__init__()
        self.first, self.second = nn.Conv2d(channels, 4, 3, stride=2), nn.Conv2d(channels, 4, 5, stride=2, padding=1)
        self.dense = nn.Linear(4 * 13 * 13, classes)

    def forward(self, x):
        x = torch.relu(self.first(x)) + self.second(x)
        return self.dense(x.view(x.size(0), -1))

def even(classes, channels):
    return nn.Sequential(nn.Conv2d(channels, 2, 5), nn.ReLU(), nn.Flatten(), nn.Linear(2 * 24 * 24, classes))
"""


def test_a_network_that_samples_without_aliasing_already_is_hardened_under_its_whole_name(tmp_path, monkeypatch):
    """Three channels, a `view` of two joined branches, and an option in its name, spelled in another way."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own_joined.py").write_text(JOINED)
    name = "own_joined:net[anti_alias=blur3]"
    trained_as = {"channels": 3, "take": 40, "batch_size": 20, "epochs": 1, "precision": "fp32"}
    run = train("xo", model="own_joined:net[ anti_alias = blur3 ]", **trained_as).run
    assert read_config(run)["settings"]["model"] == name
    short = harden(run.path, model=name, budget=1e-9, **ASKED)
    assert short.resume == f"convlens harden {run.path} --shift 1 --take 12 --model '{name}'"
    seen: list[Step] = []

    def watch(event):
        seen.append(event)
        if len(seen) == 5:  # the first step of the third rung, after two steps and the end of an epoch of the second
            signal.raise_signal(signal.SIGINT)

    stopped = harden(run.path, model=name, watch=watch, **ASKED)
    assert [one.state for one in stopped.ladder[:3]] == ["done", "done", "not run"]
    found = harden(run.path, model=name, **ASKED)
    assert states(found) == {
        "as-it-is": "done",
        "shifts": "done",
        "worst": "done",
        "steady": "skipped",
        "pooled": "skipped",
        "blur": "skipped",
        "aps": "skipped",
        "vote": "done",
    }
    why = {one.name: one.why for one in found.ladder}
    assert why["blur"] == "the network is trained so already"
    assert why["aps"].startswith("its strided layers stay as they are: 'first': other layers run beside it, and their")
    assert {read_config(Run(found.folder / rung))["settings"]["model"] for rung in ("shifts", "worst")} == {name}
    for rung in ("shifts", "worst"):
        assert trained(found.folder / rung, model=name).card.channels == 3
    with pytest.raises(ConvlensError, match="samples in another way than 'own_joined:net'"):
        harden(run.path, model="own_joined:net", **ASKED)


def test_a_network_that_samples_nothing_is_not_trained_again_for_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own_even.py").write_text(JOINED)
    run = train("xo", model="own_even:even", take=20, batch_size=20, epochs=1, precision="fp32").run
    found = harden(run.path, model="own_even:even", budget=1e-9, precision="fp32", **ASKED)
    why = {one.name: one.why for one in found.ladder if one.state == "skipped"}
    assert why["blur"] == why["aps"] == "it has no strided layer, and so samples nothing"


def test_the_command_that_goes_on_asks_for_the_same_precision(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = train("xo", model="mlp", take=20, batch_size=20, epochs=1, precision="fp32").run
    found = harden(run.path, budget=1e-9, precision="bf16", **ASKED)
    assert found.resume == f"convlens harden {run.path} --shift 1 --take 12 --precision bf16"
