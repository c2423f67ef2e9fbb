import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from convlens.audit.significance import even_odds, fisher, holm, mean_is_zero, sign_test, student_quantile

counts = st.integers(0, 3000)
p_values = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def test_holm_by_hand():
    # sorted 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1: 0.02, 0.03, 0.06, and 0.04, which may not be below 0.06
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_goes_on_past_what_bonferroni_refuses():
    p = np.array([0.013, 0.04, 0.001])
    assert holm(p) == pytest.approx([0.026, 0.04, 0.003])
    assert (holm(p) <= 0.05).all()
    assert (p * 3 > 0.05).any()


@given(p_values, st.floats(0.001, 0.5))
def test_holm_rejects_as_its_stepwise_rule_does(found, level):
    """Holm's own words: go up from the smallest p, and stop at the first one above level / (how many are left)."""
    p = np.array(found)
    rejected = np.zeros(len(p), bool)
    for place, one in enumerate(np.argsort(p)):
        if p[one] > level / (len(p) - place):
            break
        rejected[one] = True
    close = np.isclose(holm(p), level, rtol=1e-12)
    assert ((holm(p) <= level) == rejected)[~close].all()


@given(p_values)
def test_adjusted_p_lie_between_the_plain_ones_and_bonferronis(found):
    p = np.array(found)
    assert (p <= holm(p)).all()
    assert (holm(p) <= np.minimum(1, p * len(p))).all()


def test_holm_keeps_false_alarms_rare_though_the_tests_depend_on_one_another():
    generator = np.random.default_rng(0)
    shared = generator.normal(size=(4000, 1))
    p = 2 * stats.norm.sf(np.abs((shared + generator.normal(size=(4000, 6))) / np.sqrt(2)))
    any_alarm = np.mean([(holm(one) <= 0.05).any() for one in p])
    assert any_alarm <= 0.055
    assert np.mean((p <= 0.05).any(axis=1)) > 0.15


@pytest.mark.parametrize(
    ("one", "other", "exact", "mid"),
    [
        # Fagerland, Lydersen & Laake 2013: 1 of 8 discordant pairs; 2 (1 + 8) / 2⁸, without the 8 / 2⁸ seen half
        (1, 7, 18 / 256, 10 / 256),
        (0, 5, 2 / 32, 1 / 32),
        (3, 3, 1.0, 1 - 20 / 64 / 2),
        (0, 0, 1.0, 1.0),
    ],
)
def test_even_odds_by_hand(one, other, exact, mid):
    assert even_odds(one, other) == even_odds(other, one) == pytest.approx(exact)
    assert even_odds(one, other, mid_p=True) == pytest.approx(mid)


@given(counts, counts)
def test_even_odds_agree_with_scipy(one, other):
    whole = one + other
    expected = stats.binomtest(one, whole).pvalue if whole else 1
    assert even_odds(one, other) == pytest.approx(expected, rel=1e-8, abs=1e-290)
    seen = stats.binom.pmf(one, whole, 0.5)
    assert even_odds(one, other, mid_p=True) == pytest.approx(
        (1 - seen / 2 if one == other else expected - seen) if whole else 1, rel=1e-6, abs=1e-290
    )


def test_ten_thousand_images_do_not_overflow():
    assert even_odds(0, 10_000) == 0.0
    assert even_odds(0, 10_000, mid_p=True) == 0.0
    assert fisher(np.array([[5000, 0], [0, 5000]])) < 1e-300


def test_the_sign_test_leaves_out_what_does_not_differ():
    assert sign_test(np.array([0.3, 0.1, 0, 0, 0, 2, 1, -0.1])) == even_odds(4, 1)


def test_fisher_by_hand():
    # the lady tasting tea: 3 of 4 cups right; the tables with 0, 1, 3 and 4 have 1, 16, 16 and 1 of the 70 ways
    assert fisher(np.array([[3, 1], [1, 3]])) == pytest.approx(34 / 70)


@given(st.lists(st.integers(0, 60), min_size=4, max_size=4))
def test_fisher_agrees_with_scipy(cells):
    table = np.array(cells).reshape(2, 2)
    assert fisher(table) == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-6)


def test_fisher_on_ten_thousand_images_agrees_with_scipy():
    table = np.array([[480, 520], [5100, 3900]])
    assert fisher(table) == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-6)


@given(st.lists(st.floats(-3, 3), min_size=3, max_size=30))
def test_students_test_agrees_with_scipy(found):
    values = np.array(found)
    if np.ptp(values) < 1e-9:
        return
    assert mean_is_zero(values) == pytest.approx(stats.ttest_1samp(values, 0).pvalue, rel=1e-8, abs=1e-300)


def test_where_nothing_varies_only_the_sign_is_left():
    assert mean_is_zero(np.zeros(5)) == 1.0
    assert mean_is_zero(np.full(5, 0.2)) == even_odds(5, 0)
    assert mean_is_zero(np.array([0.1])) == 1.0


@pytest.mark.parametrize(("freedom", "reach"), [(4, 2.776), (1, 12.706), (1e9, 1.960)])
def test_students_quantiles_are_those_of_the_tables(freedom, reach):
    assert student_quantile(freedom) == pytest.approx(reach, abs=5e-4)
