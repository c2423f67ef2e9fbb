import dataclasses
import json

import numpy as np
import pytest

from convlens.audit.answered import UNKNOWN
from convlens.audit.comparison import ONE_DRAW, compare
from convlens.audit.numbers import numbers, per_image
from convlens.audit.paired import mcnemar, paired_differences
from convlens.audit.shifts import grid
from convlens.errors import SettingsError


@pytest.fixture
def audits(answered):
    """Three models on 300 images: good, as good, and worse; images are easy or hard for all of them alike."""
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 3, 300)
    ease = generator.beta(6, 1, (300, 1))

    def answers(power: float):
        right = generator.random((300, 25)) < ease**power
        return answered(np.where(right, labels[:, None], (labels[:, None] + 1) % 3), labels, grid(2), 3)

    return {"good": answers(0.1), "also good": answers(0.1), "worse": answers(1.0)}


def test_pairs_have_mcnemars_test_with_holms_adjustment(audits):
    found = compare(audits)
    right = {name: per_image(one)["right_everywhere"] for name, one in audits.items()}
    assert [(pair.one, pair.other) for pair in found.pairs] == [
        ("good", "also good"), ("good", "worse"), ("also good", "worse"),
    ]  # fmt: skip
    assert [pair.test for pair in found.pairs] == [mcnemar(right[pair.one], right[pair.other]) for pair in found.pairs]
    assert [pair.shown for pair in found.pairs] == [False, True, True]
    assert all(pair.p_holm >= pair.test.p for pair in found.pairs)
    half = compare(audits, mid_p=True).pairs[0].test
    assert half.p < found.pairs[0].test.p


def test_the_ranking_claims_no_more_than_was_shown(audits):
    found = compare(dict(reversed(audits.items())))
    assert [rank.letters for rank in found.ranking] == ["a", "a", "b"]
    assert found.ranking[-1].name == "worse"
    first, second, last = (rank.name for rank in found.ranking)
    assert found.sentences[0].startswith(f"Between {first} and {second} no difference is shown (adjusted p ")
    assert found.sentences[1].startswith(f"{second} is ahead of {last} (adjusted p ")
    assert found.sentences[-1] == ONE_DRAW


def test_differences_are_those_of_the_numbers_with_a_paired_interval(audits):
    found = compare(audits)
    pair = found.pairs[1]
    one, other = audits["good"], audits["worse"]
    assert list(pair.differences) == list(numbers(one))
    for name, difference in pair.differences.items():
        assert difference.value == pytest.approx(numbers(one)[name].value - numbers(other)[name].value)
        assert difference.low <= difference.value <= difference.high
    mean = paired_differences(*(per_image(each)["mean"][:, None] for each in (one, other)))[0]
    assert pair.differences["mean"].low == pytest.approx(mean.low)
    assert pair.differences["mean"].high == pytest.approx(mean.high)
    assert list(pair.curves) == ["unflipped", "right_within"]
    assert pair.curves["right_within"].values[-1] == pytest.approx(pair.differences["right_everywhere"].value)
    assert pair.curves["right_within"].values[0] == pytest.approx(pair.differences["clean"].value)


def test_the_interval_of_the_lowest_cells_agrees_with_drawing_images(audits):
    difference = compare(audits).pairs[1].differences["lowest"]
    hits = [audits[name].answers == audits[name].labels[:, None] for name in ("good", "worse")]
    drawn = np.random.default_rng(9).integers(0, 300, (3000, 300))
    lowest = [each[:, each.mean(axis=0).argmin()][drawn].mean(axis=1) for each in hits]
    low, high = np.quantile(lowest[0] - lowest[1], [0.025, 0.975])
    assert (difference.low, difference.high) == pytest.approx((low, high), abs=0.01)


def test_medians_beyond_the_grid_differ_by_what_is_not_known(answered):
    still, moving = [[0, 0, 0]] * 40, [[1, 0, 1]] * 40
    found = compare(
        {name: answered(cells, [0] * 40, classes=2) for name, cells in {"a": still, "b": still, "c": moving}.items()}
    )
    both, one = (pair.differences["median_first_flip_px"] for pair in found.pairs[:2])
    assert np.isnan(both.value)
    assert (both.low, both.high) == (-np.inf, np.inf)
    assert (one.value, one.low, one.high) == (np.inf, np.inf, np.inf)
    # 40 images without a difference leave some room for one
    assert found.pairs[0].differences["mean"].low < 0 < found.pairs[0].differences["mean"].high
    plain = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert plain["pairs"][0]["differences"]["median_first_flip_px"] == {"value": None, "low": None, "high": None}


def test_without_labels_it_is_about_steadiness(audits):
    forgotten = {name: dataclasses.replace(one, labels=np.full(300, UNKNOWN)) for name, one in audits.items()}
    found = compare(forgotten)
    assert found.decided_on == "unchanged_everywhere"
    assert "clean" not in found.pairs[0].differences
    assert list(found.pairs[0].curves) == ["unflipped"]


def test_plain_values_for_json(audits):
    plain = json.loads(json.dumps(compare(audits).to_json(), allow_nan=False))
    assert list(plain) == ["protocol", "decided_on", "numbers", "pairs", "ranking", "sentences"]
    assert list(plain["numbers"]) == list(audits)
    pair = plain["pairs"][0]
    assert {"one", "other", "both", "only_one", "only_other", "neither", "p", "p_holm", "shown"} <= set(pair)
    assert pair["both"] + pair["only_one"] + pair["only_other"] + pair["neither"] == 300
    assert [row["radius"] for row in pair["curves"]["right_within"]] == [0, 1, 2]
    assert set(plain["ranking"][0]) == {"name", "value", "low", "high", "letters", "p_next"}


def test_one_audit_is_no_comparison(audits):
    with pytest.raises(SettingsError, match="two audits or more, got 1"):
        compare({"good": audits["good"]})


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (lambda one: {"protocol": dataclasses.replace(one.protocol, border="wrap")}, "border 'zeros' and 'wrap'"),
        (
            lambda one: {"protocol": dataclasses.replace(one.protocol, manifest_hash="b")},
            r"other pictures \(300 each\)",
        ),
        (lambda one: {"labels": (one.labels + 1) % 3}, "their labels differ"),
        (lambda _: {"class_names": ("b", "a", "c")}, "their classes differ"),
        (lambda one: {"shifts": dataclasses.replace(one.shifts, dx=-one.shifts.dx)}, "their shifts differ"),
    ],
)
def test_what_was_made_otherwise_is_refused(audits, changed, told):
    other = dataclasses.replace(audits["worse"], **changed(audits["worse"]))
    with pytest.raises(SettingsError, match=f"'good' and 'worse' cannot be compared: .*{told}"):
        compare({"good": audits["good"], "worse": other})
