"""A model from elsewhere is looked into: which classes there are is asked only where a label or a class is used."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convlens.errors import DataError, SettingsError, ShapeError
from convlens.workflows import effective, explain, explain_unit, field_on_picture, reading, saliency_maps, see

MODEL = """
import torch
from torch import nn

def net():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, stride=2), nn.ReLU(), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(4, 2)
    )
"""

READS = reading("0.1", "0.3", "28", 1)
MAPPED = reading("0.1", "0.3", "28", 1, "same")


@pytest.fixture
def net(tmp_path, monkeypatch):
    """The name of the network above; the working folder is fresh."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    Path("looked_into.py").write_text(MODEL, encoding="utf-8")
    yield "looked_into:net"
    sys.modules.pop("looked_into", None)


def test_numbers_and_fields_need_no_class_map(net):
    assert explain(net, "3", data="xo", reading=READS).trace.difference < 1e-4
    named = explain_unit(net, "3", "0:1,2,3", data="xo", reading=MAPPED)
    assert explain_unit(net, "3", "0:1,2,3", data="xo", reading=READS).to_json() == named.to_json()
    assert field_on_picture(net, ["3"], "0:1,2,3", data="xo", reading=READS).field.count == 9
    assert effective(net, "0", pictures=4, data="xo", reading=READS).files[0].parent == Path("audits/looked_into-net")


def test_a_picture_is_told_with_its_class_only_where_the_classes_are_known(net):
    assert field_on_picture(net, ["3"], "0:1,2,3", data="xo", reading=READS).picture.endswith("split of xo")
    assert field_on_picture(net, ["3"], "0:1,2,3", data="xo", reading=MAPPED).picture.endswith(("xo (o)", "xo (x)"))


def test_what_is_seen_class_by_class_is_left_out_with_the_reason(net):
    mapped = see(net, ["3"], data="xo", reading=MAPPED, to="mapped")
    bare = see(net, ["3"], data="xo", reading=READS)
    assert mapped.notes == ()
    assert bare.notes[0].startswith("what is shown class by class is left out: nothing says which of the 2 answers of")
    titles = [one.title for one in bare.exhibits]
    assert titles[1:] == [one.title for one in mapped.exhibits][1:-1], "all but the units of a class"
    assert mapped.exhibits[-1].title.startswith("Units for the class")
    assert {top["class"] for top in bare.numbers["tops"]} == {None}
    assert {top["class"] for top in mapped.numbers["tops"]} <= {"o", "x"}
    assert [top["picture"] for top in bare.numbers["tops"]] == [top["picture"] for top in mapped.numbers["tops"]]


def test_a_class_of_the_pictures_is_asked_for_with_a_class_map(net):
    asked = "nothing says which of the 2 answers of 'looked_into:net' means which class .*tell it with --class-map"
    with pytest.raises(SettingsError, match=asked):
        see(net, images_of="x", data="xo", reading=READS)
    with pytest.raises(SettingsError, match=asked):
        saliency_maps(net, ["3"], target="x", methods="gradient", data="xo", reading=READS)
    assert not list(Path().rglob("*.json"))


def test_an_answer_is_explained_by_its_number_without_a_class_map(net):
    settings = {"methods": "gradient", "seeds": 1, "data": "xo"}
    by_number = saliency_maps(net, ["3"], target="1", reading=READS, **settings)
    by_name = saliency_maps(net, ["3"], target="x", reading=MAPPED, **settings)
    assert by_number.pictures[0].class_name == "answer 1"
    np.testing.assert_array_equal(by_number.pictures[0].maps[0].map.values, by_name.pictures[0].maps[0].map.values)


def test_pictures_of_unknown_classes_can_be_looked_at(net):
    np.savez("bare.npz", images=np.arange(6 * 28 * 28).reshape(6, 28, 28).astype(np.uint8))
    seen = see(net, ["3"], data="bare.npz", reading=READS)
    assert "nobody says what the pictures of 'bare' show; put them into one folder per class" in seen.notes[0]
    with pytest.raises(SettingsError, match="nobody says what the pictures of 'bare' show"):
        see(net, images_of="x", data="bare.npz", reading=READS)


def test_pictures_of_which_no_part_is_set_apart_are_named_without_a_split(net):
    np.savez("bare.npz", images=np.arange(6 * 28 * 28).reshape(6, 28, 28).astype(np.uint8))
    assert explain(net, "3", data="bare.npz", reading=READS).picture == "picture 3 of bare"
    with pytest.raises(SettingsError, match="'bare' has the pictures 0 to 5; got 6"):
        explain(net, "6", data="bare.npz", reading=READS)


def test_a_picture_file_needs_no_other_pictures(net):
    Image.fromarray(np.arange(784).reshape(28, 28).astype(np.uint8)).save("mine.png")
    Image.new("L", (56, 28)).save("wide.png")
    by_file = explain_unit(net, "mine.png", "4:1", reading=READS)
    assert by_file.to_json() == explain_unit(net, "mine.png", "4:1", data="xo", reading=READS).to_json()
    assert [one.title for one in see(net, ["mine.png"], reading=READS).exhibits] == [
        "mine.png",
        "What the first layer looks for",
        see(net, ["mine.png"], data="xo", reading=READS).exhibits[2].title,
    ]
    assert saliency_maps(net, ["mine.png"], methods="gradient", seeds=1, reading=READS).pictures[0].name == "mine.png"
    with pytest.raises(ShapeError, match=r"'wide\.png' has 28×56 pixels, and the network reads 28×28; add --fit"):
        explain(net, "wide.png", reading=READS)
    with pytest.raises(SettingsError, match="does not say how it reads pictures"):
        explain(net, "mine.png")
    with pytest.raises(SettingsError, match="name the pictures for it with --data"):
        explain(net, "3", reading=READS)


def test_several_pictures_are_read_in_their_order(net):
    maps = saliency_maps(net, ["5", "3"], methods="gradient", seeds=1, data="xo", reading=READS)
    for number, found in zip(("5", "3"), maps.pictures, strict=True):
        (alone,) = saliency_maps(net, [number], methods="gradient", seeds=1, data="xo", reading=READS).pictures
        assert (found.picture == alone.picture).all()
        assert found.name == alone.name


def test_an_onnx_file_is_refused_before_it_is_asked_how_it_reads_pictures(net):
    with pytest.raises(SettingsError, match=r"'net\.onnx' is an ONNX file, whose layers cannot be looked into"):
        explain("net.onnx", "3", data="xo")
    with pytest.raises(SettingsError, match=r"'net\.onnx' is an ONNX file, whose layers cannot be looked into"):
        effective("net.onnx", data="xo")


def test_a_picture_that_is_not_there_is_told_before_anything_is_opened(net):
    with pytest.raises(DataError, match=r"there is no picture 'no\.png'; give a picture file, or the number"):
        explain("runs/none", "no.png")
