"""The numbers of a page as JSON inside the page, for its script and for whoever wants to compute with them."""

import json
import math
from typing import Any

import numpy as np

from convlens.report.content import Filmstrip, ModelReport, Report
from convlens.tables import Table


def island(report: Report) -> str:
    """Give the report's numbers as JSON that may stand inside a script element."""
    content = {
        "title": report.title,
        "made": report.made,
        "class_names": list(report.class_names),
        "models": [_model(model) for model in report.models],
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
        "measures": {
            name: [_short(part) for part in (share.value, share.low, share.high)]
            for name, share in {**proportions, **model.measures}.items()
        },
        "lowest_at": model.lowest_at,
        "history": _columns(model.history),
        "cells": _columns(model.cells),
        "confusion": None if model.confusion is None else model.confusion.tolist(),
        "filmstrips": [_strip(strip) for strip in model.filmstrips],
    }


def _strip(strip: Filmstrip) -> dict[str, Any]:
    return {
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
