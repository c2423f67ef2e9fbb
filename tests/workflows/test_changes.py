"""Audits of other changes than shifts, of runs and of networks by name: kept beside the run, and found again."""

import json

import numpy as np
import pytest

from convlens.audit.changes import SEVERITIES
from convlens.audit.poses import Limits
from convlens.errors import SettingsError, UnknownNameError
from convlens.files import read_json, write_json
from convlens.tables import Table
from convlens.workflows import evaluate
from convlens.workflows.changes import changed, changes_named, newest_changes, severities, spatial
from convlens.workflows.subjects import trained

FEW = Limits(moves=3, turns=3, tries=2)


def test_the_result_has_the_keys_of_a_shift_audit_and_the_median_amount(xo_run):
    (result,) = severities(xo_run, "rotation", take=50).results
    result = json.loads(json.dumps(result, allow_nan=False))
    assert {"subject", "weights", "weights_sha256", "protocol", "cells", "levels", "intervals"} <= set(result)
    assert {"clean", "mean", "lowest", "lowest_at", "right_everywhere", "median_amount_to_flip"} <= set(result)
    assert (result["change"], result["protocol"]["unit"]) == ("rotation", "°")
    assert [cell["amount"] for cell in result["cells"]] == list(range(-30, 31, 2))
    for cell in result["cells"]:
        assert 0 <= cell["low"] <= cell["accuracy"] <= cell["high"] <= 1
    protocol = result["protocol"]
    assert (protocol["data"], protocol["split"], protocol["count"], protocol["border"]) == ("xo", "test", 50, "zeros")


def test_unchanged_it_is_an_evaluation_of_the_same_pictures(xo_run):
    evaluated = evaluate(xo_run, take=60)
    found = severities(xo_run, ("blur", "noise"), take=60).results + spatial(xo_run, limits=FEW, take=60).results
    for result in found:
        assert result["clean"] == evaluated.accuracy
        assert result["intervals"]["clean"] == [evaluated.low, evaluated.high]


def test_all_changes_are_made_once_each_and_progress_counts_them_together(xo_run):
    told = []
    found = severities(xo_run, ("blur", "all", "blur"), take=4, progress=lambda *numbers: told.append(numbers))
    assert [result["change"] for result in found.results] == list(SEVERITIES)
    predictions = 4 * sum(len(result["cells"]) for result in found.results)
    assert told[-1] == (predictions, predictions)
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert {total for _, total in told} == {predictions}
    assert len(found.saved) == 3 * len(SEVERITIES)


def test_a_change_of_two_words_may_be_spelled_either_way_and_is_made_once():
    assert changes_named(["motion_blur", "motion-blur", "jpeg"]) == ["motion-blur", "jpeg"]
    assert changes_named(["salt_and_pepper", "all"]) == list(SEVERITIES)


def test_a_change_that_is_not_there_is_answered_with_all_that_are():
    with pytest.raises(UnknownNameError) as refused:
        changes_named(["motion_blurr"])
    assert "did you mean 'motion-blur'" in str(refused.value)
    assert all(name in str(refused.value) for name in (*SEVERITIES, "'all'", "'spatial'"))


def test_audits_are_kept_beside_their_run_as_json_and_csv_a_curve_too(xo_run):
    for found in (severities(xo_run, "jpeg", take=20), spatial(xo_run, limits=FEW, take=20)):
        assert [path.parent for path in found.saved] == [xo_run.resolve() / "audit"] * len(found.saved)
        assert read_json(found.saved[0]) == json.loads(json.dumps(found.results[0]))
        assert Table.from_csv(found.saved[1].read_text()).rows() == found.results[0]["cells"]
    assert not (xo_run / "audit" / ".unfinished").exists() or not list((xo_run / "audit" / ".unfinished").iterdir())


def test_only_an_equal_protocol_replaces_an_older_audit(xo_run):
    for asked in ({}, {}, {"fill": 9}, {"border": "edge"}, {"amounts": {"rotation": (0, 9)}}, {"split": "validation"}):
        severities(xo_run, "rotation", **{"take": 20} | asked)
    assert len(list((xo_run / "audit").glob("change-rotation-*.json"))) == 5
    for asked in ({}, {"seed": 0}, {"seed": 1}, {"limits": FEW, "take": None}):
        spatial(xo_run, **{"limits": FEW, "take": 20} | asked)
    assert len(list((xo_run / "audit").glob("spatial-*.json"))) == 3


