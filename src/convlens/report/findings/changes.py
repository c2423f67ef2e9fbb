"""What other changes than shifts do, in words."""

from collections.abc import Mapping

import numpy as np

from convlens.report.content import Proportion, Severity
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


def _flips(severity: Severity) -> str:
    found, largest, unit = severity.to_flip, severity.largest, severity.unit
    if found.value is not None:
        return f"half have flipped by {reach(found, largest, unit)}"
    least = "" if found.low is None else f" (at least to {amount(found.low, unit)})"
    return f"more than half hold to {amount(largest, unit)}{least}"
