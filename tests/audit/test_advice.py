import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.audit.advice import Rung, advice
from convlens.audit.paired import mcnemar
from convlens.errors import SettingsError, ShapeError


def rung(name, clean, everywhere, count=1000, start=0):
    """The first `clean` images are right as they are, and `everywhere` of them from `start` at every shift."""
    places = np.arange(count)
    return Rung(name, places < clean, (places >= start) & (places < start + everywhere))


def test_the_rung_with_most_images_right_at_every_shift_is_shipped():
    found = advice([rung("plain", 900, 100), rung("shifts", 895, 600), rung("worst", 893, 700)])
    assert found.ship == "worst"
    assert " ".join(found.why) == (
        "Ship worst: it is right at every shift for 70.0 % of 1,000 pictures, plain for 10.0 %; it loses 0.7 points on "
        "unmoved pictures."
    )


def test_a_rung_that_loses_more_than_a_point_on_unmoved_images_is_left_aside_and_told():
    found = advice([rung("plain", 900, 100), rung("shifts", 900, 600), rung("worst", 889, 800)])
    assert found.ship == "shifts"
    assert found.why[0].endswith("plain for 10.0 %; unmoved ones it answers as well.")
    assert found.why[1] == "worst has 80.0 %, but loses 1.1 points on unmoved pictures, more than the 1.0 allowed."


def test_a_loss_of_exactly_one_point_is_allowed():
    assert advice([rung("plain", 900, 100), rung("worst", 890, 800)]).ship == "worst"


def test_where_no_difference_is_shown_the_simpler_rung_is_shipped():
    """Five images that only one is right about: p = 2 · (1/2)⁵ = 1/16."""
    found = advice([rung("plain", 900, 100), rung("shifts", 900, 700), rung("worst", 900, 705)])
    assert found.ship == "shifts"
    assert found.why[1] == "worst has 70.5 %, but no difference is shown (adjusted p 0.062), and shifts is simpler."


def test_one_image_more_that_only_the_better_one_is_right_about_shows_the_difference():
    """Six against none: p = 2 · (1/2)⁶ = 1/32; that of the plain network is far smaller, so Holm leaves it as it is."""
    assert advice([rung("plain", 900, 100), rung("shifts", 900, 700), rung("worst", 900, 706)]).ship == "worst"


def test_holm_counts_every_simpler_rung():
    """Six against none, twice: 2 · 1/32 = 1/16 is no longer shown."""
    found = advice([rung("plain", 900, 100), rung("a", 900, 700), rung("b", 900, 700), rung("c", 900, 706)])
    assert found.ship == "a"


def test_the_simplest_of_all_rungs_without_a_shown_difference_is_taken():
    found = advice([rung("plain", 900, 100), rung("a", 900, 699), rung("b", 900, 701), rung("c", 900, 702)])
    assert found.ship == "a"


def test_the_network_as_it_is_stays_when_nothing_is_better():
    found = advice([rung("plain", 900, 700), rung("shifts", 880, 900), rung("worst", 900, 690)])
    assert found.ship == "plain"
    assert found.why == (
        "Keep plain: no remedy was shown to be better without losing more than 1.0 points on unmoved pictures.",
        "shifts has 90.0 %, but loses 2.0 points on unmoved pictures, more than the 1.0 allowed.",
    )


def test_a_single_rung_is_kept():
    found = advice([rung("plain", 900, 100)])
    assert found.ship == "plain"
    assert found.why == ("plain is all that was audited so far: there is no remedy yet to hold against it.",)


def test_a_gain_on_unmoved_images_is_called_one():
    assert "it gains 2.0 points on unmoved pictures" in advice([rung("plain", 900, 100), rung("b", 920, 800)]).why[0]


def test_the_allowed_loss_can_be_chosen():
    ladder = [rung("plain", 900, 100), rung("worst", 880, 800)]
    assert advice(ladder).ship == "plain"
    assert advice(ladder, clean_loss=0.02).ship == "worst"


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 20)), min_size=1, max_size=6))
def test_what_is_shipped_never_loses_too_much_nor_is_right_everywhere_less_often_than_shown(numbers):
    ladder = [rung(str(n), clean, right, 80, start) for n, (clean, right, start) in enumerate(numbers)]
    ship = next(one for one in ladder if one.name == advice(ladder).ship)
    allowed = [one for one in ladder if ladder[0].clean.sum() - one.clean.sum() <= 0.8]
    assert ship in allowed
    best = max(allowed, key=lambda one: one.everywhere.sum())
    assert ship is best or mcnemar(best.everywhere, ship.everywhere).p * len(allowed) > 0.05


@pytest.mark.parametrize("ladder", [[], [rung("a", 1, 1), rung("a", 1, 1)]])
def test_rungs_without_a_name_of_their_own_are_refused(ladder):
    with pytest.raises(SettingsError, match="each with a name of its own"):
        advice(ladder)


def test_rungs_that_were_shown_other_images_are_refused(as_installed):
    with pytest.raises(ShapeError, match=re.escape("the same images for every rung, got [5, 6] of them")):
        advice([rung("a", 1, 1, 5), rung("b", 1, 1, 6)])
