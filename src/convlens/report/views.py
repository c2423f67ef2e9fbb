"""The numbers behind the figures as tables of texts, each number with its interval."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Int64

from convlens.report.blocks import TableView
from convlens.report.content import Board, Causes, Filmstrip, Ladder, Proportion, Reach, Severity
from convlens.report.findings.causes import meaning, outcome
from convlens.report.findings.numbers import estimate, proportion, share
from convlens.report.findings.pictures import classes_shown
from convlens.report.measures import LADDER, MEANINGS, SPATIAL
from convlens.report.words import interval, listed, moved, number, percent, points, reach_in_short, signed
from convlens.tables import Table, Value

NOT_MEASURED = "–"
CELLS = {"accuracy": "accuracy", "true_probability": "probability of the true class", "unchanged": "unchanged"}
"""The columns of the table of cells."""


def by_network(
    caption: str, head: str, tables: Mapping[str, Table], name: str, column: str, prefix: str | None = None
) -> TableView:
    """Give a row for each value of the column `name`, and for each network a share with its interval."""
    found = {network: {row[name]: row for row in table.rows()} for network, table in tables.items()}
    names = dict.fromkeys(row[name] for table in tables.values() for row in table.rows())
    ends = f"{column}_" if prefix is None else prefix
    rows = tuple((_said(one), *(_share(rows.get(one), column, ends) for rows in found.values())) for one in names)
    return TableView(caption, (head, *tables), rows)


def differences(caption: str, head: str, tables: Mapping[str, Table], name: str) -> TableView:
    """Give a row for each pair, and for each network the difference in points with its interval and p."""
    found = {network: {row[name]: row for row in table.rows()} for network, table in tables.items()}
    names = dict.fromkeys(str(row[name]) for table in tables.values() for row in table.rows())
    rows = tuple((one, *(_difference(rows.get(one)) for rows in found.values())) for one in names)
    return TableView(caption, (head, *tables), rows)


def drift(tables: Mapping[str, Table]) -> TableView:
    """Give the change of the answer's lead on each ring."""
    found = {network: {row["radius"]: row for row in table.rows()} for network, table in tables.items()}
    radii = dict.fromkeys(row["radius"] for table in tables.values() for row in table.rows())
    rows = tuple((_said(radius), *(_logits(rows.get(radius)) for rows in found.values())) for radius in radii)
    return TableView("Change of the answer's lead in logits, with 95 % intervals", ("on ring, px", *tables), rows)


def classes(name: str, table: Table) -> TableView:
    """Give every class with how often its answers flip, and where to."""
    rows = tuple(
        (
            str(row["class"]),
            f"{int(row['count'] or 0):,}",
            share(proportion(row, "flip_rate")),
            str(row.get("goes_to") or NOT_MEASURED),
        )
        for row in table.rows()
    )
    caption = f"{name}: pictures whose answer is another at some shift, and what the flipped answers are instead"
    return TableView(caption, ("class", "pictures", "flip", "to"), rows)


def causes(name: str, found: Causes) -> TableView:
    """Give every test with its rates."""
    rows = tuple(
        (
            cause.name,
            share(cause.flips) if cause.flips else cause.why_not,
            _proportion(cause.control),
            points(cause.excess) if cause.excess else NOT_MEASURED,
        )
        for cause in found.tests
    )
    heads = ("test", "positive on flips", "on answers that held", "excess")
    return TableView(f"{name}: how often each test is positive, with 95 % intervals", heads, rows)


def outcomes(name: str, found: Causes) -> TableView:
    """Give every outcome of the tests together."""
    unshown = found.not_shown
    rows = tuple(
        (outcome(one.name, unshown), f"{one.count:,}", share(one.share), meaning(one, unshown))
        for one in found.outcomes
    )
    return TableView(f"{name}: outcomes of all tests", ("outcome", "flips", "share", "meaning"), rows)


def severity(networks: Mapping[str, Severity]) -> TableView:
    """Give the share at every amount, and in the last row the amount by which half of the answers have flipped."""
    first = next(iter(networks.values()))
    column, prefix = ("accuracy", "") if first.labelled else ("unchanged", "unchanged_")
    curves = {name: one.curve for name, one in networks.items()}
    what = "right" if first.labelled else "same answer"
    caption = f"{first.name}: {what}, with 95 % intervals"
    view = by_network(caption, f"amount, {first.unit}", curves, "amount", column, prefix)
    last = ("half have flipped by", *(reach_in_short(one.to_flip, one.largest, one.unit) for one in networks.values()))
    sides = [
        {told: reach_in_short(found, largest, one.unit) for told, found, largest in one.sides}
        for one in networks.values()
    ]
    rows = [
        (f"the same, {told} alone", *(side.get(told, NOT_MEASURED) for side in sides))
        for told in dict.fromkeys(told for side in sides for told in side)
    ]
    return TableView(view.caption, view.heads, (*view.rows, last, *rows))


def spatial(networks: Mapping[str, Mapping[str, Proportion]]) -> TableView:
    """Give the numbers of the spatial attack that at least one network has."""
    names = [name for name in SPATIAL if any(name in found for found in networks.values())]
    rows = tuple((SPATIAL[name], *(_proportion(found.get(name)) for found in networks.values())) for name in names)
    return TableView("Shares of the pictures, with 95 % intervals", ("right", *networks), rows)


