import torch
from torch import nn

from convlens.models.networks import create
from convlens.models.sweeping.plan import alone, plan


def test_the_cnn_is_divided_before_its_dense_layers():
    divided = plan(create("cnn").eval(), (1, 28, 28), wraps=False)
    assert [link.name for link in divided.rest] == ["flatten", "dense1", "relu3", "dense2"]
    assert divided.windows == ((26, 26), (24, 24), (12, 24), (12, 12), (12, 12), (10, 10), (5, 10), (5, 5), (5, 5))
    assert divided.channels == (1, 64, 64, 64, 64, 128, 128, 128, 128)
    assert divided.around == ()


def test_the_largest_map_of_the_cnn_by_hand():
    divided = plan(create("cnn").eval(), (1, 28, 28), wraps=False)
    assert divided.values((0, 0)) == 64 * 24 * 24
    assert divided.values((10, 10)) == 64 * 34 * 34
    assert divided.values((0, 10)) == 64 * 24 * 34


def test_under_wrap_steps_go_around_as_long_as_strides_divide():
    network = create("cnn[padding=circular]", size=14).eval()
    divided = plan(network, (1, 14, 14), wraps=True)
    # 14 → 7, and 7 is odd: the second convolution still goes around, the second pool, which drops a row, does not.
    assert [step.circular for step in divided.around] == [True, False, False, False, True]
    assert [step.stride for step in divided.steps] == [(2, 1), (1, 2), (1, 1)]
    # Of the seven rows the second pool uses six, and its windows begin up to seven rows apart.
    assert divided.values((14, 14)) == 128 * (6 + 7) ** 2


def test_an_average_over_a_circle_makes_a_flat_map_of_one_cell():
    network = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(1, 2, 1), nn.Flatten(), nn.Linear(2, 3)).eval()
    divided = plan(network, (1, 4, 4), wraps=True)
    assert (len(divided.around), len(divided.steps), divided.windows) == (1, 1, ((1, 1), (1, 1)))
    assert divided.reason == "0 to 1 computed once for all shifts, 2 to 3 for each shift alone"


def test_planning_changes_nothing():
    network = nn.Sequential(nn.BatchNorm2d(1), nn.ReLU(), nn.Flatten(), nn.Linear(16, 3)).eval()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    plan(network, (1, 4, 4), wraps=False)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_alone_is_the_network_in_one_piece():
    network = create("toy").eval()
    undivided = alone(network, (1, 4, 4), "nobody knows it")
    assert undivided.windows == ((4, 4),)
    assert [link.layer for link in undivided.rest] == [network]
    assert undivided.reason == "everything is computed for each shift alone, because nobody knows it"
