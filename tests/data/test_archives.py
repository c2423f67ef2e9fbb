import numpy as np
import pytest

from convlens.data.archives import is_archive, read_archive
from convlens.data.load import load
from convlens.data.unlabelled import load_unlabelled, says_classes
from convlens.errors import DataError, UnknownNameError

LABELS = np.arange(40) % 2


@pytest.fixture
def grey():
    """Forty images of 4×5 pixels, each of its own grey level."""
    return np.broadcast_to(np.arange(40, dtype=np.uint8)[:, None, None], (40, 4, 5)).copy()


@pytest.fixture
def archive(tmp_path):
    """A function that writes arrays into an .npz file and gives its path."""

    def write(**arrays):
        path = tmp_path / "pictures.npz"
        np.savez(path, **arrays)
        return path

    return write


def test_images_labels_and_names_come_back_as_they_were(archive, grey):
    read = read_archive(archive(images=grey, labels=LABELS.astype(np.uint8), class_names=np.array(["o", "x"])))
    assert np.array_equal(read.images[..., 0], grey)
    assert np.array_equal(read.labels, LABELS)
    assert read.class_names == ("o", "x")


def test_what_is_not_said_is_unknown_or_counted(archive, grey):
    assert read_archive(archive(images=grey[..., None])).labels is None
    assert read_archive(archive(images=np.stack([grey] * 3, 3), labels=LABELS)).class_names == ("0", "1")


def test_an_archive_is_a_data_set_of_three_splits_that_hold_each_image_once(archive, grey):
    path = archive(images=grey, labels=LABELS)
    splits = load(str(path), size=(8, 8), channels=3)
    assert [len(part) for part in splits.parts()] == [32, 4, 4]
    assert splits.train.images.shape == (32, 8, 8, 3)
    assert sorted(level for part in splits.parts() for level in part.images[:, 0, 0, 0].tolist()) == list(range(40))
    assert all((part.images[:, 0, 0, 0] % 2 == part.labels).all() for part in splits.parts())
    assert splits.test_drawn
    assert "32 for train, 4 for validation, 4 for test" in splits.notes[0]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"images": np.zeros((3, 4, 4), np.float32)}, r"are float32 \(3, 4, 4\); .*; scale them to 0–255 first"),
        ({"images": np.zeros((3, 4, 4, 2), np.uint8)}, r"are uint8 \(3, 4, 4, 2\)"),
        ({"images": np.zeros((0, 4, 4), np.uint8)}, r"are uint8 \(0, 4, 4\)"),
        ({"images": np.zeros(5, np.uint8)}, r"are uint8 \(5,\)"),
        ({"labels": np.zeros(40)}, r"must be one whole number for each of the 40 images, but they are float64 \(40,\)"),
        ({"labels": np.zeros(39, int)}, r"they are int64 \(39,\)"),
        ({"labels": LABELS - 1}, "must be counted from 0, but the lowest is -1"),
        ({"labels": np.zeros(40, int)}, "must be different names .* and two at least, but they are 0"),
        ({"class_names": np.array(["o"])}, "for the labels 0 to 1"),
        ({"class_names": np.array(["o", "o"])}, "must be different names"),
        ({"class_names": np.array([1, 2])}, r"must be a row of text, but they are int64 \(2,\)"),
        ({"images": np.array([1, "a"], object)}, "pickled objects, which could run code; write it with np.savez"),
    ],
)
def test_what_is_no_such_array_is_a_sentence(archive, grey, changed, told):
    with pytest.raises(DataError, match=told):
        read_archive(archive(**{"images": grey, "labels": LABELS} | changed))


def test_an_archive_that_is_none_is_a_sentence(tmp_path, archive):
    with pytest.raises(DataError, match=r"has no array called images; wanted are images \(N, H, W\)"):
        read_archive(archive(pictures=np.zeros(3)))
    (tmp_path / "text.npz").write_text("no archive")
    with pytest.raises(DataError, match=r"is not read: it "):
        read_archive(tmp_path / "text.npz")
    with pytest.raises(DataError, match="could not read"):
        read_archive(tmp_path / "none.npz")
    with pytest.raises(UnknownNameError, match="there is no path"):
        load(str(tmp_path / "none.npz"))


def test_without_labels_nothing_is_shared_out(archive, grey):
    with pytest.raises(DataError, match="has no labels, so nothing can be learned or counted from it"):
        load(archive(images=grey))
    with pytest.raises(DataError, match=r"class '1' of .* has 2 pictures, and at least 3 are wanted"):
        load(archive(images=grey, labels=(np.arange(40) > 37).astype(int)))


def test_a_source_says_its_classes_by_name_folder_mark_or_labels(archive, grey, picture_tree, tmp_path):
    assert says_classes("xo")
    assert says_classes("nowhere")
    assert says_classes(str(archive(images=grey, labels=LABELS)))
    assert not says_classes(str(archive(images=grey)))
    root = picture_tree("flat/0.png", "flat/1.png", "marked/cat@0.png")
    assert says_classes(str(root))
    assert says_classes(str(root / "marked"))
    assert not says_classes(str(root / "flat"))
    assert not says_classes(str(root / "flat" / "0.png"))


def test_pictures_without_classes_are_all_loaded(archive, grey, picture_tree):
    root = picture_tree("cat/0.png", "cat/1.png", "2.png")
    for source in (str(root), f"{root}/cat/*.png"):
        found = load_unlabelled(source, size=(6, 7), channels=3)
        assert found.images.shape == (3 if source == str(root) else 2, 6, 7, 3)
        assert (found.class_names, found.split, found.labels.any()) == (("unknown",), "all", np.False_)
    assert load_unlabelled(str(archive(images=grey)), size=None, channels=None).images.shape == (40, 4, 5, 1)
    assert load_unlabelled(str(root / "2.png"), size=(8, 8), channels=1).images[0, 0, 0, 0] == 2


def test_where_there_are_no_pictures_a_sentence_says_so(tmp_path):
    (tmp_path / "empty").mkdir()
    for source in (tmp_path / "empty", tmp_path / "nothing"):
        with pytest.raises(DataError, match="there are no pictures in"):
            load_unlabelled(str(source), size=(8, 8), channels=1)


def test_an_archive_is_known_by_its_name():
    assert [is_archive(name) for name in ("a.npz", "A.NPZ", "a.npy", "npz")] == [True, True, False, False]
