"""`convlens explain` without an arithmetic to print: what the layers, filters and units answer to pictures."""

import json

import pytest


def test_what_is_seen_is_told_and_becomes_a_part_of_the_page(here, convlens):
    said = convlens("explain runs/latest 3 pictures/o/00.png --images x --filter 7")
    assert said.code == 0
    assert "Unit 7 of relu1" in said.out.splitlines()
    assert "Units for the class x" in said.out.splitlines()
    page = (here / "runs/xo-mlp/report.html").read_text()
    assert "See inside" in page
    assert "Unit 7 of relu1" in page
    assert (here / "runs/xo-mlp/explain/seen/means-relu1.csv").is_file()


def test_what_is_seen_as_json(here, convlens):
    content = json.loads(convlens("explain runs/latest 3 --layer dense2 --filter 0 --json").out)
    assert (content["layer"], content["filter"]) == ("dense2", 0)
    assert content["page"].endswith("report.html")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("explain runs/latest", "name a picture (a file, or the number of a test picture), or a class with --images"),
        ("explain runs/latest 3 --layer dense3", "has no layer 'dense3'; did you mean 'dense"),
        ("explain runs/latest 3 --layer dense3", "(layers: flatten, dense1, relu1, dense2)"),
        ("explain runs/latest 3 --layer dense1", "gives 1,000 per picture; this network has no such layer"),
        ("explain runs/latest 3 --layer dense2 --filter 2", "'dense2' has the units 0 to 1; got 2"),
        ("explain runs/latest 3 --images y", "no class 'y' (it knows o, x; a number"),
        (
            "explain runs/latest 3 --unit dense1:1 --images x",
            "--images and --unit ask for different things; give one",
        ),
    ],
)
def test_a_mistake_is_one_sentence(here, convlens, arguments, told):
    said = convlens(arguments)
    assert (said.code, said.out) == (2, "")
    assert told in said.err
    assert "Traceback" not in said.err
    assert not (here / "runs/xo-mlp/explain").exists()
