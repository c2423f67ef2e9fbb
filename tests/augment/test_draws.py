import itertools
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from convlens.augment.algebra import Constant
from convlens.augment.distributions import DiscreteUniform, Uniform
from convlens.augment.draws import (
    Drawn,
    Happens,
    Key,
    KeyIf,
    OneOfThese,
    Plan,
    Several,
    Whole,
    parameters_from_json,
    parameters_to_json,
    unfolded,
)
from convlens.rng import keys_of, named_uniforms, starts

KEYS = keys_of(0, "augment", 0, np.arange(20_000))
COLUMN = np.array([[0.0], [0.25], [0.5], [1 - 2**-53]])


def drawn(draw):
    return Plan({"value": Drawn("value", draw)}).sample(KEYS)["value"]


def test_draws_by_hand():
    assert Whole(DiscreteUniform(0, 3)).of(COLUMN[2:3]).tolist() == [2]
    assert Happens(Constant(0.25)).of(COLUMN[:1]).tolist() == [1]
    assert Happens(Constant(0.25)).of(COLUMN[1:2]).tolist() == [0]
    assert Key().of(COLUMN[2:3]).tolist() == [2**52]
    assert Key().of(COLUMN[3:]).tolist() == [2**53 - 1]
    assert KeyIf(Constant(0.3)).of(COLUMN[[2, 1]]).tolist() == [2**52]
    assert KeyIf(Constant(0.2)).of(COLUMN[[2, 1]]).tolist() == [0]
    assert OneOfThese(("edge", "wrap")).of(COLUMN[2:3]).tolist() == ["wrap"]
    assert Several(Uniform(0, 4), 3).of(COLUMN[:3]).tolist() == [[0, 1, 2]]


@pytest.mark.parametrize("p", [0, 0.2, 0.5, 1])
def test_what_happens_with_a_probability_happens_that_often(p):
    share = drawn(Happens(Constant(p))).mean()
    assert abs(share - p) <= 4 * np.sqrt(p * (1 - p) / len(KEYS))
    assert abs((drawn(KeyIf(Constant(p))) > 0).mean() - p) <= 4 * np.sqrt(p * (1 - p) / len(KEYS))


def test_a_key_that_never_comes_costs_no_draw():
    assert KeyIf(Constant(0)).uses == 0
    assert not drawn(KeyIf(Constant(0))).any()


def test_each_of_several_words_comes_equally_often():
    words, counts = np.unique(drawn(OneOfThese(("edge", "wrap", "reflect"))), return_counts=True)
    assert words.tolist() == ["edge", "reflect", "wrap"]
    assert chisquare(counts).pvalue > 1e-3


def test_two_parameters_of_one_draw_share_it_and_two_draws_do_not():
    plan = Plan(
        {
            "x": Drawn("scale", Uniform(0, 1)),
            "y": Drawn("scale", Uniform(0, 1)),
            "other": Drawn("other", Uniform(0, 1)),
        }
    )
    parameters = plan.sample(KEYS)
    assert list(parameters) == ["x", "y", "other"]
    assert np.array_equal(parameters["x"], parameters["y"])
    assert not np.array_equal(parameters["x"], parameters["other"])


def test_a_parameter_draws_under_its_own_name_whatever_stands_beside_it():
    alone = Plan({"b": Drawn("b", Uniform(2, 4))}).sample(KEYS)["b"]
    beside = Plan({"a": Drawn("a", Several(Key(), 3)), "b": Drawn("b", Uniform(2, 4))}).sample(KEYS)["b"]
    assert np.array_equal(alone, beside)
    assert np.array_equal(alone, 2 + 2 * named_uniforms(KEYS, starts([("b", 1)]))[0])


def test_no_draws_are_no_parameters():
    assert Plan({}).sample(KEYS) == {}


@given(st.lists(st.integers(0, 2**53 - 1), min_size=1, max_size=5))
def test_keys_survive_json_and_stand_for_64_bits(kept):
    parameters = {"noise": np.array(kept, np.int64), "mode": np.array(["edge"] * len(kept))}
    again = parameters_from_json(json.loads(json.dumps(parameters_to_json(parameters))))
    assert again["noise"].tolist() == kept
    assert again["mode"].tolist() == ["edge"] * len(kept)
    assert np.array_equal(unfolded(again["noise"]), unfolded(parameters["noise"]))


def test_neighbouring_keys_unfold_to_words_with_nothing_in_common():
    apart = unfolded(np.arange(1, 2001))
    differing = [bin(int(one ^ other)).count("1") for one, other in itertools.pairwise(apart)]
    assert 31.5 < np.mean(differing) < 32.5
