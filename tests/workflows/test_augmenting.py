"""A sheet of examples, and the vocabulary."""

import io
import itertools
import json

import numpy as np
import pytest
from PIL import Image

from convlens.augment.affine import Affine
from convlens.augment.catalogue import AUGMENTERS, RECIPES
from convlens.augment.compose import WithChannels
from convlens.augment.draws import parameters_from_json
from convlens.augment.expressions import DISTRIBUTIONS, parse
from convlens.data.load import load
from convlens.errors import DataError, SettingsError, ShapeError, UnknownNameError
from convlens.rng import keys_of
from convlens.train.batches import collate
from convlens.workflows.augmenting import vocabulary, write_examples


def photographs(folder, sizes=((40, 30), (25, 50), (300, 200))):
    """Write coloured pictures of several sizes, one in a folder of its own."""
    for number, (height, width) in enumerate(sizes):
        place = folder / ("cats", "dogs")[number % 2] / f"picture {number}.jpg"
        place.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(number).integers(0, 256, (height, width, 3), np.uint8)
        Image.fromarray(pixels).save(place)
    return folder


def test_a_sheet_is_written_with_a_row_for_each_picture(tmp_path):
    result = write_examples("fashion-mnist-mini", "standard", to=tmp_path / "new" / "sheet.png", images=3, draws=2)
    one_row = write_examples("fashion-mnist-mini", "standard", to=tmp_path / "one.png", images=1, draws=2)
    three, one = (np.asarray(Image.open(io.BytesIO(each.path.read_bytes()))).shape for each in (result, one_row))
    assert three[1] == one[1]
    assert three[0] > 2 * one[0]
    assert len(result.pictures) == 3
    assert all(len(picture.draws) == 2 for picture in result.pictures)
    assert parse(result.recipe) == RECIPES["standard"]()


def test_pictures_of_several_sizes_and_files_of_one_name_are_no_trouble(tmp_path):
    folder = photographs(tmp_path / "photos")
    result = write_examples(folder, "strong", to=tmp_path / "sheet.png", images=9)
    assert [(one.name, one.size) for one in result.pictures] == [
        ("cats/picture 0.jpg", (40, 30)),
        ("cats/picture 2.jpg", (300, 200)),
        ("dogs/picture 1.jpg", (25, 50)),
    ]
    single = write_examples(folder / "cats" / "picture 0.jpg", "strong", to=tmp_path / "single.png")
    assert [one.name for one in single.pictures] == ["picture 0.jpg"]
    matched = write_examples(f"{folder}/*/*.jpg", "strong", to=tmp_path / "matched.png", images=9)
    assert [one.name for one in matched.pictures] == [one.name for one in result.pictures]
    sized = write_examples(folder, "strong", to=tmp_path / "sized.png", size=32)
    assert {one.size for one in sized.pictures} == {(32, 32)}


def test_draw_d_of_a_data_sets_picture_is_what_training_shows_in_epoch_d(tmp_path):
    augmenter = Affine(translate_px={"x": (-5, 5), "y": (-5, 5)})
    train = load("xo", seed=3).train
    result = write_examples("xo", augmenter, to=tmp_path / "sheet.png", images=2, draws=3, seed=3)
    for picture in result.pictures:
        number = int(picture.name.rpartition("/")[2].removesuffix(".png"))
        for epoch, drawn in enumerate(picture.draws, start=1):
            shown = collate(train, np.array([number]), augmenter, 3, epoch).images
            assert np.array_equal(augmenter.apply(train.images[[number]], drawn), shown)


def test_the_json_replays_each_draw(tmp_path):
    result = write_examples("xo", "strong", to=tmp_path / "sheet.png", images=1, draws=2)
    told = json.loads(json.dumps(result.to_json(), allow_nan=False))
    (picture,) = told["pictures"]
    number = np.array([int(picture["name"].rpartition("/")[2].removesuffix(".png"))])
    image = load("xo").train.images[number]
    augmenter = parse(told["recipe"])
    for draw, drawn in enumerate(picture["draws"], start=1):
        again = augmenter.apply(image, parameters_from_json(drawn))
        assert np.array_equal(again, augmenter(images=image, keys=keys_of(0, "augment", draw, number)))


