import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.errors import ConvlensError
from convlens.files import (
    point_to,
    read_json,
    read_toml,
    recover_folder,
    replace_folder,
    sha256,
    write_bytes,
    write_json,
    write_text,
    write_toml,
)

# Forks a child again and again; each replaces what is there by one version more and is killed on the way. What the
# parent can read after each kill goes to standard output, one line of JSON a kill.
KILLED_AT_EVERY_STEP = """
import json, os, signal, sys
from pathlib import Path
from convlens.files import recover_folder, replace_folder, write_bytes, write_text

place = Path(sys.argv[1])

def fill(version):
    def write(folder):
        for name in ("a", "b", "c"):
            write_text(folder / name, version * 2000)
    return write

def folder_state():
    recover_folder(place)
    return sorted(child.read_text()[:1] + str(len(child.read_text())) for child in place.iterdir())

def file_state():
    return [place.read_text()[:1] + str(len(place.read_text()))]

write, state = {
    "folder": (lambda version: replace_folder(place, fill(version)), folder_state),
    "file": (lambda version: write_bytes(place, (version * 2000).encode()), file_state),
}[sys.argv[2]]

step = 0
while True:
    write("o")
    child = os.fork()
    if child == 0:
        seen = 0
        def kill_at_step(event, arguments):
            global seen
            if event.split(".")[0] in {"open", "os", "shutil"} and event != "os.kill":
                if seen == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                seen += 1
        sys.addaudithook(kill_at_step)
        write("n")
        os._exit(0)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(json.dumps([ended, state()]))
    if ended != -signal.SIGKILL:
        break
    step += 1
"""

REPLACING_FOR_EVER = """
import sys
from itertools import count
from pathlib import Path
from convlens.files import read_json, recover_folder, replace_folder, write_json

place = Path(sys.argv[1])

def fill(version):
    def write(folder):
        for name in ("first", "second"):
            write_json(folder / name, [version] * 500)
    return write

recover_folder(place)
start = read_json(place / "first")[0] if place.exists() else 0
for version in count(start + 1):
    replace_folder(place, fill(version))
    print(version, flush=True)
"""


def names_in(folder: Path) -> list[str]:
    return sorted(child.name for child in folder.iterdir())


def run(program: str, *arguments: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [("file", ["o2000"], ["n2000"]), ("folder", ["o2000"] * 3, ["n2000"] * 3)],
)
def test_killed_before_any_one_of_its_steps_the_old_or_the_new_is_complete(tmp_path, kind, old, new):
    outcomes = [json.loads(line) for line in run(KILLED_AT_EVERY_STEP, str(tmp_path / "target"), kind)]
    states = [state for _, state in outcomes]
    assert all(state in (old, new) for state in states), states
    assert states[0] == old
    assert outcomes[-1] == [0, new]
    assert states == sorted(states, key=lambda state: state == new), "once the new is there, it stays"
    assert len(outcomes) >= {"file": 3, "folder": 15}[kind]


def test_killed_thirty_times_at_any_moment_a_folder_is_never_half_written(tmp_path):
    place = tmp_path / "target"
    reached = 0
    for turn in range(30):
        worker = subprocess.Popen(
            [sys.executable, "-c", REPLACING_FOR_EVER, str(place)], stdout=subprocess.PIPE, text=True
        )
        with worker:
            # the write that is killed is the one after the last line read; what is read last lies anywhere in it
            for _ in range(1 + turn % 3):
                told = worker.stdout.readline()
            for _ in range(turn * 400):
                pass
            worker.send_signal(signal.SIGKILL)
        assert worker.returncode == -signal.SIGKILL
        recover_folder(place)
        first, second = read_json(place / "first"), read_json(place / "second")
        assert first == second == [first[0]] * 500
        assert first[0] >= int(told) > reached
        reached = first[0]
    assert reached >= 30


def test_a_reader_that_recovers_while_another_process_replaces_disturbs_neither(tmp_path):
    place = tmp_path / "target"
    with subprocess.Popen([sys.executable, "-c", REPLACING_FOR_EVER, str(place)], stdout=subprocess.PIPE) as writer:
        writer.stdout.readline()
        for _ in range(5000):
            recover_folder(place)
        assert writer.poll() is None, "the writer was stopped by the reader"
        writer.kill()
    recover_folder(place)
    assert read_json(place / "first") == read_json(place / "second")


def test_replacing_leaves_no_other_folder_behind(tmp_path):
    for version in "ab":
        replace_folder(tmp_path / "target", lambda folder, version=version: write_text(folder / version, version))
    assert names_in(tmp_path) == ["target"]
    assert names_in(tmp_path / "target") == ["b"]


