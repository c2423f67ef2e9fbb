import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from convlens.rng import _philox, keys_of, permutation, subkeys, uniforms

# Known answers published with Random123 for philox4x32 with ten rounds: counter, key, output, 32-bit words.
KNOWN_ANSWERS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


def joined(low: int, high: int) -> np.ndarray:
    return np.array([low | high << 32], np.uint64)


@pytest.mark.parametrize(("counter", "key", "output"), KNOWN_ANSWERS)
def test_philox_gives_the_published_known_answers(counter, key, output):
    words = _philox(joined(*key), joined(*counter[:2]), joined(*counter[2:]))
    assert tuple(int(word[0]) for word in words) == output


def test_the_uniforms_of_the_zero_key_are_the_known_answer_scaled_to_the_unit_interval():
    first, second = 0xE169C58D6627E8D5, 0x9B00DBD8BC57AC4C
    drawn = uniforms(np.zeros(1, np.uint64), 2)[0]
    assert drawn.tolist() == [(first >> 11) / 2**53, (second >> 11) / 2**53]


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
