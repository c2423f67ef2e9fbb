import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Subset

from convlens.augment.affine import Affine
from convlens.augment.compose import Sequential, Sometimes
from convlens.errors import SettingsError
from convlens.models.tensors import channel_statistics, tensors
from convlens.train.batches import collate
from convlens.train.torch_dataset import as_torch_dataset

AUGMENT = Sequential(
    [Sometimes(0.5, Affine(translate_px=(-3, 3), cval=(0, 255))), Affine(translate_px={"x": (-5, 5), "y": (-5, 5)})],
    random_order=True,
)


def loaded(pictures, **settings):
    """Images and labels by position, whatever the batches were."""
    batches = list(DataLoader(pictures, collate_fn=pictures.collate_fn, **settings))
    return torch.cat([images for images, _ in batches]), torch.cat([labels for _, labels in batches])


@pytest.mark.filterwarnings("ignore:This DataLoader will create 4 worker processes")
@pytest.mark.parametrize("workers", [0, 1, 4])
@pytest.mark.parametrize("size", [1, 7, 64])
def test_neither_batch_size_nor_workers_make_a_difference(xo, size, workers):
    pictures = as_torch_dataset(xo, AUGMENT, seed=5)
    pictures.set_epoch(3)
    expected = collate(xo, np.arange(70), AUGMENT, 5, 3)
    images, labels = loaded(pictures, batch_size=size, num_workers=workers)
    assert torch.equal(images, tensors(expected.images, pictures.mean, pictures.std))
    assert labels.tolist() == expected.labels.tolist()


def test_persistent_workers_hear_of_the_next_epoch(xo):
    pictures = as_torch_dataset(xo, AUGMENT)
    loader = DataLoader(pictures, batch_size=32, num_workers=1, persistent_workers=True, collate_fn=pictures.collate_fn)
    for epoch in (1, 2):
        pictures.set_epoch(epoch)
        expected = tensors(collate(xo, np.arange(70), AUGMENT, 0, epoch).images, pictures.mean, pictures.std)
        assert torch.equal(torch.cat([images for images, _ in loader]), expected)


def test_one_by_one_by_list_shuffled_in_a_subset_and_by_torchs_own_collation_it_is_the_same(xo):
    pictures = as_torch_dataset(xo, AUGMENT, seed=1)
    images, labels = loaded(pictures, batch_size=70)
    assert len(pictures) == 70
    assert all(torch.equal(pictures[index][0], images[index]) for index in (0, 33, 69))
    assert torch.equal(pictures[-1][0], images[69])
    assert pictures[5][1] == labels[5].item()
    places = [40, 3, 9]
    (chosen, named) = next(iter(DataLoader(Subset(pictures, places), batch_size=3)))
    assert torch.equal(chosen, images[places])
    assert torch.equal(named, labels[places])


def test_another_epoch_or_seed_changes_the_pictures_and_the_first_epoch_is_1(xo):
    usual, other_seed, next_epoch = (as_torch_dataset(xo, AUGMENT, seed=seed) for seed in (1, 2, 1))
    next_epoch.set_epoch(2)
    assert (usual.epoch, next_epoch.epoch) == (1, 2)
    first, *others = (loaded(one, batch_size=70)[0] for one in (usual, other_seed, next_epoch))
    for other in others:
        assert (first != other).any(dim=(1, 2, 3)).float().mean() > 0.9
    next_epoch.set_epoch(1)
    assert torch.equal(loaded(next_epoch, batch_size=70)[0], first)


def test_without_settings_the_pictures_come_normalised_to_mean_0_and_deviation_1(xo):
    images, _ = loaded(as_torch_dataset(xo), batch_size=70)
    assert images.dtype == torch.float32
    assert images.shape == (70, xo.channels, *xo.size)
    assert images.mean().item() == pytest.approx(0, abs=1e-4)
    assert images.std(correction=0).item() == pytest.approx(1, abs=1e-4)
    mean, std = channel_statistics(xo.images)
    assert torch.equal(loaded(as_torch_dataset(xo, mean=mean, std=std), batch_size=70)[0], images)


@pytest.mark.usefixtures("as_installed")
@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda xo: as_torch_dataset(xo, mean=(0.5,)), "mean and std are wanted together"),
        (lambda xo: as_torch_dataset(xo, mean=(0.5,) * 3, std=(0.5,) * 3), "one number for each of 1 channels"),
        (lambda xo: as_torch_dataset(xo, mean=(0.5,), std=(0.0,)), "std above 0"),
        (lambda xo: as_torch_dataset(xo).set_epoch(-1), "whole number from 0 up, got -1"),
        (lambda xo: as_torch_dataset(xo).set_epoch(0.5), "whole number from 0 up, got 0.5"),
    ],
)
def test_wrong_settings_get_a_sentence(xo, build, sentence):
    with pytest.raises(SettingsError, match=sentence):
        build(xo)


def test_a_place_that_is_not_there_is_an_index_error(xo):
    with pytest.raises(IndexError):
        as_torch_dataset(xo)[70]
