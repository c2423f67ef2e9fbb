"""Folders, patterns and names through the one door; how folders are split is tested here too."""

import shutil

import numpy as np
import pytest
from PIL import Image

import convlens.data
from convlens.data.listing import list_folder
from convlens.data.load import load
from convlens.errors import DataError, SettingsError, UnknownNameError


def many(*classes: str, count: int = 20, level: str = "") -> list[str]:
    """`count` file names for each class, below a split's folder or none."""
    return [f"{level}{name}/{k}.png" for name in classes for k in range(count)]


def levels(dataset) -> list[int]:
    return sorted(dataset.images[:, 0, 0, 0].tolist())


def test_a_folder_without_splits_is_shared_out_eight_to_one_to_one(picture_tree):
    splits = load(picture_tree(*many("cat", "dog")))
    assert [part.counts() for part in splits.parts()] == [{"cat": n, "dog": n} for n in (16, 2, 2)]
    assert sorted(level for part in splits.parts() for level in levels(part)) == list(range(40))
    assert "32 for train, 4 for validation, 4 for test" in splits.notes[0]
    assert [part.split for part in splits.parts()] == ["train", "validation", "test"]


def test_the_split_depends_on_names_and_seed_alone(picture_tree, tmp_path):
    root = picture_tree(*many("cat", "dog"))
    moved = tmp_path / "another place"
    # written in the other order, so that the file system lists them otherwise
    for path in sorted(root.rglob("*.png"), reverse=True):
        (moved / path.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copy(path, moved / path.parent.name / path.name)
    assert load(root).train.manifest_hash == load(moved).train.manifest_hash
    assert load(root, seed=1).train.manifest_hash != load(root, seed=2).train.manifest_hash


def test_a_pattern_for_the_same_files_gives_the_same_split(picture_tree):
    root = picture_tree(*many("cat", "dog"))
    hashes = {load(source).test.manifest_hash for source in (root, str(root), f"{root}/*", f"{root}/*/*.png")}
    assert len(hashes) == 1


def test_train_and_test_alone_give_a_tenth_of_train_for_validation(picture_tree):
    splits = load(picture_tree(*many("cat", "dog", level="train/"), *many("cat", "dog", count=3, level="test/")))
    assert [len(part) for part in splits.parts()] == [36, 4, 6]
    assert levels(splits.test) == list(range(40, 46))


def test_three_given_splits_stay_as_they_are_and_train_and_validation_have_no_test(picture_tree):
    names = [*many("cat", "dog", count=2, level="train/"), *many("cat", "dog", count=1, level="val/")]
    assert load(picture_tree(*names)).test is None
    splits = load(picture_tree(*names, *many("cat", "dog", count=1, level="test/")))
    assert [len(part) for part in splits.parts()] == [4, 2, 2]
    assert splits.notes == ()


def test_labels_follow_the_sorted_class_names_in_every_split(picture_tree):
    names = [
        "train/zebra/1.png",
        "train/ant/1.png",
        "test/ant/1.png",
        "test/zebra/1.png",
        "val/zebra/1.png",
        "val/ant/1.png",
    ]
    splits = load(picture_tree(*names))
    assert splits.train.class_names == ("ant", "zebra")
    assert [part.images[part.labels == 1][0, 0, 0, 0] for part in splits.parts()] == [0, 4, 3]


def test_class_sets_that_differ_are_named(picture_tree):
    root = picture_tree(*many("cat", "dog", level="train/"), *many("cat", "cow", level="test/"))
    with pytest.raises(DataError, match="train lacks 'cow'; test lacks 'dog'"):
        load(root)


def test_one_class_or_too_few_pictures_are_refused(picture_tree):
    with pytest.raises(DataError, match="one class only, 'cat'"):
        load(picture_tree(*many("cat")))
    with pytest.raises(DataError, match=r"class 'dog' of .* has 2 pictures, and at least 3"):
        load(picture_tree(*many("dog", count=2)))


def test_the_bad_input_zoo_is_left_out_by_name_and_noted(picture_tree):
    root = picture_tree(*many("cat", "dog", count=100))
    zoo = {"truncated.jpg": "truncated", "empty.png": "an empty file", "text.png": "not a JPEG"}
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (50, 50)).astype(np.uint8)).save(
        root / "cat/truncated.jpg"
    )
    (root / "cat/truncated.jpg").write_bytes((root / "cat/truncated.jpg").read_bytes()[:700])
    (root / "cat/empty.png").touch()
    (root / "dog/text.png").write_text("label,1")
    splits = load(root, max_bad=0.02)
    left_out = {one.path: one.reason for part in splits.parts() for one in part.left_out}
    assert sum(map(len, splits.parts())) == 200
    assert all(zoo[path.rsplit("/", 1)[1]] in reason for path, reason in left_out.items())
    assert len(left_out) == 3
    assert all(name in splits.notes[-1] for name in ("3 of 203 pictures", *zoo))
    with pytest.raises(DataError, match=r"3 of 203 pictures could not be read, and at most 1 % .*truncated\.jpg"):
        load(root)


