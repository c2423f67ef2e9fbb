"""Checkpoints: a folder that is replaced as a whole, with a manifest that says what belongs together.

A kill at any moment leaves the old set or the new one, never a mixture. The manifest holds the SHA-256 of every file
and is checked on reading.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from convlens.errors import ConvlensError, RunError
from convlens.files import read_json, recover_folder, replace_folder, sha256, write_bytes, write_json

BEST = "best.safetensors"
LAST = "last.safetensors"
OPTIMIZER = "last-state/optimizer.safetensors"
COUNTERS = "last-state/counters.json"
MANIFEST = "manifest.json"


def write_checkpoints(folder: Path, files: Mapping[str, bytes], counters: Any) -> None:
    """Replace the checkpoints: `files` by name, and the counters; a `best` that is not among the files is kept."""
    counted = json.dumps(counters, indent=2, allow_nan=False).encode()
    kept = read_checkpoint(folder, BEST) if BEST not in files and has_checkpoint(folder, BEST) else None

    def fill(fresh: Path) -> None:
        written = {**files, COUNTERS: counted}
        for name, content in written.items():
            write_bytes(fresh / name, content)
        if kept is not None:
            _link(folder / BEST, fresh / BEST, kept)
            written[BEST] = kept
        write_json(fresh / MANIFEST, {"sha256": {name: sha256(content) for name, content in written.items()}})

    replace_folder(folder, fill)


def read_checkpoint(folder: Path, name: str) -> bytes:
    """Read one file and hold it against the manifest.

    Raises:
        RunError: it is missing, or differs from what was written.
    """
    recover_folder(folder)
    if not (folder / MANIFEST).is_file():
        raise RunError(
            f"{folder.parent} holds no checkpoint: its training ended before the first one was saved; "
            "go on with `convlens train --resume`, or train anew"
        )
    wanted = _hashes(folder).get(name)
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise RunError(f"the checkpoint {folder / name} cannot be read ({error.strerror}); train again") from error
    if sha256(content) != wanted:
        raise RunError(
            f"the checkpoint {folder / name} was altered or damaged: its SHA-256 is not the manifest's; "
            "restore it from a copy or train again"
        )
    return content


def read_counters(folder: Path) -> Any:
    """Read the counters that were saved beside the weights.

    Raises:
        RunError: they are missing, or differ from what was written.
    """
    return json.loads(read_checkpoint(folder, COUNTERS))


def has_checkpoint(folder: Path, name: str) -> bool:
    """Say whether the manifest lists a file of that name."""
    recover_folder(folder)
    return (folder / MANIFEST).is_file() and name in _hashes(folder)


def _hashes(folder: Path) -> dict[str, str]:
    try:
        return dict(read_json(folder / MANIFEST)["sha256"])
    except (ConvlensError, KeyError, TypeError, ValueError) as error:
        raise RunError(
            f"{folder / MANIFEST} was altered or damaged ({error!r}); restore it from a copy or train again"
        ) from error


def _link(present: Path, fresh: Path, content: bytes) -> None:
    """Give a file a second name in a new folder; where the file system has no hard links, write it again."""
    try:
        os.link(present, fresh)
    except OSError:
        write_bytes(fresh, content)
