import pytest
from torch import nn

from convlens.explain.doctor.dropped_rows import dropped_rows
from convlens.explain.doctor.patient import Patient
from convlens.models.networks import create


def found_in(network, *shape):
    return [(one.layer, one.count) for one in dropped_rows(Patient(network, shape))]


def test_the_books_second_pool_drops_a_row_and_a_column():
    (found,) = dropped_rows(Patient(create("cnn"), (1, 28, 28)))
    assert (found.kind, found.layer, found.count) == ("dropped-rows", "pool2", 2)
    assert "the last 1 row and 1 column of its 11×11 map are dropped" in found.evidence
    assert found.remedy == "ceil_mode=True in pool2, then train again"
    assert found.recheck.count == 0


def test_the_deep_network_drops_twice():
    # 224 → 222 → 111 → 109 → 54 → 52 → 26 → 24 → 12 → 10 → 5 → 3 → 1
    network = nn.Sequential()
    for block in range(1, 7):
        network.add_module(f"conv{block}", nn.Conv2d(1, 1, 3))
        network.add_module(f"pool{block}", nn.MaxPool2d(2))
    assert found_in(network, 1, 224, 224) == [("pool2", 2), ("pool6", 2)]


def test_a_strided_convolution_drops_what_its_last_window_does_not_reach():
    network = nn.Sequential(nn.Conv2d(1, 1, 3, stride=2), nn.Flatten(), nn.Linear(3 * 2, 2))
    (found,) = dropped_rows(Patient(network, (1, 8, 5)))
    assert (found.layer, found.count) == ("0", 1)
    assert "the last 1 row of its 8×5 map" in found.evidence
    assert (found.remedy, found.recheck.count) == ("padding=1 in layer '0', then train again", 0)


@pytest.mark.parametrize("side", [4, 5])
def test_gaps_that_a_stride_leaves_anyway_are_no_remainder(side):
    assert found_in(nn.Sequential(nn.Conv2d(1, 1, 1, stride=2)), 1, side, side) == []


def test_a_map_that_the_stride_divides_is_read_to_its_end():
    assert found_in(create("steady"), 1, 28, 28) == []


def test_where_only_another_size_helps_that_is_said():
    class Cut(nn.MaxPool2d):
        def forward(self, x):
            return nn.functional.max_pool2d(x, 2)

    (found,) = dropped_rows(Patient(nn.Sequential(Cut(3)), (1, 5, 5)))
    assert found.remedy == "pictures of 6×6, then train again" or "ceil_mode" in found.remedy
    assert found.recheck.count == 0
