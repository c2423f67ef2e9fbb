import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from convlens.rng import keys_of, named_uniforms, permutation, starts, subkeys, uniforms, words

# The first words of SplitMix64 started at 1234567, as published with implementations in many languages.
KNOWN_ANSWERS = [
    6457827717110365317,
    3203168211198807973,
    9817491932198370423,
    4593380528125082431,
    16408922859458223821,
]


def test_the_words_of_a_key_are_the_published_known_answers():
    assert words(np.array([1234567], np.uint64), 5)[0].tolist() == KNOWN_ANSWERS


def test_uniforms_are_the_words_scaled_to_the_unit_interval():
    drawn = uniforms(np.array([1234567], np.uint64), 5)[0]
    assert drawn.tolist() == [(word >> 11) / 2**53 for word in KNOWN_ANSWERS]


def test_drawing_all_parameters_at_once_is_drawing_each_by_its_name():
    keys = keys_of(0, "augment", 0, np.arange(9))
    together = named_uniforms(keys, starts([("rotate", 1), ("shear", 2)]))
    # A draw is the word of the key that lies at the start of its name; further draws take further steps.
    assert together.shape == (3, 9)
    assert np.array_equal(together[0], (subkeys(keys, "rotate") >> np.uint64(11)) * 2.0**-53)
    assert np.array_equal(together[0], named_uniforms(keys, starts([("rotate", 4)]))[0])
    assert np.array_equal(together[1:], named_uniforms(keys, starts([("shear", 2)])))


@given(seed=st.integers(-(2**70), 2**70), epoch=st.integers(0, 2**40), row=st.integers(0, 6))
def test_a_key_depends_on_its_own_index_alone(seed, epoch, row):
    indices = np.array([4711, 0, 3, 2**40, 5, 59_999, 8], np.int64)
    together = keys_of(seed, "augment", epoch, indices)
    assert together[row] == keys_of(seed, "augment", epoch, indices[[row]])[0]


@given(st.integers(0, 2**64 - 1), st.integers(1, 9))
def test_draws_do_not_depend_on_the_batch_or_on_how_many_follow(key, count):
    alone = uniforms(np.array([key], np.uint64), count)
    beside_others = uniforms(np.array([7, key, 2**64 - 1], np.uint64), 9)
    assert alone[0].tolist() == beside_others[1, :count].tolist()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_no_keys_draw_no_numbers(count):
    assert uniforms(np.empty(0, np.uint64), count).shape == (0, count)


def test_other_seeds_purposes_epochs_indices_and_names_give_other_keys():
    indices = np.arange(1000)
    families = [
        keys_of(0, "augment", 0, indices),
        keys_of(1, "augment", 0, indices),
        keys_of(0, "order", 0, indices),
        keys_of(0, "augment", 1, indices),
        subkeys(keys_of(0, "augment", 0, indices), "translate_px_x"),
        subkeys(keys_of(0, "augment", 0, indices), "translate_px_y"),
    ]
    assert len(np.unique(np.concatenate(families))) == 6000


@pytest.mark.parametrize("seed", [0, 1, 2024])
def test_uniforms_spread_evenly_over_the_unit_interval(seed):
    drawn = uniforms(keys_of(seed, "augment", 3, np.arange(20_000)), 3)
    assert 0 <= drawn.min() < drawn.max() < 1
    for column in drawn.T:
        assert chisquare(np.bincount((column * 100).astype(np.int64), minlength=100)).pvalue > 1e-3


def test_draws_under_two_names_are_independent():
    keys = keys_of(5, "augment", 0, np.arange(20_000))
    x, y = uniforms(subkeys(keys, "x"))[:, 0], uniforms(subkeys(keys, "y"))[:, 0]
    pairs = (x * 10).astype(np.int64) * 10 + (y * 10).astype(np.int64)
    assert chisquare(np.bincount(pairs, minlength=100)).pvalue > 1e-3


@given(st.integers(0, 2**32), st.integers(0, 50), st.integers(0, 500))
def test_a_permutation_holds_every_position_once(seed, epoch, count):
    assert sorted(permutation(seed, "order", epoch, count).tolist()) == list(range(count))


def test_every_order_of_three_comes_equally_often():
    orders = [tuple(permutation(seed, "order", 0, 3).tolist()) for seed in range(1200)]
    counts = [orders.count(order) for order in sorted(set(orders))]
    assert len(counts) == 6
    assert chisquare(counts).pvalue > 1e-3


def test_the_order_of_another_epoch_is_another_order():
    assert permutation(0, "order", 0, 100).tolist() != permutation(0, "order", 1, 100).tolist()
