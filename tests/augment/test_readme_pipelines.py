"""The two pipelines that half the internet copied from imgaug's README, run as they stand but for import and seed."""

import importlib.util

import numpy as np
import pytest

from convlens import augment as ia
from convlens.augment.expressions import parse, spelled
from convlens.augment.toml import from_toml, to_toml
from convlens.rng import keys_of

KEYS = keys_of(1, "augment", 1, np.arange(64))
IMAGES = np.random.default_rng(0).integers(0, 256, (64, 32, 32, 3), np.uint8)


@pytest.fixture(params=["short", "long"])
def pipeline(request, repo_root):
    place = repo_root / "benchmarks" / "readme_pipelines.py"
    spec = importlib.util.spec_from_file_location("readme_pipelines", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, request.param)(ia, ia, seed=1)


def test_it_changes_nearly_every_picture_and_keeps_size_and_dtype(pipeline):
    changed = pipeline(images=IMAGES)
    assert changed.shape == IMAGES.shape
    assert changed.dtype == np.uint8
    assert np.mean((changed != IMAGES).any(axis=(1, 2, 3))) > 0.95


def test_a_picture_gets_the_same_change_in_any_batch(pipeline):
    whole = pipeline(images=IMAGES, keys=KEYS)
    order = np.random.default_rng(2).permutation(64)
    for start in range(0, 64, 7):
        rows = order[start : start + 7]
        assert np.array_equal(pipeline(images=IMAGES[rows], keys=KEYS[rows]), whole[rows])


def test_its_seed_replays_it_and_it_is_read_back_from_text(pipeline):
    again = parse(spelled(pipeline))
    assert again == pipeline == from_toml(to_toml(pipeline))
    assert np.array_equal(again(images=IMAGES), pipeline(images=IMAGES))
