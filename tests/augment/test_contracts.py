"""What every registered augmenter promises."""

import copy
import dataclasses
import hashlib
import json
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from convlens.augment.catalogue import AUGMENTERS, RECIPES
from convlens.augment.compose import Sequential
from convlens.augment.draws import parameters_from_json, parameters_to_json
from convlens.augment.expressions import parse, spelled
from convlens.augment.toml import from_table, from_toml, to_table, to_toml
from convlens.rng import keys_of

# Settings that draw something for every registered augmenter; a new one adds its line here.
EXAMPLES: dict[str, list[str]] = {
    "Affine": [
        'Affine(translate_px={"x": (-5, 5), "y": (-7, 7)}, cval=(0, 255))',
        'Affine(translate_px=[(-20, 20), 3], mode="wrap")',
        'Affine(translate_px=(-9, 9), mode="edge")',
        'Affine(translate_px=(-9, 9), mode="reflect")',
        'Affine(translate_px=(-9, 9), mode="symmetric")',
        "Affine(translate_px=(-9, 9), mode=ALL)",
        "Affine()",
        'Affine(scale={"y": (0.5, 2)}, rotate=[90, (-20, 20)], shear=5, translate_percent=(-0.2, 0.2), order=3)',
        'Affine(translate_px=2, shear=(-9, 9), order=0, mode="reflect")',
        "Affine(rotate=(-45, 45), shear=(-16, 16), order=[0, 1], cval=(0, 255), mode=ALL)",
        "Affine(rotate=(-45, 45), fit_output=True)",
    ],
    "ScaleX": ["ScaleX()"],
    "ScaleY": ['ScaleY((0.8, 1.2), mode="edge")'],
    "TranslateX": ["TranslateX()", "TranslateX(px=(-3, 3))"],
    "TranslateY": ['TranslateY(0.1, mode="wrap", cval=9)'],
    "Rotate": ["Rotate()", 'Rotate(45, order=3, mode="reflect")'],
    "ShearX": ["ShearX()"],
    "ShearY": ['ShearY((5, 20), mode="symmetric")'],
    "PerspectiveTransform": [
        "PerspectiveTransform()",
        'PerspectiveTransform((0.05, 0.3), cval=(0, 255), mode="replicate", keep_size=False)',
        "PerspectiveTransform(scale=[0.02, (0.1, 0.5)], cval=30, mode=ALL, fit_output=True)",
        "PerspectiveTransform(0.2, keep_size=False, fit_output=True)",
    ],
    "PiecewiseAffine": [
        "PiecewiseAffine()",
        'PiecewiseAffine((0.5, 2), 3, [2, 5], order=ALL, mode="reflect", absolute_scale=True)',
    ],
    "ElasticTransformation": [
        "ElasticTransformation()",
        'ElasticTransformation((0.5, 3.5), 0.25, order=[0, 1], cval=(0, 255), mode="nearest")',
        "ElasticTransformation(9, (0, 2), mode=ALL)",
    ],
    "Resize": [
        "Resize(20)",
        'Resize((0.5, 2.0), interpolation=["nearest", "linear"])',
        'Resize({"height": (5, 12), "width": "keep-aspect-ratio"}, interpolation=ALL)',
        'Resize({"shorter-side": [1, 1.5]}, "area")',
    ],
    "RandomResizedCrop": ["RandomResizedCrop(8)", "RandomResizedCrop([5, 7], 0.5, ratio=[1, 2], interpolation=ALL)"],
    "CropAndPad": [
        "CropAndPad()",
        "CropAndPad((-4, 3), pad_mode=ALL, pad_cval=(0, 255), keep_size=False)",
        'CropAndPad(percent=((-0.9, 0), 0.2, [-1, 1], 0), pad_mode="wrap", sample_independently=False)',
    ],
    "Crop": [
        "Crop((0, 3), sample_independently=False)",
        "Crop(percent=(0, 0.6))",
        "Crop((1, 0, 2, 5), keep_size=False)",
    ],
    "Pad": ["Pad()", "Pad((1, (0, 2), [3, 20], 0), pad_mode=ALL, pad_cval=9, keep_size=False)"],
    "CropToFixedSize": [
        "CropToFixedSize(width=5, height=None)",
        'CropToFixedSize(7, 4, position="normal")',
        "CropToFixedSize(7, 4, ((0, 0.5), 1))",
    ],
    "PadToFixedSize": [
        "PadToFixedSize(width=11, height=12)",
        'PadToFixedSize(10, None, pad_mode=["edge", "mean"], position="left-center")',
        "PadToFixedSize(10, 20, pad_cval=(0, 255))",
    ],
    "Fliplr": ["Fliplr(0.5)", "Fliplr()"],
    "Flipud": ["Flipud((0, 1))"],
    "Rot90": ["Rot90((-1, 2))", "Rot90(2)", "Rot90(ALL)", "Rot90((0, 3), keep_size=False)"],
    "Sequential": [
        "Sequential([Affine(translate_px=(-3, 3), cval=7), Sequential([Affine(translate_px={'y': (0, 9)})])])",
        "Sequential([])",
        "Sequential([Affine(translate_px=(-3, 3), cval=7), Multiply(), Fliplr(0.5)], random_order=True)",
    ],
    "SomeOf": [
        "SomeOf((0, None), [Affine(translate_px=(-3, 3), cval=7), Multiply(), Fliplr(0.5)])",
        "SomeOf(2, [Affine(translate_px=(-3, 3), cval=7), Multiply(), Fliplr(0.5)], random_order=True)",
    ],
    "OneOf": ["OneOf([Affine(translate_px=(-3, 3)), Sequential([Multiply(), Affine(translate_px={'y': 3})])])"],
    "Sometimes": [
        "Sometimes(0.5, Affine(translate_px=(1, 3)))",
        "Sometimes((0, 1), [Affine(translate_px=(-3, 3), mode='edge'), Multiply(2)], Affine(translate_px={'x': -1}))",
    ],
    "Identity": ['Identity(name="nothing")'],
    "WithChannels": ["WithChannels(0, Affine(translate_px=(1, 3)))", "WithChannels(None, [Multiply(2)])"],
    "Multiply": ["Multiply()", "Multiply([0.5, (1, 3)], per_channel=(0, 1))"],
    "Add": ["Add()", "Add((-50, 50), per_channel=True)"],
    "LinearContrast": ["LinearContrast()", "LinearContrast((-1, 2), 0.5)"],
    "GammaContrast": ["GammaContrast((0.2, 3), per_channel=0.5)"],
    "SigmoidContrast": ["SigmoidContrast(per_channel=0.5)"],
    "LogContrast": ["LogContrast(per_channel=0.5)"],
    "Invert": ["Invert()", "Invert((0, 1))", "Invert(0.3, per_channel=0.5)"],
    "Solarize": ["Solarize()", "Solarize(0.5, 100)"],
    "Posterize": ["Posterize()"],
    "GaussianBlur": ["GaussianBlur()"],
    "AverageBlur": ["AverageBlur()"],
    "MedianBlur": ["MedianBlur()"],
    "MotionBlur": ["MotionBlur()"],
    "Sharpen": ["Sharpen((0, 1))"],
    "Emboss": ["Emboss()"],
    "EdgeDetect": ["EdgeDetect()"],
    "DirectedEdgeDetect": ["DirectedEdgeDetect()"],
    "Grayscale": ["Grayscale()", "Grayscale((0, 1))"],
    "AddToHueAndSaturation": [
        "AddToHueAndSaturation()",
        "AddToHueAndSaturation((-90, 90), per_channel=0.5)",
        "AddToHueAndSaturation(value_hue=(-90, 90))",
        "AddToHueAndSaturation(value_saturation=[-90, 90])",
    ],
    "MultiplyHueAndSaturation": [
        "MultiplyHueAndSaturation()",
        "MultiplyHueAndSaturation((0.5, 1.5), per_channel=0.5)",
        "MultiplyHueAndSaturation(mul_hue=(0, 3), mul_saturation=2)",
    ],
    "ChannelShuffle": ["ChannelShuffle()", "ChannelShuffle(0.3)", "ChannelShuffle(channels=[0, 2])"],
    "HistogramEqualization": ["HistogramEqualization()"],
    "AllChannelsHistogramEqualization": ["AllChannelsHistogramEqualization()"],
    "CLAHE": ["CLAHE()", "CLAHE(4, tile_grid_size_px=[1, (2, 8)], tile_grid_size_px_min=2)"],
    "AllChannelsCLAHE": ["AllChannelsCLAHE()"],
    "BlendAlpha": [
        "BlendAlpha(foreground=Multiply(0.3))",
        "BlendAlpha([0, 1, (0, 1)], [Multiply((0, 2)), Fliplr(0.5)], AddToHueAndSaturation(), per_channel=0.5)",
    ],
    "BlendAlphaSimplexNoise": [
        "BlendAlphaSimplexNoise(OneOf([EdgeDetect((0.5, 1)), DirectedEdgeDetect((0.5, 1), (0, 1))]))",
        "BlendAlphaSimplexNoise(Multiply(0), Invert(0.5), 0.5, [1, 3], ALL, 2, ALL, 0.5, sigmoid_thresh=(-3, 3))",
    ],
    "BlendAlphaFrequencyNoise": [
        "BlendAlphaFrequencyNoise((-4, 0), Multiply((0.5, 1.5), per_channel=True), LinearContrast((0.5, 2)))",
        'BlendAlphaFrequencyNoise(background=Invert(), per_channel=0.5, upscale_method="nearest", iterations=1)',
    ],
    "RandAugment": ["RandAugment()", "RandAugment((0, 3), 30, cval=(0, 255))"],
    "AugMix": ["AugMix()", "AugMix((1, 10), 2, depth=[1, 4], alpha=0.3)"],
    "Superpixels": ["Superpixels()", "Superpixels((0, 1), [1, (3, 30)], max_size=6, interpolation=ALL)"],
    "Autocontrast": ["Autocontrast()", "Autocontrast(0, per_channel=True)", "Autocontrast((5, 30), 0.5)"],
    "JpegCompression": ["JpegCompression()"],
    "AdditiveGaussianNoise": ["AdditiveGaussianNoise()", "AdditiveGaussianNoise((-5, 5), 20, per_channel=0.5)"],
    "Dropout": ["Dropout()", "Dropout((0, 0.3), per_channel=0.5)"],
    "SaltAndPepper": ["SaltAndPepper()", "SaltAndPepper((0, 0.3), per_channel=0.5)"],
    "AdditiveLaplaceNoise": ["AdditiveLaplaceNoise()", "AdditiveLaplaceNoise((-5, 5), 20, per_channel=0.5)"],
    "AdditivePoissonNoise": ["AdditivePoissonNoise()", "AdditivePoissonNoise([3, (50, 500)], per_channel=0.5)"],
    "Salt": ["Salt(per_channel=0.5)"],
    "Pepper": ["Pepper(per_channel=0.5)"],
    "AddElementwise": ["AddElementwise()", "AddElementwise(2 * Normal(0, 9) + 1, per_channel=0.5)"],
    "MultiplyElementwise": ["MultiplyElementwise()", "MultiplyElementwise([0.5, (1, 2)], per_channel=0.5)"],
    "ReplaceElementwise": [
        "ReplaceElementwise(0.1, [0, (50, 255)])",
        "ReplaceElementwise((0, 0.9), Normal(128, 51), per_channel=0.5)",
    ],
    "CoarseDropout": [
        "CoarseDropout(0.3)",
        "CoarseDropout((0.1, 0.5), size_px=(2, 6), per_channel=0.5, min_size=2)",
        "CoarseDropout(0.4, size_percent=[0.2, (0.5, 1)], per_channel=True)",
    ],
    "CoarseSaltAndPepper": ["CoarseSaltAndPepper(0.3)", "CoarseSaltAndPepper(0.3, size_percent=0.9, per_channel=0.5)"],
    "Dropout2d": ["Dropout2d(0.5)", "Dropout2d((0, 1), nb_keep_channels=0)"],
    "Cutout": [
        "Cutout()",
        "Cutout((0, 4), 'normal', (0.1, 0.9), False, ALL, (0, 255), 0.5)",
        "Cutout(2, position=((0.2, 0.8), 1), fill_mode='gaussian', fill_per_channel=True)",
    ],
}
# Augmenters that give images another size; all others keep it.
RESIZING = {
    *("Crop", "CropAndPad", "CropToFixedSize", "Pad", "PadToFixedSize"),
    *("PerspectiveTransform", "RandomResizedCrop", "Resize"),
}
ALL = [*(parse(one) for examples in EXAMPLES.values() for one in examples), *(recipe() for recipe in RECIPES.values())]
KEYS = keys_of(3, "augment", 1, np.arange(64))
IMAGES = np.random.default_rng(0).integers(0, 256, (64, 9, 8, 3), np.uint8)

