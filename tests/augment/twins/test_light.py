import numpy as np
import pytest
import torch

from convlens.augment import (
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

LEVELS = torch.tensor([0, 1, 127, 255], dtype=torch.uint8).reshape(1, 1, 2, 2)


@pytest.mark.parametrize(
    ("augmenter", "expected"),
    [
        (Multiply(0.5), [0, 0, 64, 128]),
        (Multiply(3), [0, 3, 255, 255]),
        (Add(-2), [0, 0, 125, 253]),
        (LinearContrast(0.5), [64, 64, 127, 191]),
        (GammaContrast(2), [0, 0, 63, 255]),
        (GammaContrast(0), [255, 255, 255, 255]),
        (LogContrast(1), [0, 1, 149, 255]),
        (SigmoidContrast(10, 0.5), [2, 2, 126, 253]),
        (Invert(1), [255, 254, 128, 0]),
        (Solarize(1, 127), [0, 1, 128, 0]),
        (Posterize(1), [0, 0, 0, 128]),
        (Posterize(8), [0, 1, 127, 255]),
    ],
    ids=repr,
)
def test_black_nearly_black_the_middle_and_white_by_hand(augmenter, expected):
    assert augmenter(images=LEVELS).ravel().tolist() == expected


def test_channels_that_draw_apart_have_the_numbers_of_the_arrays():
    keys = np.arange(6, dtype=np.uint64)
    images = torch.full((6, 3, 1, 1), 10, dtype=torch.uint8)
    changed = Add((0, 100), per_channel=0.5)(images=images, keys=keys)
    expected = Add((0, 100), per_channel=0.5)(images=np.full((6, 1, 1, 3), 10, np.uint8), keys=keys)
    assert np.array_equal(changed[..., 0, 0], expected[:, 0, 0])
    assert len(np.unique(changed[..., 0, 0].numpy(), axis=1)) > 1
