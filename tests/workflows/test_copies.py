"""An augmented copy of a folder: complete, the same whatever the batch, gone on with, and never over something else."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from convlens.augment.draws import parameters_from_json
from convlens.augment.expressions import parse
from convlens.data.decoding import read_pixels
from convlens.data.load import load
from convlens.errors import DataError, SettingsError
from convlens.workflows.copies import RECORD, write_copies

SIZES = ((20, 30), (20, 30), (31, 17), (8, 8), (20, 30), (1, 1))


@pytest.fixture
def photos(tmp_path):
    """Six pictures of several sizes in two folders, grey and coloured."""
    for number, size in enumerate(SIZES):
        place = tmp_path / "photos" / ("cats", "dogs/black")[number % 2] / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        shape = size if number == 3 else (*size, 3)
        Image.fromarray(np.random.default_rng(number).integers(0, 256, shape, np.uint8)).save(place)
    return tmp_path / "photos"


def kind_of(place):
    with Image.open(place) as image:
        return image.format, image.mode, image.size


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_each_picture_gets_its_versions_in_its_own_folder(photos, tmp_path):
    result = write_copies(photos, "standard", tmp_path / "out", count=2)
    assert (result.made, result.kept, result.left_out) == (12, 0, ())
    assert sorted(contents(result.folder)) == sorted(
        [
            RECORD,
            *(f"cats/{number}-00{version}.png" for number in (0, 2, 4) for version in (1, 2)),
            *(f"dogs/black/{number}-00{version}.png" for number in (1, 3, 5) for version in (1, 2)),
        ]
    )
    assert kind_of(result.folder / "dogs/black/3-001.png") == ("PNG", "L", (8, 8))
    assert kind_of(result.folder / "cats/2-001.png") == ("PNG", "RGB", (17, 31))


@pytest.mark.parametrize("batch", [1, 2, 64])
def test_the_batch_size_makes_no_difference(photos, tmp_path, batch):
    recipe = "Sequential([strong, Affine(rotate=(-45, 45), fit_output=True)])"
    write_copies(photos, recipe, tmp_path / "expected", count=2)
    write_copies(photos, recipe, tmp_path / "out", count=2, batch=batch)
    assert contents(tmp_path / "out") == contents(tmp_path / "expected")


def test_a_picture_is_changed_alike_whatever_lies_beside_it(photos, tmp_path):
    write_copies(photos, "strong", tmp_path / "all", count=2)
    for number in (0, 1, 3):
        next(photos.rglob(f"{number}.png")).unlink()
    write_copies(photos, "strong", tmp_path / "few", count=2)
    everything = contents(tmp_path / "all")
    few = contents(tmp_path / "few")
    assert len(few) == 7
    assert all(everything[name] == content for name, content in few.items() if name != RECORD)


def test_the_record_replays_every_file(photos, tmp_path):
    write_copies(photos, "Sequential([strong, standard], random_order=True)", tmp_path / "out", count=3, seed=7)
    record = json.loads((tmp_path / "out" / RECORD).read_text())
    assert (record["seed"], record["complete"], len(record["files"])) == (7, True, 18)
    augmenter = parse(record["recipe"])
    for entry in record["files"]:
        grey = entry["source"] == "dogs/black/3.png"
        image = read_pixels(photos / entry["source"], 1 if grey else 3)
        drawn = parameters_from_json({name: [value] for name, value in entry["parameters"].items()})
        (again,) = augmenter.apply([image], drawn)
        assert np.array_equal(again, read_pixels(tmp_path / "out" / entry["file"], image.shape[2]))


def test_versions_seeds_and_pictures_differ(photos, tmp_path):
    write_copies(photos, "Affine(rotate=(-90, 90))", tmp_path / "out", count=4)
    angles = [one["parameters"]["rotate"] for one in json.loads((tmp_path / "out" / RECORD).read_text())["files"]]
    assert len(set(angles)) == 24
    write_copies(photos, "Affine(rotate=(-90, 90))", tmp_path / "other", count=4, seed=1)
    others = [one["parameters"]["rotate"] for one in json.loads((tmp_path / "other" / RECORD).read_text())["files"]]
    assert not set(angles) & set(others)


def test_what_is_there_is_kept_and_what_is_missing_is_made(photos, tmp_path):
    out = tmp_path / "out"
    write_copies(photos, "strong", out, count=2)
    expected = contents(out)
    (out / "cats" / "0-002.png").unlink()
    (out / "cats" / "2-001.png").write_bytes(b"kept as it is")
    result = write_copies(photos, "strong", out, count=2)
    assert (result.made, result.kept) == (1, 11)
    assert contents(out) == expected | {"cats/2-001.png": b"kept as it is"}
    result = write_copies(photos, "strong", out, count=2, force=True)
    assert (result.made, result.kept) == (12, 0)
    assert contents(out) == expected


def test_a_larger_count_adds_to_the_copy_and_a_smaller_one_takes_nothing_away(photos, tmp_path):
    write_copies(photos, "strong", tmp_path / "three", count=3)
    out = tmp_path / "out"
    write_copies(photos, "strong", out, count=1)
    assert write_copies(photos, "strong", out, count=3).made == 12
    assert contents(out) == contents(tmp_path / "three")
    assert write_copies(photos, "strong", out, count=1).made == 0
    files = [one["file"] for one in json.loads((out / RECORD).read_text())["files"]]
    assert len(files) == len(set(files)) == 18


def test_a_copy_stopped_on_its_way_goes_on_to_the_same_end(photos, tmp_path):
    write_copies(photos, "strong", tmp_path / "expected", count=2)

    def stopped_after_two(items, total, label):
        for done, item in enumerate(items):
            if done == 2:
                raise KeyboardInterrupt
            yield item

    with pytest.raises(KeyboardInterrupt):
        write_copies(photos, "strong", tmp_path / "out", count=2, batch=1, progress=stopped_after_two)
    half = contents(tmp_path / "out")
    assert not json.loads(half[RECORD])["complete"]
    assert 4 <= len(half) - 1 < 12
    result = write_copies(photos, "strong", tmp_path / "out", count=2)
    assert result.made + result.kept == 12
    assert contents(tmp_path / "out") == contents(tmp_path / "expected")


def test_a_copy_with_other_settings_is_left_alone_unless_forced(photos, tmp_path):
    out = tmp_path / "out"
    write_copies(photos, "strong", out, count=2)
    before = contents(out)
    for given, named in (({"recipe": "shift"}, "recipe"), ({"seed": 1}, "seed"), ({"size": 8}, "size")):
        asked = {"recipe": "strong", "count": 1} | given
        with pytest.raises(SettingsError, match=rf"made with another {named}; choose another folder"):
            write_copies(photos, out=out, **asked)
    assert contents(out) == before
    (out / "cats" / "mine.png").write_bytes(b"mine")
    write_copies(photos, "shift", out, count=1, force=True)
    write_copies(photos, "shift", tmp_path / "expected", count=1)
    assert contents(out) == contents(tmp_path / "expected") | {"cats/mine.png": b"mine"}


def test_a_folder_with_other_things_is_left_alone_unless_forced(photos, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    with pytest.raises(SettingsError, match="holds other things already; choose an empty folder"):
        write_copies(photos, "shift", out)
    assert sorted(contents(out)) == ["thesis.txt"]
    write_copies(photos, "shift", out, force=True)
    assert contents(out)["thesis.txt"] == b"years of work"


def test_a_record_that_names_files_elsewhere_takes_none_of_them_away(photos, tmp_path):
    (tmp_path / "precious.png").write_bytes(b"mine")
    out = tmp_path / "out"
    out.mkdir()
    (out / RECORD).write_text(json.dumps({"files": [{"file": "../precious.png"}, {"file": "gone.png"}]}))
    write_copies(photos, "shift", out, force=True)
    assert (tmp_path / "precious.png").read_bytes() == b"mine"


def test_a_data_sets_training_pictures_are_copied_by_class(tmp_path):
    result = write_copies("xo", "shift", tmp_path / "out", size=None, progress=None)
    train = load("xo").train
    assert result.made == len(train)
    assert "these are the training pictures of xo" in result.notes
    label = train.class_names[int(train.labels[0])]
    changed = read_pixels(tmp_path / "out" / label / "00000-001.png", 1)
    assert changed.shape == train.images[0].shape


def test_the_copy_can_be_trained_on_as_a_folder_of_classes(photos, tmp_path):
    for number in range(4):
        shutil.copy(photos / "cats" / "0.png", photos / "cats" / f"more{number}.png")
        shutil.copy(photos / "dogs" / "black" / "1.png", photos / "dogs" / f"more{number}.png")
    write_copies(photos, "shift", tmp_path / "out", count=2)
    splits = load(tmp_path / "out", size=16)
    assert splits.train.class_names == ("cats", "dogs")
    assert sum(len(part) for part in splits.parts()) == 28


def test_names_that_would_meet_keep_their_endings(tmp_path):
    for name in ("a.jpg", "a.png", "b.gif", "b.bmp", "c.jpeg"):
        place = tmp_path / "photos" / name
        place.parent.mkdir(exist_ok=True)
        Image.fromarray(np.full((9, 9, 3), 90, np.uint8)).save(place)
    write_copies(tmp_path / "photos", "shift", tmp_path / "png")
    assert sorted(contents(tmp_path / "png")) == [
        "a.jpg-001.png", "a.png-001.png", RECORD, "b.bmp-001.png", "b.gif-001.png", "c-001.png",
    ]  # fmt: skip
    write_copies(tmp_path / "photos", "shift", tmp_path / "same", file_format="same")
    assert sorted(contents(tmp_path / "same")) == [
        "a-001.jpg", "a-001.png", RECORD, "b-001.bmp", "b-001.png", "c-001.jpeg",
    ]  # fmt: skip
    assert kind_of(tmp_path / "same" / "a-001.jpg")[0] == "JPEG"


def test_what_cannot_be_read_is_named_recorded_and_left_out(photos, tmp_path):
    (photos / "cats" / "broken.png").write_bytes(b"no picture")
    result = write_copies(photos, "shift", tmp_path / "out", count=2)
    assert [one.path for one in result.left_out] == ["cats/broken.png"]
    assert result.to_json()["left_out"][0]["path"] == "cats/broken.png"
    record = json.loads((tmp_path / "out" / RECORD).read_text())
    assert [one["path"] for one in record["left_out"]] == ["cats/broken.png"]
    assert len(record["files"]) == result.made == 12


def test_progress_counts_the_pictures_that_are_still_to_be_made(photos, tmp_path):
    seen = []

    def progress(items, total, label):
        for item in items:
            seen.append((total, label))
            yield item

    write_copies(photos, "shift", tmp_path / "out", progress=progress)
    (tmp_path / "out" / "cats" / "0-001.png").unlink()
    write_copies(photos, "shift", tmp_path / "out", progress=progress)
    assert seen == [(6, "augmenting pictures")] * 6 + [(1, "augmenting pictures")]


def test_held_out_pictures_that_are_changed_too_are_told(photos, tmp_path):
    (photos / "cats").rename(photos / "train")
    (photos / "dogs").rename(photos / "test")
    assert write_copies(photos, "shift", tmp_path / "out").notes == (
        "the pictures of test are augmented too; name the train folder alone if only these should be",
    )


def test_mistakes_are_sentences_and_write_nothing(photos, tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "bad.png").write_bytes(b"")
    before = contents(tmp_path)
    for source, out, given, kind, told in (
        (photos, "out", {"count": 0}, SettingsError, "at least one version of each picture is wanted, got --count 0"),
        (photos, "photos/out", {}, SettingsError, "lies within .*photos.*choose a folder outside"),
        (photos, "photos", {}, SettingsError, "lies within"),
        (photos, "file", {}, SettingsError, "is a file; choose a folder"),
        (tmp_path / "bad", "out", {}, DataError, "no picture in .* could be read: bad.png: an empty file"),
    ):
        with pytest.raises(kind, match=told):
            write_copies(source, "shift", tmp_path / out, **given)
    assert contents(tmp_path) == before
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / RECORD).write_text("[]")
    with pytest.raises(SettingsError, match="is no record of an augmented copy"):
        write_copies(photos, "shift", tmp_path / "out")


def test_one_picture_may_be_copied_beside_itself(photos, tmp_path):
    result = write_copies(photos / "cats" / "0.png", "shift", photos / "cats" / "more", count=3)
    assert sorted(contents(result.folder)) == ["0-001.png", "0-002.png", "0-003.png", RECORD]
