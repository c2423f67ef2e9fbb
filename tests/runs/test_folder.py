"""A run folder gets a free name, is the newest, and is found again; what is no run is refused with a sentence."""

import os

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from convlens.errors import RunError
from convlens.files import write_toml
from convlens.runs.folder import Run, create_run, list_runs, open_run, read_config

CONFIG = {"settings": {"data": "xo"}, "given": ["data"], "measured_on": "validation", "precision_reason": "asked for"}


def made(out, name):
    run = create_run(out, name)
    write_toml(run.config, CONFIG)
    return run


def test_a_taken_name_gets_the_next_free_number(tmp_path):
    assert [made(tmp_path, "cnn").name for _ in range(3)] == ["cnn", "cnn-2", "cnn-3"]


@given(taken=integers(1, 6))
def test_no_run_ever_takes_the_folder_of_another(tmp_path_factory, taken):
    out = tmp_path_factory.mktemp("runs")
    paths = {create_run(out, "cnn").path for _ in range(taken)}
    assert len(paths) == taken


def test_a_plain_file_of_that_name_is_left_alone(tmp_path):
    (tmp_path / "cnn").write_text("mine")
    assert create_run(tmp_path, "cnn").name == "cnn-2"
    assert (tmp_path / "cnn").read_text() == "mine"


def test_the_folder_of_runs_is_made_with_its_parents(tmp_path):
    assert create_run(tmp_path / "a" / "b", "cnn").path.is_dir()


@pytest.mark.parametrize("name", ["", "latest", ".hidden", "-x", "a/b", "..", "a b", "a\n", "x" * 300])
def test_an_unusable_name_is_refused(tmp_path, name):
    with pytest.raises(RunError, match=r"a run's name may hold letters|could not make the run folder"):
        create_run(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_the_folder_of_runs_should_be_is_named(tmp_path):
    (tmp_path / "runs").write_text("no folder")
    with pytest.raises(RunError, match=r"could not make the run folder .*runs/cnn'.*choose another folder with --out"):
        create_run(tmp_path / "runs", "cnn")


def test_latest_points_to_the_newest(tmp_path):
    for name in ("first", "second"):
        run = made(tmp_path, name)
        assert open_run(tmp_path / "latest") == Run(run.path.resolve())


def test_latest_is_relative_so_that_the_folder_can_be_moved(tmp_path):
    made(tmp_path / "runs", "cnn")
    (tmp_path / "runs").rename(tmp_path / "elsewhere")
    assert open_run(tmp_path / "elsewhere" / "latest").name == "cnn"


def test_the_parts_of_a_run_have_the_names_of_the_design(tmp_path):
    run = Run(tmp_path / "cnn")
    parts = (run.config, run.environment, run.history, run.checkpoints, run.audit, run.report)
    names = ["config.toml", "environment.json", "history.csv", "checkpoints", "audit", "report.html"]
    assert [part.relative_to(run.path).as_posix() for part in parts] == names


def test_a_missing_run_is_answered_with_near_names(tmp_path):
    made(tmp_path, "fashion-cnn")
    with pytest.raises(RunError, match=r"there is no run '.*fashion-cn'; did you mean 'fashion-cnn'\?"):
        open_run(tmp_path / "fashion-cn")


def test_a_missing_run_far_from_all_names_is_answered_with_those_there_are(tmp_path):
    made(tmp_path, "fashion-cnn")
    with pytest.raises(RunError, match=r"there is no run .*; there are fashion-cnn \(`convlens runs` lists them\)"):
        open_run(tmp_path / "zzz")


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(RunError, match=r"is not a run folder: it has no config\.toml"):
        open_run(tmp_path)


@pytest.mark.parametrize("content", ["title = 'my blog'\n", "given = []\nsettings = {}\n"])
def test_the_config_of_another_program_is_refused(tmp_path, content):
    (tmp_path / "config.toml").write_text(content)
    with pytest.raises(RunError, match=r"is not a run folder: its config\.toml has no .*measured_on"):
        read_config(open_run(tmp_path))


def test_a_config_that_is_no_toml_is_refused(tmp_path):
    (tmp_path / "config.toml").write_text("= =")
    with pytest.raises(RunError, match=r"could not read .*config\.toml.*restore it from a copy or train again"):
        read_config(open_run(tmp_path))


def test_a_config_comes_back_as_it_was_written(tmp_path):
    assert read_config(made(tmp_path, "cnn")) == CONFIG


def test_runs_are_listed_oldest_first_and_nothing_else_is(tmp_path):
    for age, name in enumerate(("b", "a", "c")):
        os.utime(made(tmp_path, name).config, (1000 + age, 1000 + age))
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes.txt").write_text("")
    assert [run.name for run in list_runs(tmp_path)] == ["b", "a", "c"]


def test_a_missing_folder_has_no_runs(tmp_path):
    assert list_runs(tmp_path / "nowhere") == []
