"""The page about runs: one file, comparable runs only, nothing of the user's overwritten."""

import json
import os
import re
import shutil
import sys

import numpy as np
import pytest

from convlens.augment.geometry import translate
from convlens.data import load
from convlens.errors import RunError, SettingsError
from convlens.runs.checkpoints import LAST
from convlens.workflows import audit, reading, resume, severities, train, write_report
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


def headings(text):
    return re.findall(r"<h2[^>]*>(.*?)</h2>", text)


def test_a_run_shows_all_that_its_audits_say(xo_run):
    audit(xo_run, shift=2, take=60)
    severities(xo_run, ["rotation"], take=60)
    text = write_report([xo_run]).path.read_text()
    assert headings(text) == [
        "When the picture moves",
        "How far may it move?",
        "Where it breaks",
        "One picture, moved",
        "When something else changes",
        "The model",
        "How this was measured",
    ]
    assert "Turn the picture about its centre, clockwise." in text
    assert "60 of xo, test split, border zeros" in text


def test_the_numbers_of_the_page_are_those_of_the_audit(xo_run):
    found = audit(xo_run, shift=2, take=60).result
    text = write_report([xo_run]).path.read_text()
    island = json.loads(re.findall(r'id="convlens-data">(.*?)</script>', text)[0])["models"][0]
    for name, value in island["measures"].items():
        if name != "accuracy":
            assert value == pytest.approx([found[name], *found["intervals"][name]], rel=1e-5), name
    assert island["rings"]["unflipped"] == pytest.approx([ring["unflipped"] for ring in found["rings"]], rel=1e-5)
    assert island["first_flip_px"][0] == found["median_first_flip_px"]
    assert island["cells"]["true_probability"] == pytest.approx(
        [cell["true_probability"] for cell in found["cells"]], rel=1e-5
    )


def test_an_audit_of_the_first_version_is_reported_as_before(xo_run):
    path = audit(xo_run, shift=1, take=40).saved[0]
    found = json.loads(path.read_text())
    kept = ("clean", "mean", "lowest", "right_everywhere", "unchanged_everywhere")
    cells = ("dx", "dy", "accuracy", "low", "high", "unchanged", "unchanged_low", "unchanged_high")
    old = {name: found[name] for name in ("subject", "weights", "weights_sha256", "protocol", "lowest_at", *kept)}
    old["cells"] = [{name: cell[name] for name in cells} for cell in found["cells"]]
    old["intervals"] = {name: found["intervals"][name] for name in kept}
    path.write_text(json.dumps(old))
    text = write_report([xo_run]).path.read_text()
    assert headings(text) == ["When the picture moves", "One picture, moved", "The model", "How this was measured"]


def test_an_audit_without_labels_is_told_by_the_answers_that_held(xo_run):
    path = audit(xo_run, shift=1, take=40).saved[0]
    found = json.loads(path.read_text())
    needless = ("dx", "dy", "unchanged", "unchanged_low", "unchanged_high")
    found["cells"] = [{name: cell[name] for name in needless} for cell in found["cells"]]
    free = {"unchanged_everywhere", "pair_consistency", "flip_probability", "median_first_flip_px"}
    found["intervals"] = {name: ends for name, ends in found["intervals"].items() if name in free}
    for name in ("clean", "mean", "lowest", "right_everywhere", "lowest_at", "directions", "phases", "fidelity"):
        del found[name]
    path.write_text(json.dumps(found | {"label_free": True}))
    page = write_report([xo_run])
    assert re.fullmatch(
        r"xo-mlp: right on .* of the test pictures; the same answer at every shift for .* of 40 pictures audited\.",
        page.lead[0],
    )
    assert "whose answer is still the one of the unmoved picture" in page.path.read_text()


def test_older_audits_of_the_same_weights_are_listed(xo_run):
    audit(xo_run, shift=1, take=40, border="wrap")
    audit(xo_run, shift=2, take=40)
    text = write_report([xo_run]).path.read_text()
    assert "Other audits of the same weights" in text
    assert "±1 px, wrap, 40 of xo test" in text


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


def test_runs_whose_audits_kept_the_answers_are_compared(two, tmp_path):
    for run in two:
        audit(run, shift=1, take=40)
    text = write_report(two, out=tmp_path / "both.html", names=["one", "other"]).path.read_text()
    assert "Which network holds better?" in headings(text)
    assert "Between one and other no difference is shown" in text
    for left in two[1].glob("audit/*.npz"):
        left.unlink()
    text = write_report(two, out=tmp_path / "both.html").path.read_text()
    assert "Which network holds better?" not in headings(text)


def test_changes_audited_differently_are_not_drawn_side_by_side(two, tmp_path):
    severities(two[0], ["blur"], take=20)
    severities(two[1], ["blur"], take=30)
    with pytest.raises(SettingsError, match="cannot be compared: they differ in"):
        write_report(two, out=tmp_path / "both.html")


def ladder_of(run, **given):
    digest = trained(run).digest
    rung = {
        "rung": "as-it-is", "label": "as it is", "state": "done", "why": "", "run": str(run), "seconds": 3.0,
        "clean": 0.9, "right_everywhere": 0.2, "median_first_flip_px": None,
        "intervals": {"clean": [0.8, 0.95], "right_everywhere": [0.1, 0.3], "median_first_flip_px": [2.0, None]},
    }  # fmt: skip
    told = {"asked": {"weights_sha256": digest}, "protocol": {"radius": 2}, "ladder": [rung], "ship": "as-it-is"}
    return json.dumps(told | {"advice": ["Keep as-it-is."]} | given)