every = pytest.mark.parametrize("augmenter", ALL, ids=repr)


def resizes(augmenter):
    """Whether its images may come back in another size."""
    text = spelled(augmenter)
    return type(augmenter).__name__ in RESIZING or "fit_output=True" in text or "keep_size=False" in text


def listed(images):
    """One array per image, whether a batch came as an array or, with images of several sizes, as a list."""
    return [np.asarray(one) for one in images]


def equal(some, others):
    return len(some) == len(others) and all(map(np.array_equal, listed(some), listed(others)))


def test_every_registered_augmenter_has_an_example_of_its_own_class():
    assert sorted(EXAMPLES) == sorted(AUGMENTERS)
    for name, examples in EXAMPLES.items():
        assert {type(parse(one)) for one in examples} == {AUGMENTERS[name]}


def test_the_examples_change_the_images():
    changing = [one for one in ALL if one != Sequential([]) and type(one).__name__ != "Identity"]
    assert [one for one in changing if equal(one(images=IMAGES, keys=KEYS), IMAGES)] == []


@every
def test_each_image_stands_alone(augmenter):
    six = augmenter(images=IMAGES[:6], keys=KEYS[:6])
    two = augmenter(images=IMAGES[[4, 1]], keys=KEYS[[4, 1]])
    assert equal(two, [six[4], six[1]])


