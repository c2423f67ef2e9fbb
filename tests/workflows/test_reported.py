"""What a page is about is opened: runs with all their audits, folders of audits, and which of these are drawn."""

import os
import shutil

import pytest

from convlens.errors import RunError, SettingsError
from convlens.files import read_json, write_json
from convlens.workflows import audit, see, severities
from convlens.workflows.reported import alike, distinct_names, reported


@pytest.fixture
def folder(xo_run, tmp_path):
    """A folder of audits alone: those of a run, the older one with 40 pictures, the newer with 20."""
    for at, (count, shift) in enumerate(((40, 1), (20, 2))):
        os.utime(audit(xo_run, shift=shift, take=count).saved[0], (100 + at, 100 + at))
    severities(xo_run, ["blur"], take=20)
    return shutil.copytree(xo_run / "audit", tmp_path / "audits" / "xo")


def counts(entry):
    return [one.content["protocol"]["count"] for one in entry.audits]


def test_a_folder_of_audits_holds_those_of_the_weights_that_were_audited_last(folder):
    found = reported(folder)
    assert (found.name, found.network, counts(found)) == ("xo-mlp", None, [20, 40])
    assert [one.content["change"] for one in found.changes] == ["blur"]
    assert found.data == "xo"
    older = found.audits[1].path
    write_json(older, read_json(older) | {"weights_sha256": "0" * 64})
    os.utime(older, (50, 50))
    assert counts(reported(folder)) == [20]


def test_a_run_goes_before_the_audits_in_it(xo_run):
    audit(xo_run, shift=1, take=20)
    found = reported(xo_run)
    assert found.network is not None
    assert found.network.run.path == xo_run.resolve()
    assert counts(found) == [20]


def test_of_one_the_newest_is_drawn_and_of_several_what_they_have_alike(folder, tmp_path):
    one, other = reported(folder), reported(shutil.copytree(folder, tmp_path / "other"))
    assert counts(alike([one])[0]) == [20, 40]
    for path in (tmp_path / "other").glob("shift-2-*.json"):
        path.unlink()
    other = reported(tmp_path / "other")
    assert [counts(entry) for entry in alike([one, other])] == [[40, 20], [40]]


def test_a_folder_of_looks_inside_alone_is_about_the_weights_that_were_looked_into_last(xo_run, tmp_path):
    seen = see(xo_run, ["0"], to=tmp_path / "looks", page=False)
    found = reported(tmp_path / "looks")
    assert (found.name, found.audits, found.changes, found.data) == ("xo-mlp", (), (), "")
    exhibits, maps = found.inside
    assert [one.title for one in exhibits] == [one.title for one in seen.exhibits]
    assert maps == ()


def test_what_holds_no_audit_of_any_weights_is_refused(tmp_path):
    with pytest.raises(RunError, match="nor a folder of audits, like audits/NAME"):
        reported(tmp_path)


def test_two_of_one_name_are_called_by_their_folders_and_one_is_not_named_twice(folder, tmp_path):
    one, other = reported(folder), reported(shutil.copytree(folder, tmp_path / "other"))
    assert distinct_names([one]) == ["xo-mlp"]
    assert distinct_names([one, other]) == [str(folder), str(tmp_path / "other")]
    with pytest.raises(SettingsError, match="the same run was named twice"):
        distinct_names([one, one])
