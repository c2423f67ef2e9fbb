"""Audits of runs and of networks by name: the numbers are those of an evaluation, the shape that of the issue."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from convlens.data import load
from convlens.errors import DataError, SettingsError, UnknownNameError
from convlens.files import read_json
from convlens.tables import Table
from convlens.workflows import audit, evaluate, one_image, train


def test_the_result_has_the_shape_that_was_promised(xo_run):
    result = json.loads(json.dumps(audit(xo_run, shift=1, take=50).result, allow_nan=False))
    assert {"protocol", "cells", "clean", "mean", "lowest", "right_everywhere"} <= set(result)
    assert {"dx", "dy", "accuracy", "low", "high", "unchanged"} <= set(result["cells"][0])
    places = [(cell["dx"], cell["dy"]) for cell in result["cells"]]
    assert places == [(dx, dy) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    for cell in result["cells"]:
        assert 0 <= cell["low"] <= cell["accuracy"] <= cell["high"] <= 1
    protocol = result["protocol"]
    assert (protocol["radius"], protocol["border"], protocol["fill"], protocol["count"]) == (1, "zeros", 0, 50)
    assert (protocol["data"], protocol["split"]) == ("xo", "test")


def test_unmoved_it_is_an_evaluation_of_the_same_pictures(xo_run, mini_trained):
    for run, take in ((xo_run, None), (mini_trained.run.path, 100)):
        result = audit(run, shift=1, take=take).result
        unmoved = next(cell for cell in result["cells"] if (cell["dx"], cell["dy"]) == (0, 0))
        evaluated = evaluate(run, take=take)
        assert unmoved["accuracy"] == result["clean"] == evaluated.accuracy
        assert (unmoved["low"], unmoved["high"]) == (evaluated.low, evaluated.high)
        assert unmoved["unchanged"] == 1


def test_the_whole_numbers_are_those_of_the_cells(xo_run):
    result = audit(xo_run, shift=2).result
    accuracies = [cell["accuracy"] for cell in result["cells"]]
    assert result["mean"] == pytest.approx(np.mean(accuracies))
    assert result["lowest"] == min(accuracies)
    assert result["right_everywhere"] <= result["lowest"]


def test_an_audit_is_kept_beside_its_run_as_json_csv_and_figures(xo_run):
    found = audit(xo_run, shift=1, take=20)
    assert [path.parent for path in found.saved] == [xo_run.resolve() / "audit"] * 5
    figures = {path.name for path in found.saved[3].iterdir()}
    assert {"map-accuracy.svg", "right-within.svg", "unflipped-within.svg", "directions.svg"} <= figures
    assert "causes.svg" not in figures
    assert read_json(found.saved[0]) == json.loads(json.dumps(found.result))
    assert Table.from_csv(found.saved[1].read_text()).rows() == found.result["cells"]


def test_why_answers_flip_is_part_of_an_audit_when_it_is_asked_for(xo_run):
    found = audit(xo_run, shift=4, take=60, causes=True)
    told = read_json(found.saved[0])["causes"]
    flips = sum(row["count"] for row in told["rows"] if row["count"] is not None and row["cause"] != "any")
    assert told["pairs"] > 0
    assert {"content_lost", "position_bound_head"} <= set(told["tests"])
    assert flips >= told["pairs"]
    assert (found.saved[3] / "causes.svg").is_file()
    again = audit(xo_run, shift=4, take=60)
    assert again.result["causes"] is None
    assert again.saved == found.saved
    assert not (again.saved[3] / "causes.svg").exists()


def test_only_an_equal_protocol_replaces_an_older_audit(xo_run):
    for asked in ({}, {}, {"fill": 9}, {"seed": 1}, {"split": "validation"}):
        audit(xo_run, **{"shift": 1, "take": 20} | asked)
    assert len(list((xo_run / "audit").glob("shift-*.json"))) == 4


def test_a_registered_network_is_audited_untrained(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = audit("cnn", shift=1, data="xo", take=20)
    assert (found.result["subject"], found.result["weights"]) == ("cnn", "untrained weights (seed 0)")
    assert [path.parent for path in found.saved] == [Path("audits/cnn")] * len(found.saved)
    assert {path.suffix for path in found.saved} >= {".json", ".csv"}


def test_a_one_logit_network_changes_its_answers(tmp_path):
    run = train("xo", model="cnn", take=100, epochs=2, batch_size=16, head="sigmoid", out=tmp_path).run
    found = audit(run.path, shift=8, take=100)
    assert found.sweep.logits.shape[2] == 2
    assert found.result["lowest"] < found.result["clean"]
    assert min(cell["unchanged"] for cell in found.result["cells"]) < 1


def test_an_interrupted_audit_goes_on_where_it_stopped_and_gives_the_same(xo_run, monkeypatch):
    whole = audit(xo_run, shift=1).result
    shutil.rmtree(xo_run / "audit")
    monkeypatch.setattr("convlens.audit.in_parts.PART_PIXELS", 9 * 28 * 28 * 50)

    def stop_after(done, total):
        if done > total / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        audit(xo_run, shift=1, progress=stop_after)
    assert not list((xo_run / "audit").glob("*.json"))
    kept = list((xo_run / "audit" / ".unfinished").glob("*/*.npy"))
    stamp = kept[0].stat().st_mtime_ns, kept[0].read_bytes()
    with pytest.raises(KeyboardInterrupt):  # with other pictures it starts anew, and leaves the kept parts alone
        audit(xo_run, shift=1, split="validation", progress=stop_after)
    told = []

    def once(done, total):
        if not told:  # the first part is there before the network was asked for anything
            assert (kept[0].stat().st_mtime_ns, kept[0].read_bytes()) == stamp
        told.append(done)

    assert audit(xo_run, shift=1, progress=once).result == whole
    assert not kept[0].exists()


def test_on_a_canvas_a_head_of_fixed_size_is_refused_with_the_reason(xo_run):
    with pytest.raises(SettingsError, match="of 30×30 pixels, and 'xo-mlp' reads only 28×28: its head is tied to"):
        audit(xo_run, shift=1, border="canvas")


def test_a_network_by_name_needs_pictures():
    with pytest.raises(SettingsError, match="'cnn' is a network, not a run: name the pictures for it with --data"):
        audit("cnn")


def test_a_name_that_is_nothing_is_answered_with_near_ones(xo_run, monkeypatch):
    monkeypatch.chdir(xo_run.parent.parent)
    with pytest.raises(UnknownNameError, match=r"'cmn' is neither .*; did you mean 'cnn'"):
        audit("cmn")
    with pytest.raises(UnknownNameError, match=r"did you mean .*'runs/xo-mlp'"):
        audit("xo-mlp")


@pytest.mark.parametrize(
    ("asked", "error", "told"),
    [
        ({"border": "mirror"}, SettingsError, "mirror"),
        ({"fill": 300}, SettingsError, "300"),
        (
            {"fill": 30, "border": "wrap"},
            SettingsError,
            "--fill 30 is the grey level of a blank, and under --border wrap",
        ),
        ({"fill": 30, "border": "wrapp"}, SettingsError, "did you mean 'wrap'"),
        ({"shift": 28}, SettingsError, r"a shift of 28 px leaves nothing of pictures of 28×28 pixels"),
        ({"shift": -1}, SettingsError, "-1"),
        ({"take": 0}, SettingsError, "at least one image must be taken"),
        ({"take": 10**6}, DataError, "1,000,000 images were wanted"),
        ({"split": "val"}, DataError, "has no 'val' split; it has train, validation, test"),
        ({"data": "fashion-mnist-mini"}, DataError, "the network knows the classes o, x, but"),
        ({"data": "xoo"}, UnknownNameError, "did you mean 'xo'"),
        ({"device": "banana"}, SettingsError, r"--device banana cannot be had here: .*; try --device cpu"),
        ({"device": "hpu"}, SettingsError, r"--device hpu cannot be had here"),
    ],
)
def test_a_mistake_is_a_sentence_and_nothing_is_written(xo_run, asked, error, told):
    with pytest.raises(error, match=told):
        audit(xo_run, **{"shift": 1} | asked)
    assert not (xo_run / "audit").exists()


def test_dark_ink_on_white_gets_a_note_about_the_blank(tmp_path, letter_folder):
    folder = letter_folder(dark_on_white=True)
    run = train(folder, model="mlp", epochs=1, out=tmp_path / "runs").run.path
    assert "use --fill 255 (or --border edge)" in audit(run, shift=1).notes[0]
    for same in ({"fill": 255}, {"border": "edge"}):
        assert not any("--fill" in note for note in audit(run, shift=1, **same).notes)


def test_the_real_handwriting_is_dark_on_white(tmp_path, shared_data):
    run = train(shared_data("xo"), model="mlp", take=200, epochs=1, out=tmp_path).run.path
    found = audit(run, shift=2, take=60)
    assert "--fill 255" in found.notes[0]
    assert found.result["protocol"]["count"] == 60


def test_classes_in_another_order_are_matched_by_name(tmp_path, letter_folder):
    splits = load("xo", seed=0)
    parts = [
        type(part)(part.images, 1 - part.labels, ("x", "o"), part.name, part.split)
        for part in (splits.train, splits.validation, splits.test)
    ]
    swapped = type(splits)(*parts, splits.source)
    run = train(swapped, model="mlp", take=600, epochs=3, out=tmp_path / "runs").run.path
    found = evaluate(run, data=str(letter_folder(count=300)))
    assert found.class_names == ("x", "o")
    assert found.accuracy > 0.8
    assert audit(run, shift=1, data=str(tmp_path / "letters")).result["clean"] == found.accuracy


def test_the_probabilities_of_one_picture_sum_to_one_at_every_shift(xo_run):
    for border in ("zeros", "wrap"):
        rows = one_image(xo_run, 3, border=border).rows()
        assert [row["dx"] for row in rows] == list(range(-5, 6))
        for row in rows:
            assert row["o"] + row["x"] == pytest.approx(1)
            assert row[row["answer"]] >= 0.5


def test_every_picture_has_a_row_of_its_own_that_agrees_with_the_whole_and_with_an_audit_of_it_alone(xo_run):
    found = audit(xo_run, shift=4, take=40)
    table = Table.from_csv(found.saved[4].read_text())
    assert found.saved[4].name.endswith("-pictures.csv")
    assert np.mean(table["right"]) == pytest.approx(found.result["clean"])
    assert np.mean(table["right_everywhere"]) == pytest.approx(found.result["right_everywhere"])
    assert np.mean(table["share_right"]) == pytest.approx(found.result["mean"])
    places = table["picture"]
    assert len(set(places)) == 40
    assert max(places) > 40  # their places in the split, not among those that were taken
    flips = [places[table["first_flip_px"].index(flip)] for flip in sorted(set(table["first_flip_px"]), key=str)]
    assert len(flips) > 1
    for place in flips:
        alone, row = one_image(xo_run, place, shift=4), table.rows()[places.index(place)]
        assert (alone.true, alone.winners[4][4]) == (row["true"], row["answer"])
        assert row["first_flip_px"] == (">4" if alone.first_flip_px is None else alone.first_flip_px)


def test_whether_the_shifts_share_any_work_is_told_with_the_reason(xo_run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    dense = audit(xo_run, shift=1, take=20)
    assert dense.result["sweep"] == {
        "shared": False,
        "reason": "everything is computed for each shift alone, because flatten ties each cell to its place",
    }
    assert dense.result["sweep"]["reason"] in dense.notes
    assert dense.result["notes"] == list(dense.notes) == read_json(dense.saved[0])["notes"]
    convolved = audit("cnn", shift=1, data="xo", take=20)
    assert convolved.result["sweep"]["shared"]
    assert "computed once for all shifts" in convolved.result["sweep"]["reason"]
    assert convolved.notes == ()


def test_windows_of_pictures_that_were_enlarged_for_them_get_a_note(xo_run):
    found = audit(xo_run, shift=2, take=20, border="crop")
    (note,) = (note for note in found.notes if "enlarged" in note)
    assert note.startswith("the pictures have 28×28 pixels: for windows of 28×28 that move by 2 px they were enlarged")
    assert note in read_json(found.saved[0])["notes"]
    assert note in one_image(xo_run, 3, shift=2, border="crop").notes


def test_a_picture_beyond_the_split_is_refused(xo_run):
    for number in (-1, 300):
        with pytest.raises(SettingsError, match=f"the test split has the pictures 0 to 299; got {number}"):
            one_image(xo_run, number)


def test_a_network_of_ones_own_is_audited_only_when_it_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine_small.py").write_text(
        "from torch import nn\ndef net(classes, size):\n"
        "    return nn.Sequential(nn.Flatten(), nn.Linear(size[0] * size[1], classes))\n"
    )
    run = train("xo", model="mine_small:net", take=40, epochs=1, out="runs").run.path
    with pytest.raises(Exception, match="say how it is built with --model mine_small:net"):
        audit(run, shift=1)
    assert audit(run, shift=1, take=20, model="mine_small:net").result["subject"] == "xo-net"
    with pytest.raises(SettingsError, match=r"'mine_small:net' does not say how it reads pictures; .*: --mean"):
        audit("mine_small:net", shift=1, take=20, data="xo")
