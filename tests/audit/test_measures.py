import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.audit.intervals import wilson
from convlens.audit.measures import MEASURES, NEED_NO_LABELS, cells, summary, to_json
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
    numbers = [
        "clean", "mean", "lowest", "right_everywhere", "unchanged_everywhere", "pair_consistency",
        "consistency_to_origin", "fidelity", "flip_probability", "area_under_curve", "median_first_flip_px",
    ]  # fmt: skip
    more = ["rings", "classes", "directions", "phases"]
    assert list(content) == ["protocol", "cells", *numbers, "lowest_at", "intervals", *more]
    assert content["lowest_at"] == {"dx": 3, "dy": 0}
    assert list(content["intervals"]) == numbers
    assert all(low <= content[name] <= high for name, (low, high) in content["intervals"].items())
    assert list(content["cells"][0]) == [
        "dx", "dy", "accuracy", "low", "high", "unchanged", "unchanged_low", "unchanged_high",
        "true_probability", "true_probability_low", "true_probability_high",
    ]  # fmt: skip
    assert list(content["rings"][0]) == [
        "radius", "cells", "accuracy", "accuracy_low", "accuracy_high",
        "right_within", "right_within_low", "right_within_high", "unflipped", "unflipped_low", "unflipped_high",
        "margin_drift", "margin_drift_low", "margin_drift_high",
    ]  # fmt: skip
    assert [(one["class"], one["count"]) for one in content["classes"]] == [("left", 2), ("right", 2)]
    assert [list(one) for one in content["directions"]] == [
        ["pair", "difference", "low", "high", "test", "p", "p_holm"]
    ] * 2
    assert [(one["dx_odd"], one["dy_odd"]) for one in content["phases"]] == [(False, False), (True, False)]
    assert content["protocol"] == {
        "radius": 3, "pattern": "line", "border": "zeros", "fill": 0, "data": "dots", "split": "", "manifest_hash": "",
        "count": 4, "notes": {"precision": "fp32"},
    }  # fmt: skip


@pytest.mark.parametrize("name", list(MEASURES))
def test_every_measure_gives_one_value_per_shift_inside_its_interval(swept, name):
    column = MEASURES[name](swept)
    assert column.values.shape == column.low.shape == column.high.shape == (7,)
    assert ((column.low <= column.values) & (column.values <= column.high)).all()


def test_the_mean_probability_of_the_right_class_by_hand(swept_by_hand):
    third = np.log(1 / 3)
    swept = swept_by_hand([[[0, 0], [0, third], [0, third]], [[0, 0], [third, 0], [0, third]]], [0, 1])
    assert cells(swept)["true_probability"] == pytest.approx([0.5, 0.75, 0.5])


def test_a_median_beyond_the_grid_is_null(swept_by_hand):
    swept = swept_by_hand(np.tile([1.0, 0.0], (9, 25, 1)), np.zeros(9), grid(2))
    content = json.loads(json.dumps(to_json(swept), allow_nan=False))
    assert content["median_first_flip_px"] is None
    assert content["intervals"]["median_first_flip_px"] == [None, None]
    assert summary(swept).median_first_flip_px.value == np.inf


def test_without_labels_only_what_needs_none_is_said(swept_by_hand):
    generator = np.random.default_rng(0)
    logits, labels = generator.normal(size=(30, 25, 3)), generator.integers(0, 3, 30)
    content = to_json(swept_by_hand(logits, labels, grid(2)), labelled=False)
    numbers = [
        "unchanged_everywhere", "pair_consistency", "consistency_to_origin", "flip_probability", "median_first_flip_px",
    ]  # fmt: skip
    assert content["label_free"] is True
    assert list(content) == ["protocol", "label_free", "cells", *numbers, "intervals", "rings", "classes"]
    assert list(content["cells"][0]) == ["dx", "dy", "unchanged", "unchanged_low", "unchanged_high"]
    # whatever the labels, the same is said
    assert content == to_json(swept_by_hand(logits, (labels + 1) % 3, grid(2)), labelled=False)
    labelled = to_json(swept_by_hand(logits, labels, grid(2)))
    assert "label_free" not in labelled
    assert all(content[name] == labelled[name] for name in numbers)


def test_measures_that_need_no_labels_do_not_look_at_them(swept_by_hand):
    generator = np.random.default_rng(1)
    logits = generator.normal(size=(20, 9, 3))
    one, other = (swept_by_hand(logits, np.full(20, label), grid(1)) for label in (0, 2))
    for name in MEASURES:
        same = np.array_equal(MEASURES[name](one).values, MEASURES[name](other).values)
        assert same == (name in NEED_NO_LABELS), name


def test_without_any_shift_only_what_is_defined_is_there(swept_by_hand):
    swept = swept_by_hand([[[1, 0]], [[0, 1]]], [0, 0])
    content = json.loads(json.dumps(to_json(swept), allow_nan=False))
    assert {"consistency_to_origin", "fidelity", "flip_probability"} & set(content) == set()
    assert content["clean"] == content["lowest"] == content["area_under_curve"] == 0.5
    assert content["directions"] == content["phases"] == []
    assert summary(swept).flip_probability is None
    assert len(content["rings"]) == 1


@given(st.integers(1, 6), st.sampled_from([grid(1), line(2), grid(0)]), st.integers(2, 4), st.integers(0, 50))
def test_every_number_lies_inside_its_interval_and_in_its_range(swept_by_hand, count, shifts, classes, seed):
    generator = np.random.default_rng(seed)
    logits = generator.integers(0, 3, (count, len(shifts), classes))
    content = to_json(swept_by_hand(logits, generator.integers(0, classes, count), shifts))
    json.dumps(content, allow_nan=False)
    for name, (low, high) in content["intervals"].items():
        if name != "median_first_flip_px":
            assert 0 <= low <= content[name] <= high <= 1, name
    assert content["right_everywhere"] <= content["area_under_curve"] <= content["clean"]
    assert content["right_everywhere"] <= content["lowest"] <= content["mean"]
    assert content["unchanged_everywhere"] <= content["pair_consistency"]
