import numpy as np
import pytest

from convlens.audit import rings as rings_file
from convlens.audit.answered import of
from convlens.audit.intervals import wilson
from convlens.audit.rings import rings
from convlens.audit.shifts import Shifts, grid


def test_rings_by_hand(answered):
    # two images, cells at −2 … 2 px: the first is right but at −2, the second right at +1 and +2 only
    found = answered([[1, 0, 0, 0, 0], [0, 0, 0, 1, 1]], [0, 1])
    table = rings(found)
    assert table["radius"] == [0, 1, 2]
    assert table["cells"] == [1, 2, 2]
    assert table["accuracy"] == [0.5, 0.75, 0.5]
    assert table["right_within"] == [0.5, 0.5, 0.0]
    assert table["unflipped"] == [1.0, 0.5, 0.0]
    low, high = wilson(np.array([1, 1, 0]), 2)
    assert (table["right_within_low"], table["right_within_high"]) == (low.tolist(), high.tolist())
    assert "margin_drift" not in table.columns


def test_the_drift_of_the_margin_by_hand(swept_by_hand):
    # margins of the unmoved answer: 3, 2, 1 and −1, 2, 4; at 1 px they differ by 1 and 1, by 3 and 2
    swept = swept_by_hand([[[3, 0], [2, 0], [1, 0]], [[1, 0], [0, 2], [0, 4]]], [0, 1])
    table = rings(swept)
    assert table["margin_drift"] == [0.0, (1 + 2.5) / 2]
    assert table["margin_drift_low"] == [0.0, 1.0]
    assert table["margin_drift_high"] == [0.0, 2.5]


def test_the_same_numbers_come_without_logits(swept_by_hand):
    generator = np.random.default_rng(0)
    swept = swept_by_hand(generator.normal(size=(40, 25, 3)), generator.integers(0, 3, 40), grid(2))
    with_logits, without = rings(swept).columns, rings(of(swept)).columns
    assert set(with_logits) - set(without) == {"margin_drift", "margin_drift_low", "margin_drift_high"}
    assert all(with_logits[name] == without[name] for name in without)
    label_free = rings(swept, labelled=False).columns
    assert set(label_free) == {
        "radius", "cells", "unflipped", "unflipped_low", "unflipped_high",
        "margin_drift", "margin_drift_low", "margin_drift_high",
    }  # fmt: skip
    assert all(with_logits[name] == label_free[name] for name in label_free)


def test_a_list_of_shifts_has_the_rings_that_it_has(answered):
    shifts = Shifts(np.array([0, 4, 0]), np.array([0, 0, -2]), 4)
    table = rings(answered([[0, 1, 0], [0, 0, 0]], [0, 0], shifts))
    assert table["radius"] == [0, 2, 4]
    assert table["accuracy"] == [1.0, 1.0, 0.5]
    assert table["unflipped"] == [1.0, 1.0, 0.5]


@pytest.mark.parametrize("name", ["accuracy", "right_within", "unflipped", "margin_drift"])
def test_every_ring_lies_inside_its_interval(swept_by_hand, name):
    generator = np.random.default_rng(1)
    swept = swept_by_hand(generator.normal(size=(50, 49, 4)) + 1, generator.integers(0, 4, 50), grid(3))
    column = getattr(rings_file, name)(swept)
    assert column.values.shape == (4,)
    assert ((column.low <= column.values) & (column.values <= column.high)).all()
    assert (column.low < column.high)[1:].all()


def test_curves_fall_and_rings_average_to_the_mean_over_cells(swept_by_hand):
    generator = np.random.default_rng(2)
    swept = swept_by_hand(generator.normal(size=(60, 49, 3)) + 1, generator.integers(0, 3, 60), grid(3))
    table = rings(swept)
    for name in ("right_within", "unflipped"):
        assert list(table[name]) == sorted(table[name], reverse=True)
    over_cells = (swept.labels_at == swept.labels[:, None]).mean()
    assert np.average(table["accuracy"], weights=table["cells"]) == pytest.approx(over_cells)
    assert all(within <= on for within, on in zip(table["right_within"], table["accuracy"], strict=True))


def test_the_unmoved_picture_alone_has_the_interval_of_its_cell(answered):
    table = rings(answered([[1, 0, 0, 0, 0], [0, 0, 0, 1, 1], [0, 0, 0, 0, 1]], [0, 1, 0]))
    low, high = wilson(2, 3)
    assert (table["accuracy_low"][0], table["accuracy_high"][0]) == (float(low), float(high))
    assert table["cells"][0] == 1