@pytest.mark.parametrize("size", [1, 7, 64])
@every
def test_the_batch_size_makes_no_difference(augmenter, size):
    whole = augmenter(images=IMAGES, keys=KEYS)
    parts = [augmenter(images=IMAGES[i : i + size], keys=KEYS[i : i + size]) for i in range(0, 64, size)]
    assert equal([one for part in parts for one in part], whole)


@every
def test_the_input_is_not_written_and_the_result_is_fresh_contiguous_uint8(augmenter):
    images = IMAGES.copy()
    images.flags.writeable = False
    changed = augmenter(images=images, keys=KEYS)
    for one in changed if isinstance(changed, list) else [changed]:
        assert one.flags.c_contiguous
        assert one.dtype == np.uint8
        assert not np.shares_memory(one, images)
        assert resizes(augmenter) or one.shape in (images.shape, images.shape[1:])
    assert np.array_equal(images, IMAGES)


@every
def test_kept_parameters_replay_the_batch_even_through_json(augmenter):
    parameters = augmenter.sample(KEYS)
    kept = parameters_from_json(json.loads(json.dumps(parameters_to_json(parameters))))
    # JSON has no widths: words come back as words.
    assert {name: (one.dtype.kind, one.tolist()) for name, one in kept.items()} == {
        name: (one.dtype.kind, one.tolist()) for name, one in parameters.items()
    }
    assert all(len(one) == 64 for one in parameters.values())
    assert equal(augmenter.apply(IMAGES, kept), augmenter(images=IMAGES, keys=KEYS))


