"""What is printed of audits of other changes than shifts."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from convlens.audit.poses import Limits
from convlens.audit.severities import severity_audit
from convlens.audit.severity_measures import to_json
from convlens.audit.spatial import spatial_audit
from convlens.audit.spatial_measures import to_json as spatial_to_json
from convlens.cli import show

NAMES = ("dark", "bright")


def bright(images):
    return np.stack([np.full(len(images), 100.5), images.mean(axis=(1, 2, 3))], axis=1).astype(np.float32)


@pytest.fixture
def plain():
    return np.repeat(np.array([60, 90, 110, 240], np.uint8), 16).reshape(4, 4, 4, 1), np.array([0, 0, 1, 1])


def printed(capsys, told, change):
    whose = {"subject": "cnn", "weights": "untrained weights", "change": change, "summary": "Do it."}
    show.severities(SimpleNamespace(results=(whose | told,), saved=("here.json",)))
    return capsys.readouterr().out


def test_a_change_both_ways_has_a_row_for_each_size_and_its_median(capsys, plain):
    told = to_json(
        severity_audit(bright, *plain, NAMES, "brightness", amounts=(-60, -50, -10, 0, 20, 50), data="plain")
    )
    out = printed(capsys, told, "brightness")
    lines = out.splitlines()
    assert lines[:2] == ["brightness: Do it.", "cnn (untrained weights): 4 pictures of plain,  split"]
    assert re.split(r"\s{2,}", lines[2].strip()) == [
        "amount in %", "right at −", "right at +", "same answer at −", "same answer at +",
        "unflipped so far (95 % interval)",
    ]  # fmt: skip
    rows = {line.split()[0]: line for line in lines[3:]}
    # at −50 the 110 is dark, at 50 the 90 bright, and at −60 the 240 is dark too
    assert re.search(r"75.0 % +75.0 % +75.0 % +75.0 % +50.0 % \(15.0–85.0\)", rows["50"])
    assert re.search(r"50.0 % +— +50.0 % +— +25.0 % \(", rows["60"])
    # of four pictures two are right at −60: Wilson's interval of 2 in 4 is 15.0–85.0
    assert "right, lowest: 50.0 % (15.0–85.0) at -60 %" in lines
    assert "same answer, lowest: 50.0 % (15.0–85.0) at -60 %" in lines
    assert "median amount to flip 20 % (10 to >60)" in out
    assert lines[-1] == "wrote here.json"


def test_a_median_beyond_the_grid_is_printed_as_such(capsys, plain):
    told = to_json(severity_audit(bright, *plain, NAMES, "rotation", fill=100))
    out = printed(capsys, told, "rotation")
    assert "border zeros" in out
    assert "median amount to flip >30°" in out
    assert len(re.findall(r"^ *\d+ ", out, re.MULTILINE)) == 9  # 0, 2, 6, … and 30


def test_without_labels_only_the_answers_are_compared(capsys, plain):
    out = printed(capsys, to_json(severity_audit(bright, *plain, NAMES, "noise"), labelled=False), "noise")
    assert "right" not in out
    assert "same answer" in out
    limits = Limits(moves=3, turns=3)
    attack = spatial_to_json(spatial_audit(bright, *plain, NAMES, limits=limits), labelled=False)
    out = printed(capsys, attack, "spatial")
    assert "right in" not in out
    assert "same answer in each of the 27 poses" in out


def test_a_spatial_attack_says_how_far_it_went(capsys, plain):
    out = printed(capsys, spatial_to_json(spatial_audit(bright, *plain, NAMES)), "spatial")
    assert "moved by up to 3 px each way and turned by up to 30°, 5 × 5 × 31 poses" in out
    assert re.search(r"right, unchanged +100\.0 % \(51\.0–100\.0\)", out)
    assert "right in the worst of 10 random poses" in out
    assert "right in each of the 775 poses" in out


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [(18, "°", "18°"), (2.5, "px", "2.5 px"), (None, "°", ">30°"), (None, "grey levels", ">30 grey levels")],
)
def test_an_amount_stands_with_its_unit(value, unit, written):
    assert show.amount(value, unit, 30) == written
