import numpy as np
import pytest
import torch
from scipy.ndimage import correlate

from convlens.augment import AverageBlur, EdgeDetect, GaussianBlur, MotionBlur, Sharpen

IMPULSE = torch.zeros(1, 1, 7, 7)
IMPULSE[0, 0, 3, 3] = 90
WIDE = (0, 255)


def test_the_mean_of_an_impulse_by_hand():
    blurred = AverageBlur(3)(images=IMPULSE, value_range=WIDE)
    assert blurred[0, 0, 2:5, 2:5].tolist() == [pytest.approx([10] * 3, abs=1e-4)] * 3
    assert blurred.sum().item() == pytest.approx(90, abs=1e-3)


def test_an_even_window_reaches_further_up_left():
    blurred = AverageBlur(2)(images=IMPULSE, value_range=WIDE)
    assert sorted(map(tuple, blurred[0, 0].nonzero().tolist())) == [(3, 3), (3, 4), (4, 3), (4, 4)]


def test_the_sharpened_impulse_by_hand():
    sharpened = Sharpen(1, 0)(images=torch.full_like(IMPULSE, 10) + IMPULSE / 9, value_range=WIDE)
    # 8 times the middle less its neighbours; beside it, 8 · 10 − 7 · 10 − 20 is below 0.
    assert sharpened[0, 0, 2:5, 2:5].tolist() == [
        pytest.approx(row, abs=1e-3) for row in ([0] * 3, [0, 80, 0], [0] * 3)
    ]


def test_no_blur_is_exact():
    levels = torch.rand(3, 2, 6, 5) * 255
    for augmenter in (GaussianBlur(0), AverageBlur(0), AverageBlur(1), Sharpen(0), EdgeDetect(0)):
        assert augmenter(images=levels, value_range=WIDE).equal(levels)


@pytest.mark.parametrize("augmenter", [GaussianBlur(40), AverageBlur(51), AverageBlur(50), MotionBlur(25)], ids=repr)
@pytest.mark.parametrize("size", [(1, 1), (2, 9), (5, 1), (13, 6)])
def test_a_window_wider_than_the_image_reads_its_mirror_again_and_again(augmenter, size):
    images = np.random.default_rng(0).integers(0, 256, (4, *size, 2), np.uint8)
    keys = np.arange(4, dtype=np.uint64)
    blurred = augmenter(images=torch.from_numpy(images).permute(0, 3, 1, 2), keys=keys)
    # OpenCV reads the very mirror.
    assert np.abs(blurred.permute(0, 2, 3, 1).numpy().astype(int) - augmenter(images=images, keys=keys)).max() <= 1


def test_a_gaussian_agrees_with_scipy():
    levels = torch.rand(1, 1, 20, 21) * 255
    away = np.arange(-3, 4)
    line = np.exp(-0.5 * (away / 1.9) ** 2)
    expected = correlate(levels[0, 0].numpy(), np.outer(line, line) / line.sum() ** 2, mode="mirror")
    assert np.abs(GaussianBlur(1.9)(images=levels, value_range=WIDE)[0, 0].numpy() - expected).max() < 0.01


def test_a_narrow_window_sums_alike_beside_a_wide_one():
    levels = torch.rand(2, 1, 9, 30) * 255
    blur = GaussianBlur(1)
    together = blur.apply(levels, {"sigma": np.array([1.3, 30])}, value_range=WIDE)
    alone = blur.apply(levels[:1], {"sigma": np.array([1.3])}, value_range=WIDE)
    assert together[:1].equal(alone)
