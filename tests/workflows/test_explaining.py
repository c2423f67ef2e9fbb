"""Explaining one number, or a whole pass, of a trained network."""

import json

import numpy as np
import pytest
from PIL import Image

from convlens.data import load
from convlens.errors import DataError, SettingsError, ShapeError, UnknownNameError
from convlens.models import predictor
from convlens.workflows import explain, explain_unit, train
from convlens.workflows.explaining import read_unit
from convlens.workflows.subjects import trained


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    """A run of `toy` on drawn letters of 4×4 pixels."""
    return train("xo", model="toy", size=4, take=60, epochs=1, out=tmp_path_factory.mktemp("runs")).run.path


@pytest.fixture(scope="module")
def letters():
    return load("xo", size=4).test


def test_a_test_picture_by_its_number_ends_in_the_networks_own_probability(toy, letters):
    found = explain(toy, "3")
    subject = trained(toy)
    logits = predictor(subject.module, subject.card)(letters.images[3:4])[0]
    answer = found.trace.steps[found.trace.output]
    assert answer.name == "sigmoid"
    assert answer.value[0] == pytest.approx(1 / (1 + np.exp(logits[0] - logits[1])), rel=1e-5)
    assert found.picture.startswith("picture 3 of the test split of xo")
    assert (found.image == letters.images[3:4]).all()


def test_a_picture_file_is_the_same_as_its_number(toy, letters, tmp_path):
    Image.fromarray(letters.images[3, ..., 0]).save(tmp_path / "3.png")
    by_file, by_number = explain(toy, tmp_path / "3.png"), explain(toy, "3")
    assert by_file.trace.image.tolist() == by_number.trace.image.tolist()
    assert by_file.picture == "3.png"


def test_a_network_by_name_is_explained_with_the_pictures_it_is_given():
    found = explain("toy", "0", data="xo")
    assert found.trace.image.shape == (1, 28, 28)
    assert "untrained weights" in found.text()


def test_a_picture_of_another_size_is_resized_only_when_asked(toy, tmp_path):
    path = tmp_path / "large.png"
    Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save(path)
    with pytest.raises(ShapeError, match="has 8×8 pixels, and the network reads 4×4; add --fit crop, pad or stretch"):
        explain(toy, path)
    assert explain(toy, path, fit="stretch").trace.image.shape == (1, 4, 4)


@pytest.mark.parametrize(
    ("picture", "error", "told"),
    [
        ("300", SettingsError, "the test split has the pictures 0 to 299; got 300"),
        ("nowhere.png", DataError, "there is no picture 'nowhere.png'; give a picture file, or the number"),
    ],
)
def test_a_picture_that_is_not_there_is_refused(toy, picture, error, told):
    with pytest.raises(error, match=told):
        explain(toy, picture)


def test_a_file_that_is_no_picture_is_refused(toy, tmp_path):
    (tmp_path / "words.png").write_text("no picture")
    with pytest.raises(DataError, match=r"words\.png' could not be read"):
        explain(toy, tmp_path / "words.png")
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(tmp_path / "cut.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "cut.png").read_bytes()[:-30])
    with pytest.raises(DataError, match="could not be read"):
        explain(toy, tmp_path / "cut.png")


def test_one_number_of_a_run(toy):
    unit = explain_unit(toy, "3", "conv1:0,1,1")
    assert unit.arithmetic.total == pytest.approx(unit.torch, rel=1e-5)
    with pytest.raises(UnknownNameError, match="did you mean 'conv1'"):
        explain_unit(toy, "3", "conv2:0,1,1")
    with pytest.raises(SettingsError, match="'conv1' has channels 0 to 0, rows 0 to 1, columns 0 to 1; got row 2"):
        explain_unit(toy, "3", "conv1:0,2,1")


@pytest.mark.parametrize("text", ["conv1", "conv1:", ":0,1", "conv1:a", "conv1:-1,0,0", "conv1:0;1"])
def test_a_unit_that_is_written_otherwise_is_refused(text):
    with pytest.raises(SettingsError, match="a unit is written LAYER:CHANNEL,ROW,COLUMN or LAYER:INDEX"):
        read_unit(text)


def test_a_units_layer_may_be_any_path():
    assert read_unit("layer1.0.conv1:3, 4,5") == ("layer1.0.conv1", (3, 4, 5))
    assert read_unit("dense1:7") == ("dense1", (7,))


def test_json_says_every_step_with_its_difference_and_the_answer(toy):
    content = json.loads(json.dumps(explain(toy, "3").to_json(), allow_nan=False))
    assert [step["name"] for step in content["steps"]] == ["conv1", "pool1", "relu1", "flatten", "dense1", "sigmoid"]
    assert content["steps"][0]["inputs"] == ["image"]
    assert content["steps"][0]["output_shape"] == [1, 2, 2]
    assert content["difference"] == max(step["difference"] for step in content["steps"])
    assert content["answer"]["value"] == pytest.approx(content["answer"]["torch"], rel=1e-5)


def test_the_program_of_a_pass_gives_its_answer(toy):
    found = explain(toy, "3")
    left = {}
    exec(compile(found.python(), "<program>", "exec"), left)
    assert left["sigmoid"] == pytest.approx(found.trace.steps[-1].value)
