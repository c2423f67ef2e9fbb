"""Which answers flip, at which shifts, and which network holds better, in words."""

from collections.abc import Mapping

import numpy as np

from convlens.audit.intervals import Estimate
from convlens.report.findings.numbers import estimate, numbers, proportion, share
from convlens.report.words import differs, listed, percent, points
from convlens.tables import Table, Value

CLASSES_SHOWN = 20
"""With more classes only the unsteadiest are drawn."""

SURE = 0.05
"""A difference is called one when its p after Holm's correction is at most this, or, without a p, when 0 is outside."""


def classes_in_words(classes: Table) -> str:
    """Name the class whose pictures flip most often, where to, and the one that holds best."""
    rows = sorted(classes.rows(), key=lambda row: -float(row["flip_rate"] or 0))
    first, last = rows[0], rows[-1]
    goes = ""
    if first.get("to") is not None:
        known = first.get("to_low") is not None
        portion = share(proportion(first, "to_share", "to_")) if known else percent(float(first["to_share"] or 0))
        goes = f", most often to {first['to']}: {portion} of the flipped answers"
    equals = sum(row["flip_rate"] == first["flip_rate"] for row in rows) - 1
    also = f" (and {equals} more)" if equals else ""
    said = f"Most unsteady: {first['class']}{also}, {_rate(first)} of its pictures flip at some shift{goes}."
    if len(rows) > 1:
        said += f" Steadiest: {last['class']}, {_rate(last)}."
    if len(rows) > CLASSES_SHOWN:
        said += f" Drawn are {CLASSES_SHOWN} of {len(rows)} classes, those that surely flip most."
    return said


def unsteadiest(classes: Table) -> Table:
    """Give the rows of the classes that are drawn: all in their order, or those with the highest lower ends."""
    if len(classes) <= CLASSES_SHOWN:
        return classes
    order = np.argsort(-numbers(classes, "low"), kind="stable")[:CLASSES_SHOWN].tolist()
    rows = classes.rows()
    return Table.from_rows(rows[place] for place in order)


def sides_in_words(audits: Mapping[str, Table]) -> str:
    """Say for each network which pairs of moves differ, and that the others do not show it."""
    said = []
    for name, table in audits.items():
        shown = [f"{row['pair']} {points(estimate(row, 'difference'))}" for row in table.rows() if is_shown(row)]
        told = listed(shown) if shown else "no difference shown"
        rest = len(table) - len(shown)
        said.append(f"{name}: {told}{'; no difference shown in the rest' if shown and rest else ''}.")
    return " ".join(said)


def phases_in_words(audits: Mapping[str, Table]) -> str:
    """Say the best and the worst phase of each network."""
    said = []
    for name, table in audits.items():
        rows = sorted(table.rows(), key=lambda row: float(row["accuracy"] or 0))
        best, worst = rows[-1], rows[0]
        said.append(
            f"{name}: best {best['phase']}, {share(proportion(best, 'accuracy'))}; "
            f"worst {worst['phase']}, {share(proportion(worst, 'accuracy'))}."
        )
    return " ".join(said)


def comparison_in_words(comparison: Table) -> str:
    """Say each difference, or that none is shown."""
    return " ".join(f"{row['name']}: {verdict(row)}." for row in comparison.rows())


def verdict(row: Mapping[str, Value]) -> str:
    """Say a difference with its interval, and whether it is shown at all."""
    found = estimate(row, "difference")
    return points(found) if is_shown(row) else f"no difference shown, {points(found)}"


def is_shown(row: Mapping[str, Value]) -> bool:
    """Say whether a row's difference may be called one."""
    found: Estimate = estimate(row, "difference")
    p = row.get("p_holm", row.get("p"))
    return differs(found) and (p is None or float(p) <= SURE)


def _rate(row: Mapping[str, Value]) -> str:
    return share(proportion(row, "flip_rate"))
