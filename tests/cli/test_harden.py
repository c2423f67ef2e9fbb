"""`convlens harden` as it is typed: its table, its JSON, its budget; and training on the worst of several versions."""

import json
import re
import shlex

import pytest

SMALL = "harden runs/latest --shift 1 --take 8"


def test_the_ladder_is_a_table_with_intervals_and_advice(here, convlens):
    said = convlens(SMALL)
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    assert lines[0].startswith("8 pictures of xo, test split, moved by up to 1 px, border zeros; shares in %")
    row = next(line for line in lines if line.split()[:5] == ["shifts", "+", "shifts", "in", "training"])
    assert len(re.findall(r"\d+\.\d \(\d+\.\d–\d+\.\d\)", row)) == 5
    assert any(line.startswith("pooled: skipped: how 'mlp' ends is up to whoever wrote it") for line in lines)
    assert any(line.startswith(("Ship ", "Keep ")) for line in lines)
    assert "wrote ladder.json, ladder.csv and ladder.svg into runs/xo-mlp-hardened" in said.out.replace(
        str(here) + "/", ""
    )
    assert "go on with" not in said.out
    assert "rung 1 of 8: as it is" in said.err


def test_json_stands_alone_and_has_an_entry_for_each_rung(here, convlens):
    said = convlens(SMALL, "--json")
    told = json.loads(said.out)
    names = ["as-it-is", "shifts", "worst", "steady", "pooled", "blur", "aps", "vote"]
    assert [one["rung"] for one in told["ladder"]] == names
    for one in told["ladder"]:
        if one["state"] == "done":
            low, high = one["intervals"]["right_everywhere"]
            assert low <= one["right_everywhere"] <= high
    assert told["ladder"][1]["against"]["rung"] == "as-it-is"


def test_a_budget_that_is_used_up_ends_well_and_names_the_command_that_goes_on(here, convlens):
    said = convlens(SMALL, "--budget", "0.001s")
    assert said.code == 0
    assert "shifts: not run: the time budget was used up before" in said.out.splitlines()
    command = said.out.splitlines()[-1].partition("go on with: ")[2]
    assert command == "convlens harden runs/latest --shift 1 --take 8"
    assert convlens(command.partition(" ")[2]).out.count("not run") == 0


OWN = """
import torch
from torch import nn

class net(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv, self.dense = nn.Conv2d(3, 4, 3, stride=3), nn.Linear(4 * 9 * 9, classes)

    def forward(self, x):
        x = torch.relu(self.conv(x))
        return self.dense(x.view(x.size(0), -1))
"""


def test_a_network_of_ones_own_is_hardened_and_goes_on(here, convlens):
    (here / "mine_typed.py").write_text(OWN)
    name = "mine_typed:net[anti_alias=blur3]"
    trained = convlens(
        "train xo --channels 3 --take 20 --epochs 1 --batch-size 20 --precision fp32 --name own --model", name
    )
    assert trained.code == 0, trained.err
    short = convlens("harden runs/own --shift 1 --take 6 --budget 0.001s --model", name)
    assert short.code == 0, short.err
    command = short.out.splitlines()[-1].partition("go on with: ")[2]
    assert shlex.split(command) == shlex.split(f"convlens harden runs/own --shift 1 --take 6 --model '{name}'")
    said = convlens("harden runs/own --shift 1 --take 6 --json --model", name)
    assert said.code == 0, said.err
    ladder = {one["rung"]: one for one in json.loads(said.out)["ladder"]}
    assert [name for name, one in ladder.items() if one["state"] == "done"] == [
        "as-it-is",
        "shifts",
        "worst",
        "aps",
        "vote",
    ]
    assert ladder["aps"]["model"] == "mine_typed:net[anti_alias=aps]"
    assert ladder["blur"]["why"] == "the network is trained so already"
    assert ladder["pooled"]["why"].startswith("how 'mine_typed:net[anti_alias=blur3]' ends is up to whoever wrote it")
    assert convlens("harden runs/own").err.count("say how it is built with --model") == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("harden runs/none", "there is no run 'runs/none'"),
        ("harden runs/latest --border canvas", "no border rule is named 'canvas'"),
        ("harden runs/latest --budget soon", "a time is written like 5m, 90s or 1h30m; got 'soon'"),
        ("train xo --model mlp --worst-of 3", "but nothing changes the pictures; add an augmentation"),
        ("train xo --model mlp --worst-of 0 --augment shift", "worst_of must be at least 1, got 0"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(here, convlens, arguments, told):
    said = convlens(arguments)
    assert said.code == 2
    assert told in said.err
    assert not list((here / "runs").glob("*hardened*/*/config.toml"))


def test_train_takes_the_worst_of_several_versions(here, convlens):
    said = convlens("train xo --model mlp --take 40 --epochs 1 --augment shift --worst-of 3 --name worst")
    assert said.code == 0, said.err
    assert "worst_of = 3" in (here / "runs" / "worst" / "config.toml").read_text()
