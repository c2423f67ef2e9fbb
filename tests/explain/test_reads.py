import numpy as np
import pytest
import torch

from convlens.explain.operations import (
    AdaptivePool,
    Add,
    AveragePool,
    Channels,
    Concatenate,
    Convolution,
    Flatten,
    GroupNorm,
    LayerNorm,
    MaxPool,
    Multiply,
    Pad,
    PixelShuffle,
    Resize,
    Softmax,
    TransposedConvolution,
    Unknown,
    Window,
)
from convlens.explain.reads import any_along, reads, tables, window_table

NONE = ((0, 0), (0, 0))


def places(table):
    return [np.flatnonzero(row).tolist() for row in table]


def test_a_window_by_hand():
    window = Window((3, 2), (2, 3), ((1, 1), (0, 0)), (1, 2))
    assert places(window_table(window, 0, 3, 5)) == [[0, 1], [1, 2, 3], [3, 4]]
    assert places(window_table(window, 1, 2, 6)) == [[0, 2], [3, 5]]


@pytest.mark.parametrize(
    ("mode", "first", "last"),
    [
        ("zeros", [0, 1], [2, 3]),
        ("replicate", [0, 1], [2, 3]),
        ("reflect", [0, 1], [2, 3]),
        ("circular", [0, 1, 3], [0, 2, 3]),
    ],
)
def test_what_padding_repeats_is_read(mode, first, last):
    table = window_table(Window((3, 3), (1, 1), ((1, 1), (1, 1))), 0, 4, 4, mode)
    assert (places(table)[0], places(table)[-1]) == (first, last)


def test_reflected_padding_reads_further_than_replicated():
    window = Window((1, 1), (1, 1), ((2, 2), (2, 2)))
    assert places(window_table(window, 0, 8, 4, "reflect")) == [[2], [1], [0], [1], [2], [3], [2], [1]]
    assert places(window_table(window, 0, 8, 4, "replicate")) == [[0], [0], [0], [1], [2], [3], [3], [3]]


def test_shares_overlap_where_the_division_leaves_a_remainder():
    down, across = tables(AdaptivePool("mean", (2, 3)), (2, 3), (1, 5, 3))
    assert places(down) == [[0, 1, 2], [2, 3, 4]]
    assert places(across) == [[0], [1], [2]]


def test_a_window_that_hangs_over_the_edge_reads_what_is_there():
    pool = MaxPool(Window((2, 2), (2, 2), NONE, ceil=True))
    assert places(tables(pool, (3, 3), (1, 5, 5))[0]) == [[0, 1], [2, 3], [4]]


def test_cut_rows_are_not_read():
    down, across = tables(Pad(((-1, 1), (0, -2))), (4, 2), (1, 4, 4))
    assert places(down) == [[1], [2], [3], []]
    assert places(across) == [[0], [1]]


def test_a_set_of_corners_is_no_rectangle():
    wanted = np.zeros((1, 1, 3, 3), bool)
    wanted[0, 0, 0, 0] = wanted[0, 0, 2, 2] = True
    (cells,) = reads(AveragePool(Window((2, 2), (2, 2), NONE)), wanted, (1, 3, 3), [(1, 6, 6)])
    assert cells[0, 0].sum() == 8
    assert cells[0, 0, :2, :2].all()
    assert cells[0, 0, 4:, 4:].all()


def test_the_channels_of_a_group_are_read_together():
    convolution = Convolution(Window((1, 1), (1, 1), NONE), torch.ones(4, 3, 1, 1), None, groups=2)
    wanted = np.zeros((1, 4, 2, 2), bool)
    wanted[0, 3, 1, 0] = True
    (cells,) = reads(convolution, wanted, (4, 2, 2), [(6, 2, 2)])
    assert np.argwhere(cells[0]).tolist() == [[3, 1, 0], [4, 1, 0], [5, 1, 0]]


def test_joined_channels_go_back_to_where_they_came_from():
    wanted = np.zeros((1, 5, 1, 1), bool)
    wanted[0, 3] = True
    first, second = reads(Concatenate(), wanted, (5, 1, 1), [(2, 1, 1), (3, 1, 1)])
    assert (first.any(), np.flatnonzero(second).tolist()) == (False, [1])


def test_a_stretched_factor_is_read_once():
    wanted = np.zeros((1, 2, 3, 3), bool)
    wanted[0, 1, 2, 2] = True
    whole, each = reads(Multiply(), wanted, (2, 3, 3), [(2, 3, 3), (2, 1, 1)])
    assert np.array_equal(whole, wanted)
    assert each.shape == (1, 2, 1, 1)
    assert np.flatnonzero(each).tolist() == [1]


