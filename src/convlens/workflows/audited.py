"""What audits left on disk, as the values that a page is made of; a key that is not there leaves no trace."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from convlens.audit.intervals import Estimate
from convlens.audit.sweep import Protocol
from convlens.report.content import Cause, Causes, Ladder, ModelReport, Outcome, Proportion, Reach, Rung, Severity
from convlens.report.words import interval, moved, percent, reach_in_short
from convlens.tables import Table, Value
from convlens.workflows.audit_files import SPATIAL

FIRST_FLIP = "median_first_flip_px"
TOLD = 3
"""So many destinations of a class's flips are told."""

PHASES = {
    (False, False): "both even",
    (True, False): "odd sideways only",
    (False, True): "odd up or down only",
    (True, True): "both odd",
}
"""The moves by (dx is odd, dy is odd)."""

PAIRS = {"odd – even dx": "odd – even, sideways", "odd – even dy": "odd – even, up or down"}
"""The pairs of directions whose names are not plain words."""

Json = Mapping[str, Any]


def model_report(name: str, audit: Json | None, changes: Sequence[Json] = (), **known: Any) -> ModelReport:
    """Give what the page says about one network: what its audits say, and whatever else is known.

    Args:
        audit: the newest audit over shifts.
        changes: the newest ones of other changes, the spatial attack among them.
    """
    attacks = [one for one in changes if one["change"] == SPATIAL]
    return ModelReport(
        name=name,
        **(of_audit(audit) if audit else {}),
        severities=tuple(severity(one) for one in changes if one not in attacks),
        spatial=shares(attacks[-1]) if attacks else {},
        **known,
    )


def of_audit(audit: Json) -> dict[str, Any]:
    """Give the parts of a `ModelReport` that an audit over shifts holds."""
    lowest = audit.get("lowest_at")
    return {
        "pictures": audit["protocol"]["count"],
        "cells": Table.from_rows(audit["cells"]),
        "measures": shares(audit),
        "lowest_at": (lowest["dx"], lowest["dy"]) if lowest else None,
        "first_flip": distance(audit),
        "rings": _table(audit, "rings"),
        "classes": Table.from_rows(map(_class, audit["classes"])) if audit.get("classes") else None,
        "directions": Table.from_rows(map(_direction, audit["directions"])) if audit.get("directions") else None,
        "phases": Table.from_rows(map(_phase, audit["phases"])) if audit.get("phases") else None,
        "causes": causes(audit["causes"]) if audit.get("causes") else None,
    }


def causes(found: Json) -> Causes:
    """Give why the answers flip."""
    words = {row["cause"].replace(" ", "_").replace("-", "_"): row["cause"] for row in found["rows"]}
    tests = tuple(_cause(words.get(name, name), one, "rate", "rate_") for name, one in found["tests"].items())
    outcomes = tuple(
        Outcome(row["cause"], row["meaning"], row["count"], Proportion(row["share"], row["low"], row["high"]))
        for row in found["rows"]
        if row["count"] is not None and row["share"] is not None
    )
    counts = {name: found[name] for name in ("flips", "pairs", "controls")}
    shown, any_test = (
        _cause(told, found[key], "share", "") if key in found else None
        for key, told in (("any_shown", "a cause that is shown"), ("any", "any cause"))
    )
    return Causes(**counts, tests=tests, outcomes=outcomes, any_shown=shown, any_test=any_test)


def shares(result: Json) -> dict[str, Proportion]:
    """Give the numbers of an audit that are shares of its pictures, with their intervals."""
    return {
        name: Proportion(result[name], low, high)
        for name, (low, high) in result["intervals"].items()
        if not name.endswith("_px") and name != "median_amount_to_flip" and name != "clean_loss"
    }


def distance(result: Json, name: str = FIRST_FLIP) -> Reach | None:
    """Give how far half of the answers hold."""
    return Reach(result[name], *result["intervals"][name]) if name in result["intervals"] else None


def severity(result: Json) -> Severity:
    """Give what a change by more and more does."""
    flips = distance(result, "median_amount_to_flip")
    assert flips is not None, "every audit of a change has a median"
    curve = Table.from_rows(result["cells"])
    sides = {
        side: Reach(one["value"], one["low"], one["high"])
        for side, one in result.get("median_amount_to_flip_by_side", {}).items()
    }
    return Severity(result["change"], result["protocol"]["unit"], curve, flips, result.get("summary", ""), **sides)


