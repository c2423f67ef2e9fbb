import numpy as np
import pytest
import torch

from convlens.augment import (
    AdditiveGaussianNoise,
    Affine,
    Augmenter,
    Fliplr,
    GaussianBlur,
    Identity,
    MedianBlur,
    Multiply,
    OneOf,
    Rot90,
    Sequential,
    Sometimes,
)
from convlens.errors import SettingsError, ShapeError

BYTES = torch.arange(2 * 3 * 4 * 5, dtype=torch.uint8).reshape(2, 3, 4, 5)
KEYS = np.arange(2, dtype=np.uint64)
NO_TWIN = "MedianBlur has no twin for torch tensors; give it arrays: images.permute(0, 2, 3, 1).cpu().numpy()"


def test_a_brighter_tensor_by_hand():
    tensor = torch.tensor([0, 3, 100, 200], dtype=torch.uint8).reshape(1, 1, 2, 2)
    assert Multiply(1.5)(images=tensor).ravel().tolist() == [0, 4, 150, 255]


def test_one_image_has_no_leading_axis():
    changed = Fliplr()(image=BYTES[0])
    assert changed.shape == (3, 4, 5)
    assert torch.equal(changed, BYTES[0].flip(2))


def test_the_methods_of_imgaug_take_tensors():
    assert torch.equal(Fliplr().augment_images(BYTES), BYTES.flip(3))
    assert torch.equal(Fliplr().augment_image(BYTES[0]), BYTES[0].flip(2))


@pytest.mark.parametrize(
    "inside", [lambda one: Sequential([Multiply(), one]), lambda one: Sometimes(0, OneOf([Identity(), one]))]
)
def test_an_augmenter_without_twin_is_refused_wherever_it_is_before_anything_is_changed(inside):
    class Bomb(Augmenter):
        pass

    with pytest.raises(ShapeError) as told:
        inside(Sequential([MedianBlur(), Bomb()]))(images=BYTES)
    assert str(told.value) == NO_TWIN


@pytest.mark.parametrize(
    ("augmenter", "told"),
    [
        (Affine(rotate=9, fit_output=True), r"Affine\(fit_output=True\) may give images other sizes, and has no twin"),
        (Rot90(keep_size=False), r"Rot90\(keep_size=False\) may give images other sizes, and has no twin"),
    ],
)
def test_a_change_of_size_has_no_twin(augmenter, told):
    with pytest.raises(ShapeError, match=told):
        augmenter(images=BYTES)


@pytest.mark.parametrize(
    ("images", "settings", "told"),
    [
        (BYTES.to(torch.int64), {}, r"wants images as a uint8 tensor \(N, C, H, W\).*; got int64 \(2, 3, 4, 5\)"),
        (BYTES[0, 0], {}, r"got uint8 \(4, 5\)"),
        (BYTES[0], {}, r"got uint8 \(3, 4, 5\)"),
        (BYTES.to(torch.float32), {}, r"got float32 \(2, 3, 4, 5\) without value_range"),
        (BYTES, {"value_range": (0, 1)}, r"uint8 images have the range 0–255, got value_range=\(0, 1\)"),
        (BYTES / 60, {"value_range": (0, 1)}, "want values from 0 to 1, as value_range says, got 0.0 to 1.98"),
        (BYTES * float("nan"), {"value_range": (0, 255)}, "got nan to nan"),
    ],
)
def test_a_tensor_that_is_no_batch_of_images_is_refused(images, settings, told):
    with pytest.raises(ShapeError, match=told):
        Identity()(images=images, keys=np.arange(len(images), dtype=np.uint64), **settings)


def test_a_range_that_is_none_is_refused():
    with pytest.raises(SettingsError, match=r"value_range wants \(black, white\)"):
        Identity()(images=BYTES / 255, value_range=(1, 1))


def test_floats_leave_in_the_range_that_they_came_in():
    tensor = torch.tensor([-1, -0.5, 0, 1], dtype=torch.float32).reshape(1, 1, 2, 2)
    assert Multiply(2)(images=tensor, value_range=(-1, 1)).ravel().tolist() == pytest.approx([-1, 0, 1, 1], abs=1e-6)


def test_channels_that_lie_last_in_memory_are_the_same_images():
    lying = BYTES.to(memory_format=torch.channels_last)
    changed = Affine(rotate=30)(images=lying)
    assert not lying.is_contiguous()
    assert changed.is_contiguous()
    assert torch.equal(changed, Affine(rotate=30)(images=BYTES))


@pytest.mark.parametrize("augmenter", [Affine(rotate=30), AdditiveGaussianNoise(scale=9), GaussianBlur(1)], ids=repr)
def test_a_process_that_reckons_in_doubles_gets_the_same(augmenter):
    expected = augmenter(images=BYTES, keys=KEYS)
    torch.set_default_dtype(torch.float64)
    try:
        changed = augmenter(images=BYTES, keys=KEYS)
    finally:
        torch.set_default_dtype(torch.float32)
    assert torch.equal(changed, expected)


@pytest.mark.parametrize("augmenter", [Identity(), Affine(rotate=30), Sequential([Multiply(2), Fliplr(0.5)])], ids=repr)
def test_no_gradient_is_kept(augmenter):
    tensor = (BYTES / 255).requires_grad_()
    assert not augmenter(images=tensor, value_range=(0, 1)).requires_grad
    assert tensor.requires_grad
