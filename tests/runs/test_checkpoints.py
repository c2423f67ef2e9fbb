"""Checkpoints are whole or refused, whatever happened to their files and whenever the process was killed."""

import json
import os

import pytest
from hypothesis import given
from hypothesis.strategies import binary, integers

from convlens.errors import RunError
from convlens.runs.checkpoints import (
    BEST,
    COUNTERS,
    LAST,
    MANIFEST,
    OPTIMIZER,
    has_checkpoint,
    read_checkpoint,
    read_counters,
    write_checkpoints,
)

FIRST = {LAST: b"last 1", OPTIMIZER: b"memory 1", BEST: b"best 1"}
SECOND = {LAST: b"last 2", OPTIMIZER: b"memory 2"}


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "run" / "checkpoints"
    write_checkpoints(folder, FIRST, {"epoch": 1})
    return folder


def names_in(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_what_was_written_is_read(folder):
    assert {name: read_checkpoint(folder, name) for name in FIRST} == FIRST
    assert read_counters(folder) == {"epoch": 1}


@given(content=binary(max_size=50), epoch=integers())
def test_any_bytes_come_back(tmp_path_factory, content, epoch):
    folder = tmp_path_factory.mktemp("run") / "checkpoints"
    write_checkpoints(folder, {LAST: content}, {"epoch": epoch})
    assert (read_checkpoint(folder, LAST), read_counters(folder)) == (content, {"epoch": epoch})


def test_the_manifest_lists_every_file_and_nothing_else(folder):
    listed = json.loads((folder / MANIFEST).read_text())["sha256"]
    assert names_in(folder) == {*listed, MANIFEST}


def test_the_manifest_holds_the_published_sha256_of_abc(folder):
    write_checkpoints(folder, {LAST: b"abc"}, {})
    listed = json.loads((folder / MANIFEST).read_text())["sha256"]
    assert listed[LAST] == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, B.1


def test_the_best_is_kept_when_only_the_last_is_written(folder):
    write_checkpoints(folder, SECOND, {"epoch": 2})
    assert read_checkpoint(folder, BEST) == b"best 1"
    assert read_checkpoint(folder, LAST) == b"last 2"


def test_the_best_is_kept_over_many_saves_and_then_replaced(folder):
    for epoch in range(2, 6):
        write_checkpoints(folder, SECOND, {"epoch": epoch})
    write_checkpoints(folder, SECOND | {BEST: b"best 6"}, {"epoch": 6})
    assert read_checkpoint(folder, BEST) == b"best 6"


def test_the_best_is_copied_where_there_are_no_hard_links(folder, monkeypatch):
    def refuse(*_):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    write_checkpoints(folder, SECOND, {"epoch": 2})
    assert read_checkpoint(folder, BEST) == b"best 1"


def test_without_a_best_there_is_none(tmp_path):
    write_checkpoints(tmp_path / "checkpoints", SECOND, {})
    assert not has_checkpoint(tmp_path / "checkpoints", BEST)
    assert has_checkpoint(tmp_path / "checkpoints", LAST)


@pytest.mark.parametrize("name", [*FIRST, COUNTERS])
def test_a_flipped_bit_anywhere_is_refused(folder, name):
    content = bytearray((folder / name).read_bytes())
    for place in range(len(content)):
        content[place] ^= 1
        (folder / name).write_bytes(content)
        content[place] ^= 1
        with pytest.raises(RunError, match="altered or damaged: its SHA-256 is not the manifest's"):
            read_checkpoint(folder, name)


def test_a_damaged_best_is_not_carried_over(folder):
    (folder / BEST).write_bytes(b"best 0")
    with pytest.raises(RunError, match="altered or damaged"):
        write_checkpoints(folder, SECOND, {"epoch": 2})
    assert read_checkpoint(folder, LAST) == b"last 1"


def test_a_missing_file_is_named(folder):
    (folder / LAST).unlink()
    with pytest.raises(RunError, match=r"last\.safetensors cannot be read \(No such file or directory\); train again"):
        read_checkpoint(folder, LAST)


def test_a_file_that_the_manifest_does_not_list_is_refused(folder):
    (folder / "other.safetensors").write_bytes(b"smuggled in")
    with pytest.raises(RunError, match="SHA-256"):
        read_checkpoint(folder, "other.safetensors")


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"sha256": 3}', "not json"])
def test_a_broken_manifest_is_a_sentence(folder, content):
    (folder / MANIFEST).write_text(content)
    for reading in (read_checkpoint, has_checkpoint):
        with pytest.raises(RunError, match=r"manifest\.json was altered or damaged"):
            reading(folder, LAST)


def test_before_the_first_checkpoint_there_is_none(tmp_path):
    assert not has_checkpoint(tmp_path / "run" / "checkpoints", LAST)
    with pytest.raises(RunError, match="holds no checkpoint: its training ended before the first one was saved"):
        read_checkpoint(tmp_path / "run" / "checkpoints", LAST)


def test_after_a_kill_before_the_first_rename_the_old_set_stands(folder):
    (folder.parent / ".checkpoints.upcoming").mkdir()
    (folder.parent / ".checkpoints.upcoming" / LAST).write_bytes(b"half a fi")
    assert {name: read_checkpoint(folder, name) for name in FIRST} == FIRST
    write_checkpoints(folder, SECOND, {"epoch": 2})
    assert read_checkpoint(folder, LAST) == b"last 2"


def test_after_a_kill_between_the_renames_the_new_set_is_taken(folder):
    folder.rename(folder.parent / "saved")
    write_checkpoints(folder, SECOND, {"epoch": 2})
    folder.rename(folder.parent / ".checkpoints.upcoming")
    (folder.parent / "saved").rename(folder.parent / ".checkpoints.previous")
    assert has_checkpoint(folder, LAST)
    assert read_checkpoint(folder, LAST) == b"last 2"
    assert sorted(path.name for path in folder.parent.iterdir()) == ["checkpoints"]


def test_after_a_kill_before_the_cleaning_the_new_set_stands_alone(folder):
    folder.rename(folder.parent / ".checkpoints.previous")
    write_checkpoints(folder, SECOND, {"epoch": 2})
    assert read_checkpoint(folder, LAST) == b"last 2"
    assert sorted(path.name for path in folder.parent.iterdir()) == ["checkpoints"]


def test_counters_that_no_json_can_hold_leave_the_old_set(folder):
    with pytest.raises(ValueError, match="JSON"):
        write_checkpoints(folder, SECOND, {"loss": float("nan")})
    assert read_checkpoint(folder, LAST) == b"last 1"
