"""A run folder: where it lies, what it is called, and which one is the newest."""

import itertools
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convlens.errors import ConvlensError, RunError
from convlens.files import point_to, read_toml
from convlens.registry import near_names

LATEST = "latest"
CONFIG = ("settings", "given", "measured_on", "precision_reason")


@dataclass(frozen=True)
class Run:
    """One run on disk, by the names of its parts."""

    path: Path

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.path.name

    @property
    def config(self) -> Path:
        """Every setting, with what the user gave and what was a default."""
        return self.path / "config.toml"

    @property
    def environment(self) -> Path:
        """Versions, processor, threads, and the hash of the data."""
        return self.path / "environment.json"

    @property
    def history(self) -> Path:
        """A row per epoch."""
        return self.path / "history.csv"

    @property
    def checkpoints(self) -> Path:
        """Best and last weights, the state to resume from, and a manifest of their SHA-256."""
        return self.path / "checkpoints"

    @property
    def audit(self) -> Path:
        """Tables of the audits."""
        return self.path / "audit"

    @property
    def report(self) -> Path:
        """The page."""
        return self.path / "report.html"


def create_run(out: Path, name: str) -> Run:
    """Make the folder of a new run; a taken name gets a number ("cnn-2"), and nothing is overwritten.

    Raises:
        RunError: the name is not usable as a folder name, or the folder cannot be made.
    """
    if not re.fullmatch(r"\w[\w.+-]*", name) or name == LATEST:
        raise RunError(
            f"a run's name may hold letters, digits and . _ + -, starts with a letter, digit or _, and is not "
            f"{LATEST!r}; got {name!r}"
        )
    try:
        out.mkdir(parents=True, exist_ok=True)
        path = _numbered(out, name)
    except OSError as error:
        raise RunError(
            f"could not make the run folder {str(out / name)!r}: {error.strerror}; choose another folder with --out"
        ) from error
    point_to(out / LATEST, path)
    return Run(path)


def _numbered(out: Path, name: str) -> Path:
    """Make the first of name, name-2, name-3, … that is not there yet."""
    for number in itertools.count(1):
        path = out / (name if number == 1 else f"{name}-{number}")
        with suppress(FileExistsError):
            path.mkdir()
            return path
    raise AssertionError("the count above has no end")


def open_run(path: Path) -> Run:
    """Open an existing run; "runs/latest" is the newest.

    Raises:
        RunError: there is no such folder, or it is not a run.
    """
    run = Run(path.resolve())
    if run.config.is_file():
        return run
    if not path.exists():
        siblings = [one.name for one in list_runs(path.parent)]
        hint = near_names(path.name, siblings) or (f"; there are {', '.join(siblings[:8])}" if siblings else "")
        raise RunError(f"there is no run {str(path)!r}{hint} (`convlens runs` lists them)")
    raise RunError(f"{str(path)!r} is not a run folder: it has no config.toml (`convlens runs` lists the runs)")


def list_runs(out: Path) -> list[Run]:
    """List the runs in a folder, oldest first."""
    if not out.is_dir():
        return []
    found = [one for one in out.iterdir() if not one.is_symlink() and (one / "config.toml").is_file()]
    return [Run(one) for one in sorted(found, key=lambda one: ((one / "config.toml").stat().st_mtime, one.name))]


def read_config(run: Run) -> dict[str, Any]:
    """Read what `config.toml` holds: settings, given, measured_on, precision_reason.

    Raises:
        RunError: it cannot be read, or is the config.toml of another program.
    """
    try:
        config = read_toml(run.config)
    except ConvlensError as error:
        raise RunError(f"{error}; restore it from a copy or train again") from error
    if missing := [name for name in CONFIG if name not in config]:
        raise RunError(
            f"{str(run.path)!r} is not a run folder: its config.toml has no {' and no '.join(missing)} "
            "(`convlens runs` lists the runs)"
        )
    return config
