"""What other changes than shifts do, in words."""

from collections.abc import Mapping, Sequence

import numpy as np

from convlens.report.content import Proportion, Reach, Severity
from convlens.report.findings.numbers import proportion, share
from convlens.report.words import amount, reach


def curve_in_words(networks: Mapping[str, Severity]) -> str:
    """Say by which amount half of the answers have flipped, and the lowest share with its amount."""
    said = []
    for name, severity in networks.items():
        column, prefix = ("accuracy", "") if severity.labelled else ("unchanged", "unchanged_")
        rows = severity.curve.rows()
        lowest = rows[int(np.argmin([float(row[column] or 0) for row in rows]))]
        at = amount(float(lowest["amount"] or 0), severity.unit)
        said.append(f"{name}: {_flips(severity)}; lowest {share(proportion(lowest, column, prefix))} at {at}.")
    return " ".join(said)


def spatial_in_words(networks: Mapping[str, Mapping[str, Proportion]]) -> str:
    """Say how many pictures stay right in every pose of the grid, against the unchanged ones."""
    said = []
    for name, found in networks.items():
        if {"clean", "grid"} <= set(found):
            said.append(
                f"{name}: {share(found['clean'])} right as they are, {share(found['grid'])} right in every pose."
            )
        elif "unchanged_grid" in found:
            said.append(f"{name}: {share(found['unchanged_grid'])} keep their answer in every pose.")
    return " ".join(said)


def lines_in_words(severities: Sequence[Severity]) -> str:
    """Say what the upright lines of the curves mean, and where there are none."""
    said = "Upright lines: half of the answers have flipped by there"
    both = [one for one in severities if one.both_ways]
    if not both:
        return f"{said}."
    said += "; the two sides of 0 are counted apart, and a side on which more than half of the answers hold has none."
    if any(not one.sides for one in both):
        said += " Older audits did not count the sides: their curves have no lines."
    return said


def _flips(severity: Severity) -> str:
    sides = [f"{told} alone {_reached(found, largest, severity.unit)}" for told, found, largest in severity.sides]
    said = _reached(severity.to_flip, severity.largest, severity.unit)
    if not severity.both_ways:
        return said
    return f"{said}, both ways together{''.join(f', {side}' for side in sides)}"


def _reached(found: Reach, largest: float, unit: str) -> str:
    if found.value is not None:
        return f"half have flipped by {reach(found, largest, unit)}"
    least = "" if found.low is None else f" (at least to {amount(found.low, unit)})"
    return f"more than half hold to {amount(largest, unit)}{least}"
