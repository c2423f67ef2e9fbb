import numpy as np
from hypothesis import given, settings
from hypothesis.strategies import integers, lists

from convlens.data.strata import stratified, tenths
from convlens.rng import keys_of


def test_a_tenth_is_rounded_half_up_and_never_nothing():
    for size, tenth in ((3, 1), (14, 1), (15, 2), (24, 2), (25, 3), (100, 10)):
        part = tenths(np.zeros(size, np.int64), keys_of(0, "x", 0, np.arange(size)), 2)
        assert np.bincount(part, minlength=3).tolist() == [size - 2 * tenth, tenth, tenth]


@given(labels=lists(integers(0, 3), min_size=1, max_size=60), seed=integers(0, 9))
def test_the_choice_does_not_depend_on_the_order_of_the_listing(labels, seed):
    array, numbers = np.array(labels, np.int64), np.arange(len(labels))
    order = np.random.default_rng(seed).permutation(len(labels))
    keys = keys_of(seed, "x", 0, numbers)
    straight = tenths(array, keys, 2)
    assert tenths(array[order], keys[order], 2).tolist() == straight[order].tolist()


@settings(max_examples=20)
@given(labels=lists(integers(0, 3), min_size=2, max_size=60), seed=integers(0, 9))
def test_a_choice_has_the_wanted_length_and_no_repeats(labels, seed):
    array = np.array(labels, np.int64)
    for count in range(1, len(labels) + 1):
        chosen = stratified(array, keys_of(seed, "x", 0, np.arange(len(labels))), count)
        assert len(set(chosen.tolist())) == count
        if count >= len(set(labels)):
            assert set(array[chosen].tolist()) == set(labels)
