import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.augment.affine import Affine
from convlens.errors import SettingsError
from convlens.train.batches import collate, epoch_batches

SHIFTED = Affine(translate_px={"x": (-5, 5), "y": (-5, 5)})


@given(st.integers(1, 300), st.integers(1, 64), st.integers(1, 4), st.integers(0, 9), st.integers(1, 9))
def test_every_picture_is_in_exactly_one_batch(count, batch_size, parts, seed, epoch):
    batches = epoch_batches(count, batch_size, seed, epoch, parts)
    assert sorted(np.concatenate(batches).tolist()) == list(range(count))


@given(st.integers(1, 300), st.integers(1, 64), st.integers(1, 4))
def test_batches_are_full_but_for_the_last_which_gives_each_device_two_pictures(count, batch_size, parts):
    *full, last = epoch_batches(count, batch_size, 0, 1, parts)
    assert all(len(batch) == batch_size for batch in full)
    assert len(last) < batch_size + 2 * parts
    assert len(last) >= min(2 * parts, batch_size) or not full


def test_the_rule_for_the_tail_by_hand():
    lengths = {
        (count, parts): [len(batch) for batch in epoch_batches(count, 4, 0, 1, parts)]
        for count, parts in [(8, 1), (9, 1), (10, 1), (10, 2), (12, 2), (1, 1)]
    }
    assert lengths == {
        (8, 1): [4, 4],
        (9, 1): [4, 5],
        (10, 1): [4, 4, 2],
        (10, 2): [4, 6],
        (12, 2): [4, 4, 4],
        (1, 1): [1],
    }


def test_the_order_is_a_function_of_seed_and_epoch_and_cut_after_the_shuffle():
    order = np.concatenate(epoch_batches(50, 8, 3, 2))
    assert np.array_equal(np.concatenate(epoch_batches(50, 8, 3, 2)), order)
    assert np.array_equal(np.concatenate(epoch_batches(50, 17, 3, 2)), order)
    for seed, epoch in ((3, 3), (4, 2)):
        assert not np.array_equal(np.concatenate(epoch_batches(50, 8, seed, epoch)), order)


def test_without_an_augmenter_the_pictures_come_as_they_are(xo):
    indices = np.array([5, 0, 9])
    batch = collate(xo, indices, None, 0, 1)
    assert np.array_equal(batch.images, xo.images[[5, 0, 9]])
    assert batch.labels.tolist() == xo.labels[[5, 0, 9]].tolist()
    assert batch.indices.tolist() == [5, 0, 9]
    assert not np.shares_memory(batch.images, xo.images)


@pytest.mark.parametrize("size", [1, 7, 70])
def test_the_change_of_a_picture_depends_neither_on_its_batch_nor_on_its_neighbours(xo, size):
    whole = collate(xo, np.arange(70), SHIFTED, 5, 3).images
    order = np.random.default_rng(size).permutation(70)
    for start in range(0, 70, size):
        part = order[start : start + size]
        assert np.array_equal(collate(xo, part, SHIFTED, 5, 3).images, whole[part])


def test_a_picture_changes_otherwise_in_another_epoch_or_under_another_seed(xo):
    first, *others = (collate(xo, np.arange(70), SHIFTED, *place).images for place in ((5, 1), (5, 2), (6, 1)))
    for other in others:
        moved = (first != other).any(axis=(1, 2, 3))
        assert moved.mean() > 0.9


def test_the_data_set_is_not_written(xo):
    before = xo.images.copy()
    collate(xo, np.arange(70), SHIFTED, 5, 1)
    assert np.array_equal(xo.images, before)


@pytest.mark.parametrize("augment", [Affine(rotate=45, fit_output=True), Affine(rotate=(10, 45), fit_output=True)])
def test_an_augmentation_that_changes_the_size_is_refused_before_the_network_meets_it(xo, augment):
    with pytest.raises(SettingsError, match=r"one size, but .* makes .* of \(28, 28, 1\); end it with Resize"):
        collate(xo, np.arange(9), augment, 5, 1)
