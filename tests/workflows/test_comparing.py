"""Comparisons of audits that lie on disk: found, held against their weights, refused when they differ."""

import json
import os
import shutil

import numpy as np
import pytest

from convlens.audit.answered import of, pack
from convlens.errors import ConvlensError, DataError, RunError, SettingsError
from convlens.files import read_json, write_json
from convlens.workflows import audit, compare, evaluate, train


def audited(run, **asked):
    """Audit a run and keep its answers; give the JSON file."""
    found = audit(run, **{"shift": 1, "take": 40} | asked)
    path = found.saved[0]
    path.with_suffix(".npz").write_bytes(pack(of(found.sweep)))
    return path


@pytest.fixture
def two_runs(xo_run, tmp_path):
    """Two networks on the same letters, one of them trained for one epoch only."""
    shorter = train("xo", model="mlp", take=200, epochs=1, batch_size=32, out=tmp_path / "more", name="xo-more").run
    return xo_run, shorter.path


def test_the_numbers_are_those_of_the_audits(two_runs):
    paths = [audited(run) for run in two_runs]
    found = compare(two_runs)
    assert list(found.audits.values()) == paths
    assert list(found.comparison.numbers) == ["xo-mlp", "xo-more"]
    told = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert list(told)[:2] == ["audits", "protocol"]
    for name, path in found.audits.items():
        result = read_json(path)
        for number, one in told["numbers"][name].items():
            assert one["value"] == result[number]
            assert [one["low"], one["high"]] == result["intervals"][number]
        assert one["value"] is None or np.isfinite(one["value"])
    clean = [evaluate(run, take=40).accuracy for run in two_runs]
    assert told["pairs"][0]["differences"]["clean"]["value"] == pytest.approx(clean[0] - clean[1])


def test_the_newest_audit_of_a_run_is_taken_and_an_older_one_by_its_file(two_runs):
    older = [audited(run, border="wrap") for run in two_runs]
    newer = [audited(run) for run in two_runs]
    assert compare(two_runs).comparison.protocol.border == "zeros"
    assert compare(older).comparison.protocol.border == "wrap"
    assert list(compare([two_runs[0], newer[1]]).audits.values()) == newer


def test_runs_of_the_same_name_are_called_as_they_were_given(two_runs, tmp_path):
    elsewhere = tmp_path / "elsewhere" / "xo-mlp"
    shutil.copytree(two_runs[0], elsewhere)
    audited(two_runs[0])
    audited(elsewhere)
    found = compare([two_runs[0], elsewhere])
    assert list(found.audits) == [str(two_runs[0]), str(elsewhere)]
    # the same weights answer the same, and that is no difference
    assert found.comparison.pairs[0].test.p == 1.0
    assert [rank.letters for rank in found.comparison.ranking] == ["a", "a"]


def test_other_protocols_are_refused_with_what_differs(two_runs):
    audited(two_runs[0], border="wrap")
    audited(two_runs[1], border="zeros")
    with pytest.raises(SettingsError, match="cannot be compared: they differ in border 'wrap' and 'zeros'"):
        compare(two_runs)


@pytest.mark.parametrize(
    ("trial", "told"),
    [
        ({"take": 20}, r"they differ in other pictures \(20 and 40\); audit both"),
        ({"seed": 1}, r"they differ in other pictures \(40 each\); audit both"),
        ({"take": 20, "shift": 2}, r"they differ in radius 2 and 1, other pictures \(20 and 40\)"),
    ],
)
def test_other_pictures_are_told_by_how_many_there_are_and_not_by_a_hash(two_runs, trial, told):
    audited(two_runs[0], **trial)
    audited(two_runs[1])
    with pytest.raises(SettingsError, match=told):
        compare(two_runs)


def at(second, *paths):
    """Say when audits were written."""
    for path in paths:
        os.utime(path, (second, second))


def test_a_trial_of_one_run_does_not_hide_the_audits_that_all_have_alike(two_runs):
    paths = [audited(run) for run in two_runs]
    at(100, *paths)
    at(200, audited(two_runs[0], take=20, shift=2))
    assert list(compare(two_runs).audits.values()) == paths


def test_of_several_audits_that_all_have_alike_the_newest_are_taken(two_runs):
    older = [audited(run, border="wrap") for run in two_runs]
    newer = [audited(run) for run in two_runs]
    at(100, older[0], newer[1])
    at(200, newer[0], older[1])
    at(300, newer[0])
    assert list(compare(two_runs).audits.values()) == newer
    at(400, older[1])
    assert list(compare(two_runs).audits.values()) == older


def test_the_file_of_an_audit_decides_which_audit_of_a_run_is_taken(two_runs):
    wrapped = [audited(run, border="wrap") for run in two_runs]
    at(100, *wrapped)
    at(200, audited(two_runs[0]))
    assert list(compare([two_runs[0], wrapped[1]]).audits.values()) == wrapped


def test_audits_that_kept_their_answers_go_before_newer_ones_that_did_not(two_runs):
    kept = [audited(run, border="wrap") for run in two_runs]
    without = [audited(run) for run in two_runs]
    at(100, *kept)
    at(200, *without)
    without[0].with_suffix(".npz").unlink()
    assert list(compare(two_runs).audits.values()) == kept


def test_a_run_without_an_audit_is_told_how_to_make_one(two_runs):
    audited(two_runs[0])
    with pytest.raises(RunError, match=r"'.*xo-more' has no audit of its present weights; run `convlens audit .*more`"):
        compare(two_runs)


def test_an_audit_of_other_weights_does_not_count(two_runs):
    for run in two_runs:
        path = audited(run)
    write_json(path, read_json(path) | {"weights_sha256": "0" * 64})
    with pytest.raises(RunError, match=r"\(the 1 that are there are of other weights\)"):
        compare(two_runs)


def test_an_audit_that_kept_no_answers_is_named(two_runs):
    for run in two_runs:
        path = audited(run)
    path.with_suffix(".npz").unlink()
    with pytest.raises(RunError, match=r"kept no answers \(shift-1-.*\.npz is not beside it\)"):
        compare(two_runs)


def test_answers_of_another_audit_are_refused(two_runs):
    first = audited(two_runs[0])
    second = audited(two_runs[1], border="wrap")
    shutil.copy(first.with_suffix(".npz"), second.with_suffix(".npz"))
    with pytest.raises(DataError, match="belongs to another audit than the JSON file beside it"):
        compare([first, second])


@pytest.mark.parametrize("content", ["[]", "{}", '{"subject": "x", "protocol": {"unit": "px"}}'])
def test_a_file_that_is_no_audit_of_shifts_is_refused(xo_run, tmp_path, content):
    (tmp_path / "other.json").write_text(content)
    path = audited(xo_run)
    with pytest.raises(DataError, match=r"other\.json' is no audit of shifts"):
        compare([path, tmp_path / "other.json"])
    with pytest.raises(ConvlensError, match="could not read"):
        compare([path, tmp_path / "missing.json"])


def test_one_is_no_comparison_and_twice_the_same_neither(xo_run):
    path = audited(xo_run)
    with pytest.raises(SettingsError, match="two audits or more, got 1"):
        compare([xo_run])
    with pytest.raises(SettingsError, match="the same audit was named twice"):
        compare([xo_run, path])
