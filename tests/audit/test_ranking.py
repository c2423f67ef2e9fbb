from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.audit.intervals import Estimate
from convlens.audit.ranking import letters, ranking, sentences, spelled


def pairs(**shown: float) -> dict[frozenset[str], float]:
    """The p of pairs of one-letter names."""
    return {frozenset(names): p for names, p in shown.items()}


def test_letters_by_hand():
    # a chain: each holds with its neighbour, the ends were told apart
    assert letters("xyz", pairs(xy=0.3, yz=0.2, xz=0.01)) == {"x": "a", "y": "ab", "z": "b"}
    assert letters("xyz", pairs(xy=0.3, yz=0.2, xz=0.4)) == {"x": "a", "y": "a", "z": "a"}
    assert letters("xyz", pairs(xy=0.01, yz=0.02, xz=0.001)) == {"x": "a", "y": "b", "z": "c"}
    # the middle one stands apart from both, these two do not from each other
    assert letters("xyz", pairs(xy=0.01, yz=0.02, xz=0.4)) == {"x": "a", "y": "b", "z": "a"}


names = "pqrstu"
tables = st.lists(st.sampled_from([0.001, 0.05, 0.0501, 0.9]), min_size=15, max_size=15).map(
    lambda found: dict(zip(map(frozenset, combinations(names, 2)), found, strict=True))
)


@given(tables)
def test_a_common_letter_says_that_no_difference_was_shown(p):
    found = letters(names, p)
    for one, other in combinations(names, 2):
        assert bool(set(found[one]) & set(found[other])) == (p[frozenset((one, other))] > 0.05)


@given(tables)
def test_no_letter_is_idle(p):
    """Each group holds a pair or a model that no other group holds together."""
    found = letters(names, p)
    groups = [{one for one in names if letter in found[one]} for letter in sorted(set("".join(found.values())))]
    assert not any(one <= other for one in groups for other in groups if one is not other)


def test_the_order_goes_by_the_value_and_equal_ones_stay_as_they_came():
    values = {name: Estimate(value, 0, 1) for name, value in {"x": 0.2, "y": 0.9, "z": 0.2}.items()}
    ranks = ranking(values, pairs(xy=0.01, yz=0.01, xz=1.0))
    assert [rank.name for rank in ranks] == ["y", "x", "z"]
    assert [rank.letters for rank in ranks] == ["a", "b", "b"]
    assert [rank.p_next for rank in ranks] == [0.01, 1.0, None]
    assert [rank.ahead_of_next for rank in ranks] == [True, False, False]


def test_neighbours_without_a_shown_difference_are_said_to_be_so():
    values = {name: Estimate(value, 0, 1) for name, value in {"x": 0.9, "y": 0.8, "z": 0.7}.items()}
    p = pairs(xy=0.00001, yz=0.3, xz=0.002)
    assert sentences(ranking(values, p), p) == (
        "x is ahead of y (adjusted p < 0.0001).",
        "Between y and z no difference is shown (adjusted p 0.3); that does not make them equal.",
    )


def test_ends_that_were_told_apart_over_neighbours_that_were_not_are_named():
    values = {name: Estimate(value, 0, 1) for name, value in {"x": 0.9, "y": 0.8, "z": 0.7}.items()}
    p = pairs(xy=0.2, yz=0.3, xz=0.004)
    told = sentences(ranking(values, p), p)
    assert told[1] == "x is ahead of z (adjusted p 0.004)."
    assert len(told) == 3


@pytest.mark.parametrize(("p", "text"), [(0.0, "< 0.0001"), (0.00009, "< 0.0001"), (0.0312, "0.031"), (1.0, "1")])
def test_small_p_are_not_spelled_out(p, text):
    assert spelled(p) == text


def test_more_groups_than_letters():
    many = [f"m{place}" for place in range(30)]
    found = letters(many, {frozenset(pair): 0.0 for pair in combinations(many, 2)})
    assert (found["m0"], found["m25"], found["m26"]) == ("a", "z", "a1")
