import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare, kstest, laplace, norm, truncnorm

from convlens.augment.algebra import Constant, Distribution
from convlens.augment.distributions import (
    Binomial,
    Choice,
    Clip,
    DiscreteUniform,
    Laplace,
    Normal,
    TruncatedNormal,
    Uniform,
)
from convlens.augment.grammar import PerAxis, as_axes, as_distribution
from convlens.errors import SettingsError
from convlens.rng import keys_of, uniforms

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


@pytest.mark.parametrize(
    ("distribution", "mean", "deviation"),
    [
        (Normal(10, 3), 10, 3),
        (Normal(-2, 0), -2, 0),
        (Laplace(10, 3), 10, 3 * 2**0.5),
        (Binomial(0.3), 0.3, 0.21**0.5),
        # ± 1 standard deviation: the variance is 1 − 2φ(1) / (2Φ(1) − 1)
        (TruncatedNormal(0, 1, -1, 1), 0, 0.539560),
        (Uniform(0, 1) + Uniform(0, 1), 1, (1 / 6) ** 0.5),
        (Uniform(0, 1) - Uniform(0, 1), 0, (1 / 6) ** 0.5),
        (2 * Normal(0, 1) - 5, -5, 2),
        (Normal(8, 4) / -2, -4, 2),
        (Binomial(0.5) * DiscreteUniform(1, 3), 1, (14 / 6 - 1) ** 0.5),
    ],
    ids=repr,
)
def test_mean_and_deviation_are_those_of_the_formula_within_five_standard_errors(distribution, mean, deviation):
    drawn = distribution.sample(KEYS)
    assert abs(drawn.mean() - mean) <= 5 * deviation / len(KEYS) ** 0.5
    # no tail here is heavier than Laplace's, whose kurtosis of 6 makes the variance uncertain by √5 σ² / √N
    assert abs(drawn.var() - deviation**2) <= 5 * 5**0.5 * deviation**2 / len(KEYS) ** 0.5


@pytest.mark.parametrize(
    ("distribution", "reference"),
    [
        (Normal(3, 2), norm(3, 2)),
        (Laplace(-1, 4), laplace(-1, 4)),
        (TruncatedNormal(3, 2, 0, 5), truncnorm(-1.5, 1, 3, 2)),
        (TruncatedNormal(3, 2, 2, 50), truncnorm(-0.5, 23.5, 3, 2)),
        (TruncatedNormal(0, 1, 6, 7), truncnorm(6, 7)),
        (TruncatedNormal(0, 1, -7, -6), truncnorm(-7, -6)),
    ],
    ids=repr,
)
def test_each_key_draws_the_quantile_that_scipy_gives(distribution, reference):
    drawn = distribution.sample(KEYS)
    assert np.allclose(drawn, reference.ppf(uniforms(KEYS)[:, 0]), rtol=1e-9, atol=1e-9)
    assert kstest(drawn, reference.cdf).pvalue > 1e-3


@pytest.mark.parametrize("end", [40.0, 1e5, 1e200])
def test_a_range_far_out_in_a_tail_gives_what_lies_nearest_to_the_middle(end):
    for low, high, nearest in ((end, 2 * end, end), (-2 * end, -end, -end)):
        drawn = TruncatedNormal(0, 1, low, high).sample(KEYS[:500])
        assert low <= drawn.min() <= drawn.max() <= high
        assert np.allclose(drawn, nearest, rtol=0.01)


def test_the_smallest_key_draw_is_far_out_but_finite():
    # of 2⁵³ possible draws one is 0, where the inverse of the distribution function is infinite
    assert np.isfinite(Normal(0, 1).sample(KEYS)).all()
    assert norm.ppf(2.0**-54) == pytest.approx(-8.3, abs=0.1)


def test_clip_moves_what_lies_outside_to_the_ends_and_leaves_the_rest():
    free, clipped = Normal(0, 1).sample(KEYS), Clip(Normal(0, 1), -1, 2).sample(KEYS)
    assert np.array_equal(clipped, np.where(free < -1, -1, np.where(free > 2, 2, free)))
    assert abs(np.mean(clipped == -1) - norm.cdf(-1)) < 5 * (0.16 * 0.84 / len(KEYS)) ** 0.5


def test_both_sides_of_an_operator_draw_apart():
    side = DiscreteUniform(1, 2)
    values, counts = np.unique((side - side).sample(KEYS), return_counts=True)
    assert values.tolist() == [-1, 0, 1]
    assert chisquare(counts, [5_000, 10_000, 5_000]).pvalue > 1e-3


@pytest.mark.usefixtures("as_installed")
@pytest.mark.parametrize("number", [np.float64(2), np.int64(2), 2])
def test_numbers_of_numpy_stand_on_either_side(number):
    side = Uniform(1, 3)
    assert number * side == 2 * side
    assert side / number == side / 2
    assert (number + side, number - side, number / side) == (2 + side, 2 - side, 2 / side)


