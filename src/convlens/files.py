"""Writing that is never half done: temp file in the same folder, flush, fsync, rename, fsync the folder.

A reader sees the old content or the new, whatever moment the process is killed at.
"""

import hashlib
import json
import os
import shutil
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import tomli_w

from convlens.errors import ConvlensError


def sha256(content: bytes | memoryview) -> str:
    """Give the SHA-256 of some bytes as 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def write_bytes(path: Path, content: bytes) -> None:
    """Replace the file at `path` by `content`, all or nothing; the folder is made when missing."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with _told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        _sync_folder(path.parent)


def write_text(path: Path, content: str) -> None:
    """Replace a UTF-8 text file, all or nothing."""
    write_bytes(path, content.encode())


def write_json(path: Path, content: Any) -> None:
    """Replace a JSON file, all or nothing; indented, so that two versions can be compared."""
    write_text(path, json.dumps(content, indent=2, allow_nan=False, ensure_ascii=False) + "\n")


def write_toml(path: Path, content: Mapping[str, Any]) -> None:
    """Replace a TOML file, all or nothing."""
    write_text(path, toml_text(content))


def toml_text(content: Mapping[str, Any]) -> str:
    """Spell a table as TOML."""
    return tomli_w.dumps(content)


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        ConvlensError: it is missing or not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConvlensError(f"could not read {path}: {error}") from error


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        ConvlensError: it is missing or not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConvlensError(f"could not read {path}: {error}") from error


def point_to(link: Path, target: Path) -> None:
    """Make `link` a relative symbolic link to `target`, replacing an older one at once."""
    temporary = link.with_name(f".{link.name}.{os.getpid()}.tmp")
    with _told(link):
        temporary.unlink(missing_ok=True)
        try:
            temporary.symlink_to(os.path.relpath(target, link.parent), target_is_directory=True)
            temporary.replace(link)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise


def replace_folder(folder: Path, fill: Callable[[Path], None]) -> None:
    """Replace a whole folder in one step: `fill` writes into a fresh one, which then takes the old one's place.

    A kill between the two renames is mended by `recover_folder`, which every reader calls first.
    """
    upcoming, previous = _siblings(folder)
    with _told(folder):
        recover_folder(folder)
        shutil.rmtree(upcoming, ignore_errors=True)
        upcoming.mkdir(parents=True)
        fill(upcoming)
        _sync_folder(upcoming)
        if folder.exists():
            folder.rename(previous)
        _rename_once(upcoming, folder)
        _sync_folder(folder.parent)
        shutil.rmtree(previous, ignore_errors=True)


def recover_folder(folder: Path) -> None:
    """Finish a `replace_folder` that was killed between its renames; otherwise do nothing.

    `previous` exists only once `upcoming` is complete, so a missing folder beside both means: take `upcoming`.
    """
    upcoming, previous = _siblings(folder)
    if not folder.exists() and previous.exists():
        _rename_once(upcoming if upcoming.exists() else previous, folder)
    if folder.exists():
        shutil.rmtree(previous, ignore_errors=True)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn the system's refusal to write into a sentence that names what was to be written."""
    try:
        yield
    except OSError as error:
        raise ConvlensError(
            f"could not write {str(path)!r}: {error.strerror or error}; free some space or choose another folder"
        ) from error


def _rename_once(complete: Path, folder: Path) -> None:
    """Rename, unless another process came between: a reader that recovers while the writer is at work."""
    try:
        complete.rename(folder)
    except OSError:
        if not folder.exists():
            raise


def _siblings(folder: Path) -> tuple[Path, Path]:
    return folder.with_name(f".{folder.name}.upcoming"), folder.with_name(f".{folder.name}.previous")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
