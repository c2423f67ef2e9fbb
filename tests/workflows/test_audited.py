"""What audits left on disk becomes the values of a page; what is not there leaves no trace."""

import json

import numpy as np
import pytest

from convlens.audit.answered import of
from convlens.audit.comparison import compare
from convlens.audit.measures import to_json
from convlens.audit.shifts import grid
from convlens.audit.sweep import Protocol, Sweep
from convlens.report.content import Proportion, Reach
from convlens.report.words import moved
from convlens.workflows.audited import (
    causes,
    differences,
    distance,
    further,
    ladder,
    model_report,
    of_audit,
    severity,
    shares,
)

NAMES = ("a", "b", "c")


def sweep(seed: int = 0, radius: int = 2, count: int = 40) -> Sweep:
    draw = np.random.default_rng(seed)
    shifts = grid(radius)
    labels = np.arange(count) % 3
    logits = draw.normal(size=(count, len(shifts), 3)).astype(np.float32)
    logits[np.arange(count), :, labels] += 1.5
    return Sweep(Protocol(radius, "grid", "zeros", 0, "made", "test", "0" * 64, count), shifts, logits, labels, NAMES)


def read_back(result: object) -> dict:
    return json.loads(json.dumps(result, allow_nan=False))


OLD = {
    "protocol": {
        "radius": 1, "pattern": "grid", "border": "zeros", "fill": 0, "data": "made", "split": "test",
        "manifest_hash": "", "count": 9, "notes": {},
    },
    "cells": [
        {"dx": dx, "dy": 0, "accuracy": 0.5, "low": 0.4, "high": 0.6, "unchanged": 0.5} for dx in (-1, 0, 1)
    ],
    "clean": 0.5,
    "lowest_at": {"dx": -1, "dy": 0},
    "intervals": {"clean": [0.4, 0.6]},
}  # fmt: skip


def test_an_audit_of_the_first_version_has_its_cells_and_nothing_else():
    found = model_report("old", OLD)
    assert found.measures == {"clean": Proportion(0.5, 0.4, 0.6)}
    assert found.lowest_at == (-1, 0)
    assert (found.first_flip, found.rings, found.classes, found.directions, found.phases, found.causes) == (None,) * 6
    assert (found.severities, dict(found.spatial)) == ((), {})


def test_a_network_without_an_audit_has_a_name():
    assert model_report("new", None).cells is None


def test_every_number_of_an_audit_arrives():
    result = read_back(to_json(sweep()))
    found = of_audit(result)
    assert found["measures"]["pair_consistency"].value == result["pair_consistency"]
    assert "median_first_flip_px" not in found["measures"]
    assert found["first_flip"] == Reach(result["median_first_flip_px"], *result["intervals"]["median_first_flip_px"])
    assert list(found["rings"]["right_within"]) == [ring["right_within"] for ring in result["rings"]]
    assert [row["flip_rate"] for row in found["classes"].rows()] == [one["flip_rate"] for one in result["classes"]]
    assert list(found["directions"]["pair"]) == [
        "left – right", "up – down", "odd – even, sideways", "odd – even, up or down",
    ]  # fmt: skip
    told = dict(zip(found["phases"]["phase"], found["phases"]["accuracy"], strict=True))
    for one in result["phases"]:
        words = {(0, 0): "both even", (1, 0): "odd sideways only", (0, 1): "odd up or down only", (1, 1): "both odd"}
        assert told[words[one["dx_odd"], one["dy_odd"]]] == one["accuracy"]


def test_the_first_destination_is_told_with_its_interval():
    result = read_back(to_json(sweep()))
    row, given = of_audit(result)["classes"].rows()[0], result["classes"][0]
    first = next(iter(given["destinations"]))
    assert (row["to"], row["to_share"]) == (first, given["destinations"][first])
    assert [row["to_low"], row["to_high"]] == given["destination_intervals"][first]
    assert row["goes_to"].startswith(f"{first} ")


