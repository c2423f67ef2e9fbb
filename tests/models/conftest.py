"""Cards, images with every grey level, and a folder for a user's own module."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import jaxtyping
import numpy as np
import pytest

from convlens.arrays import Images
from convlens.models.card import Card, Head


@pytest.fixture(scope="session")
def card_of() -> Callable[..., Card]:
    """A function that makes the card of pictures scaled to 0..1 and not normalised further."""

    def made(
        architecture: str, classes: int = 2, channels: int = 1, side: int = 4, head: Head = "softmax", **changed: object
    ) -> Card:
        names = tuple(f"class {number}" for number in range(classes))
        fields = {"mean": (0.0,) * channels, "std": (1.0,) * channels} | changed
        return Card(architecture, names, (side, side), channels, head, **fields)

    return made


@pytest.fixture(scope="session")
def noise() -> Callable[..., Images]:
    """A function that draws random images of a given shape."""

    def drawn(*shape: int, seed: int = 0) -> Images:
        return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)

    return drawn


@pytest.fixture
def users_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """A function that writes `<name>.py` into the current folder; what is imported from it is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    written = []

    def write(name: str, text: str) -> None:
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        written.append(name)

    yield write
    for name in written:
        sys.modules.pop(name, None)


@pytest.fixture
def as_installed() -> Iterator[None]:
    """Run without the tests' type checks, as users do, so that arrays that do not fit meet our own sentence."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
