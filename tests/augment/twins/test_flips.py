import numpy as np
import torch

from convlens.augment import Fliplr, Flipud, Rot90

IMAGES = torch.arange(2 * 3 * 4 * 5, dtype=torch.uint8).reshape(2, 3, 4, 5)
SQUARE = IMAGES[..., :4].contiguous()


def test_each_image_is_mirrored_or_not():
    mirrored = Fliplr(0.5).apply(IMAGES, {"flipped": np.array([0, 1])})
    assert torch.equal(mirrored, torch.stack([IMAGES[0], IMAGES[1].flip(2)]))
    mirrored = Flipud(0.5).apply(IMAGES, {"flipped": np.array([1, 0])})
    assert torch.equal(mirrored, torch.stack([IMAGES[0].flip(1), IMAGES[1]]))


def test_a_quarter_is_clockwise():
    image = torch.tensor([[1, 2], [3, 4]], dtype=torch.uint8)[None, None]
    assert Rot90(1)(images=image).ravel().tolist() == [3, 1, 4, 2]


def test_each_image_turns_by_its_own_quarters():
    turned = Rot90().apply(SQUARE, {"k": np.array([-1, 6])})
    assert torch.equal(turned, torch.stack([torch.rot90(SQUARE[0], 1, (1, 2)), torch.rot90(SQUARE[1], 2, (1, 2))]))


def test_two_quarters_of_an_image_that_is_not_square_copy_its_pixels():
    assert torch.equal(Rot90(2)(images=IMAGES), IMAGES.flip((2, 3)))
