"""The receptive field of one number on a picture: in words, as values, and drawn."""

import numpy as np
import pytest

from convlens.errors import SettingsError, ShapeError, UnknownNameError
from convlens.workflows import field_on_picture


def test_the_field_of_the_books_last_pool_by_hand():
    found = field_on_picture("cnn", ["0"], "pool2:0,2,2", data="xo")
    told = found.to_json()
    assert found.text() == (
        "pool2:0,2,2 depends on 10×10 pixels, rows 8 to 17 and columns 8 to 17: 100 of 784 pixels (exact)"
    )
    assert told["box"] == {"top": 8, "left": 8, "height": 10, "width": 10}
    assert (told["count"], told["holes"], told["status"], told["drawn"]) == (100, 0, "exact", None)
    assert np.array(told["pixels"]).sum() == 100


def test_it_is_drawn_into_a_file_that_was_not_there(tmp_path):
    place = tmp_path / "field.svg"
    found = field_on_picture("cnn", ["0"], "conv1:3,0,0", data="xo", to=str(place))
    assert found.text().endswith(f"wrote {place}")
    assert place.read_text().startswith("<svg")
    with pytest.raises(SettingsError, match="exists already"):
        field_on_picture("cnn", ["0"], "conv1:3,0,0", data="xo", to=str(place))


def test_an_unknown_field_is_told_and_not_drawn(tmp_path):
    found = field_on_picture("cnn[pool=aps]", ["0"], "conv2:0,0,0", data="xo")
    assert found.text().startswith("conv2:0,0,0: unknown: ")
    assert found.to_json()["pixels"] is None
    with pytest.raises(SettingsError, match="cannot be drawn"):
        found.svg()


@pytest.mark.parametrize(
    ("pictures", "unit", "error", "told"),
    [
        (["0"], "conv3:0,0,0", UnknownNameError, "conv"),
        (["0"], "conv1:0,26,0", ShapeError, "rows 0 to 25, columns 0 to 25; got row 26"),
        (["0"], "conv1", SettingsError, "LAYER:CHANNEL,ROW,COLUMN"),
        ([], "conv1:0,0,0", SettingsError, "name one picture"),
        (["0", "1"], "conv1:0,0,0", SettingsError, "name one picture"),
    ],
)
def test_mistakes_are_told(pictures, unit, error, told):
    with pytest.raises(error, match=told):
        field_on_picture("cnn", pictures, unit, data="xo")
