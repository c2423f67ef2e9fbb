"""Made-up but possible content for pages and figures."""

from collections.abc import Callable

import numpy as np
import pytest

from convlens.report.content import Filmstrip, ModelReport, Proportion, Report
from convlens.tables import Table


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
