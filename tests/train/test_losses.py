import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from convlens.train.losses import loss, right_answers

LABELS = torch.tensor([0, 1])


def test_cross_entropy_by_hand():
    """Logits (ln 3, 0) give the probabilities 3/4 and 1/4; the labels are the first and the second class."""
    outputs = torch.tensor([[math.log(3), 0.0], [math.log(3), 0.0]])
    assert loss(outputs[:1], LABELS[:1], "softmax").item() == pytest.approx(math.log(4 / 3))
    assert loss(outputs, LABELS, "softmax").item() == pytest.approx((math.log(4 / 3) + math.log(4)) / 2)


def test_binary_cross_entropy_by_hand():
    """The logit ln 3 gives the second class the probability 3/4."""
    outputs = torch.full((2, 1), math.log(3))
    assert loss(outputs, LABELS, "sigmoid").item() == pytest.approx((math.log(4) + math.log(4 / 3)) / 2)


def test_right_answers_by_hand():
    assert right_answers(torch.tensor([[2.0, 1.0], [2.0, 1.0]]), LABELS, "softmax") == 1
    assert right_answers(torch.tensor([[-1.0], [0.5]]), LABELS, "sigmoid") == 2
    assert right_answers(torch.tensor([[0.0], [0.0]]), LABELS, "sigmoid") == 1


@given(st.integers(0, 2**32 - 1))
def test_cross_entropy_agrees_with_numpy(seed):
    draw = np.random.default_rng(seed)
    outputs, labels = draw.normal(0, 5, (6, 4)), draw.integers(0, 4, 6)
    shares = np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
    expected = -np.log(shares[np.arange(6), labels]).mean()
    assert loss(torch.from_numpy(outputs), torch.from_numpy(labels), "softmax").item() == pytest.approx(expected)
    right = (outputs.argmax(axis=1) == labels).sum()
    assert right_answers(torch.from_numpy(outputs), torch.from_numpy(labels), "softmax") == right


@given(st.integers(0, 2**32 - 1))
def test_one_logit_loses_and_answers_like_the_two_columns_zero_and_z(seed):
    draw = torch.Generator().manual_seed(seed)
    outputs, labels = torch.randn(6, 1, generator=draw) * 4, torch.randint(2, (6,), generator=draw)
    columns = torch.cat([torch.zeros_like(outputs), outputs], dim=1)
    assert loss(outputs, labels, "sigmoid").item() == pytest.approx(loss(columns, labels, "softmax").item(), abs=1e-6)
    assert right_answers(outputs, labels, "sigmoid") == right_answers(columns, labels, "softmax")