def test_an_axis_that_was_missing_is_not_read():
    wanted = np.zeros((1, 2, 3), bool)
    wanted[0, 1, 2] = True
    _, each = reads(Add(), wanted, (2, 3), [(2, 3), (3,)])
    assert np.flatnonzero(each).tolist() == [2]


def test_the_index_of_a_flattened_number_is_undone():
    wanted = np.zeros((1, 24), bool)
    wanted[0, 12 + 4 + 3] = True  # channel 1, row 1, column 3 of 2×3×4
    (cells,) = reads(Flatten(), wanted, (24,), [(2, 3, 4)])
    assert np.argwhere(cells[0]).tolist() == [[1, 1, 3]]


def test_each_share_of_a_softmax_reads_all_classes():
    wanted = np.zeros((2, 3), bool)
    wanted[1, 0] = True
    (cells,) = reads(Softmax(), wanted, (3,), [(3,)])
    assert np.broadcast_to(cells, (2, 3)).tolist() == [[False] * 3, [True] * 3]


def test_every_second_output_of_a_transposed_convolution_reads_one_input():
    layer = TransposedConvolution(Window((3, 1), (2, 3), ((1, 1), (0, 0))), torch.ones(1, 1, 3, 1), None)
    down, across = tables(layer, (5, 4), (1, 3, 2))
    assert places(down) == [[0], [0, 1], [1], [1, 2], [2]]
    assert places(across) == [[0], [], [], [1]]
    dilated = TransposedConvolution(Window((2, 2), (1, 3), ((0, 0), (0, 0)), (2, 2)), torch.ones(1, 1, 2, 2), None)
    down, across = tables(dilated, (4, 6), (1, 2, 2))
    assert places(down) == [[0], [1], [0], [1]]
    assert places(across) == [[0], [], [0], [1], [], [1]]


def test_a_resized_axis_by_hand():
    wider = tables(Resize("bilinear", (4, 3), (0.5, 1.0)), (4, 3), (1, 2, 3))
    assert [places(one) for one in wider] == [[[0, 1], [0, 1], [0, 1], [1]], [[0], [1], [2]]]
    nearest = tables(Resize("nearest", (4, 2), (0.5, 2.0)), (4, 2), (1, 2, 4))
    assert [places(one) for one in nearest] == [[[0], [0], [1], [1]], [[0], [2]]]


def test_a_shuffled_pixel_reads_one_number():
    wanted = np.zeros((1, 2, 2, 4), bool)
    wanted[0, 1, 1, 2] = True
    (cells,) = reads(PixelShuffle(2), wanted, (2, 2, 4), [(8, 1, 2)])
    assert np.argwhere(cells[0]).tolist() == [[6, 0, 1]]


def test_a_channel_that_was_moved_is_read_where_it_stood():
    wanted = np.zeros((1, 2, 1, 3), bool)
    wanted[0, 1, 0, 2] = True
    (cells,) = reads(Channels((3, 0)), wanted, (2, 1, 3), [(4, 1, 3)])
    assert np.argwhere(cells[0]).tolist() == [[0, 0, 2]]
    (all_of_them,) = reads(Channels((3, 0)), np.ones((1, 1, 1, 1), bool), (2, 1, 3), [(4, 1, 3)])
    assert all_of_them[0, :, 0, 0].tolist() == [True, False, False, True]


def test_what_is_normalised_together_is_read_together():
    wanted = np.zeros((1, 4, 2, 2), bool)
    wanted[0, 3, 1, 0] = True
    (group,) = reads(GroupNorm(2, None, None, 0.0), wanted, (4, 2, 2), [(4, 2, 2)])
    assert np.broadcast_to(group[0], (4, 2, 2)).sum(axis=(1, 2)).tolist() == [0, 0, 4, 4]
    (place,) = reads(LayerNorm((0,), None, None, 0.0), wanted, (4, 2, 2), [(4, 2, 2)])
    assert np.broadcast_to(place[0], (4, 2, 2)).sum(axis=0).tolist() == [[0, 0], [4, 0]]


def test_nothing_is_said_of_what_is_unknown():
    with pytest.raises(AssertionError, match="nobody knows what sort reads"):
        reads(Unknown("sort", "order"), np.ones((1, 3), bool), (3,), [(3,)])
    with pytest.raises(AssertionError, match="Softmax has no windows"):
        tables(Softmax(), (3, 1, 1), (3, 1, 1))


def test_along_no_axes_the_sets_stay_as_they_are():
    cells = np.eye(3, dtype=bool)
    assert np.array_equal(any_along(cells, ()), cells)
    assert any_along(cells, 1, keep=True).shape == (3, 1)
