import pytest

from convlens.errors import UnknownNameError
from convlens.explain.operations import Flatten, Pointwise, Unknown
from convlens.explain.places import called_by, layer_place, outside


def test_a_name_is_found_or_answered_with_near_ones_and_the_list():
    assert layer_place("conv2", ["conv1", "conv2"]) == 1
    with pytest.raises(UnknownNameError) as error:
        layer_place("con1", ["conv1", "dense"])
    assert str(error.value) == "the network has no layer 'con1'; did you mean 'conv1'? (layers: conv1, dense)"


@pytest.mark.parametrize(
    ("shape", "place", "told"),
    [
        ((2, 3, 4), (1, 2, 3), ""),
        ((5,), (4,), ""),
        ((), (), ""),
        ((2, 3, 4), (2, 0, 0), "'a' has channels 0 to 1, rows 0 to 2, columns 0 to 3; got channel 2"),
        ((2, 3, 4), (0, -1, 0), "'a' has channels 0 to 1, rows 0 to 2, columns 0 to 3; got row -1"),
        ((4608,), (4608,), "'a' has numbers 0 to 4,607; got number 4608"),
        ((5,), (1, 2), "'a' has numbers 0 to 4, and a unit of it is written a:NUMBER; got a:1,2"),
        ((2, 3), (1,), "'a' has axis 0s 0 to 1, axis 1s 0 to 2, and a unit of it is written a:AXIS 0,AXIS 1; got a:1"),
    ],
)
def test_a_place_is_inside_or_told_with_what_there_is(shape, place, told):
    assert outside("a", shape, place) == told


@pytest.mark.parametrize(
    ("name", "operation", "told"),
    [
        ("mean", Unknown("mean", ""), "mean"),
        ("block.mean_2", Unknown("mean", ""), "block.mean_2"),
        ("3", Unknown("LPPool2d", ""), "layer '3' (LPPool2d)"),
        ("sample1", Unknown("PolyphaseSampling", ""), "sample1 (PolyphaseSampling)"),
        ("get real", Unknown("get real", ""), "reading the attribute 'real'"),
        ("relu1", Pointwise("relu"), "relu1"),
        ("1", Pointwise("selu"), "layer '1' (selu)"),
        ("end", Flatten(), "end (Flatten)"),
    ],
)
def test_a_step_is_called_by_what_ran_there_only_where_its_name_does_not_say_it(name, operation, told):
    assert called_by(name, operation) == told
