"""Predictions for pictures on disk: the evaluation's answers, the unreadable ones named."""

import json

import numpy as np
import pytest

from convlens.errors import DataError
from convlens.tables import Table
from convlens.workflows import evaluate, predict


def test_answers_come_likeliest_first_and_sum_to_one(xo_run, letter_folder):
    folder = letter_folder(count=12)
    table = predict(xo_run, folder).table
    assert list(table.columns) == ["path", "class1", "probability1", "class2", "probability2"]
    assert [*table["path"]] == [str(path) for path in sorted(folder.rglob("*.png"))]
    for row in table.rows():
        assert row["probability1"] >= row["probability2"]
        assert row["probability1"] + row["probability2"] == pytest.approx(1)


def test_it_answers_as_often_rightly_as_an_evaluation_says(xo_run, letter_folder):
    folder = letter_folder(count=60)
    for part in ("train", "test"):  # the same pictures twice: an evaluation wants splits
        letter_folder(f"both/{part}", count=60)
    rows = predict(xo_run, folder, top=1).table.rows()
    right = np.mean([row["class1"] == row["path"].split("/")[-2] for row in rows])
    assert right == evaluate(xo_run, data=str(folder.parent / "both")).accuracy


def test_an_unreadable_picture_is_named_and_the_others_are_answered(xo_run, letter_folder):
    folder = letter_folder(count=4)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    result = predict(xo_run, folder)
    assert [one.path.endswith("broken.jpg") for one in result.unreadable] == [True]
    assert len(result.table) == 4
    told = json.loads(json.dumps(result.to_json()))
    assert [len(told["predictions"]), told["unreadable"][0]["path"]] == [4, str(folder / "broken.jpg")]


def test_csv_comes_back_as_it_was(xo_run, letter_folder):
    table = predict(xo_run, letter_folder(count=3)).table
    assert Table.from_csv(table.to_csv()).rows() == table.rows()


def test_one_picture_and_one_class(xo_run, letter_folder):
    picture = next(letter_folder(count=4).rglob("*.png"))
    assert list(predict(xo_run, picture, top=1).table.columns) == ["path", "class1", "probability1"]


def test_what_cannot_be_answered_is_a_sentence(xo_run, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.png").write_bytes(b"")
    for place, told in (("nowhere", "does not exist"), ("empty", "holds no pictures"), ("bad.png", "could be read")):
        with pytest.raises(DataError, match=told):
            predict(xo_run, tmp_path / place)
