"""The rungs of the ladder, one below the other."""

from collections.abc import Callable

import pytest

from convlens.report.content import Report
from convlens.report.figures import rungs

Across = Callable[[str], list[float]]
Texts = Callable[[str], list[str]]


def test_each_rung_shows_right_everywhere_and_right_as_it_is(whole: Callable[..., Report], across: Across) -> None:
    ladder = whole("cnn").ladder
    assert ladder is not None
    assert across(rungs(ladder))[:6] == pytest.approx([5, 92, 60, 90, 70, 89], abs=0.3)


def test_the_rung_to_ship_is_marked_and_one_not_climbed_is_there(whole: Callable[..., Report], texts: Texts) -> None:
    ladder = whole("cnn").ladder
    assert ladder is not None
    found = texts(rungs(ladder))
    assert found.count("← ship") == 1
    assert "+ BlurPool" in found
