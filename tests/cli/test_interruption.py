"""Ctrl-C, SIGTERM and SIGKILL against a real process: nothing is lost, and the rest is the same to the last bit."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from convlens.runs.checkpoints import LAST, read_checkpoint
from convlens.runs.folder import Run
from convlens.tables import Table
from convlens.workflows import resume, train

pytestmark = pytest.mark.slow

ASKED = {"model": "cnn", "take": 160, "batch_size": 8, "epochs": 3, "device": "cpu"}
OPTIONS = ASKED | {"name": "half"}
COMMAND = ["train", "xo", *(f"--{name.replace('_', '-')}={value}" for name, value in OPTIONS.items())]


def begun(folder: Path, *more: str) -> subprocess.Popen[str]:
    """Start a training in a process of its own and wait for its first epoch."""
    process = subprocess.Popen(
        [sys.executable, "-m", "convlens", *COMMAND, *more],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"COLUMNS": "200"},
    )
    assert process.stderr is not None
    while line := process.stderr.readline():
        if line.startswith("epoch 1"):
            break
    return process


def all_of(run: Run) -> tuple[bytes, list[dict[str, object]]]:
    rows = [row | {"seconds": 0} for row in Table.from_csv(run.history.read_text()).rows()]
    return read_checkpoint(run.checkpoints, LAST), rows


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    return all_of(train("xo", out=tmp_path_factory.mktemp("whole"), **ASKED).run)


@pytest.mark.parametrize(("number", "word"), [(signal.SIGINT, "interrupted"), (signal.SIGTERM, "terminated")])
def test_a_signal_saves_says_how_to_go_on_and_the_rest_is_the_same(tmp_path, uninterrupted, number, word):
    process = begun(tmp_path)
    process.send_signal(number)
    out, err = process.communicate()
    assert process.returncode == 1, err
    assert out.splitlines()[0].startswith(f"{word} after ")
    assert out.splitlines()[1] == "  convlens train --resume runs/half"
    assert "Traceback" not in err
    assert all_of(resume(tmp_path / "runs" / "half").run) == uninterrupted


@pytest.mark.parametrize("more_lines", [0, 1])
def test_a_killed_run_goes_on_as_if_it_had_not_been(tmp_path, uninterrupted, more_lines):
    process = begun(tmp_path)
    assert process.stderr is not None
    for _ in range(more_lines):
        process.stderr.readline()
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert all_of(resume(tmp_path / "runs" / "half").run) == uninterrupted


def test_two_processes_share_the_batches(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "convlens", *COMMAND, "--devices", "2", "--epochs", "1", "--json"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert '"train_accuracy"' in done.stdout
    assert "Traceback" not in done.stderr


def test_a_signal_to_the_first_of_several_processes_stops_them_all(tmp_path):
    process = begun(tmp_path, "--devices", "2", "--epochs", "40")
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate()
    assert process.returncode == 1, err
    assert out.splitlines()[1] == "  convlens train --resume runs/half"
    assert "Traceback" not in err


def test_a_reader_that_goes_away_is_no_error(tmp_path):
    done = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m convlens data list --json | head -1"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("[\n", "")
