"""Images and models whose answers can be worked out by hand."""

from collections.abc import Callable, Iterator

import jaxtyping
import numpy as np
import pytest

from convlens.arrays import Images, Logits, Predict
from convlens.audit.answered import Answered
from convlens.audit.shifts import Shifts, line
from convlens.audit.sweep import Protocol, Sweep


def _side(images: Images) -> Logits:
    half = images.shape[2] // 2
    grey = images.astype(np.float32).sum(axis=(1, 3))
    return np.stack([grey[:, :half].sum(axis=1) + 0.5, grey[:, -half:].sum(axis=1)], axis=1)


@pytest.fixture
def side() -> Predict:
    """A classifier of position: 1 when the right half is brighter than the left half, else 0."""
    return _side


@pytest.fixture
def dots() -> Images:
    """Four rows of six pixels with one bright one each, in the columns 0, 2, 3 and 5."""
    images = np.zeros((4, 1, 6, 1), np.uint8)
    images[np.arange(4), 0, [0, 2, 3, 5]] = 200
    return images


@pytest.fixture
def sides() -> np.ndarray:
    """What `side` answers for the unmoved `dots`."""
    return np.array([0, 0, 1, 1], np.int64)


@pytest.fixture
def as_installed() -> Iterator[None]:
    """Run without the tests' type checks, as users do, so that arrays that do not fit meet our own sentence."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


def _protocol(shifts: Shifts, count: int) -> Protocol:
    return Protocol(shifts.radius, shifts.pattern, "zeros", 0, "made", "test", "", count)


@pytest.fixture(scope="session")
def answered() -> Callable[..., Answered]:
    """A function that makes answers by hand: a row per image, a cell per shift; along a line without other shifts."""

    def made(answers: object, labels: object, shifts: Shifts | None = None, classes: int = 0) -> Answered:
        cells, right = np.array(answers, np.int64), np.array(labels, np.int64)
        where = line(cells.shape[1] // 2) if shifts is None else shifts
        names = tuple("abcdefghijklmnop"[: classes or max(cells.max(), right.max()) + 1])
        return Answered(_protocol(where, len(cells)), where, right, cells, names)

    return made


@pytest.fixture(scope="session")
def swept_by_hand() -> Callable[..., Sweep]:
    """A function that makes a sweep from logits (images, shifts, classes)."""

    def made(logits: object, labels: object, shifts: Shifts | None = None) -> Sweep:
        found = np.array(logits, np.float32)
        where = line(found.shape[1] // 2) if shifts is None else shifts
        names = tuple(map(str, range(found.shape[2])))
        return Sweep(_protocol(where, len(found)), where, found, np.array(labels, np.int64), names)

    return made
