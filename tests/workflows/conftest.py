"""Small trainings that many tests look at, and a maker of picture folders."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convlens.data.xo import letters
from convlens.workflows import TrainResult, train


@pytest.fixture(scope="session")
def xo_trained(tmp_path_factory: pytest.TempPathFactory) -> TrainResult:
    """Three epochs of the plain network on 200 drawn letters; look, do not touch."""
    return train("xo", model="mlp", take=200, epochs=3, batch_size=32, out=tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="session")
def mini_trained(tmp_path_factory: pytest.TempPathFactory) -> TrainResult:
    """Two epochs of the plain network on 300 pictures of Fashion-MNIST; look, do not touch."""
    return train("fashion-mnist-mini", model="mlp", take=300, epochs=2, out=tmp_path_factory.mktemp("runs"))


@pytest.fixture
def xo_run(xo_trained: TrainResult, tmp_path: Path) -> Path:
    """A copy of the run on drawn letters, to be changed at will."""
    return Path(shutil.copytree(xo_trained.run.path, tmp_path / "runs" / "xo-mlp"))


@pytest.fixture
def letter_folder(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes drawn letters as PNG files into one folder per class."""

    def made(name: str = "letters", *, count: int = 60, dark_on_white: bool = False, seed: int = 7) -> Path:
        images, labels = letters(seed, np.arange(count))
        for number, (image, label) in enumerate(zip(images[..., 0], labels, strict=True)):
            place = tmp_path / name / "ox"[label] / f"{number:03}.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(255 - image if dark_on_white else image).save(place)
        return tmp_path / name

    return made
