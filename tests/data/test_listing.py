from pathlib import Path

import pytest

from convlens.data.listing import list_folder, list_glob, pictures_below
from convlens.errors import DataError


def listed(listing) -> list:
    """(split, class, file) for every listed picture."""
    return sorted((one.split, one.class_name, one.path.relative_to(listing.root).as_posix()) for one in listing.found)


def test_class_folders_are_classes_and_deeper_folders_belong_to_them(picture_tree):
    root = picture_tree("cat/a.png", "dog/b.PNG", "dog/old/c.png")
    assert listed(list_folder(root)) == [
        ("", "cat", "cat/a.png"),
        ("", "dog", "dog/b.PNG"),
        ("", "dog", "dog/old/c.png"),
    ]


@pytest.mark.parametrize("word", ["val", "valid", "validation", "Valid"])
def test_split_folders_stand_above_the_classes(picture_tree, word):
    root = picture_tree("train/cat/a.png", "train/dog/b.png", f"{word}/cat/c.png", f"{word}/dog/d.png")
    splits = [(split, name) for split, name, _ in listed(list_folder(root))]
    assert splits == [("train", "cat"), ("train", "dog"), ("validation", "cat"), ("validation", "dog")]


def test_file_names_with_an_at_sign_carry_the_class(picture_tree):
    root = picture_tree("x@1.png", "o@mail@2.png", "train.png")
    listing = list_folder(root)
    assert [(split, name) for split, name, _ in listed(listing)] == [("", "o"), ("", "x")]
    assert listing.notes == (f"1 pictures in {str(root)!r} without class@ were passed over",)


def test_split_folders_may_hold_files_with_an_at_sign(picture_tree):
    root = picture_tree("train/x@1.png", "train/o@1.png", "test/x@2.png", "test/o@2.png")
    assert [one[:2] for one in listed(list_folder(root))] == [
        ("test", "o"),
        ("test", "x"),
        ("train", "o"),
        ("train", "x"),
    ]


def test_a_class_may_be_called_train(picture_tree):
    root = picture_tree("train/a.png", "bus/b.png")
    assert [one[:2] for one in listed(list_folder(root))] == [("", "bus"), ("", "train")]


def test_hidden_things_and_other_files_are_no_pictures_and_no_classes(picture_tree):
    root = picture_tree("cat/a.png", "dog/b.png", ".ipynb_checkpoints/c.png", "cat/.hidden.png", "cat/.old/d.png")
    (root / "cat" / "Thumbs.db").write_bytes(b"x")
    (root / "notes.txt").write_text("x")
    assert [name for _, _, name in listed(list_folder(root))] == ["cat/a.png", "dog/b.png"]


def test_what_is_passed_over_is_noted(picture_tree):
    root = picture_tree("train/a/1.png", "train/b/1.png", "test/a/2.png", "test/b/2.png", "unlabelled/3.png")
    assert list_folder(root).notes == (f"beside the splits, 'unlabelled' in {str(root)!r} was passed over",)
    root = picture_tree("stray.png")
    assert len(list_folder(root).found) == 4
    assert "1 pictures beside" in list_folder(picture_tree("train/stray.png")).notes[0]


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["a.png", "b.png"], "2 pictures in .* have no class"),
        (["test/a/1.png", "test/b/1.png"], "no train folder"),
        (["train/a/1.png", "val/a/1.png", "valid/a/1.png"], "two folders for one split"),
    ],
)
def test_a_folder_that_is_no_data_set_is_refused(picture_tree, names, reason):
    with pytest.raises(DataError, match=reason):
        list_folder(picture_tree(*names))


def test_an_empty_class_or_folder_is_refused(picture_tree, tmp_path):
    root = picture_tree("cat/a.png", "dog/b.png")
    (root / "fish").mkdir()
    with pytest.raises(DataError, match=r"'fish' in .* holds no picture"):
        list_folder(root)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="there are no pictures in"):
        list_folder(tmp_path / "empty")
    with pytest.raises(DataError, match=r"a\.png' is a file"):
        list_folder(root / "cat" / "a.png")
    with pytest.raises(DataError, match="does not exist"):
        list_folder(tmp_path / "nowhere")


def test_a_link_that_leads_back_up_ends(picture_tree):
    root = picture_tree("cat/a.png", "dog/b.png")
    (root / "cat" / "again").symlink_to(root, target_is_directory=True)
    assert [path.name for path in pictures_below(root / "cat")] == ["a.png", "b.png"]


def test_patterns_match_pictures_folders_and_splits(picture_tree):
    root = picture_tree("train/cat/a.png", "train/dog/b.png", "test/cat/c.png", "test/dog/d.jpg", "train/cow/e.png")
    every = [("test", "cat"), ("test", "dog"), ("train", "cat"), ("train", "cow"), ("train", "dog")]
    assert [one[:2] for one in listed(list_glob(f"{root}/*/*/*.*"))] == every
    assert [one[:2] for one in listed(list_glob(f"{root}/t*"))] == every
    assert [one[:2] for one in listed(list_glob(f"{root}/**/*.png"))] == [
        one for one in every if one != ("test", "dog")
    ]
    assert [one[:2] for one in listed(list_glob(f"{root}/train/c*"))] == [("", "cat"), ("", "cow")]
    assert [one[:2] for one in listed(list_glob(f"{root}/train/*/*.png"))] == every[2:]


def test_a_pattern_may_match_names_with_an_at_sign(picture_tree):
    root = picture_tree("all/x@1.png", "all/o@1.png", "all/y@1.png")
    assert [one[:2] for one in listed(list_glob(f"{root}/all/[xo]@*.png"))] == [("", "o"), ("", "x")]


def test_a_pattern_that_matches_nothing_is_refused(tmp_path: Path):
    with pytest.raises(DataError, match="matches no picture"):
        list_glob(f"{tmp_path}/*.png")
