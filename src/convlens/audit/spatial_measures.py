"""What a spatial attack says of a network: the numbers of the paper with their intervals, and the worst pose."""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Bool

from convlens.audit.answered import Hits
from convlens.audit.intervals import Estimate, means_of, share_of, shares_of
from convlens.audit.spatial import SpatialSweep
from convlens.tables import Table


def cells(sweep: SpatialSweep, *, labelled: bool = True) -> Table:
    """Give one row per pose of the grid: dx, dy, turn, the accuracy and the share of unchanged answers."""
    grid = sweep.poses
    columns: dict[str, list[Any]] = {"dx": grid.dx.tolist(), "dy": grid.dy.tolist(), "turn": grid.turn.tolist()}
    if labelled:
        accuracy = shares_of(sweep.labels_at == sweep.labels[:, None])
        columns |= {"accuracy": accuracy.values.tolist(), "low": accuracy.low.tolist(), "high": accuracy.high.tolist()}
    unchanged = shares_of(sweep.labels_at == sweep.labels_at[:, [sweep.origin]])
    columns |= {
        "unchanged": unchanged.values.tolist(),
        "unchanged_low": unchanged.low.tolist(),
        "unchanged_high": unchanged.high.tolist(),
    }
    return Table(columns)


def to_json(sweep: SpatialSweep, *, labelled: bool = True) -> dict[str, Any]:
    """Give the attack ready for JSON.

    Right are: `clean`, the unchanged pictures; `random`, those in the first pose drawn for each; `worst_of_random`,
    those right in all poses drawn for them; `grid`, those right in every pose of the grid; `mean` is over the grid. The
    names with `unchanged_` count the answers that are the unchanged picture's.

    Args:
        labelled: the labels are the right ones; without them only what needs none is given.
    """
    found: dict[str, Estimate] = {}
    lowest: dict[str, Any] = {}
    if labelled:
        on_grid, drawn = sweep.labels_at == sweep.labels[:, None], sweep.labels_drawn == sweep.labels[:, None]
        at = int(on_grid.mean(axis=0).argmin())
        found |= {
            "clean": share_of(on_grid[:, sweep.origin]),
            **_attacked("", on_grid, drawn),
            "mean": means_of(on_grid.mean(axis=1)[:, None])[0],
            "lowest": share_of(on_grid[:, at]),
        }
        lowest = {"lowest_at": {name: float(getattr(sweep.poses, name)[at]) for name in ("dx", "dy", "turn")}}
    own = sweep.labels_at[:, [sweep.origin]]
    found |= _attacked("unchanged_", sweep.labels_at == own, sweep.labels_drawn == own)
    return {
        "protocol": dataclasses.asdict(sweep.protocol),
        **({} if labelled else {"label_free": True}),
        "cells": cells(sweep, labelled=labelled).rows(),
        **{name: one.value for name, one in found.items()},
        **lowest,
        "intervals": {name: [one.low, one.high] for name, one in found.items()},
    }


def _attacked(prefix: str, on_grid: Hits, drawn: Bool[np.ndarray, "n tries"]) -> dict[str, Estimate]:
    """Give the shares that stand each way of the attack."""
    return {
        f"{prefix}random": share_of(drawn[:, 0]),
        f"{prefix}worst_of_random": share_of(np.asarray(drawn.all(axis=1))),
        f"{prefix}grid": share_of(np.asarray(on_grid.all(axis=1))),
    }
