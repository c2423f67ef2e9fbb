"""The cells of the ladder: which trainings are asked for, and what is kept of each, small enough to be committed."""

import base64
import itertools
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs

from convlens.audit.answered import Answered, right, unchanged
from convlens.audit.first_flip import first_flip_levels
from convlens.audit.intervals import Estimate
from convlens.audit.numbers import lowest_cell, numbers
from convlens.files import read_json, sha256
from convlens.models.precision import Precision

RESULTS = Path(__file__).with_name("results") / "ladder"
RUNS = platformdirs.user_cache_path("convlens") / "benchmarks" / "ladder"

DATA, EPOCHS, RADIUS, COUNT = "fashion-mnist", 8, 5, 10_000
PRECISION: Precision = "bf16"  # of the audits, as of the trainings
MOVED = 'Affine(translate_px={"x": (-5, 5), "y": (-5, 5)}, mode="constant")'


@dataclass(frozen=True)
class Rung:
    """One row of the table.

    Attributes:
        settings: of its training, besides the recipe `fast` and the epochs.
        seeds: how many are asked for.
        votes: the rung whose network votes over 3 × 3 moves, without a training of its own.
        border: of its audit; under "wrap" all 784 moves are tried.
        base: the rung that it is one step away from, and is compared with.
    """

    name: str
    label: str
    settings: Mapping[str, Any]
    seeds: int
    votes: str = ""
    border: str = "zeros"
    base: str = ""


CNN: dict[str, Any] = {"model": "cnn"}
SHIFTED = CNN | {"augment": MOVED}
WORST = SHIFTED | {"worst_of": 10}
RUNGS = (
    Rung("mlp", "`mlp`", {"model": "mlp"}, 5),
    Rung("cnn", "`cnn`", CNN, 5, base="mlp"),
    Rung("shifted", "`cnn` + shifts in training", SHIFTED, 5, base="cnn"),
    Rung("worst", "… + the worst of 10", WORST, 2, base="shifted"),
    Rung("pooled", "… + pooled head", WORST | {"model": "cnn[head=pooled]"}, 2, base="worst"),
    Rung("blur", "… and BlurPool", WORST | {"model": "cnn[head=pooled,pool=blur3]"}, 2, base="pooled"),
    Rung("aps", "… and APS instead", WORST | {"model": "cnn[head=pooled,pool=aps]"}, 2, base="pooled"),
    Rung("vote", "`cnn`, the worst of 10, + vote over 9 moves", WORST, 2, votes="worst", base="worst"),
    Rung("steady", "`steady` + shifts in training", SHIFTED | {"model": "steady"}, 2, base="shifted"),
    Rung("steady-worst", "**`steady` + the worst of 10**", WORST | {"model": "steady"}, 5, base="steady"),
    Rung(
        "torus", "`steady[padding=circular,pool=aps]`", {"model": "steady[padding=circular,pool=aps]"}, 2, border="wrap"
    ),
)
SHIPPED = "steady-worst"
FIRST = ("mlp", "cnn", "shifted", "worst", "steady", "steady-worst", "torus")
"""What is made from one seed before anything else; the costly rungs come last."""
CEILINGS = [(dx, dy) for dx, dy in itertools.product((-5, 0, 5), repeat=2) if (dx, dy) != (0, 0)]


@dataclass(frozen=True)
class Cell:
    """A training and its audit; a ceiling is trained, and measured, at one shift alone."""

    rung: Rung
    seed: int
    at: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        """The name of its run folder and its file."""
        where = "" if self.at is None else f"_{self.at[0]:+d}_{self.at[1]:+d}"
        return f"{self.rung.name}{where}-{self.seed}"

    @property
    def settings(self) -> dict[str, Any]:
        """All that decides what comes out, but for the code."""
        chosen = dict(self.rung.settings)
        if self.at is not None:
            chosen["augment"] = f'Affine(translate_px={{"x": {self.at[0]}, "y": {self.at[1]}}}, mode="constant")'
        return {"data": DATA, "recipe": "fast", "epochs": EPOCHS, "seed": self.seed} | chosen

    @property
    def file(self) -> Path:
        """Where its result is kept."""
        return RESULTS / f"{self.name}.json"

    @property
    def asked(self) -> str:
        """A digest of what is asked for: a result of anything else does not count."""
        told = (sorted(self.settings.items()), self.rung.border, self.rung.votes, self.at, RADIUS)
        return sha256(repr(told).encode())[:16]

    def result(self) -> dict[str, Any] | None:
        """Read what it found; None while it is missing, or of other settings."""
        found = read_json(self.file) if self.file.exists() else None
        return found if found is not None and found["asked"] == self.asked else None


def cells() -> list[Cell]:
    """Give all cells, the most wanted first."""
    by_name = {rung.name: rung for rung in RUNGS}
    once = [Cell(by_name[name], 0) for name in FIRST]
    ceiling = Rung("ceiling", "ceiling", {"model": by_name[SHIPPED].settings["model"]}, 1)
    ends = [Cell(ceiling, 0, at) for at in CEILINGS]
    five = [Cell(rung, seed) for seed in range(1, 5) for rung in RUNGS if rung.seeds == 5]
    rest = [Cell(rung, seed) for seed in range(2) for rung in RUNGS if rung.seeds < 5]
    return [*once, *ends, *five, *(one for one in rest if one not in once)]


def measured(found: Answered) -> dict[str, Any]:
    """Give the numbers of an audit, and for each picture what tables over several seeds are made of."""
    hits, lowest = right(found), lowest_cell(found)
    times = np.stack([(found.labels_at == place).sum(axis=1) for place in range(len(found.class_names))], axis=1)
    per_image = {
        "clean": hits[:, found.origin],
        "right_everywhere": hits.all(axis=1),
        "unchanged_everywhere": unchanged(found).all(axis=1),
        "right_at_lowest": hits[:, lowest],
        "right_count": hits.sum(axis=1),
        "pairs_equal": (times.astype(np.int64) ** 2).sum(axis=1),
        "first_flip": first_flip_levels(found),
    }
    return {
        "cells": len(found.shifts),
        "numbers": {name: plain(one) for name, one in numbers(found).items()},
        "lowest_at": [int(found.shifts.dx[lowest]), int(found.shifts.dy[lowest])],
        "right_in_cell": hits.sum(axis=0).tolist(),
        "per_image": {name: packed(values) for name, values in per_image.items()},
    }


def plain(one: Estimate) -> list[float | None]:
    """Give a number and the ends of its interval; None for what lies beyond the largest shift."""
    return [None if np.isinf(end) else round(end, 6) for end in (one.value, one.low, one.high)]


def packed(values: np.ndarray) -> str:
    """Write one whole number per picture as a short text."""
    kind = "bits" if values.dtype == bool else np.min_scalar_type(int(values.max(initial=0))).name
    raw = np.packbits(values) if kind == "bits" else values.astype(kind)
    return f"{kind}:{len(values)}:{base64.b85encode(zlib.compress(raw.tobytes(), 9)).decode()}"


def unpacked(text: str) -> np.ndarray:
    """Read what `packed` wrote."""
    kind, count, rest = text.split(":", 2)
    raw = np.frombuffer(zlib.decompress(base64.b85decode(rest)), np.uint8 if kind == "bits" else kind)
    return np.unpackbits(raw, count=int(count)).astype(bool) if kind == "bits" else raw.astype(np.int64)
