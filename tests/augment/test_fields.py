import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from convlens.augment.distributions import Choice, Normal, Uniform
from convlens.augment.fields import (
    in_pixels,
    keep,
    limits_of,
    misses,
    numbers_of,
    parts,
)
from convlens.rng import keys_of, words

NOISE = (keys_of(0, "noise", 0, np.arange(4000)) >> np.uint64(11)).view(np.int64)
KEYS = NOISE.view(np.uint64)
COUNT = 1000
EDGE = 2.0**-9
"""A probability whose first digit is 0: every hit is decided by the second one."""


def hits(p, planes=1):
    return misses(KEYS, planes, COUNT, limits_of(NOISE, np.full(len(KEYS), p)))[0][..., :COUNT] == 0


@pytest.mark.parametrize("p", [1e-4, EDGE, 0.05, 0.2, 1 / 3, 0.5, 0.777, 1 - 1e-4])
def test_the_share_of_hits_lies_in_the_binomial_interval_of_its_probability(p):
    low, high = stats.binom.interval(0.9999, len(KEYS) * COUNT, p)
    assert low <= hits(p).sum() <= high


def test_what_never_happens_and_what_always_happens():
    assert not hits(0.0).any()
    assert hits(1.0).all()


@pytest.mark.parametrize("p", [1e-4, 0.001, 0.05, 1 / 3, 0.4999999])
def test_the_digits_left_out_are_made_up_for_by_rounding_some_images_up(p):
    digits = limits_of(NOISE, np.full(len(NOISE), p)).astype(np.int64)
    values = (digits[:, 1] * 256 + digits[:, 0]) / 65536
    assert set(np.unique(values)) <= {np.floor(p * 2**15) / 2**15, np.ceil(p * 2**15) / 2**15}
    # Five standard errors of a mean of numbers 2⁻¹⁵ apart.
    assert abs(values.mean() - p) < 5 * 2.0**-16 / len(NOISE) ** 0.5


@pytest.mark.parametrize("p", [EDGE, 0.05, 0.2])
def test_the_hits_of_an_image_spread_as_those_of_independent_places_do(p):
    each = hits(p)[0].sum(axis=1)
    squares = ((each - COUNT * p) ** 2).sum() / (COUNT * p * (1 - p))
    low, high = stats.norm.interval(0.9999, len(KEYS), (2 * len(KEYS) + len(KEYS) / (COUNT * p * (1 - p))) ** 0.5)
    assert low < squares < high


@pytest.mark.parametrize("p", [EDGE, 0.05, 0.2])
def test_a_hit_says_nothing_about_its_neighbours(p):
    above = hits(p)[0] - p
    for away in (*range(1, 33), 64, 500):
        products = above[:, away:] * above[:, :-away]
        # Their standard deviation is p(1 − p), and none has to do with another.
        assert abs(products.sum()) < 5 * products.size**0.5 * p * (1 - p)


def test_a_hit_says_nothing_about_the_other_planes_and_images():
    three = hits(0.2, planes=3)
    for one, other in ((three[0], three[1]), (three[1], three[2]), (three[0], three[2]), (three[0, 1:], three[0, :-1])):
        low, high = stats.binom.interval(0.9999, one.size, 0.04)
        assert low <= (one & other).sum() <= high


def test_the_first_plane_and_the_first_places_are_those_of_a_larger_field():
    limits = limits_of(NOISE, np.full(len(NOISE), 0.2))
    one, three = misses(KEYS, 1, 30, limits), misses(KEYS, 3, 90, limits)
    for small, large in zip(one, three, strict=True):
        assert np.array_equal(small[0, :, :30], large[0, :, :30])


@pytest.mark.parametrize("p", [EDGE, 0.05, 0.6])
def test_the_spare_bit_is_even_among_hits_and_says_nothing_about_the_neighbours(p):
    missed, spare = misses(KEYS, 1, COUNT, limits_of(NOISE, np.full(len(KEYS), p)))
    odd, hit = spare[0] & 1, missed[0] == 0
    low, high = stats.binom.interval(0.9999, hit.sum(), 0.5)
    assert low <= odd[hit].sum() <= high
    for away in (1, 7, 8, 9, 16):
        low, high = stats.binom.interval(0.9999, hit[:, away:].sum(), 0.5)
        assert low <= odd[:, :-away][hit[:, away:]].sum() <= high


