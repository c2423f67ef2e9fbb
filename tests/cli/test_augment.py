"""`convlens augment`: the sheet, the copy, the list."""

import json

import pytest

from convlens.augment.catalogue import AUGMENTERS, RECIPES
from convlens.augment.expressions import parse


def test_a_sheet_is_drawn_where_it_is_told_to_be(here, convlens):
    assert convlens("augment xo --images 2 --draws 3").out == "wrote augmented.png\n"
    assert (here / "augmented.png").read_bytes()[:4] == b"\x89PNG"
    assert convlens("augment xo --images 2").code == 2
    assert convlens("augment xo --images 2 --force").code == 0
    assert convlens("augment pictures/x --to new/sheet.png").out == "wrote new/sheet.png\n"


def test_the_json_names_the_grid_and_what_was_drawn(here, convlens):
    (here / "mine.toml").write_text('[augment]\nkind = "Rotate"\nrotate = "(-9, 9)"\n')
    told = json.loads(convlens("augment pictures --recipe mine.toml --images 2 --draws 3 --seed 4 --json").out)
    assert (told["grid"], told["seed"], len(told["pictures"])) == ("augmented.png", 4, 2)
    assert parse(told["recipe"]) == parse("Rotate((-9, 9))")
    for picture in told["pictures"]:
        assert [list(drawn) for drawn in picture["draws"]] == [["rotate"]] * 3
        assert all(-9 <= drawn["rotate"][0] <= 9 for drawn in picture["draws"])


def test_a_copy_is_written_gone_on_with_and_told(here, convlens):
    (here / "pictures" / "broken.png").write_bytes(b"no picture")
    said = convlens("augment pictures --out copy --count 2 --recipe", "Affine(rotate=(-5, 5))")
    assert said.out == "wrote 24 pictures into copy\n"
    assert "left out broken.png: not a JPEG" in said.err
    assert len(list((here / "copy").rglob("*.png"))) == 24
    said = convlens("augment pictures --out copy --count 3 --recipe", "Affine(rotate=(-5, 5))")
    assert said.out == "wrote 12 pictures into copy (24 were there already)\n"
    told = json.loads(convlens("augment pictures --out copy --count 3 --json --recipe", "Affine(rotate=(-5, 5))").out)
    assert (told["made"], told["kept"], told["record"]) == (0, 36, "copy/augmentation.json")


def test_pictures_keep_their_format_if_asked(here, convlens):
    convlens("augment pictures --out copy --format same --size 14")
    assert len(list((here / "copy").rglob("*.png"))) == 12


@pytest.mark.parametrize("names", [AUGMENTERS, RECIPES])
def test_the_list_names_everything(convlens, names):
    said = convlens("augment --list")
    words = set(said.out.replace("(", " ").split())
    assert set(names) <= words
    told = {row["name"]: row for row in json.loads(convlens("augment --list --json").out)}
    assert set(names) <= set(told)
    assert told["Rotate"]["family"] == "affine"


def test_a_recipe_file_trains(here, convlens):
    (here / "mine.toml").write_text('[[augment]]\nkind = "Rotate"\nrotate = "(-9, 9)"\n')
    asked = "train xo --model mlp --take 40 --epochs 1 --augment"
    said = convlens(asked, "mine.toml")
    assert said.code == 0, said.err
    (here / "mine.toml").write_text('[[augment]]\nkind = "Fliplr"\np = 2\n')
    said = convlens(asked, "mine.toml")
    assert said.code == 2
    assert "mine.toml: augment 1 (Fliplr): p wants values from 0 to 1, got 2" in said.err
