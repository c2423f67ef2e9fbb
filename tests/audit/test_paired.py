import numpy as np
import pytest
from scipy import stats

from convlens.audit.intervals import wilson
from convlens.audit.paired import McNemar, mcnemar, over_seeds, paired_differences, widened
from convlens.errors import SettingsError, ShapeError


def votes(both: int, only_one: int, only_other: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    sizes = (both, only_one, only_other, neither)
    return np.repeat([True, True, False, False], sizes), np.repeat([True, False, True, False], sizes)


def test_mcnemar_on_a_textbooks_table():
    # Bentur et al. 2009 in Fagerland et al. 2013, table 1: airway hyper-responsiveness before and after transplantation
    found = mcnemar(*votes(1, 1, 7, 12))
    assert (found.both, found.only_one, found.only_other, found.neither) == (1, 1, 7, 12)
    assert found.p == pytest.approx(0.0703, abs=5e-5)
    assert mcnemar(*votes(1, 1, 7, 12), mid_p=True).p == pytest.approx(0.0391, abs=5e-5)


def test_mcnemar_on_approval_ratings():
    # Agresti, Categorical Data Analysis, table 10.1: 794, 150, 86, 570; z² = (150 − 86)² / (150 + 86) = 17.36
    found = mcnemar(*votes(794, 150, 86, 570))
    assert found.p == pytest.approx(stats.chi2.sf(17.36, 1), rel=0.25)
    assert found.p < 1e-4


def test_what_both_find_easy_or_hard_counts_for_nothing():
    assert mcnemar(*votes(5, 2, 9, 1)).p == mcnemar(*votes(5000, 2, 9, 700)).p
    assert mcnemar(*votes(5, 0, 0, 5)) == McNemar(5, 0, 0, 5, 1.0)


@pytest.mark.parametrize("mid_p", [False, True])
def test_mcnemar_gives_a_false_alarm_5_times_in_100_at_most(mid_p):
    generator = np.random.default_rng(0)
    one = generator.random((2000, 200)) < 0.5
    other = np.where(generator.random((2000, 200)) < 0.2, ~one, one)
    alarms = np.mean([mcnemar(a, b, mid_p=mid_p).p <= 0.05 for a, b in zip(one, other, strict=True)])
    assert 0.02 < alarms <= 0.055


def test_the_interval_of_a_paired_difference_holds_the_truth_95_times_in_100():
    """Cells of one image depend on one another, and so do the two models."""
    generator = np.random.default_rng(1)
    tries, images, cells = 1000, 150, 9
    ease = generator.beta(2, 1, (tries, images, 1))
    one = (generator.random((tries, images, cells)) < ease).mean(axis=2)
    other = (generator.random((tries, images, cells)) < ease**2).mean(axis=2)
    truth = 2 / 3 - 1 / 2  # E[ease] − E[ease²]
    held, widths = [], []
    for a, b in zip(one, other, strict=True):
        found = paired_differences(a[:, None], b[:, None])[0]
        held.append(found.low <= truth <= found.high)
        widths.append(found.high - found.low)
    assert 0.93 <= np.mean(held) <= 0.97
    # unpaired, the interval would be wider: what both find hard would count twice
    apart = 2 * 1.96 * np.sqrt((one.var() + other.var()) / images)
    assert np.mean(widths) < 0.9 * apart


def test_where_no_image_differs_what_so_many_images_leave_open_is_said():
    same = np.ones((100, 1))
    found = paired_differences(same, same)[0]
    reach = float(wilson(0, 100)[1])
    assert (found.value, found.low, found.high) == (0, -reach, reach)
    low, high = widened(np.array([1.0, 0.2]), np.array([1.0, 0.4]), 100)
    assert (low.tolist(), high.tolist()) == ([1 - reach, 0.2], [1, 0.4])


def test_a_paired_difference_wants_the_same_images(as_installed):
    with pytest.raises(ShapeError, match=r"got \(3, 1\) and \(4, 1\)"):
        paired_differences(np.zeros((3, 1)), np.zeros((4, 1)))


def test_over_seeds_by_hand():
    # means of the seeds 0.25, 0.5, 0.75; of the images 0.5, 0.5: all of the variance is the seeds'
    found = over_seeds([np.full(2, 0.25), np.full(2, 0.5), np.full(2, 0.75)])
    reach = 4.303 * 0.25 / np.sqrt(3)  # Student's quantile for 2 degrees of freedom
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.5 - reach, 0.5 + reach), abs=1e-4)


def test_with_equal_seeds_the_images_are_left():
    values = np.random.default_rng(0).random(200)
    found = over_seeds([values] * 5)
    t = stats.t.ppf(0.975, 199) * values.std(ddof=1) / np.sqrt(200)
    assert (found.low, found.high) == pytest.approx((values.mean() - t, values.mean() + t))


@pytest.mark.parametrize("seeds", [2, 5])
def test_the_interval_over_seeds_holds_the_methods_mean_95_times_in_100(seeds):
    """The truth is that of the method: over all seeds and all images."""
    generator = np.random.default_rng(2)
    held = []
    for _ in range(2000):
        of_seed = generator.normal(0, 0.02, (seeds, 1))
        of_image = generator.normal(0, 0.3, (1, 300))
        per_seed = 0.6 + of_seed + of_image + generator.normal(0, 0.2, (seeds, 300))
        found = over_seeds(list(per_seed))
        held.append(found.low <= 0.6 <= found.high)
    assert 0.93 <= np.mean(held) <= 0.985  # two seeds: a little too careful, as Satterthwaite's approximation is


def test_percentiles_of_five_seeds_would_not_do():
    """Why Student's quantile is there: the plain two-level bootstrap holds the truth too seldom."""
    generator = np.random.default_rng(3)
    held = []
    for _ in range(400):
        means = 0.6 + generator.normal(0, 0.02, 5)
        drawn = generator.choice(means, (400, 5)).mean(axis=1)
        low, high = np.quantile(drawn, [0.025, 0.975])
        held.append(low <= 0.6 <= high)
    assert np.mean(held) < 0.9


def test_shares_over_seeds_stay_shares():
    everyone = over_seeds([np.ones(10_000, bool)] * 5)
    assert (everyone.value, round(everyone.low, 4), everyone.high) == (1.0, 0.9996, 1.0)
    nobody = over_seeds([np.zeros(10_000, bool)] * 2)
    assert (nobody.value, nobody.low, round(nobody.high, 4)) == (0.0, 0.0, 0.0004)
    nearly = over_seeds([np.arange(50) > 0, np.arange(50) > 3])
    assert nearly.high == 1.0
    assert over_seeds([np.full(3, 0.5)] * 2).low == 0.5


@pytest.mark.parametrize("count", [0, 1])
def test_one_seed_says_nothing_about_others(count):
    with pytest.raises(SettingsError, match=f"two trainings or more, got {count}"):
        over_seeds([np.ones(5)] * count)


def test_seeds_are_about_the_same_images():
    with pytest.raises(ShapeError, match="got 5, 6"):
        over_seeds([np.ones(5), np.ones(6)])
