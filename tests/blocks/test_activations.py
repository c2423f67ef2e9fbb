"""Functions of one number: as torch has them, and as their formulas have them."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from convlens.blocks import by_hand
from convlens.blocks.activations import ACTIVATIONS, activation, dropout, prelu, relu, sigmoid
from convlens.errors import SettingsError, UnknownNameError

AXIS = np.concatenate([np.linspace(-8, 8, 161), [-700.0, 700.0, -20.5, 20.5, -0.0]])
OWN = {"scale", "shift", "identity", "dropout"}


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - OWN))
def test_every_one_agrees_with_torch(name):
    wanted = getattr(F, name)(torch.from_numpy(AXIS)).numpy()
    np.testing.assert_allclose(activation(name)(AXIS), wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("leaky_relu", {"negative_slope": 0.2}),
        ("elu", {"alpha": 0.5}),
        ("gelu", {"approximate": "tanh"}),
        ("softplus", {"beta": 2.0, "threshold": 5.0}),
        ("hardtanh", {"min_val": -2.0, "max_val": 3.0}),
    ],
)
def test_parameters_have_the_names_of_torch(name, parameters):
    wanted = getattr(F, name)(torch.from_numpy(AXIS), **parameters).numpy()
    np.testing.assert_allclose(activation(name, **parameters)(AXIS), wanted, rtol=1e-12, atol=1e-12)


BY_HAND = sorted(set(ACTIVATIONS) - {"softplus", "mish", "hardtanh", "scale", "shift"})


@pytest.mark.parametrize("name", BY_HAND)
def test_the_fast_form_equals_the_formula(name):
    axis = np.linspace(-5, 5, 41)
    wanted = [by_hand.pointwise(name, z) for z in axis.tolist()]
    np.testing.assert_allclose(activation(name)(axis), wanted, rtol=1e-13, atol=1e-15)


def test_values_by_hand():
    assert relu(np.array([-2, 0, 3])).tolist() == [0, 0, 3]
    assert relu(np.array([-2, 0, 3])).dtype == np.int64
    assert sigmoid(np.array([0.0, math.log(3)])).tolist() == pytest.approx([0.5, 0.75])
    assert activation("scale", by=2)(np.array([3])).tolist() == [6]
    assert activation("shift", by=2)(np.array([3])).tolist() == [5]


def test_dropout_leaves_everything_in_once_training_is_over():
    assert dropout(AXIS) is AXIS


def test_a_name_that_is_not_there_gets_all_that_are():
    with pytest.raises(UnknownNameError, match="no activation is called 'relo'; there are relu, relu6"):
        activation("relo")


@pytest.mark.parametrize(("name", "told"), [("relu", "it has none"), ("softplus", "it has beta, threshold")])
def test_a_parameter_that_is_not_there_is_named(name, told):
    with pytest.raises(SettingsError, match=f"{name} has no parameter 'slope'; {told}"):
        activation(name, slope=1.0)


def test_what_is_not_written_by_hand_says_so():
    with pytest.raises(SettingsError, match="'mish' is not written out by hand"):
        by_hand.pointwise("mish", 1.0)


def test_each_channel_has_its_own_slope():
    maps, slopes = np.array([[[-2.0, 3.0]], [[-4.0, 0.0]]]), np.array([0.5, -1.0])
    assert prelu(maps, slopes).tolist() == [[[-1, 3]], [[4, 0]]]
    assert np.array_equal(prelu(maps, slopes), by_hand.prelu(maps, slopes))
    wanted = F.prelu(torch.from_numpy(maps)[None], torch.from_numpy(slopes))[0].numpy()
    assert np.array_equal(prelu(maps, slopes), wanted)
