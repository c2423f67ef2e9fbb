"""What every twin promises, over the examples of the contract tests of all augmenters."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

from convlens.augment.catalogue import RECIPES
from convlens.augment.expressions import parse
from convlens.augment.twins.door import FAMILIES
from convlens.augment.twins.registry import TWINS, all_in
from convlens.errors import ShapeError
from convlens.rng import keys_of


def examples():
    """Give the examples by class, out of the file that lists them for the arrays."""
    place = Path(__file__).parents[1] / "test_contracts.py"
    spec = importlib.util.spec_from_file_location("contracts_of_arrays", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.EXAMPLES


def resizes(augmenter):
    return getattr(augmenter, "fit_output", False) or not getattr(augmenter, "keep_size", True)


def has_twin(augmenter):
    return all(type(one) in TWINS and not resizes(one) for one in all_in(augmenter))


EXAMPLES = examples()
ALL = [parse(one) for each in EXAMPLES.values() for one in each] + [recipe() for recipe in RECIPES.values()]
TWINNED = [one for one in ALL if has_twin(one)]
KEYS = keys_of(4, "augment", 1, np.arange(64))
IMAGES = np.random.default_rng(3).integers(0, 256, (64, 9, 8, 3), np.uint8)
SHAPES = [(9, 8, 1), (9, 8, 2), (2, 2, 4), (30, 41, 3), (1, 1, 3), (1, 7, 1), (7, 1, 5)]
DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]

every = pytest.mark.parametrize("augmenter", TWINNED, ids=repr)
on_every_device = pytest.mark.parametrize("device", DEVICES)


def tensors_of(images, device="cpu"):
    return torch.from_numpy(images).permute(0, 3, 1, 2).contiguous().to(device)


def images_of(tensors):
    return tensors.permute(0, 2, 3, 1).cpu().numpy()


def steps(augmenter):
    """Count the changes, each of which may round the other way."""
    return len(list(all_in(augmenter)))


def test_every_module_with_twins_is_among_the_families():
    assert {twin.__module__.rpartition(".")[2] for twin in TWINS.values()} == set(FAMILIES)


def test_every_twin_is_tried_on_a_gpu():
    if "cuda" not in DEVICES:
        pytest.skip("there is no GPU here: the twins were tried on the CPU alone")


def test_every_twin_is_tried():
    assert set(TWINS) <= {type(one) for one in TWINNED}


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@on_every_device
@every
def test_bytes_are_those_of_the_array_but_for_a_value_that_rounds_the_other_way(augmenter, device, shape):
    images = np.random.default_rng(5).integers(0, 256, (32, *shape), np.uint8)
    changed = images_of(augmenter(images=tensors_of(images, device), keys=KEYS[:32]))
    gaps = np.abs(changed.astype(int) - augmenter(images=images, keys=KEYS[:32]))
    # A level apart after one step may be more of them after the next; a pixel that is read from the middle between two
    # may be either.
    assert np.mean(gaps > 1) < 0.001
    assert steps(augmenter) > 1 or gaps.max() <= 1
    assert np.mean(gaps > 0) < 0.1


@on_every_device
@every
def test_floats_are_those_of_the_array_within_half_a_grey_level(augmenter, device):
    images = np.random.default_rng(6).random((32, 30, 41, 3), np.float32)
    changed = images_of(augmenter(images=tensors_of(images, device), keys=KEYS[:32], value_range=(0, 1)))
    gaps = np.abs(changed - augmenter(images=images, keys=KEYS[:32], value_range=(0, 1))) * 255
    assert np.mean(gaps > 0.5) < 0.001
    assert 0 <= changed.min() <= changed.max() <= 1


@pytest.mark.parametrize("size", [1, 7])
@on_every_device
@every
def test_the_batch_size_makes_no_difference(augmenter, device, size):
    tensors = tensors_of(IMAGES, device)
    parts = [augmenter(images=tensors[i : i + size], keys=KEYS[i : i + size]) for i in range(0, 64, size)]
    assert torch.equal(torch.cat(parts), augmenter(images=tensors, keys=KEYS))


@pytest.mark.parametrize("value_range", [None, (0, 255), (-1, 1)])
@on_every_device
@every
def test_the_result_is_a_fresh_contiguous_tensor_like_its_input_which_is_not_written(augmenter, device, value_range):
    given = tensors_of(IMAGES, device)
    if value_range is not None:
        low, high = value_range
        given = given.to(torch.float32) * ((high - low) / 255) + low
    before = given.clone()
    changed = augmenter(images=given, keys=KEYS, value_range=value_range)
    assert (changed.dtype, changed.device, changed.shape) == (given.dtype, given.device, given.shape)
    assert changed.is_contiguous()
    assert changed.data_ptr() != given.data_ptr()
    assert torch.equal(given, before)


@every
def test_kept_parameters_change_tensors_as_a_call_with_their_keys_does(augmenter):
    tensors = tensors_of(IMAGES)
    assert torch.equal(augmenter.apply(tensors, augmenter.sample(KEYS)), augmenter(images=tensors, keys=KEYS))


@every
def test_no_image_at_all_is_no_error(augmenter):
    assert augmenter(images=tensors_of(IMAGES[:0]), keys=KEYS[:0]).shape == (0, 3, 9, 8)


@pytest.mark.parametrize("augmenter", [one for one in ALL if not has_twin(one)], ids=repr)
def test_what_has_no_twin_says_so(augmenter):
    with pytest.raises(ShapeError, match=r"no twin for torch tensors; give it arrays: images\.permute"):
        augmenter(images=tensors_of(IMAGES), keys=KEYS)
