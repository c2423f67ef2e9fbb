"""What every registered augmenter promises."""

import dataclasses
import json

import numpy as np
import pytest

from convlens.augment.affine import Affine, Rotate, ScaleX, ScaleY, ShearX, ShearY, TranslateX, TranslateY
from convlens.augment.augmenter import Augmenter, parameters_from_json, parameters_to_json
from convlens.augment.blur import (
    AverageBlur,
    DirectedEdgeDetect,
    EdgeDetect,
    Emboss,
    GaussianBlur,
    MedianBlur,
    MotionBlur,
    Sharpen,
)
from convlens.augment.catalogue import AUGMENTERS, RECIPES
from convlens.augment.colour import (
    AddToHueAndSaturation,
    ChannelShuffle,
    Grayscale,
    HistogramEqualization,
    JpegCompression,
    MultiplyHueAndSaturation,
)
from convlens.augment.compose import Identity, OneOf, Sequential, SomeOf, Sometimes, WithChannels
from convlens.augment.expressions import parse, spelled
from convlens.augment.flips import Fliplr, Flipud, Rot90
from convlens.augment.light import (
    Add,
    GammaContrast,
    Invert,
    LinearContrast,
    LogContrast,
    Multiply,
    Posterize,
    SigmoidContrast,
    Solarize,
)
from convlens.augment.noise import AdditiveGaussianNoise, Dropout
from convlens.rng import keys_of

# Settings that draw something for every registered augmenter; a new one adds its line here.
EXAMPLES: dict[str, list[Augmenter]] = {
    "Affine": [
        Affine(translate_px={"x": (-5, 5), "y": (-7, 7)}, cval=(0, 255)),
        Affine(translate_px=[(-20, 20), 3], mode="wrap"),
        *(Affine(translate_px=(-9, 9), mode=mode) for mode in ("edge", "reflect", "symmetric")),
        Affine(),
        Affine(scale={"y": (0.5, 2)}, rotate=[90, (-20, 20)], shear=5, translate_percent=(-0.2, 0.2), order=3),
        Affine(translate_px=2, shear=(-9, 9), order=0, mode="reflect"),
    ],
    "ScaleX": [ScaleX()],
    "ScaleY": [ScaleY((0.8, 1.2), mode="edge")],
    "TranslateX": [TranslateX(), TranslateX(px=(-3, 3))],
    "TranslateY": [TranslateY(0.1, mode="wrap", cval=9)],
    "Rotate": [Rotate(), Rotate(45, order=3, mode="reflect")],
    "ShearX": [ShearX()],
    "ShearY": [ShearY((5, 20), mode="symmetric")],
    "Fliplr": [Fliplr(0.5), Fliplr()],
    "Flipud": [Flipud((0, 1))],
    "Rot90": [Rot90((-1, 2)), Rot90(2)],
    "Sequential": [
        Sequential([Affine((-3, 3), 7), Affine((-3, 3), mode="edge"), Sequential([Affine({"y": (0, 9)})])]),
        Sequential([]),
        Sequential([Affine((-3, 3), 7), Affine((-3, 3), mode="edge"), Affine({"y": (0, 9)})], random_order=True),
    ],
    "SomeOf": [
        SomeOf((0, None), [Affine((-3, 3), 7), Affine((-3, 3), mode="edge"), Affine({"y": (0, 9)})]),
        SomeOf(2, [Affine((-3, 3), 7), Affine((-3, 3), mode="edge"), Affine({"y": (0, 9)})], random_order=True),
    ],
    "OneOf": [OneOf([Affine((-3, 3)), Sequential([Affine((1, 3), 7), Affine({"y": 3})])])],
    "Sometimes": [
        Sometimes(0.5, Affine((1, 3))),
        Sometimes((0, 1), [Affine((-3, 3), mode="edge"), Affine(1)], Affine({"x": -1}, (0, 255))),
    ],
    "Identity": [Identity(name="nothing")],
    "WithChannels": [WithChannels(0, Affine((1, 3))), WithChannels(None, [Affine((1, 3), mode="wrap")])],
    "Multiply": [Multiply(), Multiply([0.5, (1, 3)], per_channel=(0, 1))],
    "Add": [Add(), Add((-50, 50), per_channel=True)],
    "LinearContrast": [LinearContrast(), LinearContrast((-1, 2), 0.5)],
    "GammaContrast": [GammaContrast((0.2, 3), per_channel=0.5)],
    "SigmoidContrast": [SigmoidContrast(per_channel=0.5)],
    "LogContrast": [LogContrast(per_channel=0.5)],
    "Invert": [Invert(), Invert((0, 1)), Invert(0.3, per_channel=0.5)],
    "Solarize": [Solarize(), Solarize(0.5, 100)],
    "Posterize": [Posterize()],
    "GaussianBlur": [GaussianBlur()],
    "AverageBlur": [AverageBlur()],
    "MedianBlur": [MedianBlur()],
    "MotionBlur": [MotionBlur()],
    "Sharpen": [Sharpen((0, 1))],
    "Emboss": [Emboss()],
    "EdgeDetect": [EdgeDetect()],
    "DirectedEdgeDetect": [DirectedEdgeDetect()],
    "Grayscale": [Grayscale(), Grayscale((0, 1))],
    "AddToHueAndSaturation": [AddToHueAndSaturation(), AddToHueAndSaturation((-90, 90), per_channel=0.5)],
    "MultiplyHueAndSaturation": [MultiplyHueAndSaturation(), MultiplyHueAndSaturation(per_channel=True)],
    "ChannelShuffle": [ChannelShuffle(), ChannelShuffle(0.3)],
    "HistogramEqualization": [HistogramEqualization()],
    "JpegCompression": [JpegCompression()],
    "AdditiveGaussianNoise": [AdditiveGaussianNoise(), AdditiveGaussianNoise((-5, 5), 20, per_channel=0.5)],
    "Dropout": [Dropout(), Dropout((0, 0.3), per_channel=0.5)],
}
ALL = [*(one for examples in EXAMPLES.values() for one in examples), *(recipe() for recipe in RECIPES.values())]
KEYS = keys_of(3, "augment", 1, np.arange(64))
IMAGES = np.random.default_rng(0).integers(0, 256, (64, 9, 8, 3), np.uint8)


def test_every_registered_augmenter_has_an_example_of_its_own_class():
    assert sorted(EXAMPLES) == sorted(AUGMENTERS)
    for name, examples in EXAMPLES.items():
        assert {type(one) for one in examples} == {AUGMENTERS[name]}


def test_the_examples_change_the_images():
    changing = [one for one in ALL if one not in (Sequential([]), *EXAMPLES["Identity"])]
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
    assert all(len(one) == 64 for one in parameters.values())
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
    text = spelled(dataclasses.replace(augmenter, seed=5))
    first, second = parse(text), parse(text)
    assert [first.augment_images(IMAGES).tobytes() for _ in range(3)] == [
        second.augment_images(IMAGES).tobytes() for _ in range(3)
    ]
    assert first.calls.made == 3