def test_the_newest_audit_of_each_change_of_these_weights_is_found_again(xo_run):
    subject = trained(xo_run)
    assert newest_changes(subject) == []
    severities(xo_run, ("rotation", "blur"), take=20)
    second = severities(xo_run, "rotation", take=20, fill=50)
    attack = spatial(xo_run, limits=FEW, take=20)
    found = newest_changes(subject)
    assert [one["change"] for one in found] == ["blur", "rotation", "spatial"]
    assert found[1:] == json.loads(json.dumps([*second.results, *attack.results]))
    write_json(attack.saved[0], dict(attack.results[0]) | {"weights_sha256": "another's"})
    assert [one["change"] for one in newest_changes(subject)] == ["blur", "rotation"]


def test_an_audit_that_was_interrupted_goes_on_with_what_was_done_of_all_changes(xo_run):
    asked = {"take": 20, "to": xo_run / "here"}
    whole = severities(xo_run, ("blur", "rotation"), **asked).results

    def stops_in_the_second_change(done, total):
        if done > 20 * len(whole[0]["cells"]):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        severities(xo_run, ("blur", "rotation"), progress=stops_in_the_second_change, **asked)
    kept = list((xo_run / "here" / ".unfinished").glob("*/*.npy"))
    assert sorted(np.load(path).shape for path in kept) == [(20, 17, 2), (20, 31, 2)]
    assert severities(xo_run, ("blur", "rotation"), **asked).results == whole
    assert list((xo_run / "here" / ".unfinished").iterdir()) == []

    # What was kept is what counts: with other answers there, others come out.
    with pytest.raises(KeyboardInterrupt):
        severities(xo_run, ("blur", "rotation"), progress=stops_in_the_second_change, **asked)
    for path in kept:
        np.save(path, np.tile(np.float32([0, 1]), (*np.load(path).shape[:2], 1)))
    for result in severities(xo_run, ("blur", "rotation"), **asked).results:
        assert result["unchanged_everywhere"] == 1
        assert result["median_amount_to_flip"] is None


def test_a_registered_network_is_audited_untrained_and_written_where_it_is_asked(tmp_path):
    found = severities("cnn", "contrast", data="xo", take=4, to=tmp_path)
    assert (found.results[0]["subject"], found.subject.weights) == ("cnn", "untrained weights (seed 0)")
    assert {path.parent for path in found.saved} == {tmp_path}
    assert newest_changes(found.subject) == []


@pytest.mark.parametrize(
    ("changes", "asked", "error", "told"),
    [
        ("rotate", {}, UnknownNameError, "no change is named 'rotate'; did you mean .*'rotation'"),
        (("blur", "spatial"), {}, UnknownNameError, "no change is named 'spatial'"),
        ("rotation", {"border": "mirror"}, SettingsError, "mirror"),
        ("rotation", {"fill": 300}, SettingsError, "300"),
        ("noise", {"amounts": {"noise": (0, -5)}}, SettingsError, "got -5"),
        ("noise", {"amounts": {"blur": (0, 5)}}, SettingsError, "amounts are given for blur, which is not asked for"),
    ],
)
def test_a_mistake_is_a_sentence_and_nothing_is_written(xo_run, changes, asked, error, told):
    with pytest.raises(error, match=told):
        severities(xo_run, changes, take=10, **asked)
    assert not list(xo_run.glob("audit/*.*"))


def test_dark_ink_on_white_gets_a_note_where_something_comes_in(tmp_path, letter_folder):
    folder = str(letter_folder(dark_on_white=True))
    asked = {"data": folder, "split": "train", "take": 10, "to": tmp_path / "audits"}
    assert "use --fill" in severities("mlp", ("noise", "shear"), **asked).notes[0]
    assert severities("mlp", "noise", **asked).notes == ()
    assert "use --fill" in spatial("mlp", limits=FEW, **asked).notes[0]


def test_the_spatial_attack_is_not_mixed_with_single_changes(xo_run):
    with pytest.raises(SettingsError, match="'spatial' is audited alone, got blur, spatial"):
        changed(xo_run, ["blur", "spatial"])
    assert [one["change"] for one in changed(xo_run, ["contrast"], take=10).results] == ["contrast"]