def test_a_class_that_never_flips_goes_nowhere():
    one = {"class": "a", "count": 3, "flip_rate": 0.0, "low": 0.0, "high": 0.5, "p_holm": 1.0, "destinations": {}}
    row = of_audit({**OLD, "classes": [one]})["classes"].rows()[0]
    assert (row["to"], row["goes_to"]) == (None, "")


def test_an_audit_without_labels_has_no_accuracy():
    found = of_audit(read_back(to_json(sweep(), labelled=False)))
    assert "accuracy" not in found["cells"].columns
    assert "clean" not in found["measures"]
    assert (found["lowest_at"], found["directions"], found["phases"]) == (None, None, None)
    assert "right_within" not in found["rings"].columns


def test_a_distance_that_is_not_there_is_none():
    assert distance(OLD) is None


def test_the_differences_of_a_comparison_are_those_of_its_pairs():
    audits = {name: of(sweep(seed)) for seed, name in enumerate(("one", "two", "three"))}
    compared = read_back(compare(audits).to_json())
    found = differences(compared)
    assert list(found) == ["right_everywhere", "mean", "pair_consistency"]
    assert list(found["right_everywhere"]["name"]) == ["one vs two", "one vs three", "two vs three"]
    assert found["right_everywhere"]["p_holm"][1] == compared["pairs"][1]["p_holm"]
    assert found["mean"]["difference"][2] == compared["pairs"][2]["differences"]["mean"]["value"]
    assert "p_holm" not in found["mean"].columns


def test_a_comparison_without_labels_has_what_needs_none():
    audits = {name: of(sweep(seed), labelled=False) for seed, name in enumerate(("one", "two"))}
    assert list(differences(read_back(compare(audits).to_json()))) == ["unchanged_everywhere", "pair_consistency"]


RUNG = {
    "label": "as it is", "rung": "as-it-is", "state": "done", "why": "", "seconds": None, "clean": 0.9,
    "clean_loss": 0.0, "right_everywhere": 0.2, "median_first_flip_px": None,
    "intervals": {
        "clean": [0.8, 0.95], "right_everywhere": [0.1, 0.3], "median_first_flip_px": [2.0, None], "clean_loss": [0, 0],
    },
}  # fmt: skip
SKIPPED = {"label": "+ vote", "rung": "vote", "state": "not run", "why": "no time"}


def test_a_ladder_marks_the_rung_to_ship_and_says_why_one_was_not_climbed():
    second = {**RUNG, "rung": "worst", "label": "+ worst", "against": {"rung": "as-it-is", "p": 0.01, "p_holm": 0.03}}
    content = {"protocol": {"radius": 5}, "ship": "worst", "advice": ["Ship it."], "ladder": [RUNG, second, SKIPPED]}
    found = ladder(content)
    assert found is not None
    assert [rung.ship for rung in found.rungs] == [False, True, False]
    assert (found.rungs[0].p, found.rungs[1].p) == (None, 0.03)
    assert found.rungs[0].first_flip == Reach(None, 2.0, None)
    assert set(found.rungs[0].measures) == {"clean", "right_everywhere"}
    assert found.rungs[2].why_not == "not run: no time"
    assert (found.radius, found.advice) == (5, ("Ship it.",))


def test_a_ladder_of_which_nothing_was_audited_is_none():
    assert ladder({"protocol": None, "ship": None, "advice": [], "ladder": [SKIPPED]}) is None


CAUSES = {
    "flips": 90, "held": 10, "pairs": 9, "controls": 8,
    "tests": {
        "position_bound_head": {
            "meaning": "m", "definition": "d", "rate": 0.5, "rate_low": 0.4, "rate_high": 0.6, "control": None,
            "control_low": None, "control_high": None, "excess": None, "excess_low": None, "excess_high": None,
            "reason": "",
        },
        "border_signal": {"rate": None, "control": None, "excess": None, "reason": "not applicable: one size"},
    },
    "rows": [
        {"cause": "position-bound head", "meaning": "m", "count": 5, "share": 0.5, "low": 0.4, "high": 0.6},
        {"cause": "border signal", "meaning": "m", "count": None, "share": None, "low": None, "high": None},
        {"cause": "none", "meaning": "m", "count": 4, "share": 0.4, "low": 0.3, "high": 0.5},
    ],
    "any_shown": {"share": 0.5, "low": 0.4, "high": 0.6, "control": 0.1, "control_low": 0.0, "control_high": 0.2},
}  # fmt: skip


