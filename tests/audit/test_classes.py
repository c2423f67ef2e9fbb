import numpy as np
import pytest
from scipy import stats

from convlens.audit.classes import class_flips
from convlens.audit.intervals import wilson
from convlens.audit.shifts import grid
from convlens.audit.significance import holm


def test_flips_by_hand(answered):
    # cells at −1, 0, 1. Class a: the second image turns into b and c, the third into b; class b: it turns into a once
    found = answered([[0, 0, 0], [1, 0, 2], [1, 0, 0], [1, 1, 0]], [0, 0, 0, 1])
    first, second = class_flips(found)
    assert (first.name, first.count, first.flip_rate.value) == ("a", 3, 2 / 3)
    low, high = wilson(2, 3)
    assert (first.flip_rate.low, first.flip_rate.high) == (float(low), float(high))
    assert {name: one.value for name, one in first.destinations.items()} == {"b": 2 / 3, "c": 1 / 3}
    assert list(first.destinations) == ["b", "c"]
    assert (second.name, second.count, second.flip_rate.value) == ("b", 1, 1.0)
    # all of the flips go one way, and there is one image that says so
    assert (second.destinations["a"].value, second.destinations["a"].low) == (1.0, float(wilson(1, 1)[0]))


def test_a_wrong_image_that_turns_into_its_own_class_is_a_flip_too(answered):
    (found,) = class_flips(answered([[0, 1, 1]], [0]))
    assert found.destinations["a"].value == 1.0


def test_without_labels_images_are_sorted_by_their_unmoved_answer(answered):
    found = class_flips(answered([[0, 0, 0], [1, 0, 2], [1, 1, 0]], [2, 2, 2]), labelled=False)
    assert [(one.name, one.count) for one in found] == [("a", 2), ("b", 1)]


def test_each_class_is_tested_against_the_rest(answered):
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 4, 400)
    flips = generator.random(400) < np.array([0.1, 0.3, 0.3, 0.6])[labels]
    answers = np.stack([labels, labels, (labels + flips) % 4], axis=1)
    found = class_flips(answered(answers, labels))
    tables = [[[(flips & own).sum(), (~flips & own).sum()] for own in (labels == c, labels != c)] for c in range(4)]
    expected = holm(np.array([stats.fisher_exact(table).pvalue for table in tables]))
    assert [one.p_holm for one in found] == pytest.approx(expected.tolist())
    assert found[0].p_holm < 0.05  # flips less often
    assert found[3].p_holm < 0.05  # more often


def test_classes_that_flip_alike_are_rarely_told_apart(answered):
    generator = np.random.default_rng(1)
    alarms = 0
    for _ in range(200):
        labels = generator.integers(0, 5, 150)
        flips = generator.random(150) < 0.4
        answers = np.stack([labels, labels, (labels + flips) % 5], axis=1)
        alarms += any(one.p_holm <= 0.05 for one in class_flips(answered(answers, labels)))
    assert alarms <= 0.07 * 200


def test_a_thousand_classes_fit(swept_by_hand):
    generator = np.random.default_rng(2)
    swept = swept_by_hand(generator.normal(size=(300, 9, 1000)), generator.integers(0, 1000, 300), grid(1))
    found = class_flips(swept)
    assert sum(one.count for one in found) == 300
    assert all(sum(share.value for share in one.destinations.values()) == pytest.approx(1) for one in found)
    shares = [share for one in found for share in one.destinations.values()]
    assert all(0 <= share.low <= share.value <= share.high <= 1 for share in shares)


def test_the_interval_of_a_destination_agrees_with_drawing_images(answered):
    generator = np.random.default_rng(3)
    answers = np.where(generator.random((80, 25)) < 0.3, generator.integers(1, 3, (80, 1)), 0)
    answers[:, 12] = 0
    (found,) = class_flips(answered(answers, [0] * 80, grid(2)))
    drawn = answers[np.random.default_rng(4).integers(0, 80, (4000, 80))]
    shares = (drawn == 1).sum(axis=(1, 2)) / (drawn != 0).sum(axis=(1, 2))
    low, high = np.quantile(shares, [0.025, 0.975])
    one = found.destinations["b"]
    assert (one.low, one.high) == pytest.approx((low, high), abs=0.01)


def test_plain_values_for_json(answered):
    rows = [one.to_json() for one in class_flips(answered([[0, 0, 1]], [0], classes=3))]
    assert list(rows[0]) == [
        "class", "count", "flip_rate", "low", "high", "p_holm", "destinations", "destination_intervals",
    ]  # fmt: skip
    assert rows[0]["destinations"] == {"b": 1.0}
    assert rows[0]["destination_intervals"]["b"][1] == 1.0


def test_a_class_that_never_flips_goes_nowhere(answered):
    (found,) = class_flips(answered([[1, 1, 1]], [1]))
    assert (found.flip_rate.value, found.p_holm, found.destinations) == (0.0, 1.0, {})
