"""The four tests of causes, on models small enough to know by hand what each must say."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from convlens.audit.counterfactuals import (
    Asked,
    Probes,
    aliasing,
    border_signal,
    content_lost,
    nearest_cells,
    position_bound_head,
)
from convlens.audit.flips import Pairs
from convlens.audit.shifts import grid, line
from convlens.audit.sweep import sweep

from .seers import NAMES, Opened, anywhere, at_the_rim, dot, even, head_of, left, two


def asked(predict, images, shifts, border="zeros", fill=0, **settings) -> Asked:
    images = np.stack(images)
    swept = sweep(predict, images, np.zeros(len(images), np.int64), NAMES, shifts, border=border, fill=fill)
    return Asked(swept, images, predict, **settings)


def pairs_at(model: Asked, *moves: tuple[int, int, int]) -> Pairs:
    """Give pairs by image, dx and dy."""
    cells = {place: cell for cell, place in enumerate(zip(model.sweep.shifts.dx, model.sweep.shifts.dy, strict=True))}
    images, found = zip(*[(image, cells[dx, dy]) for image, dx, dy in moves], strict=True)
    return Pairs(np.array(images), np.array(found))


def every_pair(model: Asked) -> Pairs:
    count, cells = model.sweep.labels_at.shape
    return Pairs(np.repeat(np.arange(count), cells), np.tile(np.arange(cells), count))


def test_content_is_lost_where_blanking_what_leaves_changes_the_answer():
    model = asked(anywhere, [dot(0, 0), dot(4, 7)], grid(1))
    pairs = pairs_at(model, (0, -1, 0), (0, 0, -1), (0, 1, 1), (1, 1, 0), (1, 0, 1), (1, -1, -1))
    assert content_lost(model, pairs).tolist() == [True, True, False, True, False, False]


def test_a_flip_by_place_alone_loses_nothing():
    model = asked(left, [dot(4, 3)], line(2))
    pairs = pairs_at(model, (0, 1, 0), (0, 2, 0))
    assert (model.moved(pairs) != model.unmoved(pairs)).all()
    assert not content_lost(model, pairs).any()


def test_the_grey_level_of_the_blank_is_what_stands_where_content_left():
    bright = [np.full((4, 4, 1), 90, np.uint8)]
    pairs = Pairs(np.array([0]), np.array([2]))
    assert content_lost(asked(anywhere, bright, line(1), fill=255), pairs).tolist() == [True]
    assert content_lost(asked(anywhere, bright, line(1), fill=80), pairs).tolist() == [False]


@given(st.integers(-3, 3), st.integers(-3, 3), st.integers(0, 255), st.integers(0, 2**32))
def test_moved_and_moved_back_is_the_image_without_what_leaves(dx, dy, fill, seed):
    image = np.random.default_rng(seed).integers(0, 256, (1, 5, 6, 1), np.uint8)
    shown = []

    def watched(images):
        shown.append(images)
        return two(np.zeros(len(images)))

    shifts = grid(3)
    model = asked(watched, image, shifts, fill=fill)
    shown.clear()
    content_lost(model, pairs_at(model, (0, dx, dy)))
    expected = image.copy()
    for row in range(5):
        for column in range(6):
            if not (0 <= row + dy < 5 and 0 <= column + dx < 6):
                expected[0, row, column] = fill
    if (expected == image).all():
        assert sum(map(len, shown)) == 0  # nothing to ask about
    else:
        np.testing.assert_array_equal(np.concatenate(shown), expected)


def test_a_window_of_a_larger_picture_repeats_its_rim_where_content_left():
    # the window sees columns 1 to 6; moved to the right it shows column 0, and column 6 leaves
    model = asked(anywhere, [dot(4, 6), dot(4, 5)], line(1), border="crop")
    assert content_lost(model, pairs_at(model, (0, 1, 0), (0, -1, 0), (1, 1, 0))).tolist() == [True, False, False]


def test_under_other_rules_what_they_bring_stands_where_content_left():
    for border, changes in (("edge", True), ("symmetric", True), ("reflect", True)):
        model = asked(anywhere, [dot(4, 7)], line(1), border=border)
        assert content_lost(model, pairs_at(model, (0, 1, 0))).tolist() == [changes]
    wide = np.zeros((8, 8, 1), np.uint8)
    wide[4, 6:] = 200  # what is repeated is as bright as what left
    assert not content_lost(asked(anywhere, [wide], line(1), border="edge"), Pairs(np.array([0]), np.array([2]))).any()


def test_a_strided_model_flips_for_its_stride_alone():
    block = np.zeros((8, 8, 1), np.uint8)
    block[2:4, 4:6] = 200  # on every phase
    model = asked(even, [dot(2, 4), block], grid(3), border="wrap")
    pairs = every_pair(model)
    flips = model.moved(pairs) != model.unmoved(pairs)
    dx, dy = model.shift(pairs)
    assert flips.tolist() == ((pairs.images == 0) & ((dx % 2 == 1) | (dy % 2 == 1))).tolist()
    assert aliasing(model, pairs, (2, 2)).tolist() == flips.tolist()


def test_what_leaves_the_picture_is_no_aliasing():
    # seen until it leaves to the right, and with a stride that would explain nothing
    model = asked(anywhere, [dot(4, 6)], grid(3))
    pairs = pairs_at(model, (0, 2, 0), (0, 3, 0), (0, 3, 1))
    assert (model.moved(pairs) != model.unmoved(pairs)).all()
    assert not aliasing(model, pairs, (2, 2))[[0]].any()  # its phase is that of the unmoved picture
    far = asked(left, [dot(4, 3)], grid(3))
    pairs = pairs_at(far, (0, 3, 0), (0, 3, 3), (0, 3, -3))
    assert not aliasing(far, pairs, (2, 2)).any()


def test_the_mean_over_the_phases_is_one_of_probabilities():
    # at 1 and 2 px: logits (0, 10) and (0, −1); the mean probability of the second class is above a half, though at
    # the shift itself it is not
    table = {0: 5.0, 1: -1.0, 2: 10.0, 3: -9.0}

    def by_column(images):
        place = images[:, 0, :, 0].argmax(axis=1)
        second = np.array([table[column] for column in place])
        return np.stack([np.zeros(len(images)), second], axis=1).astype(np.float32)

    model = asked(by_column, [dot(0, 0, side=4)], line(1), border="wrap")
    assert aliasing(model, pairs_at(model, (0, 1, 0)), (1, 2)).tolist() == [True]
    table[2] = 0.9  # 0.269 and 0.711: below a half
    again = asked(by_column, [dot(0, 0, side=4)], line(1), border="wrap")
    # but at the multiple, 2 px, it is seen, and around it (1, 2 and 3 px) it is not: still the stride
    assert aliasing(again, pairs_at(again, (0, 1, 0)), (1, 2)).tolist() == [True]
    table[3] = 9.0  # now it is seen around the multiple too: further out, the flip is simply over
    last = asked(by_column, [dot(0, 0, side=4)], line(1), border="wrap")
    assert aliasing(last, pairs_at(last, (0, 1, 0)), (1, 2)).tolist() == [False]


def test_moves_that_cannot_be_made_say_nothing():
    model = asked(even, [dot(5, 5, side=10)], line(1), border="crop")  # windows move by one pixel at most
    pairs = pairs_at(model, (0, 1, 0))
    assert (model.moved(pairs) != model.unmoved(pairs)).all()
    assert not aliasing(model, pairs, (2, 2)).any()


def test_answers_of_the_sweep_are_not_asked_for_again():
    asked_about = []

    def watched(images):
        asked_about.append(len(images))
        return even(images)

    model = asked(watched, [dot(2, 4)], grid(3), border="wrap")
    before = sum(asked_about)
    aliasing(model, pairs_at(model, (0, 1, 1)), (2, 2))  # 1 and 2 px both ways are in the sweep
    assert sum(asked_about) == before
    images, where = np.array([0, 0, 0]), np.array([0, 5, -4])
    logits = model.logits_at(images, where, where * 0)
    assert sum(asked_about) == before + 2
    direct = [even(np.roll(model.images, place, axis=2))[0] for place in where]
    np.testing.assert_array_equal(logits, direct)


def test_questions_are_put_in_batches():
    sizes = []

    def watched(images):
        sizes.append(len(images))
        return anywhere(images)

    model = asked(watched, [dot(4, 7)] * 10, line(1), batch_size=4)
    sizes.clear()
    content_lost(model, Pairs(np.arange(10), np.full(10, 2)))
    assert sizes == [4, 4, 2]


def test_a_dense_head_flips_when_its_map_moves():
    model = asked(left, [dot(4, 3), dot(4, 1)], line(2), border="wrap")
    opened = Opened((1, 1), head_of(1), head_of(1, move=False))
    assert isinstance(opened, Probes)
    pairs = every_pair(model)
    flips = model.moved(pairs) != model.unmoved(pairs)
    assert flips.sum() == 3
    assert position_bound_head(model, pairs, opened).tolist() == flips.tolist()


def test_a_shift_of_less_than_half_a_cell_moves_no_map():
    model = asked(left, [dot(4, 3)], line(3), border="wrap")
    opened = Opened((4, 4), head_of(4), head_of(4, move=False))
    assert position_bound_head(model, pairs_at(model, (0, 1, 0), (0, 2, 0), (0, 3, 0)), opened).tolist() == [
        False,
        True,
        True,
    ]


def test_a_change_because_something_left_the_map_is_not_bound_to_a_place():
    model = asked(anywhere, [dot(4, 7)], line(1))

    def blind(images, right, down):
        return two(np.zeros(len(images)))

    pairs = pairs_at(model, (0, 1, 0))
    assert not position_bound_head(model, pairs, Opened((1, 1), blind, blind)).any()
    kept = Opened((1, 1), blind, lambda images, *_: anywhere(images))
    assert position_bound_head(model, pairs, kept).all()


def test_nearest_cells_by_hand():
    shifts = np.arange(-6, 7)
    assert nearest_cells(shifts, 4).tolist() == [-2, -1, -1, -1, -1, 0, 0, 0, 1, 1, 1, 1, 2]
    assert nearest_cells(shifts, 1).tolist() == shifts.tolist()


def test_a_flip_that_another_border_undoes_is_the_borders():
    model = asked(at_the_rim, [dot(4, 1), dot(4, 5)], line(1))
    opened = Opened(variants={"no rim": lambda images: two(np.zeros(len(images)))})
    pairs = pairs_at(model, (0, -1, 0), (0, 1, 0), (1, -1, 0))
    assert border_signal(model, pairs, opened).tolist() == [True, False, False]


def test_a_variant_must_agree_about_the_unmoved_image():
    model = asked(at_the_rim, [dot(4, 1)], line(1))
    pairs = pairs_at(model, (0, -1, 0))
    always = Opened(variants={"another network": lambda images: two(np.ones(len(images)))})
    assert not border_signal(model, pairs, always).any()
    second = Opened(variants=always.variants | {"no rim": lambda images: two(np.zeros(len(images)))})
    assert border_signal(model, pairs, second).all()


def test_of_an_answer_that_held_the_mirror_image_is_asked():
    # holds at +1; a border that makes it flip there is positive too
    model = asked(anywhere, [dot(4, 4)], line(1))
    opened = Opened(variants={"half a picture": lambda images: two((images[:, :, :5] > 100).any(axis=(1, 2, 3)))})
    pairs = pairs_at(model, (0, 1, 0), (0, -1, 0))
    assert border_signal(model, pairs, opened).tolist() == [True, False]
    # at 2 px, a multiple, it is seen; at 1 px not: of the first that is aliasing, and of the other no less
    gone = asked(even, [dot(4, 4)], line(2), border="wrap")
    assert aliasing(gone, pairs_at(gone, (0, 1, 0), (0, 2, 0)), (1, 2)).tolist() == [True, False]