@pytest.mark.parametrize("shape", [(9, 8), (9, 8, 1), (9, 8, 2), (9, 8, 3), (9, 8, 4), (9, 8, 5)])
@every
def test_one_image_gives_back_its_own_rank_and_what_the_batch_gives(augmenter, shape):
    images = np.random.default_rng(1).integers(0, 256, (2, *shape), np.uint8)
    batch = augmenter(images=images, keys=KEYS[:2])
    assert {one.ndim for one in batch} == {len(shape)}
    for image, key, expected in zip(images, KEYS[:2, None], batch, strict=True):
        one = augmenter(image=image, keys=key)
        assert np.array_equal(one, expected)
        assert one.flags.c_contiguous


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 1, 1), (1, 7, 3), (7, 1, 1)])
@every
def test_an_image_of_a_single_pixel_or_line_is_an_image(augmenter, shape):
    images = np.full((20, *shape), 100, np.uint8)
    changed = augmenter(images=images, keys=KEYS[:20])
    assert {one.dtype for one in changed} == {np.dtype(np.uint8)}
    assert resizes(augmenter) or {one.shape for one in changed} == {shape}


@every
def test_no_image_at_all_is_no_error(augmenter):
    assert augmenter(images=IMAGES[:0], keys=KEYS[:0]).shape == (0, 9, 8, 3)
    assert augmenter(images=[], keys=KEYS[:0]) == []


