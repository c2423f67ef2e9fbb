"""The full Fashion-MNIST where it is installed, and a small maker of picture folders."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from convlens.data.fashion import SYSTEM


@pytest.fixture(scope="session")
def fashion_mnist_dir() -> Path:
    """The folder of Debian's package; it skips the test where that is not installed."""
    if not SYSTEM.is_dir():
        pytest.skip("Debian's package dataset-fashion-mnist is not installed")
    return SYSTEM


@pytest.fixture
def picture_tree(tmp_path: Path) -> Callable[..., Path]:
    """A function that draws grey 8 × 8 PNG files, each of another level, at the given places in a new folder."""

    def made(*names: str, mode: str = "L", side: int = 8) -> Path:
        root = tmp_path / "pictures"
        for number, name in enumerate(names):
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            level = number % 256 if mode == "L" else (number % 256, 0, 0)
            Image.new(mode, (side, side), level).save(path)
        return root

    return made
