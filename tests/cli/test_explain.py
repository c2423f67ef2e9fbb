"""`convlens explain`."""

import json

import pytest
from PIL import Image


def test_one_number_in_words_as_json_and_as_python(here, convlens):
    said = convlens("explain runs/latest 3 --unit dense1:7")
    assert said.code == 0
    assert said.out.startswith("dense1 (Linear), number 7\n")
    assert "the remaining 774 terms sum to" in said.out
    content = json.loads(convlens("explain runs/latest 3 --unit dense1:7 --json").out)
    left = {}
    exec(compile(convlens("explain runs/latest 3 --unit dense1:7 --python").out, "<copied>", "exec"), left)
    assert left["total"] == pytest.approx(content["value"], rel=1e-12)
    assert content["value"] == pytest.approx(content["torch"], rel=1e-4)


def test_the_whole_pass_of_a_picture_file(here, convlens):
    said = convlens("explain runs/latest pictures/o/00.png --steps")
    assert said.code == 0
    assert said.out.splitlines()[0].startswith("xo-mlp (")
    for step in ("flatten", "dense1", "relu1", "dense2"):
        assert any(line.startswith(step) for line in said.out.splitlines())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("explain runs/latest --steps", "name a picture: a file, or the number of a test picture"),
        (
            "explain runs/latest 3 --unit dense1:1 --steps",
            "--steps and --unit ask for different things; give one",
        ),
        ("explain runs/latest 3 --unit dense3:1", "the network has no layer 'dense3'; did you mean 'dense"),
        ("explain runs/latest 3 --unit dense1:1000", "'dense1' has numbers 0 to 999; got number 1000"),
        ("explain runs/latest 3 --unit dense1", "a unit is written LAYER:CHANNEL,ROW,COLUMN"),
        ("explain runs/latest large.png --unit dense1:1", "has 10×12 pixels, and the network reads 28×28; add --fit"),
        ("explain runs/latest 3 --steps --to here", "numbers are printed and not written to a file; leave out --to"),
        ("explain runs/latest 3 --unit dense1:1 --to here", "numbers are printed and not written to a file"),
        ("explain runs/latest 3 --steps --python", "for networks of up to 50,000 numbers"),
        ("explain blocks", "blocks.html exists already"),
    ],
)
def test_a_mistake_is_one_sentence(here, convlens, arguments, told):
    (here / "blocks.html").write_text("mine")
    Image.new("L", (12, 10)).save(here / "large.png")
    said = convlens(arguments)
    assert (said.code, said.out) == (2, "")
    assert told in said.err
    assert "Traceback" not in said.err
    assert (here / "blocks.html").read_text() == "mine"


def test_a_picture_is_resized_when_asked(here, convlens):
    Image.new("L", (12, 10)).save(here / "large.png")
    assert convlens("explain runs/latest large.png --unit dense1:1 --fit stretch").code == 0


def test_the_page_of_blocks(here, convlens):
    assert convlens("explain blocks --to page.html").out.strip() == "wrote page.html"
    assert "44" in (here / "page.html").read_text()