def test_causes_keep_their_names_and_what_was_not_tested():
    found = causes(CAUSES)
    assert [test.name for test in found.tests] == ["position-bound head", "border signal"]
    assert found.tests[0].flips == Proportion(0.5, 0.4, 0.6)
    assert found.tests[0].control is None
    assert (found.tests[1].flips, found.tests[1].why_not) == (None, "not applicable: one size")
    assert [(one.name, one.count) for one in found.outcomes] == [("position-bound head", 5), ("none", 4)]
    assert found.any_shown is not None
    assert found.any_shown.control == Proportion(0.1, 0.0, 0.2)


def test_the_flips_with_any_positive_test_are_read_where_an_audit_counted_them():
    assert causes(CAUSES).any_test is None
    counted = causes({**CAUSES, "any": {"share": 0.9, "low": 0.8, "high": 0.95}}).any_test
    assert counted is not None
    assert counted.flips == Proportion(0.9, 0.8, 0.95)


def test_causes_are_part_of_an_audit_and_may_be_null():
    assert of_audit({**OLD, "causes": CAUSES})["causes"].pairs == 9
    assert of_audit({**OLD, "causes": None})["causes"] is None


CHANGE = {
    "change": "rotation", "protocol": {"unit": "°"}, "summary": "Turn it.", "median_amount_to_flip": 10.0, "clean": 0.9,
    "cells": [{"amount": amount, "accuracy": 0.9, "low": 0.8, "high": 1.0} for amount in (-10.0, 0.0, 10.0)],
    "intervals": {"clean": [0.8, 1.0], "median_amount_to_flip": [10.0, None]},
}  # fmt: skip


def test_a_change_has_its_curve_and_its_median():
    found = severity(CHANGE)
    assert (found.change, found.unit, found.summary, found.largest) == ("rotation", "°", "Turn it.", 10.0)
    assert found.to_flip == Reach(10.0, 10.0, None)


def test_the_spatial_attack_is_no_curve():
    attack = {"change": "spatial", "grid": 0.1, "intervals": {"grid": [0.0, 0.2]}}
    found = model_report("net", None, [CHANGE, attack])
    assert [one.change for one in found.severities] == ["rotation"]
    assert found.spatial == {"grid": Proportion(0.1, 0.0, 0.2)}


def test_shares_leave_out_what_is_no_share():
    assert set(shares(CHANGE)) == {"clean"}


def test_further_audits_are_told_in_a_row_each():
    rows = further([OLD])
    assert rows is not None
    assert rows.rows()[0]["audit"] == "±1 px, zeros, 9 of made test"
    assert rows.rows()[0]["not moved"] == "50.0\u202f% (40.0–60.0)"
    assert rows.rows()[0]["median first flip"] is None
    assert further([]) is None
    told = to_json(sweep())
    whole = further([read_back(told)])
    assert whole is not None
    assert str(whole.rows()[0]["lowest"]).endswith(moved(told["lowest_at"]["dx"], told["lowest_at"]["dy"]))


@pytest.mark.parametrize(("fill", "told"), [(0, "zeros,"), (30, "zeros 30,")])
def test_the_fill_of_a_further_audit_is_told_where_it_is_not_black(fill, told):
    rows = further([{**OLD, "protocol": {**OLD["protocol"], "fill": fill}}])
    assert rows is not None
    assert told in str(rows.rows()[0]["audit"])


def test_each_side_of_a_change_has_its_own_reach_where_an_audit_counted_them():
    older = severity(CHANGE)
    assert (older.below, older.above) == (None, None)
    sides = {"below": {"value": 5.0, "low": 5.0, "high": None}, "above": {"value": None, "low": None, "high": None}}
    found = severity({**CHANGE, "median_amount_to_flip_by_side": sides})
    assert (found.below, found.above) == (Reach(5.0, 5.0, None), Reach(None, None, None))