def test_the_ladder_beside_a_run_is_shown(xo_run):
    folder = xo_run.parent / "xo-mlp-hardened"
    folder.mkdir()
    (folder / "ladder.json").write_text(ladder_of(xo_run))
    text = write_report([xo_run]).path.read_text()
    assert "What mends it" in headings(text)
    assert "Keep as-it-is." in text


def test_the_ladder_of_other_weights_is_not(xo_run):
    folder = xo_run.parent / "xo-mlp-hardened"
    folder.mkdir()
    other = json.loads(ladder_of(xo_run, asked={"weights_sha256": "0" * 64}))
    other["ladder"][0]["run"] = "/elsewhere"
    (folder / "ladder.json").write_text(json.dumps(other))
    assert "What mends it" not in headings(write_report([xo_run]).path.read_text())


def test_a_rung_shows_the_ladder_it_belongs_to(xo_run):
    told = ladder_of(xo_run, asked={"weights_sha256": "0" * 64})
    (xo_run.parent / "ladder.json").write_text(told.replace(json.dumps(str(xo_run)), json.dumps(str(xo_run.resolve()))))
    assert "What mends it" in headings(write_report([xo_run]).path.read_text())


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


def test_the_title_the_lead_and_the_table_say_on_how_many_pictures_the_audit_rests(xo_run):
    audit(xo_run, shift=2, take=40)
    page = write_report([xo_run])
    text = page.path.read_text()
    assert "<h1>xo-mlp on xo: 40 pictures, moved by up to 2 px</h1>" in text
    assert " of 40 pictures as they are, on " in page.lead[0]
    assert re.search(r'<th scope="row">xo-mlp<small>40 pictures</small></th>', text)
    assert "Each cell is 40 pictures moved by that many pixels" in text


def test_a_trial_of_one_run_does_not_keep_two_from_standing_side_by_side(two, tmp_path):
    for run in two:
        os.utime(audit(run, shift=1, take=40).saved[0], (100, 100))
        severities(run, ["blur"], take=40)
    audit(two[0], shift=2, take=20)
    severities(two[0], ["blur"], take=20)
    page = write_report(two, out=tmp_path / "both.html")
    text = page.path.read_text()
    assert all(" of 40 pictures as they are" in line for line in page.lead)
    assert "±2 px, zeros, 20 of xo test" in text, "the trial is listed"
    assert "40 of xo, test split" in text
    assert "20 of xo, test split" not in text
    assert "Which network holds better?" in headings(text)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """The folder of the audits of a network that is no run."""
    monkeypatch.chdir(tmp_path)
    asked = {"data": "xo", "take": 30}
    audit("toy_net:net", shift=1, reading=reading("0", "1", "28", 1), **asked)
    return tmp_path / "audits" / "toy_net-net"


@pytest.fixture(autouse=True)
def toy_net(tmp_path, monkeypatch):
    """A module whose function gives a network for letters."""
    (tmp_path / "toy_net.py").write_text(
        "import torch\nfrom torch import nn\ndef net(classes):\n    torch.manual_seed(0)\n"
        "    return nn.Sequential(nn.Flatten(), nn.Linear(784, classes))\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "toy_net", raising=False)


def test_a_folder_of_audits_of_what_is_no_run_is_a_page_of_what_is_there(elsewhere):
    severities("toy_net:net", ["blur"], data="xo", take=30, reading=reading("0", "1", "28", 1))
    page = write_report([elsewhere])
    text = page.path.read_text()
    assert page.path == elsewhere / "report.html"
    assert not FOREIGN.search(text)
    assert page.lead[0].startswith("toy_net:net: right on ")
    assert "One picture, moved" not in headings(text)
    assert "When something else changes" in headings(text)
    assert "the weights its function gives" in text
    assert "Training</h4>" not in text


def test_a_folder_of_audits_stands_beside_a_run_that_was_audited_alike(elsewhere, xo_run, tmp_path):
    audit(xo_run, shift=1, take=30)
    page = write_report([xo_run, elsewhere], out=tmp_path / "both.html")
    assert [line.split(": ")[0] for line in page.lead] == ["xo-mlp", "toy_net:net"]
    assert "Which network holds better?" in headings(page.path.read_text())


def test_a_folder_of_changes_alone_is_told_by_their_names(elsewhere):
    severities("toy_net:net", ["blur"], data="xo", take=30, reading=reading("0", "1", "28", 1))
    for path in elsewhere.glob("shift-*.json"):
        path.unlink()
    assert write_report([elsewhere]).lead == ("toy_net:net: audited under blur.",)


def test_a_picture_of_a_folder_of_audits_cannot_be_moved(elsewhere):
    with pytest.raises(SettingsError, match="a folder of audits has none; leave it out"):
        write_report([elsewhere], image=3)


def test_a_folder_that_is_neither_run_nor_audits_is_refused(tmp_path):
    with pytest.raises(RunError, match=r"neither a run folder \(it has no config.toml\) nor a folder of audits"):
        write_report([tmp_path])
    assert not (tmp_path / "report.html").exists()


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
