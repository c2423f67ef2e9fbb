import numpy as np
import pytest
import torch

from convlens.augment import Add, Fliplr, Multiply, OneOf, Sequential, SomeOf, Sometimes, WithChannels
from convlens.errors import ShapeError

IMAGES = torch.full((3, 2, 1, 2), 10, dtype=torch.uint8)


def test_each_image_takes_the_children_in_its_own_order():
    augmenter = Sequential([Multiply(2), Add(5)], random_order=True)
    parameters = augmenter.sample(np.arange(3, dtype=np.uint64)) | {"order": np.array([[0, 1], [1, 0], [0, 1]])}
    assert augmenter.apply(IMAGES, parameters)[:, 0, 0, 0].tolist() == [25, 30, 25]


def test_each_image_takes_its_own_choice():
    some = SomeOf((0, 2), [Multiply(2), Add(5)])
    parameters = some.sample(np.arange(3, dtype=np.uint64)) | {"order": np.array([[-1, -1], [1, -1], [0, 1]])}
    assert some.apply(IMAGES, parameters)[:, 0, 0, 0].tolist() == [10, 15, 25]
    one = OneOf([Multiply(2), Add(5)])
    parameters = one.sample(np.arange(3, dtype=np.uint64)) | {"chosen": np.array([1, 0, 1])}
    assert one.apply(IMAGES, parameters)[:, 0, 0, 0].tolist() == [15, 20, 15]


def test_none_of_them_is_a_copy():
    unchanged = SomeOf(0, [Add(5)])(images=IMAGES)
    assert unchanged.equal(IMAGES)
    assert unchanged.data_ptr() != IMAGES.data_ptr()


def test_these_or_those():
    augmenter = Sometimes(0.5, Add(1), [Add(2), Multiply(2)])
    parameters = augmenter.sample(np.arange(3, dtype=np.uint64)) | {"applied": np.array([0, 1, 0])}
    assert augmenter.apply(IMAGES, parameters)[:, 0, 0, 0].tolist() == [24, 11, 24]


def test_some_channels():
    assert WithChannels(1, Add(5))(images=IMAGES)[0, :, 0, 0].tolist() == [10, 15]
    assert WithChannels([1, 0], [Add(5), Fliplr()])(images=IMAGES)[0, :, 0, 0].tolist() == [15, 15]
    assert WithChannels([], Add(5))(images=IMAGES).equal(IMAGES)
    with pytest.raises(ShapeError, match="WithChannels wants channel 2, but the images have 2 channels"):
        WithChannels(2, Add(5))(images=IMAGES)
