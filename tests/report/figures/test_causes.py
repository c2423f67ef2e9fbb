"""Rates on flips and on answers that held, one beside the other."""

from collections.abc import Callable

import pytest

from convlens.report.content import Causes, Report
from convlens.report.figures import cause_rates, outcomes

Across = Callable[[str], list[float]]
Texts = Callable[[str], list[str]]


@pytest.fixture
def causes(whole: Callable[..., Report]) -> Causes:
    found = whole("cnn").models[0].causes
    assert found is not None
    return found


def test_each_rate_stands_beside_that_of_its_control(causes: Causes, across: Across) -> None:
    found = across(cause_rates(causes))
    assert found[:4] == pytest.approx([41, 12, 22, 21], abs=0.3)


def test_the_excess_is_told_and_what_was_not_tested_says_so(causes: Causes, texts: Texts) -> None:
    found = texts(cause_rates(causes))
    assert {"+29 points", "+1 points", "no test", "border signal"} <= set(found)


def test_all_outcomes_stand_at_their_share_of_the_flips(causes: Causes, across: Across, texts: Texts) -> None:
    svg = outcomes(causes)
    assert across(svg) == pytest.approx([35, 15, 10, 40], abs=0.3)
    assert {"content lost alone", "aliasing alone (not shown)", "several tests positive", "no test positive"} <= set(
        texts(svg)
    )
