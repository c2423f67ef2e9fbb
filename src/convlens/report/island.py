"""The numbers of a page as JSON inside the page, for its script and for whoever wants to compute with them."""

import json
import math
from typing import Any

import numpy as np

from convlens.audit.intervals import Estimate
from convlens.report.content import (
    Board,
    Cause,
    Causes,
    Filmstrip,
    Ladder,
    ModelReport,
    Proportion,
    Reach,
    Report,
    Severity,
)
from convlens.tables import Table


def island(report: Report) -> str:
    """Give the report's numbers as JSON that may stand inside a script element."""
    content = {
        "title": report.title,
        "made": report.made,
        "class_names": list(report.class_names),
        "models": [_model(model) for model in report.models],
        "comparison": {measure: _columns(table) for measure, table in report.comparison.items()},
        "ladder": None if report.ladder is None else _ladder(report.ladder),
        "protocol": [list(pair) for pair in report.protocol],
        "environment": [list(pair) for pair in report.environment],
    }
    text = json.dumps(content, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    # no character that could end the script element or begin a comment in it
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _model(model: ModelReport) -> dict[str, Any]:
    proportions = {"accuracy": model.accuracy} if model.accuracy else {}
    return {
        "name": model.name,
        "facts": [list(pair) for pair in model.facts],
        "measures": {name: _ends(share) for name, share in {**proportions, **model.measures}.items()},
        "lowest_at": model.lowest_at,
        "history": _columns(model.history),
        "cells": _columns(model.cells),
        "confusion": None if model.confusion is None else model.confusion.tolist(),
        "first_flip_px": None if model.first_flip is None else _ends(model.first_flip),
        "rings": _columns(model.rings),
        "classes": _columns(model.classes),
        "directions": _columns(model.directions),
        "phases": _columns(model.phases),
        "causes": None if model.causes is None else _causes(model.causes),
        "severities": [_severity(severity) for severity in model.severities],
        "spatial": {name: _ends(share) for name, share in model.spatial.items()},
        "filmstrips": [_strip(strip) for strip in model.filmstrips],
        "boards": [_board(board) for board in model.boards],
    }


def _ends(found: Proportion | Estimate | Reach | None) -> list[Any] | None:
    """Give a number and its interval; None lies beyond what was tried."""
    return None if found is None else [_short(part) for part in (found.value, found.low, found.high)]


def _causes(causes: Causes) -> dict[str, Any]:
    return {
        "flips": causes.flips,
        "pairs": causes.pairs,
        "controls": causes.controls,
        "tests": [_cause(cause) for cause in causes.tests],
        "outcomes": [{"name": one.name, "count": one.count, "share": _ends(one.share)} for one in causes.outcomes],
        "any_shown": None if causes.any_shown is None else _cause(causes.any_shown),
        "any_test": None if causes.any_test is None else _cause(causes.any_test),
    }


def _cause(cause: Cause) -> dict[str, Any]:
    rates = {"flips": cause.flips, "control": cause.control, "excess": cause.excess}
    return {"name": cause.name, "why_not": cause.why_not} | {name: _ends(found) for name, found in rates.items()}


def _severity(severity: Severity) -> dict[str, Any]:
    told = {"change": severity.change, "unit": severity.unit, "to_flip": _ends(severity.to_flip)}
    told |= {"below": _ends(severity.below), "above": _ends(severity.above)}
    return told | {"curve": _columns(severity.curve)}


def _ladder(ladder: Ladder) -> dict[str, Any]:
    rungs = [
        {
            "name": rung.name,
            "measures": {name: _ends(share) for name, share in rung.measures.items()},
            "first_flip_px": _ends(rung.first_flip),
            "seconds": _short(rung.seconds),
            "p": _short(rung.p),
            "ship": rung.ship,
            "why_not": rung.why_not,
        }
        for rung in ladder.rungs
    ]
    return {"radius": ladder.radius, "advice": list(ladder.advice), "rungs": rungs}


def _board(board: Board) -> dict[str, Any]:
    """Give the winner of each shift and its probability; all of them would be as much as the rest of the page."""
    return {
        "number": board.number,
        "border": board.border,
        "dx": list(board.dx),
        "dy": list(board.dy),
        "true_label": board.true_label,
        "answers": board.probabilities.argmax(axis=1).tolist(),
        "probabilities": [_short(share) for share in board.probabilities.max(axis=1).tolist()],
    }


def _strip(strip: Filmstrip) -> dict[str, Any]:
    return {
        "number": strip.number,
        "border": strip.border,
        "offsets": list(strip.offsets),
        "true_label": strip.true_label,
        "probabilities": [[_short(share) for share in row] for row in strip.probabilities.tolist()],
    }


def _columns(table: Table | None) -> dict[str, list[Any]] | None:
    if table is None:
        return None
    return {name: [_short(value) for value in column] for name, column in table.columns.items()}


def _short(value: Any) -> Any:
    """Keep six significant digits; JSON knows no NaN."""
    if isinstance(value, np.generic):
        value = value.item()
    if not isinstance(value, float):
        return value
    return float(f"{value:.6g}") if math.isfinite(value) else None