def test_the_decisions_are_those_of_numbers_compared_one_by_one():
    p = np.array([0.3, 0.8, EDGE, 1.0])
    noise = NOISE[:4]
    missed, _ = misses(noise.view(np.uint64), 1, 21, limits_of(noise, p))
    for image, key in enumerate(noise.tolist()):
        stream = [int(word) for word in words(np.array([key], np.uint64), 5)[0]]
        least = p[image] if p[image] <= 0.5 else 1 - p[image]
        limit = 2 * int(least * 2**15 + key / 2**53)
        for place in range(21):
            word, shift = divmod(place, 8)
            first, one, other = (stream[word + ahead] >> 8 * shift & 255 for ahead in (0, 1, 2))
            happens = (first * 256 + (one ^ other) < limit) == (p[image] <= 0.5)
            assert missed[0, image, place] == (not happens)


@pytest.mark.parametrize(("per_channel", "planes"), [([0, 0, 0], [1]), ([9, 9, 9], [3]), ([0, 9, 0], [1, 3])])
def test_parts_change_every_image_once_and_the_channels_of_some_apart(per_channel, planes):
    images = np.arange(3 * 2 * 2 * 3, dtype=np.uint8).reshape(3, 2, 2, 3)
    result = np.zeros_like(images)
    for part in parts(images, result, NOISE[:3], np.array(per_channel)):
        assert part.planes in planes
        assert np.array_equal(part.keys, KEYS[:3][part.rows])
        part.result[...] += part.images + 1
    assert np.array_equal(result, images + 1)


def test_parts_of_one_channel_have_one_plane_and_a_large_batch_has_several_parts():
    images = np.zeros((5, 300, 300, 1), np.uint8)
    cut = list(parts(images, images.copy(), NOISE[:5], np.full(5, 9)))
    assert {part.planes for part in cut} == {1}
    assert [len(part.keys) for part in cut] == [1] * 5


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("channels", [1, 2, 3, 4, 6])
def test_planes_become_channels_and_one_plane_is_repeated(channels, dtype):
    images = np.zeros((2, 3, 5, channels), np.uint8)
    field = np.arange(channels * 2 * 16).reshape(channels, 2, 16).astype(dtype)
    for planes in {1, channels}:
        expected = np.zeros(images.shape, dtype)
        for image, row, column, channel in np.ndindex(*images.shape):
            expected[image, row, column, channel] = field[channel % planes, image, row * 5 + column]
        assert np.array_equal(in_pixels(field[:planes], images), expected)
        into = np.zeros(images.shape, dtype)
        in_pixels(field[:planes], images, into=into)
        assert np.array_equal(into, expected)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_pixels_that_are_kept_are_copied_over_what_is_there(dtype):
    images = np.array([[1, 2], [3, 4]], dtype).reshape(1, 1, 2, 2)
    for planes, expected in (([[1, 0]], [1, 2, 9, 9]), ([[1, 0], [0, 1]], [1, 9, 9, 4])):
        result = np.full_like(images, 9)
        (part,) = parts(images, result, NOISE[:1], np.array([len(planes) - 1]))
        keep(part, np.array(planes, np.uint8)[:, None])
        assert result.ravel().tolist() == expected


@pytest.mark.parametrize(
    ("distribution", "curve"), [(Uniform(-3, 5), stats.uniform(-3, 8)), (Normal(2, 3), stats.norm(2, 3))]
)
def test_the_numbers_of_the_pixels_follow_their_distribution(distribution, curve):
    numbers = numbers_of(distribution, KEYS[:100], 2, 150)
    assert numbers.shape == (2, 100, 150)
    assert stats.kstest(numbers.ravel(), curve.cdf).pvalue > 0.001


def test_a_distribution_of_several_uniforms_draws_its_branches_apart():
    numbers = numbers_of(Choice([Uniform(0, 1), Uniform(2, 4)]), KEYS[:200], 1, 101).ravel()
    low, high = stats.binom.interval(0.9999, numbers.size, 0.5)
    assert low <= (numbers < 1).sum() <= high
    assert stats.kstest(numbers[numbers < 1], "uniform").pvalue > 0.001
    assert stats.kstest(numbers[numbers >= 2], stats.uniform(2, 2).cdf).pvalue > 0.001


@given(count=st.integers(1, 40), planes=st.integers(1, 3))
def test_a_pixel_has_the_same_number_in_a_smaller_field(count, planes):
    distribution = Choice([1, Uniform(0, 1)])
    small, large = numbers_of(distribution, KEYS[:3], 1, count), numbers_of(distribution, KEYS[:3], planes, 40)
    assert np.array_equal(small[0], large[0, :, :count])
