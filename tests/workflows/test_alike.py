"""Audits that lie on disk: their protocols are read back, and those that belong together are found."""

import json
from pathlib import Path

import pytest

from convlens.audit.sweep import Protocol
from convlens.workflows import audit, severities, spatial
from convlens.workflows.alike import Kept, newest_alike, protocol_of


def kept(name: str, written: float, **changed: object) -> Kept:
    plain = {"radius": 1, "pattern": "grid", "border": "zeros", "fill": 0, "data": "made", "split": "test"}
    protocol = Protocol(**{**plain, "manifest_hash": "", "count": 9, **changed})
    return Kept(Path(f"{name}.json"), {}, protocol, written)


def names(found):
    return None if found is None else [one.path.stem for one in found]


def test_the_audits_that_all_have_alike_are_found():
    one = [kept("trial", 9, count=2), kept("one", 1)]
    other = [kept("wide", 5, radius=3), kept("other", 2)]
    assert names(newest_alike([one, other])) == ["one", "other"]


def test_of_several_choices_the_one_that_was_completed_last_is_taken():
    one = [kept("zeros 1", 1), kept("wrap 1", 4, border="wrap")]
    other = [kept("zeros 2", 5), kept("wrap 2", 2, border="wrap")]
    assert names(newest_alike([one, other])) == ["zeros 1", "zeros 2"]


def test_of_one_network_the_newest_is_taken():
    assert names(newest_alike([[kept("old", 1), kept("new", 2, radius=2)]])) == ["new"]


@pytest.mark.parametrize("audits", [[], [[]], [[kept("one", 1)], []], [[kept("one", 1)], [kept("two", 2, radius=2)]]])
def test_without_a_protocol_that_all_have_there_is_none(audits):
    assert newest_alike(audits) is None


def test_protocols_survive_the_disk(xo_run):
    shifts = audit(xo_run, shift=1, take=20)
    told = json.loads(shifts.saved[0].read_text())
    assert protocol_of(told) == shifts.sweep.protocol
    for found in (severities(xo_run, ["noise"], take=20), spatial(xo_run, take=5)):
        told, same = (protocol_of(json.loads(found.saved[0].read_text())) for _ in range(2))
        assert told == same
        assert told.count == found.results[0]["protocol"]["count"]
