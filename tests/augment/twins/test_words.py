import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.strategies import integers

from convlens import rng
from convlens.augment import fields
from convlens.augment.twins.words import misses, mixed, shifted, words_of

words = integers(0, 2**64 - 1)
NOWHERE = torch.empty(0)


def as_signed(word):
    return np.array([word], np.uint64).view(np.int64)


@given(words, integers(1, 63))
def test_zeros_come_in_from_the_left(word, bits):
    shift = shifted(torch.from_numpy(as_signed(word)), bits)
    assert shift.item() == word >> bits


@given(words)
def test_a_word_is_mixed_as_in_numpy(word):
    expected = rng.mixed(np.array([word], np.uint64))
    assert mixed(torch.from_numpy(as_signed(word))).numpy().view(np.uint64)[0] == expected[0]


@pytest.mark.parametrize("planes", [1, 3])
def test_a_key_has_the_words_that_it_has_in_numpy(planes):
    noise = np.array([1, 2**53 - 1, 12345])
    expected = fields.words_of(noise.view(np.uint64), planes, 5)
    assert np.array_equal(words_of(noise, planes, 5, NOWHERE).numpy().view(np.uint64), expected)


@pytest.mark.parametrize("p", [0, 0.001, 0.3, 0.5, 0.8, 1])
def test_the_same_places_are_hit_as_in_numpy(p):
    noise = np.array([1, 2**53 - 1, 12345, 77])
    limits = fields.limits_of(noise, np.full(4, float(p)))
    missed, spare = misses(noise, 2, 1000, limits, NOWHERE)
    expected, expected_spare = fields.misses(noise.view(np.uint64), 2, 1000, limits)
    assert np.array_equal(missed.numpy(), expected.astype(bool))
    assert np.array_equal(spare.numpy(), expected_spare)
