"""The page about runs: one file, comparable runs only, nothing of the user's overwritten."""

import re
import shutil

import numpy as np
import pytest

from convlens.augment.geometry import translate
from convlens.data import load
from convlens.errors import RunError, SettingsError
from convlens.runs.checkpoints import LAST
from convlens.workflows import audit, resume, train, write_report
from convlens.workflows.auditing import newest_audit
from convlens.workflows.reporting import telling_image
from convlens.workflows.subjects import trained

FOREIGN = re.compile(r"""(?:src|href)\s*=\s*["'](?!#|data:)|@import|url\((?!["']?(?:#|data:))""")


def test_one_run_makes_one_file_in_its_folder(xo_run):
    audit(xo_run, shift=2, take=40)
    page = write_report([xo_run])
    text = page.path.read_text()
    assert page.path == xo_run.resolve() / "report.html"
    assert not FOREIGN.search(text)
    assert "xo-mlp" in page.lead[0]
    assert "at the worst shift" in page.lead[0]
    assert str(xo_run.parent) not in text


def test_a_run_without_an_audit_is_told_by_its_accuracy(xo_run):
    assert re.fullmatch(r"xo-mlp: right on \d+\.\d\s%\s\(.*\) of the test pictures\.", write_report([xo_run]).lead[0])


@pytest.fixture
def two(xo_run):
    other = shutil.copytree(xo_run, xo_run.parent / "other")
    return [xo_run, other]


def test_runs_stand_side_by_side(two, tmp_path):
    for run in two:
        audit(run, shift=1, take=40)
    page = write_report(two, out=tmp_path / "both.html", image=3)
    text = page.path.read_text()
    assert [line.split(":")[0] for line in page.lead] == ["xo-mlp", "other"]
    assert "number 3 of the test split" in text


def test_several_runs_need_a_place(two):
    with pytest.raises(SettingsError, match="a page about several runs needs a place: give it with --to FILE"):
        write_report(two)


def test_a_file_that_is_there_is_kept_unless_forced(xo_run, tmp_path):
    (tmp_path / "mine.html").write_text("mine")
    with pytest.raises(SettingsError, match="exists already; choose another name, or add --force"):
        write_report([xo_run], out=tmp_path / "mine.html", force=False)
    assert (tmp_path / "mine.html").read_text() == "mine"
    assert "<html" in write_report([xo_run], out=tmp_path / "mine.html", force=True).path.read_text()


def test_audits_made_differently_are_not_compared(two, tmp_path):
    audit(two[0], shift=1, take=40)
    audit(two[1], shift=1, take=40, border="wrap")
    with pytest.raises(SettingsError, match="cannot be compared: they differ in border 'zeros' and 'wrap'"):
        write_report(two, out=tmp_path / "both.html")
    assert not (tmp_path / "both.html").exists()


def test_runs_of_the_same_name_do_not_hide_each_other(xo_run, tmp_path):
    twin = shutil.copytree(xo_run, tmp_path / "elsewhere" / "xo-mlp")
    audit(xo_run, shift=1, take=40)
    audit(twin, shift=1, take=40, border="wrap")
    with pytest.raises(SettingsError, match="cannot be compared"):
        write_report([xo_run, twin], out=tmp_path / "both.html")
    with pytest.raises(SettingsError, match="the same run was named twice"):
        write_report([xo_run, xo_run], out=tmp_path / "both.html")


def test_other_pictures_are_not_put_side_by_side(xo_run, mini_trained, tmp_path):
    with pytest.raises(SettingsError, match="different test pictures"):
        write_report([xo_run, mini_trained.run.path], out=tmp_path / "both.html")


@pytest.mark.parametrize("image", [-1, 300])
def test_a_picture_beyond_the_split_is_refused(xo_run, image):
    with pytest.raises(SettingsError, match="the test split has the pictures 0 to 299"):
        write_report([xo_run], image=image)


def test_weights_alone_are_no_run(xo_run):
    with pytest.raises(RunError, match="is not a run folder"):
        write_report([xo_run / "checkpoints" / LAST])


def test_without_test_pictures_the_validation_pictures_are_named(tmp_path, letter_folder):
    for part in ("train", "val"):
        letter_folder(f"data/{part}", seed=len(part))
    run = train(tmp_path / "data", model="mlp", epochs=1, out=tmp_path / "runs").run.path
    assert "of the validation split" in write_report([run]).path.read_text()


def test_the_newest_audit_is_the_one_written_last(xo_run, xo_trained):
    audit(xo_run, shift=2, take=40)
    audit(xo_run, shift=1, take=40)
    found = newest_audit(trained(xo_run))
    assert found is not None
    assert found["protocol"]["radius"] == 1
    assert newest_audit(trained(xo_trained.run.path)) is None


def test_an_audit_of_older_weights_is_not_that_of_a_run_trained_on(mini_trained, tmp_path):
    run = shutil.copytree(mini_trained.run.path, tmp_path / "run")
    audit(run, shift=1, take=40)
    assert newest_audit(trained(run)) is not None
    resume(run, epochs=3)
    assert newest_audit(trained(run)) is None
    assert "at the worst shift" not in "".join(write_report([run]).lead)


@pytest.mark.parametrize("held", [0, 3, 5])
def test_the_telling_picture_is_the_one_that_only_the_mended_network_holds(held):
    test = load("xo", count=60).test
    moved = {
        translate(test.images[[number]], np.array([dx]), np.array([0]), border="zeros").tobytes(): (number, dx)
        for number in range(len(test))
        for dx in range(-5, 6)
    }

    def network(steady):
        def predict(images):
            places = [moved[image[None].tobytes()] for image in images]
            right = np.array([dx == 0 or number in steady for number, dx in places])
            labels = np.array([test.labels[number] for number, _ in places])
            return np.eye(2, dtype=np.float32)[np.where(right, labels, 1 - labels)]

        return predict

    assert telling_image([network(()), network((held,))], test) == held
