"""Models of the user's own under audit: looked at first, refused with the proof, with labels and without."""

import json
import sys

import numpy as np
import pytest

from convlens.errors import ConvlensError, SettingsError, ShapeError
from convlens.files import read_json
from convlens.workflows import audit, changed, one_image, reading

MODELS = """
import numpy as np
import torch
from torch import nn

def bright():
    def ask(images):
        lit = images.mean(axis=(1, 2, 3)) > 20
        return np.stack([lit, ~lit], axis=1).astype(float)
    return ask

def three():
    return lambda images: np.zeros((len(images), 3))

def nowhere():
    return lambda images: np.full((len(images), 2), np.nan)

def above():
    def ask(images):
        level = images.max(axis=(1, 2, 3)).astype(float)
        return np.stack([np.where(level > 190, np.nan, level), 100 - level], axis=1)
    return ask

def dice():
    random = np.random.default_rng(0)
    return lambda images: random.normal(size=(len(images), 2))

def net():
    torch.manual_seed(0)
    layers = nn.Conv2d(1, 8, 3), nn.ReLU(), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(8, 2)
    return nn.Sequential(*layers)
"""

READS = {"mean": "0.1", "std": "0.3", "size": "28", "channels": 1, "class_map": "same"}


@pytest.fixture
def own(tmp_path, monkeypatch):
    """The name of the module with the models above, in the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "asked_about.py").write_text(MODELS, encoding="utf-8")
    yield "asked_about"
    sys.modules.pop("asked_about", None)


def read(**changed):
    return reading(**{name: value for name, value in (READS | changed).items() if value is not None})


@pytest.mark.parametrize(
    ("function", "error", "told"),
    [
        ("three", ShapeError, "are the 2 classes of the pictures, in their order, but it gives 3"),
        ("nowhere", ConvlensError, r"answer to picture 0 is not finite: \[nan, nan\]"),
        ("dice", ConvlensError, "gives picture [0-9]+ two answers, asked the same twice"),
    ],
)
def test_what_answers_otherwise_than_an_audit_needs_is_refused_with_the_proof(own, tmp_path, function, error, told):
    for ask in (audit, lambda *a, **k: changed(a[0], ["contrast"], **k)):
        with pytest.raises(error, match=told):
            ask(f"{own}:{function}", data="xo", take=20, reading=read(mean=None, std=None))
    assert not list(tmp_path.rglob("*.json"))


@pytest.mark.parametrize("border", ["zeros", "canvas", "crop"])
def test_the_picture_that_is_refused_is_numbered_as_in_the_whole_set(own, tmp_path, border):
    levels = np.arange(40, dtype=np.uint8) * 5  # of 40 pictures, 16 are tried; the last alone is above 190
    np.savez(tmp_path / "greys.npz", images=np.broadcast_to(levels[:, None, None], (40, 28, 28)))
    with pytest.raises(ConvlensError, match=r"answer to picture 39 is not finite: \[nan, -95\]"):
        audit(
            f"{own}:above", data="greys.npz", shift=1, border=border, reading=read(mean=None, std=None, class_map=None)
        )


def test_a_model_from_elsewhere_is_looked_at_before_and_its_reading_is_part_of_the_protocol(own):
    said = []
    found = audit(f"{own}:net", data="xo", take=40, shift=1, reading=read(), say=said.append)
    assert len(said) == 1
    assert f"{own}:net, nothing moved: right on" in said[0]
    assert (found.saved[0].parent / "as-the-model-sees.png").is_file()
    notes = found.result["protocol"]["notes"]
    assert notes["precision"] == "fp32"
    assert {"mean", "std"} <= set(notes)


def test_a_network_of_ours_is_not_looked_at(xo_run):
    said = []
    audit(xo_run, shift=1, take=20, say=said.append)
    assert said == []
    assert not list(xo_run.rglob("*.png"))


def test_without_labels_only_what_needs_none_is_measured(own):
    unmapped = read(class_map=None)
    found = audit(f"{own}:net", data="xo", take=40, shift=2, reading=unmapped)
    told = json.loads(json.dumps(found.result, allow_nan=False))
    assert told["label_free"]
    assert {"unchanged_everywhere", "pair_consistency", "median_first_flip_px"} <= set(told["intervals"])
    assert not {"clean", "right_everywhere", "lowest", "lowest_at"} & set(told)
    assert not any("accuracy" in cell for cell in told["cells"])
    assert any("only what needs no labels is measured" in note for note in found.notes)
    figures = {path.name for path in found.saved[3].iterdir()}
    assert "map-unchanged.svg" in figures
    assert "map-accuracy.svg" not in figures
    with np.load(found.saved[2]) as kept:
        assert "labels" not in kept
    turned = changed(f"{own}:net", ["contrast"], data="xo", take=40, reading=unmapped)
    assert turned.results[0]["label_free"]
    assert "clean" not in turned.results[0]
    assert "accuracy" not in turned.results[0]["cells"][0]


def test_the_answers_of_a_model_from_elsewhere_are_those_it_gives_to_moved_pictures(own):
    wide = audit(f"{own}:net", data="xo", take=30, shift=2, border="wrap", reading=read()).sweep
    from convlens.audit.placing import placed
    from convlens.workflows.foreign import opened
    from convlens.workflows.subjects import answers

    found = opened(f"{own}:net", data="xo", take=30, reading=read())
    ask = answers(found.subject)
    for cell, (dx, dy) in enumerate(zip(wide.shifts.dx, wide.shifts.dy, strict=True)):
        moves = np.full((2, 30), [[dx], [dy]], np.int64)
        moved = placed(found.dataset.images, *moves, radius=2, border="wrap")
        np.testing.assert_allclose(wide.logits[:, cell], ask(moved), atol=1e-5)


def test_windows_of_larger_pictures_and_a_larger_canvas_can_be_audited(own):
    for border in ("crop", "canvas"):
        found = audit(f"{own}:net", data="xo", take=20, shift=2, border=border, reading=read())
        assert found.result["protocol"]["border"] == border
        side = found.dataset.size[0]
        assert side == (32 if border == "crop" else 28)
        again = read_json(found.saved[0])
        assert again["clean"] == found.result["clean"]


def test_why_a_plain_function_flips_is_told_as_far_as_it_can_be(own):
    found = audit(f"{own}:bright", data="xo", take=200, shift=12, causes=True, reading=read(mean=None, std=None))
    tests = found.result["causes"]["tests"]
    assert not tests["position_bound_head"]["testable"]
    assert "known by its answers alone" in tests["position_bound_head"]["reason"]
    assert tests["content_lost"]["testable"]


def test_one_picture_gets_its_probabilities_sideways_and_its_winners_over_both_axes(own):
    found = one_image(f"{own}:net", 3, data="xo", shift=2, reading=read())
    assert found.table.columns["dx"] == [-2, -1, 0, 1, 2]
    assert [len(row) for row in found.winners] == [5] * 5
    assert list(found.winners[2]) == found.table.columns["answer"]
    rows = found.rows()
    assert list(rows[0]["answers_by_dy"]) == ["-2", "-1", "0", "1", "2"]
    assert [row["answers_by_dy"]["0"] for row in rows] == found.table.columns["answer"]
    assert [row["answers_by_dy"]["-2"] for row in rows] == list(found.winners[0])
    assert found.true in ("o", "x")
    assert [path.suffix for path in found.saved] == [".svg", ".svg", ".json"]
    unknown = one_image(f"{own}:net", 3, data="xo", shift=2, reading=read(class_map=None))
    assert unknown.true is None
    with pytest.raises(SettingsError, match="has the pictures 0 to"):
        one_image(f"{own}:net", 10**6, data="xo", reading=read())
