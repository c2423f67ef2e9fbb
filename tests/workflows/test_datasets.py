"""Checking a data set and drawing samples of it."""

import json

import numpy as np
import pytest
from PIL import Image

from convlens.errors import SettingsError
from convlens.workflows.datasets import check, write_samples


def test_every_picture_is_counted(letter_folder):
    told = json.loads(json.dumps(check(letter_folder(count=60)).to_json()))
    assert told["class_names"] == ["o", "x"]
    assert sum(part["count"] for part in told["splits"].values()) == 60
    assert set(told["splits"]) == {"train", "validation", "test"}


def test_samples_are_a_row_of_pictures_for_each_class(tmp_path):
    place = write_samples(check("xo").splits, tmp_path / "new" / "samples.png", per_class=4)
    pixels = np.asarray(Image.open(place).convert("L"))
    assert pixels.shape[0] >= 2 * 28
    assert pixels.shape[1] >= 4 * 28
    assert pixels.max() > 200


def test_a_file_that_is_there_is_kept_unless_forced(tmp_path):
    splits = check("xo").splits
    (tmp_path / "mine.png").write_text("mine")
    with pytest.raises(SettingsError, match="exists already; choose another name with --to, or add --force"):
        write_samples(splits, tmp_path / "mine.png")
    assert (tmp_path / "mine.png").read_text() == "mine"
    assert write_samples(splits, tmp_path / "mine.png", force=True).read_bytes()[:4] == b"\x89PNG"


def test_no_pictures_are_refused(tmp_path):
    with pytest.raises(SettingsError, match="at least one picture per class"):
        write_samples(check("xo").splits, tmp_path / "mine.png", per_class=0)