def test_another_seed_draws_otherwise_and_the_same_alike(tmp_path):
    def drawn(seed):
        result = write_examples("xo", "shift", to=tmp_path / "sheet.png", images=1, seed=seed, force=True)
        return result.path.read_bytes(), result.to_json()["pictures"][0]["draws"]

    assert drawn(0) == drawn(0)
    assert drawn(0)[1] != drawn(1)[1]


def test_a_recipe_file_is_shown_by_its_name_and_kept_as_its_expression(tmp_path):
    (tmp_path / "mine.toml").write_text('[augment]\nkind = "Fliplr"\np = 0.5\n')
    result = write_examples("xo", tmp_path / "mine.toml", to=tmp_path / "sheet.png")
    assert result.recipe == "Fliplr(p=0.5)"


def test_what_cannot_be_read_is_named_and_left_out(tmp_path):
    folder = photographs(tmp_path / "photos")
    (folder / "cats" / "broken.png").write_bytes(b"no picture")
    result = write_examples(folder, "shift", to=tmp_path / "sheet.png", images=9)
    assert [one.path for one in result.left_out] == ["cats/broken.png"]
    assert "not a JPEG" in result.to_json()["left_out"][0]["reason"]
    assert len(result.pictures) == 3


def test_mistakes_are_sentences_and_write_nothing(tmp_path):
    folder = photographs(tmp_path / "photos")
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.png").write_bytes(b"")
    (tmp_path / "mine.png").write_text("mine")
    target = tmp_path / "sheet.png"
    for source, recipe, given, kind, told in (
        (
            folder,
            "shift",
            {"to": tmp_path / "mine.png"},
            SettingsError,
            "exists already; choose another name with --to",
        ),
        (folder, "shift", {"images": 0}, SettingsError, "at least one is wanted of --images, got 0"),
        (folder, "shift", {"draws": 0}, SettingsError, "at least one is wanted of --draws, got 0"),
        (folder, "shift", {"size": 0}, SettingsError, "a size from 1 to 4,096"),
        (folder, "shfit", {}, SettingsError, "did you mean 'shift'"),
        (folder, WithChannels(5, Affine()), {}, ShapeError, "wants channel 5"),
        ("xoo", "shift", {}, UnknownNameError, "no data set of that name; did you mean 'xo'"),
        (tmp_path / "empty", "shift", {}, DataError, "holds no pictures"),
        (tmp_path / "bad.png", "shift", {}, DataError, "could be read: bad.png: an empty file"),
    ):
        with pytest.raises(kind, match=told):
            write_examples(source, recipe, **{"to": target} | given)
    assert not target.exists()
    assert (tmp_path / "mine.png").read_text() == "mine"


def test_the_vocabulary_is_complete_and_says_what_each_is_for():
    rows = vocabulary().rows()
    assert {row["name"] for row in rows} == {*AUGMENTERS, *DISTRIBUTIONS, *RECIPES}
    assert all(str(row["summary"]).endswith(".") for row in rows)
    written = {row["name"]: row["written"] for row in rows}
    assert written["Sometimes"] == "Sometimes(p=0.5, then_list=[], else_list=[])"
    assert written["Uniform"] == "Uniform(low, high)"
    assert written["Rotate"].startswith("Rotate(rotate=(-30, 30), order=1")
    families = [row["family"] for row in rows]
    assert families[-1] == "recipes"
    assert len(set(families)) == 1 + sum(one != other for one, other in itertools.pairwise(families))


@pytest.mark.parametrize(
    "row", [row for row in vocabulary().rows() if row["family"] == "recipes"], ids=lambda row: row["name"]
)
def test_a_recipe_is_listed_with_the_expression_that_makes_it(row):
    assert parse(row["written"]) == RECIPES[row["name"]]()
