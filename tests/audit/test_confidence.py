import numpy as np
import pytest

from convlens.arrays import softmax
from convlens.audit.confidence import margins, true_probabilities


def test_margins_by_hand(swept_by_hand):
    # not moved (the middle cell) the answer is class 1, with 2 over 0.5; to the left it loses to class 2
    swept = swept_by_hand([[[0, 1, 4], [0.5, 2, 0], [0, 7, -1]]], [0])
    assert margins(swept).tolist() == [[-3, 1.5, 7]]


def test_probabilities_by_hand(swept_by_hand):
    swept = swept_by_hand([[[0, 0], [0, np.log(3)], [500, -500]]], [1])
    assert true_probabilities(swept)[0].tolist() == pytest.approx([0.5, 0.75, 0])


@pytest.mark.parametrize("held", [1, 100, 2**20])
def test_blocks_change_nothing(swept_by_hand, monkeypatch, held):
    generator = np.random.default_rng(0)
    swept = swept_by_hand(generator.normal(size=(30, 7, 5)) * 4, generator.integers(0, 5, 30))
    kept = swept.logits.copy()
    monkeypatch.setattr("convlens.audit.blocks.HELD", held)
    probabilities = softmax(swept.logits.reshape(-1, 5)).reshape(30, 7, 5)
    for image, label in enumerate(swept.labels):
        assert true_probabilities(swept)[image] == pytest.approx(probabilities[image, :, label], rel=1e-5)
        answer = swept.logits[image, 3].argmax()
        for cell, logits in enumerate(swept.logits[image]):
            best_other = max(logit for one, logit in enumerate(logits) if one != answer)
            assert margins(swept)[image, cell] == pytest.approx(logits[answer] - best_other, rel=1e-5)
    assert np.array_equal(swept.logits, kept)
    # the answer holds just where its margin is above 0
    assert np.array_equal(margins(swept) > 0, swept.labels_at == swept.labels_at[:, [3]])
