"""Where a network's audits lie on disk, and what is kept of one that is under way."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from convlens.audit.in_parts import Parts
from convlens.data.dataset import Dataset
from convlens.files import read_json, sha256
from convlens.runs.parts import KeptParts
from convlens.workflows.subjects import Subject

SHIFTS = "shift-*.json"
"""The files of audits over shifts."""

SPATIAL = "spatial"
"""The audit of moves and turns at once, beside those of a single change."""


def audits_of(subject: Subject, to: Path | str | None = None) -> Path:
    """Give the folder of a network's audits: the run's own, or `audits/NAME` for what is no run."""
    if to is not None:
        return Path(to)
    return Path("audits") / safe_name(subject.name) if subject.run is None else subject.run.audit


def safe_name(name: str) -> str:
    """Give a name that can be a file's."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in name)


def whose(subject: Subject) -> dict[str, Any]:
    """Say in an audit's JSON whose it is; `weights_sha256` is what it is known by."""
    return {"subject": subject.name, "weights": subject.weights, "weights_sha256": subject.digest}


def written(folder: Path, *patterns: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Read the audits in a folder, the one that was written last first, whichever weights they are of."""
    paths = [path for pattern in patterns for path in folder.glob(pattern)]
    for path in sorted(paths, key=lambda path: path.stat().st_mtime, reverse=True):
        yield path, read_json(path)


def own_audits(subject: Subject, *patterns: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Read the audits of these very weights, the one that was written last first.

    Weights without a digest cannot be known again. A run that was trained on keeps its older audits on disk, but they
    are no longer about its network.
    """
    if subject.digest:
        for path, content in written(audits_of(subject), *patterns):
            if content.get("weights_sha256") == subject.digest:
                yield path, content


def unfinished(folder: Path, subject: Subject, dataset: Dataset, *told: object) -> AbstractContextManager[Parts | None]:
    """Keep the finished parts of an audit in a folder of their own, if its weights can be known again.

    Args:
        folder: of the network's audits.
        told: whatever else gives other answers. How the network reads its pictures is part of it anyway.
    """
    if not subject.digest:
        return nullcontext()
    reads = sorted(subject.reading.items())
    key = (subject.digest, subject.name, subject.card, reads, dataset.manifest_hash, *told)
    return KeptParts(folder / ".unfinished" / sha256(repr(key).encode())[:16])
