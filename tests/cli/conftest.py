"""The command line, called in this process."""

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convlens.cli.app import main
from convlens.data.xo import letters
from convlens.workflows import train


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture
def convlens(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """A function that runs `convlens FIRST MORE…`; the first argument is cut at its blanks."""

    def call(first: object, *more: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["convlens", *str(first).split(), *map(str, more)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ending:
            main()
        printed = capsys.readouterr()
        return Said(int(ending.value.code or 0), printed.out, printed.err)

    return call


@pytest.fixture(scope="session")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two epochs of the plain network on 100 drawn letters; look, do not touch."""
    return train("xo", model="mlp", take=100, epochs=2, batch_size=32, out=tmp_path_factory.mktemp("runs")).run.path


@pytest.fixture
def here(trained_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh working folder with a run at runs/xo-mlp and runs/latest, and twelve pictures at pictures/."""
    shutil.copytree(trained_once, tmp_path / "runs" / "xo-mlp")
    (tmp_path / "runs" / "latest").symlink_to("xo-mlp")
    images, labels = letters(7, np.arange(12))
    for number, (image, label) in enumerate(zip(images[..., 0], labels, strict=True)):
        place = tmp_path / "pictures" / "ox"[label] / f"{number:02}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(place)
    monkeypatch.chdir(tmp_path)
    return tmp_path
