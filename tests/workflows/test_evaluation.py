"""Evaluation: counts by hand, and agreement with a plain second computation."""

import json

import numpy as np
import pytest

from convlens.arrays import softmax
from convlens.data import load
from convlens.models.predict import predictor
from convlens.models.weights import load as load_weights
from convlens.runs.checkpoints import LAST
from convlens.workflows import evaluate
from convlens.workflows.evaluation import confusion_matrix


def test_a_confusion_matrix_by_hand():
    logits = np.array([[2, 1, 0], [0, 3, 1], [5, 5, 0], [0, 0, 9]], np.float32)
    assert confusion_matrix(logits, np.array([0, 1, 1, 0])).tolist() == [[1, 0, 1], [1, 1, 0], [0, 0, 0]]


def test_it_agrees_with_a_second_computation(mini_trained):
    found = evaluate(mini_trained.run.path)
    test = load("fashion-mnist-mini").test
    classifier = load_weights(mini_trained.run.checkpoints / LAST)
    logits = predictor(classifier.module, classifier.card)(test.images)
    right = logits.argmax(axis=1) == test.labels
    assert found.accuracy == right.mean()
    assert found.loss == pytest.approx(-np.log(softmax(logits)[np.arange(1000), test.labels]).mean())
    assert [row["accuracy"] for row in found.per_class.rows()] == [right[test.labels == k].mean() for k in range(10)]
    assert found.confusion.sum() == found.count == 1000


def test_it_agrees_with_the_last_row_of_the_history(mini_trained):
    assert evaluate(mini_trained.run.path).accuracy == pytest.approx(
        mini_trained.history[-1].validation_accuracy, abs=0.01
    )  # measured there in the precision of the training


def test_the_interval_of_a_class_is_as_wide_as_its_count_allows(mini_trained):
    for row in evaluate(mini_trained.run.path, take=100).per_class.rows():
        assert row["count"] == 10
        assert row["low"] <= row["accuracy"] <= row["high"]
        assert row["high"] - row["low"] > 0.2


def test_a_weights_file_needs_pictures_and_then_works(mini_trained):
    weights = mini_trained.run.checkpoints / LAST
    with pytest.raises(Exception, match="name some with --data"):
        evaluate(weights)
    assert evaluate(weights, data="fashion-mnist-mini").accuracy == evaluate(mini_trained.run.path).accuracy


def test_everything_fits_into_json(mini_trained):
    told = json.loads(json.dumps(evaluate(mini_trained.run.path, take=50).to_json(), allow_nan=False))
    assert {"accuracy", "low", "high", "loss", "per_class", "confusion", "class_names", "count"} <= set(told)
