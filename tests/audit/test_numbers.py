import numpy as np
import pytest

from convlens.audit.answered import of
from convlens.audit.intervals import bootstrap_mean, share_of
from convlens.audit.numbers import NAMES, lowest_cell, numbers, per_image
from convlens.audit.shifts import grid


@pytest.fixture
def by_hand(answered):
    """Three images of class 0 at −1, 0, 1 px: steady and right; right but at −1; steady and wrong."""
    return answered([[0, 0, 0], [1, 0, 0], [1, 1, 1]], [0, 0, 0])


def test_every_number_by_hand(by_hand):
    expected = {
        "clean": 2 / 3,
        "mean": (1 + 2 / 3 + 0) / 3,
        "lowest": 1 / 3,
        "right_everywhere": 1 / 3,
        "unchanged_everywhere": 2 / 3,
        "pair_consistency": (1 + 5 / 9 + 1) / 3,
        "consistency_to_origin": (1 + 1 / 2 + 1) / 3,
        "fidelity": (1 + 1 / 2 + 0) / 3,
        "flip_probability": (0 + 1 / 2 + 0) / 3,
        "area_under_curve": (1 + 1 / 2 + 0) / 3,
        "median_first_flip_px": np.inf,
    }
    found = numbers(by_hand)
    assert list(found) == list(expected) == list(NAMES)
    assert {name: one.value for name, one in found.items()} == pytest.approx(expected)
    assert lowest_cell(by_hand) == 0


def test_shares_of_images_have_wilsons_interval_and_means_a_bootstrap(swept_by_hand):
    generator = np.random.default_rng(0)
    swept = swept_by_hand(generator.normal(size=(200, 25, 3)) + 0.5, generator.integers(0, 3, 200), grid(2))
    values, found = per_image(swept), numbers(swept)
    assert {name for name, one in values.items() if one.dtype == bool} == {
        "clean", "right_everywhere", "unchanged_everywhere",
    }  # fmt: skip
    for name, one in values.items():
        assert found[name].value == pytest.approx(one.mean())
        if one.dtype == bool:
            assert found[name] == share_of(one)
        else:
            ends = bootstrap_mean(one, seed=1)
            assert (found[name].low, found[name].high) == pytest.approx(ends, abs=0.003)


def test_the_same_numbers_come_from_the_answers_alone(swept_by_hand):
    generator = np.random.default_rng(1)
    swept = swept_by_hand(generator.normal(size=(60, 9, 3)), generator.integers(0, 3, 60), grid(1))
    assert numbers(of(swept)) == numbers(swept)


def test_what_needs_labels_is_left_out(by_hand):
    label_free = numbers(by_hand, labelled=False)
    assert list(label_free) == [
        "unchanged_everywhere", "pair_consistency", "consistency_to_origin", "flip_probability", "median_first_flip_px",
    ]  # fmt: skip
    assert label_free.items() <= numbers(by_hand).items()
