import json

import numpy as np
import pytest

from convlens.audit.intervals import wilson
from convlens.audit.measures import MEASURES, cells, summary, to_json
from convlens.audit.shifts import grid, line
from convlens.audit.sweep import Sweep, sweep

NAMES = ("left", "right")


@pytest.fixture
def swept(side, dots, sides) -> Sweep:
    return sweep(side, dots, sides, NAMES, line(3), border="zeros", data="dots", notes={"precision": "fp32"})


# By hand from the answers of `test_sweep`: 0000, 0001, 0001, 0011, 0110, 0110 and 1100 against the right ones, 0011.
ACCURACY = [0.5, 0.75, 0.75, 1.0, 0.5, 0.5, 0.0]


def test_the_accuracy_of_each_cell_is_the_one_worked_out_by_hand(swept):
    table = cells(swept)
    assert table["dx"] == [-3, -2, -1, 0, 1, 2, 3]
    assert table["dy"] == [0] * 7
    assert table["accuracy"] == ACCURACY
    assert table["unchanged"] == ACCURACY  # the unmoved answers are the right ones


def test_every_cell_has_its_wilson_interval(swept):
    low, high = wilson((np.array(ACCURACY) * 4).astype(np.int64), 4)
    table = cells(swept)
    for column, ends in {"low": low, "high": high, "unchanged_low": low, "unchanged_high": high}.items():
        assert table[column] == ends.tolist()


def test_unchanged_takes_no_notice_of_the_right_answer(side, dots, sides):
    swept = sweep(side, dots, 1 - sides, NAMES, line(3), border="zeros")
    assert cells(swept)["unchanged"] == ACCURACY
    assert cells(swept)["accuracy"] == [1 - share for share in ACCURACY]


def test_the_summary_is_the_one_worked_out_by_hand(swept):
    whole = summary(swept)
    assert whole.clean.value == 1.0
    assert whole.mean.value == pytest.approx(4 / 7)
    assert (whole.lowest.value, whole.lowest_dx, whole.lowest_dy) == (0.0, 3, 0)
    assert whole.right_everywhere.value == 0.0  # each dot is missed at some shift
    assert whole.unchanged_everywhere.value == 0.0
    assert (whole.clean.low, whole.clean.high) == tuple(float(end) for end in wilson(4, 4))


def test_the_mean_has_an_interval_over_images_and_not_over_cells(swept):
    # right answers of the four dots over the seven cells
    per_image = np.array([6, 4, 3, 3]) / 7
    resampled = np.random.default_rng(1).choice(per_image, (20_000, 4)).mean(axis=1)
    mean = summary(swept).mean
    assert mean.value == pytest.approx(per_image.mean())
    assert (mean.low, mean.high) == pytest.approx(tuple(np.quantile(resampled, [0.025, 0.975])), abs=0.02)


def test_a_constant_answer_is_unchanged_everywhere_and_right_for_its_own_class_only():
    labels = np.array([0, 1, 1, 2, 1], np.int64)
    images = np.random.default_rng(0).integers(0, 256, (5, 4, 4, 1), np.uint8)
    swept = sweep(
        lambda x: np.tile(np.float32([0, 1, 0]), (len(x), 1)), images, labels, ("a", "b", "c"), grid(2), border="edge"
    )
    whole = summary(swept)
    assert set(cells(swept)["unchanged"]) == {1.0}
    assert set(cells(swept)["accuracy"]) == {0.6}
    assert whole.unchanged_everywhere.value == 1.0
    assert whole.unchanged_everywhere.low < 0.6  # five images say little
    assert whole.clean.value == whole.lowest.value == whole.right_everywhere.value == 0.6
    assert whole.mean.value == pytest.approx(0.6)


def test_json_has_the_shape_that_others_read(swept):
    content = json.loads(json.dumps(to_json(swept), allow_nan=False))
    numbers = ["clean", "mean", "lowest", "right_everywhere", "unchanged_everywhere"]
    assert list(content) == ["protocol", "cells", *numbers, "lowest_at", "intervals"]
    assert content["lowest_at"] == {"dx": 3, "dy": 0}
    assert list(content["intervals"]) == numbers
    assert all(low <= content[name] <= high for name, (low, high) in content["intervals"].items())
    assert list(content["cells"][0]) == [
        "dx", "dy", "accuracy", "low", "high", "unchanged", "unchanged_low", "unchanged_high",
    ]  # fmt: skip
    assert content["protocol"] == {
        "radius": 3, "pattern": "line", "border": "zeros", "fill": 0, "data": "dots", "split": "", "manifest_hash": "",
        "count": 4, "notes": {"precision": "fp32"},
    }  # fmt: skip


@pytest.mark.parametrize("name", list(MEASURES))
def test_every_measure_gives_one_value_per_shift_inside_its_interval(swept, name):
    column = MEASURES[name](swept)
    assert column.values.shape == column.low.shape == column.high.shape == (7,)
    assert ((column.low <= column.values) & (column.values <= column.high)).all()
