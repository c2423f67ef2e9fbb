"""What holds for each figure: the same bytes, ids of its own, a label, no foreign words, names letter by letter."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

from convlens.explain.saliency.results import Checked, Deletion, Randomisation, SaliencyMap
from convlens.report import figures
from convlens.report.content import Cause, Causes, Ladder, Report, Rung
from convlens.report.svg import alone
from convlens.tables import Table

SVG = "{http://www.w3.org/2000/svg}"
NAME = "<b>&$x$ \\alpha 猫 ' \""
Draw = Callable[..., str]
Texts = Callable[[str], list[str]]

FIGURES: dict[str, Callable[[Report], tuple[Draw, tuple[Any, ...]]]] = {
    "curves": lambda report: (figures.curves, (report.models[0].history,)),
    "confusion_map": lambda report: (figures.confusion_map, (report.models[0].confusion, report.class_names)),
    "shift_map": lambda report: (figures.shift_map, (report.models[0].cells,)),
    "shift_lines": lambda report: (figures.shift_lines, (of_all(report, "cells"),)),
    "within": lambda report: (figures.within, (of_all(report, "rings"),)),
    "drift": lambda report: (figures.drift, (of_all(report, "rings"),)),
    "class_flips": lambda report: (figures.class_flips, (report.models[0].classes,)),
    "sides": lambda report: (figures.sides, (of_all(report, "directions"),)),
    "phases": lambda report: (figures.phases, (of_all(report, "phases"),)),
    "differences": lambda report: (figures.differences, (report.comparison["right_everywhere"],)),
    "probability_map": lambda report: (figures.probability_map, (report.models[0].filmstrips[0], report.class_names)),
    "winner_map": lambda report: (figures.winner_map, (report.models[0].boards[0], report.class_names)),
    "severity_curve": lambda report: (
        figures.severity_curve,
        ({model.name: model.severities[0] for model in report.models},),
    ),
    "legend": lambda report: (figures.legend, ([model.name for model in report.models],)),
    "cause_rates": lambda report: (figures.cause_rates, (report.models[0].causes,)),
    "outcomes": lambda report: (figures.outcomes, (report.models[0].causes,)),
    "receptive_field": lambda _: (
        figures.receptive_field,
        (np.zeros((9, 7, 1), np.uint8), np.arange(63).reshape(9, 7) % 5 > 2, "conv2:0,3,3"),
    ),
    "influence_map": lambda _: (
        figures.influence_map,
        (np.arange(63.0).reshape(9, 7) / 1953, (1, 1, 7, 5), (0, 0, 9, 7), "the middle of conv2"),
    ),
    "saliency_map": lambda _: (figures.saliency_map, (np.zeros((9, 9, 1), np.uint8), failed_map(), NAME)),
    "rungs": lambda report: (figures.rungs, (report.ladder,)),
}


def of_all(report: Report, part: str) -> dict[str, Table]:
    return {model.name: getattr(model, part) for model in report.models}


def failed_map() -> Checked:
    deleted = Deletion(np.array([0.0, 1.0]), np.full(2, 0.9), np.array([[0.5, 0.4], [0.3, 0.6]]))
    found = SaliencyMap("gradient-times-input", np.arange(81.0).reshape(9, 9) - 9, True, 0)
    return Checked(found, deleted, Randomisation(("all",), np.full((2, 1), 0.9), np.full((2, 1), 0.8)))


@pytest.fixture(scope="module", params=FIGURES)
def draw(request: pytest.FixtureRequest, whole: Callable[..., Report]) -> Callable[[str], str]:
    """A function from a key to one of the figures."""
    function, args = FIGURES[request.param](whole("one", "two", reach=2))
    return lambda key: function(*args, key=key)


def test_every_figure_of_the_door_is_tried_here() -> None:
    others = {"accuracy_colours", "accuracy_scale", "palette"}
    assert set(figures.__all__) - others == set(FIGURES)


def test_no_setting_of_matplotlib_changes_a_figure(draw: Callable[[str], str]) -> None:
    usual = draw("k")
    assert draw("k") == usual
    with mpl.rc_context({"font.size": 20, "svg.fonttype": "path", "axes.grid": True, "lines.linewidth": 9}):
        assert draw("k") == usual
        assert mpl.rcParams["font.size"] == 20


def test_figures_of_other_keys_share_no_id(draw: Callable[[str], str]) -> None:
    one, two = (set(re.findall(r' id="([^"]*)"', draw(key))) for key in ("one", "two"))
    assert not one & two


def test_a_figure_is_one_element_with_a_label_and_without_foreign_words(draw: Callable[[str], str]) -> None:
    svg = draw('k"<&')
    root = ET.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    assert svg.startswith("<svg ")
    assert root.attrib["role"] == "img"
    assert len(root.attrib["aria-label"]) > 20
    assert re.findall(r"https?://[^\"]*", svg) == ["http://www.w3.org/2000/svg"]
    assert "currentColor" in svg
    assert "#010203" not in svg


def test_nothing_lies_outside_of_a_figure(draw: Callable[[str], str]) -> None:
    root = ET.fromstring(draw("k"))
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for node in root.iter(f"{SVG}text"):
        if "x" in node.attrib:
            assert 0 <= float(node.attrib["x"]) <= width
            assert 0 <= float(node.attrib["y"]) <= height
            if "rotate(-90" in node.attrib.get("transform", ""):
                # upright letters rise to the left of their line, and stand on it
                size = float(re.findall(r"font-size: ([\d.]+)px", node.attrib["style"])[0])
                assert 0.8 * size <= float(node.attrib["x"]) <= width - 0.25 * size, node.text
                half = 0.25 * size * len(node.text or "")
                assert half - 2 <= float(node.attrib["y"]) <= height - half + 2, node.text
                continue
            # the letters' room in a usual font
            room = 0.5 * float(re.findall(r"font-size: ([\d.]+)px", node.attrib["style"])[0]) * len(node.text or "")
            if "middle" not in node.attrib["style"]:
                sign = -1 if "text-anchor: end" in node.attrib["style"] else 1
                assert -2 <= float(node.attrib["x"]) + sign * room <= width + 2, node.text


def test_a_figure_alone_needs_no_page(draw: Callable[[str], str]) -> None:
    svg = alone(draw("k"))
    assert ET.fromstring(svg)[0].attrib["fill"] == "#fff"
    assert "var(" not in svg
    assert "currentColor" not in svg


def test_names_are_drawn_letter_by_letter(whole: Callable[..., Report], texts: Texts) -> None:
    report = whole(NAME, "two", classes=(NAME, "b", "c"))
    model = report.models[0]
    assert model.confusion is not None
    assert NAME[:13] + "…" in texts(figures.confusion_map(model.confusion, report.class_names))
    assert NAME[:13] + "…" in texts(figures.probability_map(model.filmstrips[0], report.class_names))
    assert NAME in texts(figures.shift_lines(of_all(report, "cells")))
    assert NAME in texts(figures.within(of_all(report, "rings")))
    assert NAME in texts(figures.sides(of_all(report, "directions")))
    assert model.classes is not None
    assert NAME in texts(figures.class_flips(model.classes))
    assert NAME in texts(figures.cause_rates(Causes(9, 9, 9, (Cause(NAME, why_not="not asked"),))))
    field = figures.receptive_field(np.zeros((3, 3, 3), np.uint8), np.ones((3, 3), bool), NAME)
    assert any(text.startswith(NAME) for text in texts(field))
    saliency = texts(figures.saliency_map(np.zeros((9, 9, 1), np.uint8), failed_map(), NAME))
    assert f"Gradient × input, {NAME[:13]}…" in saliency
    assert NAME in texts(figures.rungs(Ladder((replace(Rung(NAME), why_not="not run"),), 1)))
    assert any(text.startswith(NAME) for text in texts(figures.winner_map(model.boards[0], report.class_names)))
