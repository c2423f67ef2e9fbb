"""Images and models whose answers can be worked out by hand."""

from collections.abc import Iterator

import jaxtyping
import numpy as np
import pytest

from convlens.arrays import Images, Logits, Predict


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
