import numpy as np
import pytest
import torch
from scipy.stats import binom, kstest, laplace, norm, poisson

from convlens.augment import (
    AdditiveGaussianNoise,
    AdditiveLaplaceNoise,
    AdditivePoissonNoise,
    Dropout,
    Pepper,
    Salt,
    SaltAndPepper,
)

KEYS = np.arange(8, dtype=np.uint64)
GREY = torch.full((8, 3, 60, 60), 100, dtype=torch.uint8)
MIDDLE = torch.full((8, 1, 60, 60), 127.5)


@pytest.mark.parametrize(
    ("augmenter", "values"),
    [(Dropout(0.2), [0]), (Pepper(0.2), [0]), (Salt(0.2), [255]), (SaltAndPepper(0.2), [0, 255])],
    ids=repr,
)
def test_so_many_pixels_are_hit_in_all_channels_alike(augmenter, values):
    changed = augmenter(images=GREY, keys=KEYS)
    assert sorted(changed.unique().tolist()) == sorted([*values, 100])
    assert torch.equal(changed[:, 0], changed[:, 2])
    low, high = binom.interval(1 - 1e-6, 8 * 60 * 60, 0.2 / len(values))
    for value in values:
        assert low <= (changed[:, 0] == value).sum().item() <= high


@pytest.mark.parametrize("augmenter", [Dropout, SaltAndPepper, AdditiveGaussianNoise], ids=lambda one: one.__name__)
def test_channels_are_hit_apart_on_request_and_the_first_as_if_they_were_not(augmenter):
    alike, apart = augmenter(per_channel=False), augmenter(per_channel=True)
    together, alone = alike(images=GREY, keys=KEYS), apart(images=GREY, keys=KEYS)
    assert torch.equal(alone[:, 0], together[:, 0])
    assert not torch.equal(alone[:, 1], together[:, 1])


@pytest.mark.parametrize(
    ("augmenter", "curve"),
    [(AdditiveGaussianNoise(2, 20), norm(2, 20)), (AdditiveLaplaceNoise(-1, 5), laplace(-1, 5))],
    ids=["normal", "laplace"],
)
def test_the_numbers_added_have_their_curve(augmenter, curve):
    changed = augmenter(images=MIDDLE, keys=KEYS, value_range=(0, 255))
    inside = changed[(changed > 0) & (changed < 255)]
    assert kstest(inside.numpy().ravel() - 127.5, curve.cdf).pvalue > 0.001


def test_poissons_numbers_have_their_shares_and_both_signs():
    added = (AdditivePoissonNoise(4)(images=GREY, keys=KEYS)[:, 0].to(torch.int64) - 100).numpy()
    for number in range(8):
        low, high = binom.interval(1 - 1e-6, added.size, poisson(4).pmf(number))
        assert low <= np.count_nonzero(np.abs(added) == number) <= high
    assert np.count_nonzero(added > 0) == pytest.approx(np.count_nonzero(added < 0), rel=0.05)
