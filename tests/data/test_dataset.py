import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import data, integers, lists

from convlens.data.dataset import Dataset, Splits
from convlens.errors import DataError, SettingsError, ShapeError


def made(*sizes: int, split: str = "train") -> Dataset:
    """A data set with `sizes[k]` one-pixel images of class k, mixed, each with a level of its own."""
    labels = np.random.default_rng(1).permutation(np.repeat(np.arange(len(sizes)), sizes)).astype(np.int64)
    images = np.arange(len(labels), dtype=np.uint8).reshape(-1, 1, 1, 1)
    return Dataset(images, labels, tuple(f"class {k}" for k in range(len(sizes))), "made", split)


def test_a_take_by_hand_gives_each_class_its_share():
    assert list(made(60, 30, 10).take(10).counts().values()) == [6, 3, 1]
    assert list(made(50, 50).take(7).counts().values()) in ([4, 3], [3, 4])


def test_no_class_is_lost_while_the_count_allows_it():
    assert list(made(97, 1, 1, 1).take(4).counts().values()) == [1, 1, 1, 1]
    assert list(made(97, 1, 1, 1).take(1).counts().values()) == [1, 0, 0, 0]


@given(sizes=lists(integers(1, 20), min_size=2, max_size=5), draw=data())
def test_a_smaller_take_lies_within_a_larger_one_in_the_same_order(sizes, draw):
    whole = made(*sizes)
    large = draw.draw(integers(1, len(whole)))
    small = draw.draw(integers(1, large))
    levels = whole.take(large).images.ravel().tolist()
    assert levels == sorted(levels)
    assert set(whole.take(small).images.ravel().tolist()) <= set(levels)


@given(size=integers(5, 40), classes=integers(2, 5), draw=data())
def test_a_take_of_equal_classes_is_equal_to_within_one(size, classes, draw):
    whole = made(*[size] * classes)
    counts = whole.take(draw.draw(integers(1, len(whole)))).counts().values()
    assert max(counts) - min(counts) <= 1


def test_another_seed_takes_other_images_and_the_same_seed_the_same():
    whole = made(100, 100)
    assert whole.take(20, seed=3).manifest_hash == whole.take(20, seed=3).manifest_hash
    assert whole.take(20, seed=3).manifest_hash != whole.take(20, seed=4).manifest_hash


def test_all_of_it_can_be_taken_and_not_one_more():
    whole = made(3, 4)
    assert whole.take(7).manifest_hash == whole.manifest_hash
    with pytest.raises(DataError, match="8 images were wanted, but made has 7 for train"):
        whole.take(8)
    with pytest.raises(SettingsError, match="at least one"):
        whole.take(0)


def test_the_hash_sees_pixels_labels_and_names_but_not_the_split():
    whole = made(2, 3)
    other = made(2, 3, split="test")
    assert whole.manifest_hash == other.manifest_hash
    assert len(whole.manifest_hash) == 64
    renamed = Dataset(whole.images, whole.labels, ("class 0", "another"), "made", "train")
    brighter = Dataset(whole.images + np.uint8(1), whole.labels, whole.class_names, "made", "train")
    relabelled = Dataset(whole.images, 1 - whole.labels, whole.class_names, "made", "train")
    reshaped = Dataset(whole.images.reshape(5, 1, 1, 1)[:, :, [0, 0]], whole.labels, whole.class_names, "made", "train")
    hashes = {one.manifest_hash for one in (whole, renamed, brighter, relabelled, reshaped)}
    assert len(hashes) == 5


def test_select_keeps_images_and_labels_together():
    whole = made(4, 4)
    chosen = whole.select([5, 0])
    assert chosen.images.ravel().tolist() == [5, 0]
    assert chosen.labels.tolist() == whole.labels[[5, 0]].tolist()
    assert (chosen.size, chosen.channels, len(chosen)) == ((1, 1), 1, 2)


def test_labels_without_an_image_or_a_name_are_refused():
    images = np.zeros((2, 1, 1, 1), np.uint8)
    with pytest.raises((ShapeError, TypeError), match=r"labels|not 3 for 2"):  # the tests' shape check may come first
        Dataset(images, np.array([0, 1, 1]), ("a", "b"), "made", "train")
    with pytest.raises(DataError, match="from 0 to 2, but there are 2 class names"):
        Dataset(images, np.array([0, 2]), ("a", "b"), "made", "train")


def test_parts_are_those_that_are_there():
    splits = Splits(made(1, 1), None, made(2, 2, split="test"), "nowhere")
    assert [part.split for part in splits.parts()] == ["train", "test"]
