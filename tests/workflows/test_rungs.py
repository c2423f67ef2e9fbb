"""One rung, when the time is up in the middle of it."""

from pathlib import Path

import numpy as np
import pytest

from convlens.runs.folder import Run, open_run, read_config
from convlens.workflows.ladder import best_so_far
from convlens.workflows.remedies import remedies
from convlens.workflows.rungs import Meanwhile, TimeIsUpError, Way, audited_rung, trained_rung, voting_rung
from convlens.workflows.settings import RunSettings

OVER = Meanwhile(deadline=0.0)
WAY = Way(1, "zeros", 0, 10, "cpu", "fp32")


@pytest.fixture
def ladder(xo_run):
    own = RunSettings.from_config(read_config(open_run(xo_run))["settings"])
    return remedies(own, shift=1, border="zeros")


@pytest.fixture
def in_parts(monkeypatch):
    """A part of a sweep holds two pictures."""
    monkeypatch.setattr("convlens.audit.in_parts.PART_PIXELS", 2 * 9 * 28 * 28)


def test_time_that_is_up_ends_an_audit_unless_it_is_done():
    told = []
    with pytest.raises(TimeIsUpError):
        Meanwhile(0.0, progress=lambda *far: told.append(far)).counted(1, 2)
    OVER.counted(2, 2)
    Meanwhile().counted(1, 2)
    assert told == [(1, 2)]
    assert OVER.is_up
    assert 0 < OVER.left < 1e-6
    assert Meanwhile().left is None


def test_an_audit_that_ran_out_of_time_keeps_its_parts_and_goes_on(xo_run, ladder, in_parts):
    rung, stopped = audited_rung(ladder[0], Run(xo_run), WAY, OVER)
    assert (rung.state, stopped) == ("not run", "the time budget is used up")
    assert rung.why == "trained, but the time budget was used up during its audit"
    assert rung.epochs == 3
    assert list((xo_run / "audit").rglob("0-2.npy"))
    told = []
    whole, stopped = audited_rung(ladder[0], Run(xo_run), WAY, Meanwhile(progress=lambda *far: told.append(far)))
    assert (whole.state, stopped, told[0]) == ("done", "", (18, 90))
    assert not list((xo_run / "audit").rglob("*.npy"))


def test_a_vote_that_ran_out_of_time_goes_on(xo_run, ladder, in_parts, tmp_path):
    below, _ = audited_rung(ladder[0], Run(xo_run), WAY, Meanwhile())
    assert best_so_far([below]) is below
    rung, stopped = voting_rung(ladder[-1], below, tmp_path / "vote", WAY, OVER)
    assert (rung.why, stopped) == ("the time budget was used up before", "the time budget is used up")

    class Ending(Meanwhile):
        @property
        def is_up(self):
            return len(told) > 0

    told: list[int] = []
    rung, stopped = voting_rung(
        ladder[-1], below, tmp_path / "vote", WAY, Ending(progress=lambda done, _: told.append(done))
    )
    assert (rung.why, stopped) == ("the time budget was used up during its audit", "the time budget is used up")
    whole, _ = voting_rung(ladder[-1], below, tmp_path / "vote", WAY, Meanwhile())
    assert (whole.state, whole.over) == ("done", "as-it-is")
    again, _ = voting_rung(ladder[-1], below, tmp_path / "vote", WAY, Meanwhile())
    assert np.array_equal(again.answered.answers, whole.answered.answers)


def test_no_training_begins_when_the_time_is_up(ladder, tmp_path):
    rung, stopped = trained_rung(ladder[1], Run(tmp_path / "shifts"), WAY, OVER)
    assert (rung.state, rung.why, stopped) == (
        "not run",
        "the time budget was used up before",
        "the time budget is used up",
    )
    assert not Path(tmp_path / "shifts").exists()


def test_an_audit_in_another_way_is_made_anew(xo_run, ladder):
    first, _ = audited_rung(ladder[0], Run(xo_run), WAY, Meanwhile())
    told = []
    other = Way(1, "wrap", 0, 10, "cpu", "fp32")
    second, _ = audited_rung(ladder[0], Run(xo_run), other, Meanwhile(progress=lambda *far: told.append(far)))
    assert told
    assert (first.result["protocol"]["border"], second.result["protocol"]["border"]) == ("zeros", "wrap")
