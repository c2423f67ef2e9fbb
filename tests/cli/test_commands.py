"""Every command: its text, its JSON (valid, and alone on stdout), and what it leaves on disk."""

import csv
import io
import json
import re

import numpy as np
import pytest
from PIL import Image

JSON = [
    ("data list", list),
    ("data check xo", dict),
    ("data check pictures", dict),
    ("models", dict),
    ("augment pictures", dict),
    ("augment pictures --out augmented", dict),
    ("augment --list", list),
    ("runs", list),
    ("train xo --model mlp --take 40 --epochs 1 --name new", dict),
    ("evaluate runs/latest", dict),
    ("predict runs/latest pictures", dict),
    ("audit runs/latest --shift 1 --take 20", dict),
    ("audit runs/latest --shift 1 --image 3", list),
    ("audit runs/latest --change contrast --take 10", list),
    ("audit mlp --data xo --shift 1 --take 20", dict),
    ("report runs/latest", dict),
    ("summary cnn", dict),
    ("summary runs/latest", dict),
    ("doctor cnn", dict),
    ("doctor runs/latest --take 30", dict),
]


@pytest.mark.parametrize(("arguments", "kind"), JSON, ids=[arguments for arguments, _ in JSON])
def test_json_stands_alone_on_stdout(here, convlens, arguments, kind):
    said = convlens(arguments, "--json")
    assert said.code == 0, said.err
    told = json.loads(said.out, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert isinstance(told, kind)


@pytest.mark.parametrize("arguments", [one for one, _ in JSON if not one.startswith(("train", "report", "audit mlp"))])
def test_the_text_is_for_people(here, convlens, arguments):
    said = convlens(arguments)
    assert said.code == 0, said.err
    assert said.out.strip()
    assert not said.out.lstrip().startswith(("{", "["))


def test_train_tells_the_run_and_the_accuracy(here, convlens):
    said = convlens("train xo --model mlp --take 40 --epochs 2 --out elsewhere")
    assert "run elsewhere/xo-mlp" in said.out.splitlines()
    assert "after 2 epochs" in said.out
    assert [line.split("  ")[0] for line in said.err.splitlines() if line.startswith("epoch")] == ["epoch 1", "epoch 2"]
    assert (here / "elsewhere" / "latest" / "config.toml").is_file()


def test_a_time_budget_ends_well_and_names_the_command_that_goes_on(here, convlens):
    said = convlens("train xo --model mlp --take 40 --epochs 2 --name later --time-budget 0.0001s")
    assert said.code == 0
    assert said.out.splitlines() == [
        "the time budget is used up after 0 whole epochs; all is saved. To go on:",
        "  convlens train --resume runs/later",
    ]
    said = convlens("train --resume runs/later --json")
    assert (said.code, len(json.loads(said.out)["history"])) == (0, 2)


def test_a_finished_run_is_extended(here, convlens):
    said = convlens("train --resume runs/latest --epochs 3 --json")
    assert said.code == 0, said.err
    assert [epoch["epoch"] for epoch in json.loads(said.out)["history"]] == [1, 2, 3]


def test_the_summary_of_the_cnn_gives_the_four_counts(convlens):
    told = json.loads(convlens("summary", "cnn", "--json").out)
    assert {"layers", "total_params", "macs"} <= set(told)
    assert {"name", "kind", "output_shape", "params", "params_sum"} <= set(told["layers"][0])
    assert [one["params"] for one in told["layers"] if one["params"]] == [640, 73_856, 819_456, 2_570]
    assert "896,522 parameters" in convlens("summary", "cnn").out


def test_an_audit_as_json_and_as_text(here, convlens):
    told = json.loads(convlens("audit runs/latest --shift 1 --take 20 --json").out)
    assert {"protocol", "cells", "clean", "mean", "lowest", "right_everywhere"} <= set(told)
    assert len(told["cells"]) == 9
    assert all({"dx", "dy", "accuracy", "low", "high", "unchanged"} <= set(cell) for cell in told["cells"])
    text = convlens("audit runs/latest --shift 1 --take 20").out
    assert f"{100 * told['clean']:.1f} %" in text
    assert "wrote " in text


def test_why_answers_flip_is_printed_below_the_map(here, convlens):
    said = convlens("audit runs/latest --shift 6 --take 40 --causes")
    assert said.code == 0
    assert "why did it flip:" in said.out
    assert "position-bound head" in said.out


def test_a_bound_that_is_not_kept_ends_with_code_1_after_the_numbers(here, convlens):
    kept = convlens("audit runs/latest --shift 1 --take 20 --require flip_probability<=1")
    assert kept.code == 0
    assert "flip_probability" not in kept.err
    missed = convlens("audit runs/latest --shift 1 --take 20 --require right_everywhere>=1")
    assert missed.code == 1
    assert "right_everywhere>=1 is not shown" in missed.err
    assert missed.out == kept.out
    for bound in ("right_everywhere>1", "right_everywere>=0.7", "right_everywhere>=70"):
        wrong = convlens(f"audit runs/latest --shift 1 --take 20 --require {bound}")
        assert (wrong.code, wrong.out) == (2, "")


def test_an_audit_of_a_change_tells_its_notes_too(here, convlens):
    for place in here.glob("pictures/*/*.png"):
        Image.fromarray(255 - np.asarray(Image.open(place))).save(place)
    said = convlens("audit runs/latest --data pictures --split train --change rotation --take 6")
    assert said.code == 0
    assert "use --fill 255 (or --border edge)" in said.err


def test_audit_and_evaluate_agree_on_the_unmoved_pictures(here, convlens):
    audited = json.loads(convlens("audit runs/latest --shift 0 --take 50 --json").out)
    evaluated = json.loads(convlens("evaluate runs/latest --take 50 --json").out)
    assert audited["clean"] == audited["cells"][0]["accuracy"] == evaluated["accuracy"]


def test_predictions_as_csv(here, convlens):
    (here / "pictures" / "broken.png").write_bytes(b"no picture")
    said = convlens("predict runs/latest pictures --csv --top 1")
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert said.code == 0
    assert len(rows) == 12
    assert all(0.5 <= float(row["probability1"]) <= 1 for row in rows)
    assert "left out pictures/broken.png:" in said.err


def test_the_report_tells_where_it_is(here, convlens):
    said = convlens("report", "runs/latest")
    assert said.out.splitlines()[-1] == f"wrote {here / 'runs' / 'xo-mlp' / 'report.html'}"
    assert convlens("report", "runs/latest", "--to", "page.html").code == 0
    assert convlens("report", "runs/latest", "--to", "page.html").code == 2
    assert convlens("report", "runs/latest", "--to", "page.html", "--force").code == 0


def test_samples_are_drawn(here, convlens):
    assert convlens("data", "show", "xo", "--count", 3).out == "wrote samples.png\n"
    assert (here / "samples.png").read_bytes()[:4] == b"\x89PNG"


def test_without_runs_the_list_says_how_to_make_one(tmp_path, convlens):
    said = convlens("runs", "--out", tmp_path / "none")
    assert "`convlens train fashion-mnist-mini` makes one" in said.out


@pytest.mark.slow
def test_real_handwriting_is_trained_on_and_audited_as_the_readme_says(here, convlens, shared_data):
    folder = shared_data("xo")
    assert convlens("train", folder, "--model", "mlp", "--take", 200, "--epochs", 1).code == 0
    said = convlens("audit", "runs/latest", "--shift", 1, "--take", 40)
    assert said.code == 0
    assert "use --fill 255 (or --border edge)" in said.err
    assert convlens("train", f"{folder}/*", "--model", "mlp", "--take", 100, "--epochs", 1, "--channels", 3).code == 0
    assert json.loads(convlens("runs", "--json").out)[-1]["name"] == "xo-mlp-3"


def test_one_picture_is_told_with_its_first_flip(here, convlens):
    told = convlens("audit runs/latest --image 3 --shift 0")
    assert told.code == 0
    assert "no flip within 0 px" in told.out
    far = convlens("audit runs/latest --image 3 --shift 12")
    assert re.search(r"first flip at \d+ px|no flip within 12 px", far.out)
