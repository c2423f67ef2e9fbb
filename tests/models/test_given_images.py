import numpy as np
import pytest
import torch

from convlens.errors import ShapeError
from convlens.models.given_images import checked_images

GREYS = np.zeros((12, 28, 28, 1), np.uint8)


@pytest.mark.parametrize("shape", [(12, 28, 28, 1), (0, 8, 8, 3), (2, 3, 28, 3), (2, 1, 6, 1), (2, 64, 64, 12)])
def test_pictures_with_the_channels_last_come_back_as_they_are(shape):
    images = np.zeros(shape, np.uint8)
    assert checked_images(images) is images


@pytest.mark.parametrize(
    ("images", "sentence"),
    [
        (
            np.zeros((12, 3, 28, 28), np.uint8),
            r"got uint8 \(12, 3, 28, 28\), which looks like N×C×H×W; give images.tra",
        ),
        (np.zeros((12, 1, 28, 28), np.uint8), "looks like N×C×H×W"),
        (np.zeros((12, 1, 20, 28), np.uint8), "looks like N×C×H×W"),
        (np.zeros((12, 8, 28, 28), np.uint8), "looks like N×C×H×W"),
        (np.zeros((12, 3, 28, 28), np.float32), "looks like N×C×H×W"),
        (GREYS[..., 0], r"got uint8 \(12, 28, 28\); grey pictures are images\[..., None\]"),
        (np.zeros((28, 28, 3), np.uint8), r"a single picture is images\[None\]"),
        (GREYS[0, :, 0, 0], "bring them to four axes"),
        (GREYS / 255, r"got float64 .*between 0 and 1: give \(images \* 255\)\.round\(\)\.astype\(numpy\.uint8\)"),
        (GREYS + 200.0, r"give images\.round\(\)\.astype\(numpy\.uint8\)"),
        (GREYS + np.int64(7), r"got int64 .*give images\.round"),
        (GREYS - 1.5, r"run from -1\.5 to -1\.5: undo any normalisation"),
        (GREYS > 0, r"images\.astype\(numpy\.uint8\) \* 255"),
        (GREYS[:, :0], "pictures without a pixel"),
        (GREYS.tolist(), r"got a list; give numpy\.asarray\(images\)"),
        (
            torch.zeros(2, 3, 8, 8),
            r"got a torch tensor \(2, 3, 8, 8\); give images\.permute\(0, 2, 3, 1\)\.cpu\(\)\.numpy\(\)",
        ),
        (torch.zeros(2, 8, 8, 3), r"; give images\.cpu\(\)\.numpy\(\)"),
    ],
)
def test_anything_else_is_refused_and_the_sentence_says_how_to_mend_it(images, sentence):
    with pytest.raises(ShapeError, match=r"wanted as a NumPy array \(N, H, W, C\) of uint8.*" + sentence):
        checked_images(images)