def test_a_fill_that_fails_leaves_the_old_folder(tmp_path):
    target = tmp_path / "target"
    replace_folder(target, lambda folder: write_text(folder / "a", "old"))

    def fill(folder: Path) -> None:
        write_text(folder / "a", "new")
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        replace_folder(target, fill)
    recover_folder(target)
    assert (target / "a").read_text() == "old"


def test_recovering_what_never_was_does_nothing(tmp_path):
    recover_folder(tmp_path / "target")
    assert list(tmp_path.iterdir()) == []


@given(content=st.binary(max_size=64))
def test_bytes_come_back_as_they_were(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("bytes") / "deep" / "er" / "file"
    write_bytes(path, content)
    assert path.read_bytes() == content
    assert names_in(path.parent) == ["file"]


def test_the_hash_of_the_standards_example():
    # FIPS 180-2, appendix B.1
    assert sha256(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def write_here(path: Path) -> None:
    write_bytes(path, b"x")


def replace_here(path: Path) -> None:
    replace_folder(path, lambda folder: write_text(folder / "a", "a"))


def link_here(path: Path) -> None:
    point_to(path, path.parent / "target")


@pytest.mark.parametrize("write", [write_here, replace_here, link_here])
def test_where_nothing_can_be_written_the_sentence_names_the_place(tmp_path, write):
    (tmp_path / "file").write_text("kept")
    blocked = tmp_path / "file" / "below" / "it"
    with pytest.raises(ConvlensError) as caught:
        write(blocked)
    assert str(caught.value).startswith(f"could not write {str(blocked)!r}: ")
    assert (tmp_path / "file").read_text() == "kept"


def test_a_link_does_not_take_the_place_of_a_real_folder(tmp_path):
    (tmp_path / "latest").mkdir()
    (tmp_path / "latest" / "kept").touch()
    with pytest.raises(ConvlensError, match="could not write"):
        point_to(tmp_path / "latest", tmp_path / "run")
    assert names_in(tmp_path) == ["latest"]
    assert names_in(tmp_path / "latest") == ["kept"]


def test_a_disk_that_is_full_half_way_leaves_the_old_file_alone(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    done = write_ten_kilobytes_where_five_fit(path, "SIG_IGN")
    assert done.stdout == f"could not write {str(path)!r}: File too large; free some space or choose another folder\n"
    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["file"]


def test_killed_between_two_bytes_the_old_file_is_left_alone(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    assert write_ten_kilobytes_where_five_fit(path, "SIG_DFL").returncode == -signal.SIGXFSZ
    assert path.read_text() == "old"
    (half,) = (child for child in tmp_path.iterdir() if child != path)
    assert half.stat().st_size == 5000


def write_ten_kilobytes_where_five_fit(path: Path, at_the_limit: str) -> subprocess.CompletedProcess[str]:
    program = f"""
import resource, signal, sys
from pathlib import Path
from convlens.errors import ConvlensError
from convlens.files import write_bytes
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
signal.signal(signal.SIGXFSZ, signal.{at_the_limit})
try:
    write_bytes(Path(sys.argv[1]), bytes(10000))
except ConvlensError as error:
    print(error)
"""
    return subprocess.run([sys.executable, "-B", "-c", program, str(path)], capture_output=True, text=True, check=False)


def test_a_link_follows_the_newest_and_survives_a_move_of_its_folder(tmp_path):
    for name in ("run", "run-2"):
        write_text(tmp_path / "runs" / name / "name", name)
        point_to(tmp_path / "runs" / "latest", tmp_path / "runs" / name)
    (tmp_path / "runs").rename(tmp_path / "moved")
    assert (tmp_path / "moved" / "latest" / "name").read_text() == "run-2"


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
contents = st.recursive(
    st.one_of(st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)


@given(content=st.dictionaries(texts, contents, max_size=4))
def test_json_and_toml_come_back_as_they_were(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("settings")
    write_json(folder / "file.json", content)
    write_toml(folder / "file.toml", content)
    assert read_json(folder / "file.json") == content
    assert read_toml(folder / "file.toml") == content


@pytest.mark.parametrize("read", [read_json, read_toml])
@pytest.mark.parametrize("content", [None, b"{ not", b"\xff\xfe"])
def test_what_cannot_be_read_is_named(tmp_path, read, content):
    path = tmp_path / "settings"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConvlensError) as caught:
        read(path)
    assert str(caught.value).startswith(f"could not read {path}: ")