def measures(
    networks: Mapping[str, Mapping[str, Proportion]], flips: Mapping[str, Reach | None], radius: int | None
) -> TableView:
    """Give every measure with what it says, a column per network."""
    names = [name for name in MEANINGS if any(name in found for found in networks.values())]
    rows = [
        (MEANINGS[name][0], MEANINGS[name][1], *(_proportion(found.get(name)) for found in networks.values()))
        for name in names
    ]
    if radius is not None and any(flips.values()):
        told = (NOT_MEASURED if found is None else reach_in_short(found, radius, "px") for found in flips.values())
        rows.append(("median first flip", "the distance within which half of the answers have flipped", *told))
    return TableView("All measures, with 95 % intervals", ("measure", "is the share of", *networks), tuple(rows))


def ladder(found: Ladder) -> TableView:
    """Give a row per rung: its measures, its time, and its test against the rung before."""
    names = [name for name in LADDER if any(name in rung.measures for rung in found.rungs)]
    rows = tuple(
        (
            rung.name + (f" ({found.advised(rung)})" if rung.ship else ""),
            *(_proportion(rung.measures.get(name)) for name in names),
            reach_in_short(rung.first_flip, found.radius, "px") if rung.first_flip else rung.why_not or NOT_MEASURED,
            NOT_MEASURED if rung.seconds is None else f"{rung.seconds:,.0f}",
            NOT_MEASURED if rung.p is None else p_value(rung.p),
        )
        for rung in found.rungs
    )
    heads = ("rung", *(MEANINGS[name][0] for name in names), "median first flip", "seconds", "p")
    caption = (
        "Shares of the pictures with 95 % intervals; seconds of training; p: McNemar's exact test of being right "
        "everywhere against the rung before, adjusted for all rungs (Holm)"
    )
    return TableView(caption, heads, rows)


def strip(name: str, found: Filmstrip, class_names: Sequence[str]) -> TableView:
    """Give every probability of a strip's classes, in per cent."""
    shown = classes_shown(found)
    rows = tuple(
        (signed(offset), *(f"{100 * float(row[index]):.1f}" for index in shown))
        for offset, row in zip(found.offsets, found.probabilities, strict=True)
    )
    return TableView(f"{name}: probabilities in %", ("right by, px", *(class_names[index] for index in shown)), rows)


def board(name: str, found: Board, class_names: Sequence[str]) -> TableView:
    """Give the answer at every shift with its probability, a row per shift down."""
    answers = {
        (dx, dy): f"{class_names[int(row.argmax())]} {percent(float(row.max()), 0)}"
        for dx, dy, row in zip(found.dx, found.dy, found.probabilities, strict=True)
    }
    across, down = sorted(set(found.dx)), sorted(set(found.dy))
    rows = tuple((signed(dy), *(answers.get((dx, dy), NOT_MEASURED) for dx in across)) for dy in down)
    heads = ("down ↓, right →", *(signed(dx) for dx in across))
    return TableView(f"{name}: the answer at every shift and its probability", heads, rows)


def cells(name: str, table: Table) -> TableView:
    """Give a row per shift with every share that is known, in per cent."""
    shown = {column: words for column, words in CELLS.items() if column in table.columns}
    ends = {column: "" if column == "accuracy" else f"{column}_" for column in shown}
    bounded = {column for column in shown if f"{ends[column]}low" in table.columns}
    heads = [
        part for column, words in shown.items() for part in ((words, "interval") if column in bounded else (words,))
    ]
    rows = []
    for row in table.rows():
        told = [moved(int(row["dx"] or 0), int(row["dy"] or 0))]
        for column in shown:
            told.append(f"{100 * float(row[column] or 0):.1f}")
            if column in bounded:
                told.append(interval(proportion(row, column, ends[column])))
        rows.append(tuple(told))
    caption = f"{name}: {listed(list(shown.values()))}, in %"
    return TableView(caption, ("shift", *heads), tuple(rows))


def others(name: str, table: Table) -> TableView:
    """Give a row per further audit of the same weights."""
    rows = tuple(tuple(_said(value) for value in row.values()) for row in table.rows())
    return TableView(f"{name}: further audits of these weights, with 95 % intervals", tuple(table.columns), rows)


def confusion(matrix: Int64[np.ndarray, "classes classes"], class_names: Sequence[str]) -> TableView:
    """Give the counts of a confusion matrix."""
    rows = tuple(
        (name, *(f"{count:,}" for count in row)) for name, row in zip(class_names, matrix.tolist(), strict=True)
    )
    return TableView("Rows: true class, columns: answer", ("true class", *class_names), rows)


def history(table: Table) -> TableView:
    """Give a row per epoch."""
    names = [name for name in table.columns if any(cell is not None for cell in table[name])]
    rows = tuple(tuple(_said(row[name]) for name in names) for row in table.rows())
    return TableView("A row per epoch", tuple(name.replace("_", " ") for name in names), rows)


def p_value(p: float) -> str:
    """Write a p-value; very small ones only as that."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _said(value: Value) -> str:
    return number(value) if isinstance(value, float | int) else NOT_MEASURED if value is None else str(value)


def _share(row: Mapping[str, Value] | None, column: str, prefix: str) -> str:
    return NOT_MEASURED if row is None or row.get(column) is None else share(proportion(row, column, prefix))


def _proportion(found: Proportion | None) -> str:
    return NOT_MEASURED if found is None else share(found)


def _difference(row: Mapping[str, Value] | None) -> str:
    if row is None:
        return NOT_MEASURED
    p = row.get("p_holm", row.get("p"))
    return points(estimate(row, "difference")) + ("" if p is None else f", p {_equals(p_value(float(p)))}")


def _equals(told: str) -> str:
    return told if told.startswith("<") else f"= {told}"


def _logits(row: Mapping[str, Value] | None) -> str:
    if row is None:
        return NOT_MEASURED
    found = estimate(row, "margin_drift", "margin_drift_")
    return f"{found.value:.2f} ({found.low:.2f}–{found.high:.2f})"
