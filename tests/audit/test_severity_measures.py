import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convlens.audit.intervals import wilson
from convlens.audit.severities import Severities, SeverityProtocol, SeveritySweep
from convlens.audit.severity_measures import (
    amounts_to_flip,
    cells,
    levels,
    median_amount_to_flip,
    median_amounts_by_side,
    to_json,
)

NAMES = ("dark", "bright")


def swept(answers, amounts, labels):
    """A sweep with the given answers: a row for each image, a column for each amount."""
    logits = np.eye(2, dtype=np.float32)[np.array(answers)]
    tried = Severities(np.array(amounts, np.float64), "%")
    protocol = SeverityProtocol("brightness", "%", tuple(amounts), None, None, None, "plain", "test", "ab", len(logits))
    return SeveritySweep(protocol, tried, logits, np.array(labels, np.int64), NAMES)


@pytest.fixture
def four():
    # Unchanged in the middle: 0, 0, 1, 1. Flips at 20 (there), at 10 (back), at 10 both ways, never.
    answers = [[0, 0, 0, 0, 1], [1, 1, 0, 0, 0], [1, 0, 1, 0, 1], [1, 1, 1, 1, 1]]
    return swept(answers, (-20, -10, 0, 10, 20), [0, 1, 1, 1])


def test_the_amount_to_flip_is_the_smallest_on_either_side_and_infinite_for_those_that_stay(four):
    assert amounts_to_flip(four).tolist() == [20, 10, 10, np.inf]


def test_each_side_of_0_has_a_median_of_its_own(four):
    # Below 0 the second and the third flip at 10 and the others never; above, the third at 10, the first at 20.
    sides = median_amounts_by_side(four)
    assert (sides["below"].value, sides["above"].value) == (10, 20)
    told = json.loads(json.dumps(to_json(four), allow_nan=False))["median_amount_to_flip_by_side"]
    assert {name: one["value"] for name, one in told.items()} == {"below": 10, "above": 20}
    assert all(set(one) == {"value", "low", "high"} for one in told.values())


def test_amounts_on_one_side_have_no_sides():
    upwards = swept([[0, 0, 1]], (0, 10, 20), [0])
    assert median_amounts_by_side(upwards) == {}
    assert "median_amount_to_flip_by_side" not in to_json(upwards)


def test_one_side_may_hold_where_both_together_do_not():
    dark = swept([[1, 0, 0], [1, 0, 0], [0, 0, 0]], (-90, 0, 90), [0, 0, 0])
    sides = median_amounts_by_side(dark)
    assert (sides["below"].value, sides["above"].value) == (90, np.inf)
    assert to_json(dark)["median_amount_to_flip_by_side"]["above"] == {"value": None, "low": None, "high": None}


def test_cells_by_hand(four):
    table = cells(four)
    assert table["amount"] == [-20, -10, 0, 10, 20]
    assert table["accuracy"] == [1.0, 0.75, 0.75, 0.5, 0.5]
    assert table["unchanged"] == [0.75, 0.5, 1.0, 0.75, 0.75]
    low, high = wilson(np.array([4, 3, 3, 2, 2]), 4)
    assert (table["low"], table["high"]) == (low.tolist(), high.tolist())
    assert table["unchanged_low"][2] == float(wilson(4, 4)[0])


def test_levels_by_hand(four):
    table = levels(four)
    assert table["amount"] == [0, 10, 20]
    assert table["cells"] == [1, 2, 2]
    assert table["accuracy"] == [0.75, 0.625, 0.75]
    assert table["right_within"] == [0.75, 0.5, 0.25]
    assert table["unflipped"] == [1, 0.5, 0.25]