@pytest.mark.parametrize(
    ("distribution", "support", "whole"),
    [
        (Normal(3, 2), (-np.inf, np.inf), False),
        (Normal(3, 0), (3, 3), True),
        (Laplace(0.5, 0), (0.5, 0.5), False),
        (TruncatedNormal(0, 1, -2, 2), (-2, 2), False),
        (TruncatedNormal(0, 1, 2, 2), (2, 2), True),
        (Binomial(0.5), (0, 1), True),
        (Binomial(0), (0, 0), True),
        (Binomial(1), (1, 1), True),
        (Clip(Normal(0, 1), 0, 3), (0, 3), False),
        (Clip(DiscreteUniform(-9, 9), 0, 3), (0, 3), True),
        (Clip(DiscreteUniform(-9, 9), 0, 3.5), (0, 3.5), False),
        (Clip(DiscreteUniform(0, 3), -0.5, 3.5), (0, 3), True),
        (DiscreteUniform(1, 3) - DiscreteUniform(-2, 5), (-4, 5), True),
        (DiscreteUniform(-2, 3) * DiscreteUniform(-5, 4), (-15, 12), True),
        (DiscreteUniform(2, 4) / 2, (1, 2), False),
        (DiscreteUniform(0, 1) * 0.5, (0, 0.5), False),
        (Binomial(0.5) * 2.0**54, (0, 2.0**54), False),
        (1 / Uniform(-4, -2), (-0.5, -0.25), False),
        (6 / Choice((-2, Uniform(2, 3))), (-3, 3), False),
        (0 * Normal(0, 1), (0, 0), False),
        (Normal(0, 1) - Normal(0, 1), (-np.inf, np.inf), False),
    ],
    ids=repr,
)
def test_support_and_wholeness_by_hand(distribution, support, whole):
    assert distribution.support == support
    assert distribution.whole is whole
    drawn = distribution.sample(KEYS[:200])
    assert support[0] <= drawn.min() <= drawn.max() <= support[1]
    assert not whole or np.array_equal(drawn, np.rint(drawn))


@pytest.mark.usefixtures("as_installed")
@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda: Normal(0, -1), "Normal wants a scale from 0 up, got -1"),
        (lambda: Normal("a", 1), "Normal wants a finite number, got 'a'"),
        (lambda: Normal(0, float("nan")), "Normal wants a finite number"),
        (lambda: Normal(0, (1, 2)), r"got scale=\(1, 2\); for one drawn itself write loc \+ scale \* Normal\(0, 1"),
        (lambda: Laplace(0, -1), "Laplace wants a scale from 0 up"),
        (lambda: TruncatedNormal(0, 0, -1, 1), "TruncatedNormal wants a scale above 0"),
        (lambda: TruncatedNormal(0, 1, 1, -1), "TruncatedNormal wants the smaller end first, got 1 and -1"),
        (lambda: TruncatedNormal(0, 1, 0, float("inf")), "TruncatedNormal wants a finite number"),
        (lambda: Binomial(1.3), "Binomial wants a probability from 0 to 1, got 1.3"),
        (lambda: Clip(3, 0, 1), "Clip wants a distribution such as .* got 3"),
        (lambda: Clip(Normal(0, 1), 2, 1), "Clip wants the smaller end first"),
        (lambda: Uniform(0, 1) + "a", "want numbers or distributions, got 'a'"),
        (lambda: True * Uniform(0, 1), "want numbers or distributions, got True"),
        (lambda: np.ones(2) * Uniform(0, 1), "want numbers or distributions, got array"),
        (lambda: Uniform(0, 1) * float("inf"), "finite number, got inf"),
        (lambda: Uniform(0, 1) / 0, r"a divisor that can be 0 .* \(Uniform\(.*\) / Constant\(value=0.0\)\)"),
        (lambda: 1 / Uniform(-1, 1), "a divisor that can be 0"),
        (lambda: 1 / Normal(5, 1), r"Clip\(…, low, high\) keeps it away"),
        (lambda: 1 / Choice((1, 0)), "a divisor that can be 0"),
        (lambda: Constant(1e300) * 1e300, "too large"),
    ],
)
def test_wrong_numbers_and_wrong_arithmetic_get_a_sentence(build, sentence):
    with pytest.raises(SettingsError, match=sentence):
        build()


def test_an_unbounded_distribution_in_a_bounded_parameter_is_told_of_clip():
    with pytest.raises(SettingsError, match=r"sigma wants values from 0 to inf, got .*; Clip\("):
        as_distribution(Normal(2, 1), whole=False, name="sigma", low=0)
    kept = Clip(Normal(2, 1), 0, 9)
    assert as_distribution(kept, whole=False, name="sigma", low=0) is kept


@pytest.mark.parametrize(
    "value", [Normal(0, 1), Laplace(0, 1), TruncatedNormal(0, 1, -2, 2), DiscreteUniform(0, 4) / 2]
)
def test_what_gives_fractions_is_refused_by_a_whole_parameter(value):
    with pytest.raises(SettingsError, match="amount wants whole numbers"):
        as_distribution(value, whole=True, name="amount")
