"""The page of worked examples as a file."""

import pytest

from convlens.errors import SettingsError
from convlens.workflows.block_lesson import write_blocks


def test_the_page_is_written_and_its_place_given(tmp_path):
    path = write_blocks(tmp_path / "deep" / "lesson.html")
    assert path == tmp_path / "deep" / "lesson.html"
    assert "124" in path.read_text(encoding="utf-8")


def test_without_a_name_it_goes_into_the_present_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert write_blocks().resolve() == tmp_path / "blocks.html"


def test_the_same_page_may_be_written_again(tmp_path):
    page = write_blocks(tmp_path / "a.html").read_bytes()
    assert write_blocks(str(tmp_path / "a.html")).read_bytes() == page


def test_another_file_is_not_overwritten(tmp_path):
    taken = tmp_path / "mine.html"
    taken.write_text("mine")
    with pytest.raises(SettingsError, match=r"mine\.html exists already and holds something else"):
        write_blocks(taken)
    assert taken.read_text() == "mine"


def test_a_folder_is_no_place_for_a_page(tmp_path):
    with pytest.raises(SettingsError, match="exists already"):
        write_blocks(tmp_path)
