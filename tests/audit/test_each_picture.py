import numpy as np

from convlens.audit.each_picture import by_picture, flip_in_px
from convlens.audit.shifts import grid, line
from convlens.tables import Table

A, B = (1.0, 0.0), (0.0, 1.0)


def test_the_row_of_each_picture_by_hand(swept_by_hand):
    # moved by −2 … 2: one that never flips and is right, one that flips at 2 to the left only, one wrong but when moved
    logits = [[A, A, A, A, A], [A, B, B, B, B], [B, A, B, B, B]]
    table = by_picture(swept_by_hand(logits, [0, 1, 0]), np.array([7, 8, 30]))
    assert table.rows() == [
        {
            "picture": 7, "true": "0", "answer": "0", "right": True, "right_everywhere": True, "first_flip_px": ">2",
            "share_right": 1.0, "share_unchanged": 1.0,
        },
        {
            "picture": 8, "true": "1", "answer": "1", "right": True, "right_everywhere": False, "first_flip_px": 2,
            "share_right": 0.8, "share_unchanged": 0.8,
        },
        {
            "picture": 30, "true": "0", "answer": "1", "right": False, "right_everywhere": False, "first_flip_px": 1,
            "share_right": 0.2, "share_unchanged": 0.8,
        },
    ]  # fmt: skip


def test_over_both_axes_the_ring_counts(swept_by_hand):
    logits = np.tile(A, (1, 9, 1))
    logits[0, 0] = B  # one up and one to the left is one pixel away
    assert by_picture(swept_by_hand(logits, [0], grid(1)))["first_flip_px"] == [1]


def test_without_labels_nothing_is_said_that_needs_them_and_without_places_none_is_given(swept_by_hand):
    table = by_picture(swept_by_hand([[A, A, B]], [0], line(1)), labelled=False)
    assert list(table.columns) == ["picture", "answer", "first_flip_px", "share_unchanged"]
    assert table["picture"] == [None]


def test_the_table_comes_back_from_its_csv(swept_by_hand):
    table = by_picture(swept_by_hand([[A, A, A], [B, A, A]], [0, 1]), np.arange(2))
    assert Table.from_csv(table.to_csv())["first_flip_px"] == [">1", 1]


def test_a_flip_beyond_all_that_was_tried_is_spelled_so():
    assert (flip_in_px(0, 5), flip_in_px(5, 5), flip_in_px(6, 5)) == (0, 5, ">5")
