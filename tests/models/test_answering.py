import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from convlens.errors import ShapeError
from convlens.models.answering import Answers, columns_of, logarithms, what_is_given


def test_the_logits_of_a_class_are_the_logsumexp_of_its_columns():
    outputs = torch.tensor([[0.0, math.log(2), math.log(3), 1.0]])
    grouped = Answers(groups=((0, 2), (1,)))(outputs)
    assert grouped[0].tolist() == pytest.approx([math.log(1 + 3), math.log(2)])


@given(
    logits=st.lists(st.floats(-30, 30, width=32), min_size=4, max_size=4),
    groups=st.permutations(range(4)).map(lambda order: (tuple(order[:1]), tuple(order[1:]))),
)
def test_the_probability_of_a_class_is_the_sum_over_its_columns(logits, groups):
    single = torch.tensor([logits], dtype=torch.float64).softmax(dim=1)[0].numpy()
    grouped = Answers(groups=groups)(torch.tensor([logits])).softmax(dim=1)[0].numpy()
    assert np.allclose(grouped, [single[list(group)].sum() for group in groups], atol=1e-5)


def test_single_columns_are_picked_in_the_order_of_the_classes():
    outputs = torch.tensor([[1.0, 2.0, 3.0]])
    assert Answers(groups=((2,), (0,)))(outputs).tolist() == [[3, 1]]


def test_one_column_becomes_two_before_it_is_grouped():
    assert Answers()(torch.tensor([[4.0]])).tolist() == [[0, 4]]
    assert Answers(groups=((1,), (0,)))(torch.tensor([[4.0]])).tolist() == [[4, 0]]


def test_softmax_of_the_logarithms_gives_the_probabilities_back():
    given_back = Answers("probabilities")(torch.tensor([[0.25, 0.75], [1.0, 0.0]])).softmax(dim=1)
    assert given_back.tolist() == [pytest.approx([0.25, 0.75]), pytest.approx([1, 0])]
    assert Answers("probabilities")(torch.tensor([[0.2]])).softmax(dim=1).tolist() == [pytest.approx([0.8, 0.2])]
    assert torch.isfinite(logarithms(torch.tensor([[1.0, 0.0]]))).all()


@pytest.mark.parametrize(
    ("outputs", "given"),
    [
        ([[0.25, 0.75], [1.0, 0.0]], "probabilities"),
        ([[0.2501, 0.75]], "probabilities"),
        ([[0.26, 0.75]], "logits"),
        ([[0.25, 0.75], [0.5, 0.6]], "logits"),
        ([[1.5, -0.5]], "logits"),
        ([[float("nan"), 1.0]], "logits"),
        ([[0.0], [1.0], [0.5]], "probabilities"),
        ([[0.3], [1.2]], "logits"),
        ([[0.3], [-0.2]], "logits"),
    ],
)
def test_probabilities_are_told_from_logits_by_their_rows(outputs, given):
    assert what_is_given(torch.tensor(outputs)) == given


@given(rows=st.lists(st.lists(st.floats(-20, 20, width=32), min_size=3, max_size=3), min_size=1, max_size=4))
def test_what_softmax_gives_is_always_taken_for_probabilities(rows):
    assert what_is_given(torch.tensor(rows).softmax(dim=1)) == "probabilities"


def test_axes_of_length_one_go_and_others_are_refused():
    assert columns_of(torch.zeros(2, 5, 1, 1)).shape == (2, 5)
    with pytest.raises(ShapeError, match=r"one row of logits for each picture, .*, but this one gave \(2, 5, 3, 1\)"):
        columns_of(torch.zeros(2, 5, 3, 1))
    with pytest.raises(ShapeError, match=r"one tensor of logits, .*, but this one gave a tuple; wrap it"):
        columns_of((torch.zeros(2, 5),))


def test_it_says_what_it_does():
    assert "probabilities, 3 columns into 2" in str(nn.Sequential(Answers("probabilities", ((0, 1), (2,)))))
    assert Answers().changes_nothing
    assert not Answers("probabilities").changes_nothing