def test_the_whole_numbers_by_hand(four):
    told = json.loads(json.dumps(to_json(four), allow_nan=False))
    assert (told["clean"], told["lowest"], told["lowest_at"]) == (0.75, 0.5, {"amount": 10})
    assert told["mean"] == pytest.approx((1 + 0.75 + 0.75 + 0.5 + 0.5) / 5)
    # of the four changed cells 3, 2, 2 and 4 have the unchanged answer, which is wrong for the second image
    assert told["consistency_to_origin"] == pytest.approx((3 + 2 + 2 + 4) / 16)
    assert told["fidelity"] == pytest.approx((3 + 0 + 2 + 4) / 16)
    assert (told["right_everywhere"], told["unchanged_everywhere"]) == (0.25, 0.25)
    assert told["area_under_curve"] == pytest.approx((0.75 + 0.5 + 0.25) / 3)
    assert told["median_amount_to_flip"] == 10
    assert told["intervals"]["median_amount_to_flip"] == [10, None]  # four pictures say little
    assert told["protocol"]["amounts"] == [-20, -10, 0, 10, 20]
    numbers = {"clean", "mean", "lowest", "right_everywhere", "unchanged_everywhere", "area_under_curve"}
    numbers |= {"consistency_to_origin", "fidelity"}
    assert set(told["intervals"]) == numbers | {"median_amount_to_flip"}
    for name in numbers:
        low, high = told["intervals"][name]
        assert 0 <= low <= told[name] <= high <= 1
    assert [row["amount"] for row in told["cells"]] == [-20, -10, 0, 10, 20]
    assert "label_free" not in told


def test_without_labels_nothing_is_said_that_needs_them(four):
    told = to_json(four, labelled=False)
    assert told["label_free"] is True
    assert set(told["intervals"]) == {"unchanged_everywhere", "consistency_to_origin", "median_amount_to_flip"}
    assert not {"clean", "mean", "lowest", "lowest_at", "right_everywhere", "area_under_curve"} & set(told)
    assert set(told["cells"][0]) == {"amount", "unchanged", "unchanged_low", "unchanged_high"}
    assert {"amount", "cells", "unflipped", "margin_drift"} <= set(told["levels"][0])
    assert not {"accuracy", "right_within"} & set(told["levels"][0])


def median_of(sweep):
    told = to_json(sweep)
    return told["median_amount_to_flip"], told["intervals"]["median_amount_to_flip"]


def test_a_median_beyond_the_last_amount_is_none():
    stays = swept([[0, 0]] * 40, (0, 5), [0] * 40)
    assert median_of(stays) == (None, [None, None])
    half = swept([[0, 0]] * 5 + [[0, 1]] * 5, (0, 5), [0] * 10)
    assert median_of(half) == (5, [5, None])
    more = swept([[0, 0]] * 6 + [[0, 1]] * 4, (0, 5), [0] * 10)
    assert median_of(more) == (None, [5, None])


def test_the_interval_of_the_median_holds_the_amounts_at_which_the_share_may_be_one_half():
    # 1,000 images, of which 100 flip at each of the amounts 1 to 10: 600 stay beyond 4, 500 beyond 5, 400 beyond 6
    answers = np.arange(11) >= np.repeat(np.arange(1, 11), 100)[:, None]
    # drawn anew, 500 is as often above one half as below it, and the other two are six deviations away
    assert median_of(swept(answers.astype(int), tuple(range(11)), [0] * 1000)) == (5, [5, 6])


@settings(max_examples=25)
@given(data=st.data(), count=st.integers(1, 30), most=st.integers(1, 6))
def test_the_median_is_that_of_the_amounts_to_flip(data, count, most):
    answers = data.draw(st.lists(st.lists(st.integers(0, 1), min_size=most + 1, max_size=most + 1), min_size=count,
                                 max_size=count))  # fmt: skip
    sweep = swept(answers, tuple(range(most + 1)), [0] * count)
    by_size = np.sort(amounts_to_flip(sweep))
    middle = by_size[(count + 1) // 2 - 1]  # the lower one of two
    median = median_amount_to_flip(sweep)
    assert median.value == middle
    assert median.low <= middle <= median.high
    for name in ("right_within", "unflipped"):
        assert (np.diff(levels(sweep)[name]) <= 0).all()
