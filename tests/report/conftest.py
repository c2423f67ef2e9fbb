"""Made-up but possible content for pages and figures."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from convlens.audit.intervals import Estimate
from convlens.report.content import (
    Board,
    Cause,
    Causes,
    Filmstrip,
    Ladder,
    ModelReport,
    Outcome,
    Proportion,
    Reach,
    Report,
    Rung,
    Severity,
)
from convlens.tables import Table

SVG = "{http://www.w3.org/2000/svg}"


def _cells(reach: int) -> Table:
    """Every accuracy is another number of whole per mille, lowest in the top left corner."""
    side = range(-reach, reach + 1)
    shifts = [(dx, dy) for dy in side for dx in side]
    accuracies = [(101 + 7 * place) / 1000 for place in range(len(shifts))]
    return Table.from_rows(
        {"dx": dx, "dy": dy, "accuracy": share, "low": share - 0.02, "high": share + 0.03, "unchanged": share / 2}
        for (dx, dy), share in zip(shifts, accuracies, strict=True)
    )


def _filmstrip(classes: int, border: str, reach: int = 2) -> Filmstrip:
    offsets = tuple(range(-reach, reach + 1))
    count = len(offsets)
    images = (np.arange(count * 28 * 28) % 251).astype(np.uint8).reshape(count, 28, 28, 1)
    weights = 1.0 + (np.arange(count * classes) * 37 % 101).reshape(count, classes)
    return Filmstrip(images, offsets, weights / weights.sum(axis=1, keepdims=True), 1, border)


def _model(name: str, classes: int, reach: int) -> ModelReport:
    history = Table(
        {
            "epoch": [1, 2, 3],
            "train_loss": [0.9, 0.6, 0.5],
            "train_accuracy": [0.7, 0.8, 0.85],
            "validation_loss": [0.8, 0.6, 0.55],
            "validation_accuracy": [0.72, 0.81, 0.84],
            "seconds": [12.0, 11.0, 11.5],
            "learning_rate": [1e-3, 2e-3, 1e-4],
        }
    )
    return ModelReport(
        name=name,
        facts=(("network", "cnn"), ("parameters", "896,522")),
        history=history,
        confusion=np.arange(classes * classes, dtype=np.int64).reshape(classes, classes) % 97 + 1,
        accuracy=Proportion(0.91, 0.904, 0.915),
        cells=_cells(reach),
        measures={"clean": Proportion(0.521, 0.5, 0.54), "lowest": Proportion(0.101, 0.08, 0.13)},
        lowest_at=(-reach, -reach),
        filmstrips=(_filmstrip(classes, "zeros", reach), _filmstrip(classes, "wrap", reach)),
    )


def _share(value: float) -> Proportion:
    return Proportion(value, value - 0.02, value + 0.03)


def _rings(reach: int) -> Table:
    """Every share is another number, falling with the distance."""
    columns: dict[str, list[float]] = {"radius": list(range(reach + 1))}
    for start, name in ((0.91, "right_within"), (0.99, "unflipped"), (0.5, "margin_drift")):
        columns[name] = [start - 0.07 * radius for radius in range(reach + 1)]
        columns[f"{name}_low"] = [value - 0.013 for value in columns[name]]
        columns[f"{name}_high"] = [value + 0.011 for value in columns[name]]
    return Table(columns)


def _classes(names: tuple[str, ...]) -> Table:
    shares = [0.3 + 0.6 * place / len(names) for place in range(len(names))]
    return Table.from_rows(
        {
            "class": name, "count": 100 + place, "flip_rate": share, "low": share - 0.05, "high": share + 0.06,
            "p_holm": 0.04, "to": names[place - 1], "to_share": 0.625, "to_low": 0.5, "to_high": 0.75,
            "goes_to": f"{names[place - 1]} 62 % (50–75)",
        }
        for place, (name, share) in enumerate(zip(names, shares, strict=True))
    )  # fmt: skip


def _directions() -> Table:
    return Table.from_rows(
        [
            {"pair": "left – right", "difference": 0.012, "low": 0.004, "high": 0.019, "p_holm": 0.02},
            {"pair": "odd – even, sideways", "difference": -0.053, "low": -0.061, "high": -0.046, "p_holm": 0.0001},
            {"pair": "up – down", "difference": 0.006, "low": -0.003, "high": 0.017, "p_holm": 0.31},
        ]
    )


def _phases() -> Table:
    named = ("both even", "odd sideways only", "odd up or down only", "both odd")
    shares = (0.731, 0.684, 0.702, 0.655)
    return Table.from_rows(
        {"phase": name, "accuracy": share, "low": share - 0.01, "high": share + 0.012}
        for name, share in zip(named, shares, strict=True)
    )


def _causes() -> Causes:
    tests = (
        Cause("content lost", "it has left", "Blank it.", _share(0.41), _share(0.12), Estimate(0.29, 0.25, 0.33)),
        Cause("aliasing", "the grid", "Average it.", _share(0.22), _share(0.21), Estimate(0.01, -0.02, 0.04)),
        Cause("border signal", "the rim", "Other borders.", why_not="not applicable: it reads one size only"),
    )
    outcomes = (
        Outcome("content lost", "it has left", 70, _share(0.35)),
        Outcome("aliasing", "the grid", 30, _share(0.15)),
        Outcome("several", "more than one", 20, _share(0.1)),
        Outcome("none", "another reason", 80, _share(0.4)),
    )
    return Causes(1234, 200, 199, tests, outcomes, Cause("shown", flips=_share(0.41), control=_share(0.12)))


def _severity(change: str, median: float | None) -> Severity:
    amounts = [-10.0, -5.0, 0.0, 5.0, 10.0]
    shares = [0.42, 0.63, 0.91, 0.66, 0.47]
    rows = [
        {"amount": amount, "accuracy": share, "low": share - 0.02, "high": share + 0.02}
        | {"unchanged": share / 2, "unchanged_low": share / 2 - 0.01, "unchanged_high": share / 2 + 0.01}
        for amount, share in zip(amounts, shares, strict=True)
    ]
    sides = {"below": Reach(median, 5, None), "above": Reach(None, 10, None)}
    return Severity(change, "°", Table.from_rows(rows), Reach(median, median, None), "Turn the picture.", **sides)


def _board(classes: int, border: str, reach: int) -> Board:
    side = range(-reach, reach + 1)
    shifts = [(dx, dy) for dy in side for dx in side]
    weights = 1.0 + (np.arange(len(shifts) * classes) * 53 % 97).reshape(len(shifts), classes)
    dx, dy = zip(*shifts, strict=True)
    return Board(dx, dy, weights / weights.sum(axis=1, keepdims=True), 1, border)


def _ladder() -> Ladder:
    rungs = (
        Rung("as it is", {"clean": _share(0.92), "right_everywhere": _share(0.05)}, Reach(2, 2, 3)),
        Rung("+ shifts", {"clean": _share(0.9), "right_everywhere": _share(0.6)}, Reach(None, 4, None), 61.0, 0.0004),
        Rung(
            "+ pooled head", {"clean": _share(0.89), "right_everywhere": _share(0.7)}, ship=True, seconds=70.0, p=0.02
        ),
        Rung("+ BlurPool", why_not="not run: the time budget was used up before"),
    )
    return Ladder(rungs, 3, ("Ship + pooled head: it is right at every shift most often.",))


def _audited(model: ModelReport, classes: tuple[str, ...], reach: int) -> ModelReport:
    """Add all that an audit can say."""
    assert model.cells is not None
    shares = [float(share or 0) * 0.9 for share in model.cells["accuracy"]]
    extra = {"true_probability": shares, "true_probability_low": shares, "true_probability_high": shares}
    return replace(
        model,
        cells=Table({**model.cells.columns, **extra}),
        measures={**model.measures, "pair_consistency": Proportion(0.613, 0.6, 0.63)},
        first_flip=Reach(None, 1.0, None),
        rings=_rings(reach),
        classes=_classes(classes),
        directions=_directions(),
        phases=_phases(),
        causes=_causes(),
        severities=(_severity("rotation", 10.0), _severity("jpeg", None)),
        spatial={"clean": _share(0.9), "grid": _share(0.1), "unchanged_grid": _share(0.12)},
        boards=tuple(_board(len(classes), border, reach) for border in ("zeros", "wrap")),
        others=Table({"audit": ["±2 px, wrap"], "not moved": ["91.0 % (90.1–91.9)"]}),
    )


@pytest.fixture(scope="session")
def cells() -> Callable[[int], Table]:
    """The cells of an audit that reaches so many pixels."""
    return _cells


@pytest.fixture(scope="session")
def filmstrip() -> Callable[[int, str], Filmstrip]:
    """A filmstrip of so many classes under a border rule."""
    return _filmstrip


@pytest.fixture(scope="session")
def report() -> Callable[..., Report]:
    """A whole report about models of these names."""

    def made(*names: str, classes: tuple[str, ...] = tuple("abc"), reach: int = 1) -> Report:
        return Report(
            title="A title",
            lead=("A line that matters.",),
            class_names=classes,
            models=tuple(_model(name, len(classes), reach) for name in names),
            protocol=(("border", "zeros"),),
            environment=(("torch", "2.13.0"),),
            notes=("A note.",),
            made="22 November 2026",
        )

    return made


@pytest.fixture(scope="session")
def whole(report: Callable[..., Report]) -> Callable[..., Report]:
    """A report about models of these names with everything that a page knows to show."""

    def made(*names: str, classes: tuple[str, ...] = tuple("abc"), reach: int = 1) -> Report:
        plain = report(*names, classes=classes, reach=reach)
        pairs = Table.from_rows(
            [
                {"name": "a vs b", "difference": 0.151, "low": 0.142, "high": 0.163, "p_holm": 0.0001},
                {"name": "a vs c", "difference": 0.002, "low": -0.004, "high": 0.009, "p_holm": 0.6},
            ]
        )
        return replace(
            plain,
            models=tuple(_audited(model, classes, reach) for model in plain.models),
            comparison={"right_everywhere": pairs} if len(names) > 1 else {},
            ranking=("a is ahead of b.",) if len(names) > 1 else (),
            ladder=_ladder(),
        )

    return made


@pytest.fixture(scope="session")
def texts() -> Callable[[str], list[str]]:
    """All texts of a figure, in their order."""
    return lambda svg: [node.text or "" for node in ET.fromstring(svg).iter(f"{SVG}text")]


@pytest.fixture(scope="session")
def across() -> Callable[[str], list[float]]:
    """A function from a figure to the values of its markers along the horizontal axis, read off its ticks."""

    def read(svg: str) -> list[float]:
        root = ET.fromstring(svg)
        ticks = {}
        for node in root.iter(f"{SVG}text"):
            told = (node.text or "").replace("−", "-")
            if re.fullmatch(r"[-+]?[\d.]+", told) and "text-anchor: middle" in node.attrib["style"]:
                ticks[float(told)] = float(node.attrib["x"])
        one, other = min(ticks), max(ticks)
        slope = (other - one) / (ticks[other] - ticks[one])
        # bands are drawn by reference too, but with an opacity
        marks = [node for node in root.iter(f"{SVG}use") if "fill-opacity: 0.2" not in node.attrib["style"]]
        return [one + slope * (float(node.attrib["x"]) - ticks[one]) for node in marks]

    return read