def ladder(content: Json) -> Ladder | None:
    """Give the remedies of a `ladder.json`; None where none was audited."""
    if content.get("protocol") is None:
        return None
    rungs = tuple(_rung(one, one["rung"] == content["ship"]) for one in content["ladder"])
    return Ladder(rungs, content["protocol"]["radius"], tuple(content["advice"]))


def differences(comparison: Json) -> dict[str, Table]:
    """Give for some measures the differences of every two networks, from the JSON of a comparison."""
    decided = comparison["decided_on"]
    rows: dict[str, list[Mapping[str, Value]]] = {decided: [], "mean": [], "pair_consistency": []}
    for pair in comparison["pairs"]:
        told = f"{pair['one']} vs {pair['other']}"
        for measure, listed in rows.items():
            found = pair["differences"].get(measure)
            if found is not None:
                row = {"name": told, "difference": found["value"], "low": found["low"], "high": found["high"]}
                listed.append(row | ({"p_holm": pair["p_holm"]} if measure == decided else {}))
    return {measure: Table.from_rows(listed) for measure, listed in rows.items() if listed}


def further(audits: Iterable[Json]) -> Table | None:
    """Give a row per audit, as texts, for a table of those that the page does not draw."""
    rows = [_in_short(one) for one in audits]
    return Table.from_rows(rows) if rows else None


def _table(result: Json, key: str) -> Table | None:
    return Table.from_rows(result[key]) if result.get(key) else None


def _class(one: Json) -> dict[str, Value]:
    known = one.get("destination_intervals", {})
    told = [
        f"{name} {percent(share, 0)}" + (f" ({interval(Proportion(share, *known[name]), 0)})" if name in known else "")
        for name, share in list(one["destinations"].items())[:TOLD]
    ]
    plain = {name: one.get(name) for name in ("class", "count", "flip_rate", "low", "high", "p_holm")}
    to, share = next(iter(one["destinations"].items()), (None, None))
    low, high = known.get(to, (None, None))
    return {**plain, "to": to, "to_share": share, "to_low": low, "to_high": high, "goes_to": ", ".join(told)}


def _direction(one: Json) -> dict[str, Value]:
    plain = {name: one.get(name) for name in ("difference", "low", "high", "p_holm")}
    return {"pair": PAIRS.get(one["pair"], one["pair"]), **plain}


def _phase(one: Json) -> dict[str, Value]:
    return {"phase": PHASES[one["dx_odd"], one["dy_odd"]]} | {name: one[name] for name in ("accuracy", "low", "high")}


def _cause(name: str, one: Json, rate: str, prefix: str) -> Cause:
    def ends(key: str, head: str) -> tuple[float, float, float] | None:
        return None if one.get(key) is None else (one[key], one[f"{head}low"], one[f"{head}high"])

    flips, control, excess = ends(rate, prefix), ends("control", "control_"), ends("excess", "excess_")
    return Cause(
        name=name,
        meaning=one.get("meaning", ""),
        definition=one.get("definition", ""),
        flips=flips and Proportion(*flips),
        control=control and Proportion(*control),
        excess=excess and Estimate(*excess),
        why_not=one.get("reason", ""),
    )


def _rung(one: Json, ship: bool) -> Rung:
    if "intervals" not in one:
        return Rung(one["label"], why_not=f"{one['state']}: {one['why']}" if one["why"] else one["state"])
    against = one.get("against")
    return Rung(
        name=one["label"],
        measures=shares(one),
        first_flip=distance(one),
        seconds=one["seconds"],
        p=None if against is None else against["p_holm"],
        ship=ship,
    )


def _in_short(audit: Json) -> dict[str, Value]:
    protocol = Protocol(**audit["protocol"])
    found, radius = shares(audit), protocol.radius
    blank = f" {protocol.fill}" if protocol.border in ("zeros", "canvas") and protocol.fill else ""
    row: dict[str, Value] = {
        "audit": f"±{radius} px, {protocol.border}{blank}, {protocol.count:,} of {protocol.data} {protocol.split}"
    }
    for name, head in (
        ("clean", "not moved"),
        ("mean", "mean"),
        ("lowest", "lowest"),
        ("right_everywhere", "right everywhere"),
        ("unchanged_everywhere", "unchanged everywhere"),
    ):
        row[head] = f"{percent(found[name].value)} ({interval(found[name])})" if name in found else None
        if name == "lowest" and name in found:
            row[head] = f"{row[head]} {moved(audit['lowest_at']['dx'], audit['lowest_at']['dy'])}"
    flips = distance(audit)
    return row | {"median first flip": None if flips is None else reach_in_short(flips, radius, "px")}