@every
def test_float_images_keep_their_range_and_are_changed_as_their_bytes_are(augmenter):
    floats = (IMAGES / 255).astype(np.float32)
    changed = augmenter(images=floats, keys=KEYS, value_range=(0, 1))
    expected = augmenter(images=IMAGES, keys=KEYS)
    for one, other in zip(changed, expected, strict=True):
        assert one.dtype == np.float32
        assert one.flags.c_contiguous
        assert one.shape == other.shape
        assert 0 <= one.min() <= one.max() <= 1
    # Floats are not rounded between two steps, so they may end a grey level or two beside the bytes, seldom more:
    # where a step has an edge, such as a median or a threshold.
    gaps = np.concatenate([np.abs(one * 255.0 - other).ravel() for one, other in zip(changed, expected, strict=True)])
    assert np.mean(gaps > 2) < 0.02


@every
def test_the_repr_is_the_expression_that_gives_an_equal_augmenter(augmenter):
    again = parse(spelled(augmenter))
    assert again == augmenter
    assert hash(again) == hash(augmenter)
    assert repr(again) == repr(augmenter) == spelled(augmenter)


@every
def test_a_recipe_file_gives_back_an_equal_augmenter(augmenter):
    text = to_toml(augmenter)
    assert from_toml(text) == augmenter
    assert to_toml(from_toml(text)) == text
    assert from_table(to_table(augmenter)) == augmenter


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
@every
def test_a_copy_sent_elsewhere_even_after_use_changes_alike(augmenter, copied):
    augmenter(images=IMAGES[:2], keys=KEYS[:2])
    other = copied(augmenter)
    assert other == augmenter
    assert equal(other(images=IMAGES, keys=KEYS), augmenter(images=IMAGES, keys=KEYS))


@every
def test_the_same_seed_replays_the_same_sequence_of_calls(augmenter):
    text = spelled(dataclasses.replace(augmenter, seed=5))
    first, second = parse(text), parse(text)
    assert all(equal(first.augment_images(IMAGES), second.augment_images(IMAGES)) for _ in range(3))
    assert first.calls.made == 3


IN_ANOTHER_PROCESS = """
import hashlib, json, sys
import cv2
import numpy as np
from convlens.augment.expressions import parse
from convlens.rng import keys_of
cv2.setNumThreads(1)
keys = keys_of(3, "augment", 1, np.arange(40, 64))
images = np.random.default_rng(0).integers(0, 256, (64, 9, 8, 3), np.uint8)[40:]
for text in json.load(sys.stdin):
    changed = parse(text)(images=images, keys=keys)
    print(hashlib.sha256(b"".join(one.tobytes() for one in changed)).hexdigest())
"""


def test_another_process_with_another_half_of_the_pictures_gives_the_same_pixels():
    texts = [one for examples in EXAMPLES.values() for one in examples]
    child = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS],
        input=json.dumps(texts),
        env=os.environ | {"PYTHONHASHSEED": "7", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    theirs = dict(zip(texts, child.stdout.split(), strict=True))
    ours = {
        text: hashlib.sha256(b"".join(one.tobytes() for one in listed(parse(text)(images=IMAGES, keys=KEYS))[40:]))
        for text in texts
    }
    assert {text: digest.hexdigest() for text, digest in ours.items()} == theirs
