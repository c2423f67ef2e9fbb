"""`convlens compare`, as text and as JSON."""

import dataclasses
import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from convlens.audit.answered import UNKNOWN, Answered, of, pack
from convlens.audit.comparison import ONE_DRAW, compare
from convlens.audit.shifts import grid
from convlens.audit.sweep import Protocol
from convlens.cli import show
from convlens.workflows import audit


@pytest.fixture
def audited_runs(here):
    """The run of the working folder and a copy of it, both audited."""
    shutil.copytree(here / "runs" / "xo-mlp", here / "runs" / "twin")
    for name in ("xo-mlp", "twin"):
        found = audit(here / "runs" / name, shift=1, take=30)
        found.saved[0].with_suffix(".npz").write_bytes(pack(of(found.sweep)))
    return here


def test_two_runs_are_compared_as_text_and_as_json(audited_runs, convlens):
    said = convlens("compare runs/xo-mlp runs/twin")
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[0].startswith("30 pictures of xo, test split, moved by up to 1 px, border zeros")
    assert "right at every shift, pair by pair (exact McNemar test; p adjusted by Holm for 1 in all)" in lines
    assert any(line.startswith("Between xo-mlp and twin no difference is shown (adjusted p 1)") for line in lines)
    assert lines[-1] == ONE_DRAW
    told = json.loads(convlens("compare runs/xo-mlp runs/twin --json").out)
    assert set(told["audits"]) == {"xo-mlp", "twin"}
    assert told["pairs"][0]["p"] == 1.0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("compare", "runs"),
        ("compare runs/xo-mlp", "two audits or more, got 1"),
        ("compare runs/xo-mlp runs/latest", "named twice"),
        ("compare runs/xo-mlp runs/nothing", "there is no run 'runs/nothing'"),
        ("compare runs/xo-mlp mine.json", "could not read"),
    ],
)
def test_a_mistake_is_a_sentence(audited_runs, convlens, arguments, told):
    said = convlens(arguments)
    assert said.code in {1, 2}
    assert told.lower() in said.err.lower()
    assert "Traceback" not in said.err


def test_a_run_that_was_not_audited_is_told_how(here, convlens):
    said = convlens("compare runs/latest runs/xo-mlp")
    assert said.code == 2
    assert "run `convlens audit runs/latest` first" in said.err


def models(count: int) -> dict[str, Answered]:
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 3, 200)
    protocol = Protocol(2, "grid", "wrap", 0, "made", "test", "", 200)
    found = {}
    for place in range(count):
        right = generator.random((200, 25)) < 1 - 0.02 * place
        answers = np.where(right, labels[:, None], (labels[:, None] + 1) % 3)
        found[f"m{place}"] = Answered(protocol, grid(2), labels, answers, ("a", "b", "c"))
    return found


def printed(capsys, audits):
    show.compared(SimpleNamespace(comparison=compare(audits)))
    return capsys.readouterr().out


def test_several_models_stand_side_by_side(capsys):
    found = models(4)
    out = printed(capsys, found)
    comparison = compare(found)
    pair = comparison.pairs[-1]
    assert f"{100 * comparison.numbers['m1']['clean'].value:.1f} %" in out
    assert out.count("differences in percentage points") == 2  # six pairs, three beside each other
    assert "m2 − m3" in out
    assert f"{100 * pair.differences['mean'].value:+.1f} (" in out
    assert "ranking by: right at every shift" in out
    assert "right, not moved" in out
    assert "m0 is ahead of m1 (adjusted p < 0.0001)." in out


def test_a_median_beyond_the_grid_is_printed_as_such(capsys):
    still = models(1)["m0"]
    same = dataclasses.replace(still, answers=np.tile(still.labels[:, None], (1, 25)))
    # of 200 pictures 102 flip at 2 px: by resampling it may be fewer than half
    flips = same.answers.copy()
    flips[:102, 0] = (flips[:102, 0] + 1) % 3
    out = printed(capsys, {"still": same, "as still": same, "close": dataclasses.replace(same, answers=flips)})
    assert ">2 px (>2–>2)" in out
    assert "2 px (2–>2)" in out
    assert "not known" in out


def test_without_labels_steadiness_is_what_counts(capsys):
    forgotten = {name: dataclasses.replace(one, labels=np.full(200, UNKNOWN)) for name, one in models(2).items()}
    out = printed(capsys, forgotten)
    assert "ranking by: same answer at every shift" in out
    assert "right" not in out.replace("ranking by: right", "")
