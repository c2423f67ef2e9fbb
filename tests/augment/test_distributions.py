import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare, kstest

from convlens.augment.distributions import (
    Choice,
    Constant,
    DiscreteUniform,
    Distribution,
    PerAxis,
    Uniform,
    as_axes,
    as_distribution,
)
from convlens.errors import SettingsError
from convlens.rng import keys_of

KEYS = keys_of(0, "augment", 0, np.arange(20_000))


@pytest.mark.parametrize(
    ("value", "whole", "expected"),
    [
        (5, True, Constant(5)),
        (5.0, True, Constant(5)),
        (np.int64(-3), True, Constant(-3)),
        (0.5, False, Constant(0.5)),
        ((-5, 5), True, DiscreteUniform(-5, 5)),
        ((-5.0, 5.0), True, DiscreteUniform(-5, 5)),
        ((-5, 5), False, Uniform(-5, 5)),
        ([1, 2], True, Choice((1, 2))),
        ([0, (10, 20)], True, Choice((0, DiscreteUniform(10, 20)))),
        ([0, (10, 20)], False, Choice((0, Uniform(10, 20)))),
        (DiscreteUniform(1, 3), False, DiscreteUniform(1, 3)),
        (Uniform(2, 2), True, Uniform(2, 2)),
    ],
)
def test_each_spelling_means_one_distribution(value, whole, expected):
    assert as_distribution(value, whole=whole, name="amount") == expected


@pytest.mark.parametrize(
    ("value", "whole", "sentence"),
    [
        ("five", True, "amount wants a number, a range .* got 'five'"),
        (None, True, "amount wants a number"),
        (True, True, "amount wants a number"),
        (3.5, True, "amount wants whole numbers, got 3.5"),
        ((-0.5, 0.5), True, "amount wants whole numbers"),
        (Uniform(0, 1), True, "amount wants whole numbers"),
        ([1, 2.5], True, "amount wants whole numbers"),
        ((1, 2, 3), True, r"two numbers \(low, high\), got \(1, 2, 3\)"),
        ((1, "b"), True, r"two numbers \(low, high\)"),
        ((5, -5), True, r"smaller end first: \(-5, 5\)"),
        ([], True, "at least one value"),
        (float("nan"), False, "finite"),
        (10**400, False, "finite"),
        ((0, float("inf")), False, "finite"),
        ({"x": 1}, True, "amount wants a number"),
        (101, True, "from 0 to 100, got 101"),
        ((-1, 5), True, "from 0 to 100"),
        ([5, (90, 110)], True, "from 0 to 100"),
    ],
)
def test_a_wrong_spelling_is_refused_with_a_sentence_that_names_the_parameter(value, whole, sentence):
    with pytest.raises(SettingsError, match=sentence):
        as_distribution(value, whole=whole, name="amount", low=0, high=100)


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda: Uniform(2, 1), "Uniform wants the smaller end first"),
        (lambda: DiscreteUniform(0, 1.5), "DiscreteUniform wants whole numbers, got 1.5"),
        (lambda: Choice(()), "Choice wants a list"),
        (lambda: Constant(float("nan")), "Constant wants a finite number"),
    ],
)
def test_a_distribution_refuses_settings_that_mean_nothing(build, sentence):
    with pytest.raises(SettingsError, match=sentence):
        build()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"x": (-5, 5), "y": 2}, PerAxis(DiscreteUniform(-5, 5), Constant(2))),
        ({"x": 3}, PerAxis(Constant(3), Constant(0))),
        ({"y": [1, 2]}, PerAxis(Constant(0), Choice((1, 2)))),
        (PerAxis(Constant(1), Constant(2)), PerAxis(Constant(1), Constant(2))),
        ((-5, 5), DiscreteUniform(-5, 5)),
    ],
)
def test_the_axes_form_fills_a_missing_axis_with_the_neutral_value(value, expected):
    assert as_axes(value, whole=True, name="translate_px", neutral=0) == expected


@pytest.mark.parametrize("value", [{"z": 3}, {}, {"x": 1, "dy": 2}])
def test_the_axes_form_knows_x_and_y_only(value):
    with pytest.raises(SettingsError, match="translate_px by axis wants"):
        as_axes(value, whole=True, name="translate_px", neutral=0)


def test_a_wrong_axis_is_named_in_the_sentence():
    with pytest.raises(SettingsError, match=r"translate_px\['y'\] wants whole numbers, got 0.5"):
        as_axes({"x": 1, "y": 0.5}, whole=True, name="translate_px", neutral=0)


def test_a_constant_is_the_same_for_every_key():
    assert set(Constant(3).sample(KEYS).tolist()) == {3.0}


def test_discrete_uniform_gives_every_whole_number_equally_often_with_both_ends():
    values, counts = np.unique(DiscreteUniform(-5, 5).sample(KEYS), return_counts=True)
    assert values.tolist() == list(range(-5, 6))
    assert chisquare(counts).pvalue > 1e-3


def test_uniform_spreads_evenly_between_its_ends():
    assert kstest(Uniform(-10, 30).sample(KEYS), "uniform", (-10, 40)).pvalue > 1e-3


def test_choice_takes_each_option_equally_often_and_lets_it_draw():
    drawn = Choice((7, DiscreteUniform(100, 101))).sample(KEYS)
    values, counts = np.unique(drawn, return_counts=True)
    assert values.tolist() == [7, 100, 101]
    assert chisquare(counts, [10_000, 5_000, 5_000]).pvalue > 1e-3


NUMBERS = st.integers(-1000, 1000)
RANGES = st.tuples(NUMBERS, NUMBERS).map(lambda ends: tuple(sorted(ends)))
SPELLINGS = st.recursive(NUMBERS | RANGES, lambda inner: st.lists(inner, min_size=1, max_size=3), max_leaves=5)


@given(value=SPELLINGS, whole=st.booleans(), row=st.integers(0, 63))
def test_a_draw_stays_in_the_support_and_depends_on_its_own_key_alone(value, whole, row):
    distribution = as_distribution(value, whole=whole, name="amount")
    assert isinstance(distribution, Distribution)
    drawn = distribution.sample(KEYS[:64])
    low, high = distribution.support
    assert low <= drawn.min() <= drawn.max() <= high
    assert not whole or np.array_equal(drawn, np.rint(drawn))
    assert distribution.sample(KEYS[[row]])[0] == drawn[row]
