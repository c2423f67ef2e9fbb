import numpy as np
import pytest
import torch
from torch import nn

from convlens.models.networks import create
from convlens.models.sweeping.fragments import Fragment, around, fragments, unrolled, windows_before
from convlens.models.sweeping.plan import plan
from convlens.models.sweeping.rules import Step, steps_of


def row(*values):
    return torch.tensor(values, dtype=torch.float32).view(1, 1, 1, -1)


def on_a_row(maps, *columns):
    return Fragment(maps, np.array([(0, column) for column in columns]), np.arange(len(columns)))


def told(found):
    return [(one.maps.flatten().tolist(), one.places[:, 1].tolist(), one.cells.tolist()) for one in found]


PAIRS = Step(nn.MaxPool2d((1, 2)), (1, 2), (1, 2))
SUMS = Step(nn.LPPool2d(1, (1, 2), 1), (1, 2))


def test_a_strided_layer_makes_a_fragment_for_each_phase_by_hand():
    # Windows of five at the columns 0 to 3, of which a pool with stride 2 uses four.
    steps, canvas = [PAIRS], on_a_row(row(0, 1, 2, 3, 4, 5, 6, 7), 0, 1, 2, 3)
    windows = windows_before(steps, (1, 2))
    assert windows == ((1, 4), (1, 2))
    assert told(fragments(canvas, steps, windows)) == [([1, 3, 5], [0, 1], [0, 2]), ([2, 4, 6], [0, 1], [1, 3])]


def test_two_strided_layers_split_twice_and_a_lone_window_waits():
    steps, canvas = [PAIRS, PAIRS], on_a_row(row(*range(8)), 0, 1, 2)
    windows = windows_before(steps, (1, 1))
    found = list(fragments(canvas, steps, windows))
    assert told(found) == [([3], [0], [0]), ([5], [0], [2]), ([2, 4], [0], [1])]
    assert [one.depth for one in found] == [2, 2, 1]


def test_a_map_is_cut_to_what_the_windows_use():
    steps, canvas = [SUMS], on_a_row(row(*range(9)), 4, 3, 3)
    assert told(fragments(canvas, steps, windows_before(steps, (1, 2)))) == [([7, 9, 11], [1, 0, 0], [0, 1, 2])]


def test_far_apart_windows_of_one_phase_leave_a_gap_out_at_neither_end():
    steps, canvas = [PAIRS], on_a_row(row(*range(12)), 1, 7)
    assert told(fragments(canvas, steps, windows_before(steps, (1, 1)))) == [([2, 4, 6, 8], [0, 3], [0, 1])]


def test_a_circle_turns_and_has_as_many_fragments_as_phases():
    found = list(around(on_a_row(row(5, 1, 2, 3), -1, 0, 1, 2, 3, 7), [PAIRS]))
    assert told(found) == [([5, 3], [0, 1], [1, 3]), ([2, 5], [-1, 0, 1, 3], [0, 2, 4, 5])]


def test_a_layer_that_sees_all_of_a_circle_sees_the_same_from_everywhere():
    everything = Step(nn.AdaptiveAvgPool2d(1), (1, 4), everything=True)
    assert told(around(on_a_row(row(5, 1, 2, 4), -1, 0, 2), [everything])) == [([3], [0, 0, 0], [0, 1, 2])]


def test_a_circle_is_rolled_out_as_far_as_windows_reach():
    flat = unrolled(on_a_row(row(5, 6, 7), -1, 1), (1, 3))
    assert told([flat]) == [([7, 5, 6, 7, 5], [0, 2], [0, 1])]
    assert told([unrolled(on_a_row(row(5, 6, 7), -3, 0, 1), (1, 3))]) == [([5, 6, 7, 5], [0, 0, 1], [0, 1, 2])]


def counted(network, radius):
    """Count the cells that each convolution of a network computes for a picture in a sweep."""
    steps = plan(network, (1, 28, 28), wraps=False)
    cells = {}
    for layer in network:
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(
                lambda one, _, output: cells.update({one: cells.get(one, 0) + output[0, 0].numel()})
            )
    side = np.arange(2 * radius + 1)
    places = np.stack(np.meshgrid(side, side), axis=2).reshape(-1, 2)
    canvas = Fragment(torch.zeros(1, 1, 28 + 2 * radius, 28 + 2 * radius), places, np.arange(len(places)))
    with torch.inference_mode():
        found = list(fragments(canvas, steps.steps, steps.windows))
    return list(cells.values()), found


def test_the_cnn_computes_each_cell_once_for_all_121_shifts():
    # The last pool drops a row and a column, so a window uses 26 of 28 pixels: 36 − 2 cells after the first
    # convolution, and (15 + 14)² after the second, for the windows at even and at odd places.
    cells, found = counted(create("cnn").eval(), 5)
    assert cells == [34**2, 29**2]
    assert len(found) == 16
    assert sum(len(one.cells) for one in found) == 121


@pytest.mark.parametrize("axis", [0, 1])
def test_a_pool_is_one_over_rows_and_one_over_columns(axis):
    first, second = steps_of(nn.MaxPool2d((2, 3), (2, 1), dilation=(2, 1)), (9, 9))
    assert (first.kernel, first.stride, second.kernel, second.stride) == ((3, 1), (2, 1), (1, 3), (1, 1))
    maps = torch.arange(81.0).view(1, 1, 9, 9).sin()
    whole = nn.functional.max_pool2d(maps, (2, 3), (2, 1), dilation=(2, 1))
    assert torch.equal(second.run(first.run(maps)), whole)
    assert steps_of(nn.MaxPool2d(1, 1), (9, 9)) == ()
