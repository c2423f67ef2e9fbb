"""What every registered augmenter promises."""

import json

import numpy as np
import pytest

from convlens.augment.affine import Affine
from convlens.augment.augmenter import Augmenter, parameters_from_json, parameters_to_json
from convlens.augment.catalogue import AUGMENTERS, RECIPES
from convlens.augment.compose import Sequential
from convlens.augment.expressions import parse, spelled
from convlens.rng import keys_of

# Settings that draw something for every registered augmenter; a new one adds its line here.
EXAMPLES: dict[str, list[Augmenter]] = {
    "Affine": [
        Affine(translate_px={"x": (-5, 5), "y": (-7, 7)}, cval=(0, 255)),
        Affine(translate_px=[(-20, 20), 3], mode="wrap"),
        *(Affine(translate_px=(-9, 9), mode=mode) for mode in ("edge", "reflect", "symmetric")),
    ],
    "Sequential": [
        Sequential([Affine((-3, 3), 7), Affine((-3, 3), mode="edge"), Sequential([Affine({"y": (0, 9)})])]),
        Sequential([]),
    ],
}
ALL = [*(one for examples in EXAMPLES.values() for one in examples), *(recipe() for recipe in RECIPES.values())]
KEYS = keys_of(3, "augment", 1, np.arange(64))
IMAGES = np.random.default_rng(0).integers(0, 256, (64, 9, 8, 3), np.uint8)


def test_every_registered_augmenter_has_an_example_of_its_own_class():
    assert sorted(EXAMPLES) == sorted(AUGMENTERS)
    for name, examples in EXAMPLES.items():
        assert {type(one) for one in examples} == {AUGMENTERS[name]}


def test_the_examples_change_the_images():
    changing = [one for one in ALL if one != Sequential([])]
    assert not any(np.array_equal(one(images=IMAGES, keys=KEYS), IMAGES) for one in changing)


@pytest.mark.parametrize("augmenter", ALL, ids=repr)
def test_each_image_stands_alone(augmenter):
    six = augmenter(images=IMAGES[:6], keys=KEYS[:6])
    two = augmenter(images=IMAGES[[4, 1]], keys=KEYS[[4, 1]])
    assert np.array_equal(two, six[[4, 1]])


@pytest.mark.parametrize("size", [1, 7, 64])
@pytest.mark.parametrize("augmenter", ALL, ids=repr)
def test_the_batch_size_makes_no_difference(augmenter, size):
    whole = augmenter(images=IMAGES, keys=KEYS)
    parts = [augmenter(images=IMAGES[i : i + size], keys=KEYS[i : i + size]) for i in range(0, 64, size)]
    assert np.array_equal(np.concatenate(parts), whole)


@pytest.mark.parametrize("augmenter", ALL, ids=repr)
def test_the_input_is_not_written_and_the_result_is_fresh_contiguous_uint8(augmenter):
    images = IMAGES.copy()
    images.flags.writeable = False
    changed = augmenter(images=images, keys=KEYS)
    assert changed.flags.c_contiguous
    assert changed.dtype == np.uint8
    assert changed.shape == images.shape
    assert not np.shares_memory(changed, images)
    assert np.array_equal(images, IMAGES)


@pytest.mark.parametrize("augmenter", ALL, ids=repr)
def test_kept_parameters_replay_the_batch_even_through_json(augmenter):
    parameters = augmenter.sample(KEYS)
    kept = parameters_from_json(json.loads(json.dumps(parameters_to_json(parameters))))
    assert {name: (one.dtype, one.tolist()) for name, one in kept.items()} == {
        name: (one.dtype, one.tolist()) for name, one in parameters.items()
    }
    assert all(one.shape == (64,) for one in parameters.values())
    assert np.array_equal(augmenter.apply(IMAGES, kept), augmenter(images=IMAGES, keys=KEYS))


@pytest.mark.parametrize("shape", [(9, 8), (9, 8, 1), (9, 8, 3), (9, 8, 5)])
@pytest.mark.parametrize("augmenter", ALL, ids=repr)
def test_one_image_gives_back_its_own_rank_and_what_the_batch_gives(augmenter, shape):
    images = np.random.default_rng(1).integers(0, 256, (2, *shape), np.uint8)
    batch = augmenter(images=images, keys=KEYS[:2])
    assert batch.shape == images.shape
    for image, key, expected in zip(images, KEYS[:2, None], batch, strict=True):
        one = augmenter(image=image, keys=key)
        assert np.array_equal(one, expected)
        assert one.flags.c_contiguous


@pytest.mark.parametrize("augmenter", ALL, ids=repr)
def test_no_image_at_all_is_no_error(augmenter):
    assert augmenter(images=IMAGES[:0], keys=KEYS[:0]).shape == (0, 9, 8, 3)


@pytest.mark.parametrize("augmenter", ALL, ids=repr)
def test_the_repr_is_the_expression_that_gives_an_equal_augmenter(augmenter):
    again = parse(spelled(augmenter))
    assert again == augmenter
    assert hash(again) == hash(augmenter)
    assert repr(again) == repr(augmenter) == spelled(augmenter)


@pytest.mark.parametrize("augmenter", ALL, ids=repr)
def test_the_same_seed_replays_the_same_sequence_of_calls(augmenter):
    text = spelled(augmenter).removesuffix(")") + ", seed=5)"
    first, second = parse(text), parse(text)
    assert [first.augment_images(IMAGES).tobytes() for _ in range(3)] == [
        second.augment_images(IMAGES).tobytes() for _ in range(3)
    ]
    assert first.calls.made == 3