def test_a_class_that_is_lost_to_bad_pictures_is_named(picture_tree):
    root = picture_tree(*many("cat", "dog", level="train/"), *many("cat", "dog", count=1, level="test/"))
    (root / "test/dog/0.png").write_bytes(b"")
    with pytest.raises(DataError, match="no picture of class 'dog' in test could be read"):
        load(root, max_bad=0.5)


def test_size_channels_and_fit_hold_for_folders_and_for_names(picture_tree):
    for source in (picture_tree(*many("cat", "dog", count=3)), "xo"):
        train = load(source, size=(12, 20), channels=3, fit="pad").train
        assert (train.size, train.channels) == ((12, 20), 3)
        assert not train.images[:, :, :4].any()
        assert np.array_equal(train.images[..., 0], train.images[..., 2])


def test_a_name_that_is_neither_is_answered_with_the_near_names(tmp_path):
    with pytest.raises(UnknownNameError, match=r"no path 'fashion-minst' and no data set .* 'fashion-mnist'.*xo"):
        load("fashion-minst")
    with pytest.raises(DataError, match="there is no folder"):
        load(tmp_path / "nowhere")
    with pytest.raises(DataError, match="matches no picture"):
        load(f"{tmp_path}/*.png")


def test_a_folder_called_like_a_data_set_is_reached_by_its_path(picture_tree, monkeypatch):
    root = picture_tree(*many("xo/cat", "xo/dog", count=3))
    monkeypatch.chdir(root)
    assert load("./xo").train.class_names == ("cat", "dog")
    assert load("xo", count=20).train.class_names == ("o", "x")


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"channels": 4}, "not 4"),
        ({"max_bad": 5.0}, r"not at 5\.0"),
        ({"size": 0}, "not 0"),
        ({"count": 5}, "at least 20"),
    ],
)
def test_settings_out_of_range_are_refused(settings, reason):
    with pytest.raises(SettingsError, match=reason):
        load("xo", **settings)


def test_a_count_is_for_drawn_images_only(picture_tree):
    with pytest.raises(SettingsError, match="fixed number of images"):
        load("fashion-mnist-mini", count=5)
    with pytest.raises(SettingsError, match="drawn data sets"):
        load(picture_tree("a/1.png"), count=5)


def test_handwritten_letters_load_as_they_are(shared_data):
    splits = load(f"{shared_data('xo')}/*/*5.png")
    assert [part.counts() for part in splits.parts()] == [{"o": n, "x": n} for n in (120, 15, 15)]
    assert (splits.train.size, splits.train.channels) == ((28, 28), 1)
    assert len(list_folder(shared_data("xo")).found) == 3000


def test_photographs_of_many_sizes_become_one_size(shared_data):
    splits = load(shared_data("pets_oxford_160"))
    assert [part.images.shape[1:] for part in splits.parts()] == [(64, 64, 3)] * 3
    assert sum(map(len, splits.parts())) == 428
    assert splits.train.class_names == ("cats", "dogs")


def test_photographs_with_a_test_folder_keep_it(shared_data):
    splits = load(f"{shared_data('cats_dogs_160')}/*/*/*1.jpg", size=32)
    assert splits.test is not None
    assert splits.validation is not None
    assert min(splits.test.counts().values()) > 10


def test_the_package_offers_the_function_and_not_the_file_of_that_name():
    assert convlens.data.load is load


def test_splits_know_what_finds_them_again(picture_tree):
    root = picture_tree(*(f"{name}/{number}.png" for name in "ab" for number in range(10)))
    for source in ("fashion-mnist-mini", str(root), f"{root}/*/*.png"):
        again = load(load(source).reference)
        assert [part.manifest_hash for part in again.parts()] == [part.manifest_hash for part in load(source).parts()]


def test_a_pattern_is_named_without_the_folders_above_it(picture_tree):
    root = picture_tree(*(f"{name}/{number}.png" for name in "ab" for number in range(10)))
    assert load(f"{root}/*/*.png").train.name == "pictures/*/*.png"
