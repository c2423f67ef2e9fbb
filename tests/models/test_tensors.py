import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from convlens.models.tensors import channel_statistics, tensors


def test_grey_levels_become_numbers_by_hand():
    images = np.array([[0, 255], [51, 102]], np.uint8).reshape(1, 2, 2, 1)
    batch = tensors(images, (0.5,), (0.5,))
    assert batch.dtype == torch.float32
    assert batch.shape == (1, 1, 2, 2)
    assert batch.ravel().tolist() == pytest.approx([-1.0, 1.0, -0.6, -0.2])


def test_each_channel_has_its_own_mean_and_standard_deviation_by_hand():
    images = np.zeros((1, 1, 2, 3), np.uint8)
    images[0, 0, 0] = 0, 51, 255
    images[0, 0, 1] = 255, 51, 0
    batch = tensors(images, (0.0, 0.2, 0.5), (1.0, 0.5, 0.25))
    assert batch.shape == (1, 3, 1, 2)
    assert batch[0, 0, 0].tolist() == pytest.approx([0.0, 1.0])
    assert batch[0, 1, 0].tolist() == pytest.approx([0.0, 0.0], abs=1e-6)
    assert batch[0, 2, 0].tolist() == pytest.approx([2.0, -2.0])


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("writeable", [True, False])
def test_the_images_are_neither_written_nor_shared(noise, channels, writeable):
    images = noise(3, 5, 4, channels)
    kept = images.copy()
    images.flags.writeable = writeable
    batch = tensors(images, (0.3,) * channels, (0.2,) * channels)
    batch.zero_()
    assert np.array_equal(images, kept)


def test_a_batch_of_colour_pictures_lies_in_channels_last_order(noise):
    assert tensors(noise(2, 5, 4, 3), (0.0,) * 3, (1.0,) * 3).is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("channels", [1, 3])
def test_the_numbers_are_those_of_numpy_in_float64_also_for_a_view_with_gaps(noise, channels):
    images = noise(6, 10, 8, channels)[::2, ::-1, 1:7]
    mean, std = np.linspace(0.2, 0.6, channels), np.linspace(0.3, 0.4, channels)
    expected = ((images / 255 - mean) / std).transpose(0, 3, 1, 2)
    assert np.allclose(tensors(images, mean.tolist(), std.tolist()), expected, atol=1e-6)


def test_no_image_at_all_is_no_error(noise):
    assert tensors(noise(0, 5, 4, 1), (0.0,), (1.0,)).shape == (0, 1, 5, 4)


@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 3]))
def test_mean_and_standard_deviation_are_those_of_the_float_images(seed, channels):
    images = np.random.default_rng(seed).integers(0, 256, (3, 5, 4, channels), np.uint8)
    mean, std = channel_statistics(images)
    scaled = images.astype(np.float64) / 255
    assert np.allclose(mean, scaled.mean(axis=(0, 1, 2)), atol=1e-12)
    assert np.allclose(std, scaled.std(axis=(0, 1, 2)), atol=1e-12)


def test_statistics_by_hand_and_a_constant_channel_counts_as_one():
    images = np.zeros((2, 1, 1, 2), np.uint8)
    images[1, 0, 0, 0] = 255
    images[..., 1] = 51
    assert channel_statistics(images) == ((0.5, pytest.approx(0.2)), (0.5, 1.0))


def test_normalised_images_have_mean_zero_and_deviation_one(noise):
    images = noise(8, 6, 6, 3)
    batch = tensors(images, *channel_statistics(images)).double()
    assert batch.mean(dim=(0, 2, 3)).abs().max() < 1e-6
    assert (batch.std(dim=(0, 2, 3), correction=0) - 1).abs().max() < 1e-6
