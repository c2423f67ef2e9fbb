"""An audit's figures as files: one for each part that it has, each standing alone."""

import xml.etree.ElementTree as ET

import pytest

from convlens.workflows.audit_figures import figures_of

CELLS = [
    {
        "dx": dx, "dy": dy, "accuracy": 0.5, "low": 0.4, "high": 0.6, "unchanged": 0.5, "true_probability": 0.4,
        "true_probability_low": 0.3, "true_probability_high": 0.5,
    }
    for dy in (-1, 0, 1)
    for dx in (-1, 0, 1)
]  # fmt: skip
RINGS = [
    {"radius": radius}
    | {name + end: 0.5 for name in ("right_within", "unflipped", "margin_drift") for end in ("", "_low", "_high")}
    for radius in (0, 1)
]
CAUSES = {
    "flips": 90, "pairs": 9, "controls": 8, "any_shown": {"share": None},
    "tests": {"aliasing": {"rate": 0.5, "rate_low": 0.4, "rate_high": 0.6, "reason": ""}},
    "rows": [{"cause": "aliasing", "meaning": "m", "count": 5, "share": 0.5, "low": 0.4, "high": 0.6}],
}  # fmt: skip
PROTOCOL = {"count": 9, "data": "shapes", "split": "test", "radius": 1, "border": "zeros", "fill": 7}
WHOLE = {
    "subject": "net",
    "protocol": PROTOCOL,
    "cells": CELLS,
    "lowest_at": {"dx": 1, "dy": 1},
    "intervals": {},
    "rings": RINGS,
    "classes": [{"class": "a", "count": 3, "flip_rate": 0.5, "low": 0.4, "high": 0.6, "destinations": {"b": 1.0}}],
    "directions": [{"pair": "left – right", "difference": 0.1, "low": 0.0, "high": 0.2}],
    "phases": [{"dx_odd": False, "dy_odd": True, "accuracy": 0.5, "low": 0.4, "high": 0.6}],
    "causes": CAUSES,
}
ALL = {
    "map-accuracy.svg", "map-true-probability.svg", "right-within.svg", "unflipped-within.svg", "margin-drift.svg",
    "classes.svg", "directions.svg", "phases.svg", "causes.svg", "causes-together.svg",
}  # fmt: skip


@pytest.fixture(scope="module")
def drawn():
    return figures_of(WHOLE)


def test_every_part_of_an_audit_has_its_figure(drawn):
    assert set(drawn) == ALL


def test_each_is_a_file_that_any_program_reads(drawn):
    for svg in drawn.values():
        root = ET.fromstring(svg)
        assert root.attrib["aria-label"]
        assert root[0].attrib["fill"] == "#fff"
        assert "var(" not in svg
        assert "currentColor" not in svg


def texts_of(svg: str) -> str:
    return " ".join(node.text or "" for node in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"))


def test_each_says_of_whom_and_how_it_was_made():
    for name, svg in figures_of(WHOLE).items():
        said = texts_of(svg)
        assert "net; 9 pictures of shapes, test split" in said, name
        assert "border zeros (grey level 7)" in said, name
        assert ("Bar" in said) or ("Band" in said) or ("Colours" in said), name


def test_a_map_has_its_colours_with_their_ends(drawn):
    for name in ("map-accuracy.svg", "map-true-probability.svg"):
        said = texts_of(drawn[name])
        assert "at every shift, %" in said
        assert "100\u202f%" in said
        assert drawn[name].count("<rect") > 8
    assert drawn["phases.svg"].count("<rect") < 8


def test_the_same_audit_gives_the_same_files(drawn):
    assert figures_of(WHOLE) == drawn


def test_an_older_audit_has_a_map_and_nothing_else():
    cells = [{name: cell[name] for name in ("dx", "dy", "accuracy", "low", "high", "unchanged")} for cell in CELLS]
    old = {"subject": "net", "protocol": PROTOCOL, "cells": cells, "lowest_at": {"dx": 1, "dy": 1}, "intervals": {}}
    assert set(figures_of(old)) == {"map-accuracy.svg"}


def test_without_labels_the_map_shows_the_unchanged_answers():
    ends = {"unchanged_low": 0.4, "unchanged_high": 0.6}
    cells = [{"dx": cell["dx"], "dy": cell["dy"], "unchanged": 0.5, **ends} for cell in CELLS]
    free = {"subject": "net", "protocol": PROTOCOL, "label_free": True, "cells": cells, "intervals": {}}
    assert set(figures_of(free)) == {"map-unchanged.svg"}


def test_a_change_has_its_curve_and_the_spatial_attack_none():
    cells = [{"amount": amount, "accuracy": 0.9, "low": 0.8, "high": 1.0} for amount in (-10.0, 0.0, 10.0)]
    change = {
        "subject": "net", "change": "rotation", "protocol": {"unit": "°"}, "cells": cells,
        "median_amount_to_flip": None, "intervals": {"median_amount_to_flip": [None, None]},
    }  # fmt: skip
    assert set(figures_of(change)) == {"curve.svg"}
    assert figures_of({"subject": "net", "change": "spatial", "intervals": {}}) == {}


def test_a_ladder_is_drawn_once_a_rung_was_audited():
    rung = {
        "label": "as it is", "rung": "as-it-is", "seconds": None, "clean": 0.9, "right_everywhere": 0.2,
        "intervals": {"clean": [0.8, 0.95], "right_everywhere": [0.1, 0.3]},
    }  # fmt: skip
    content = {"protocol": {"radius": 5}, "ship": "as-it-is", "advice": [], "ladder": [rung]}
    assert set(figures_of(content)) == {"ladder.svg"}
    assert figures_of({**content, "protocol": None}) == {}
