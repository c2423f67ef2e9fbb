import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.audit.poses import Limits, drawn_poses, engstrom, posed, poses
from convlens.augment.geometry import translate
from convlens.errors import SettingsError
from convlens.rng import keys_of


def one(image, dx, dy, turn, **settings):
    amounts = (np.array([amount], np.float64) for amount in (dx, dy, turn))
    return posed(image, *amounts, **{"border": "zeros"} | settings)


def centroid(image):
    grey = image[0, ..., 0].astype(np.float64)
    rows, columns = np.indices(grey.shape)
    return (grey * columns).sum() / grey.sum(), (grey * rows).sum() / grey.sum()


@pytest.fixture
def blob():
    """A soft blob of even width in the middle of 28×28, so that all of it stays in and none is rounded away."""
    away = np.arange(28) - 13.5
    return np.rint(250 * np.exp(-np.add.outer(away**2, away**2) / 18)).astype(np.uint8)[None, ..., None]


def test_the_papers_grid_has_775_different_poses_with_both_ends_and_the_axes():
    grid = poses(engstrom((28, 28)))
    listed = list(zip(grid.dx.tolist(), grid.dy.tolist(), grid.turn.tolist(), strict=True))
    assert len(grid) == len(set(listed)) == 5 * 5 * 31 == 775
    assert sorted(set(grid.dx)) == sorted(set(grid.dy)) == [-3, -1.5, 0, 1.5, 3]
    assert sorted(set(grid.turn)) == list(range(-30, 31, 2))
    corners = {(dx, dy, turn) for dx in (-3, 3) for dy in (-3, 3) for turn in (-30, 30)}
    alone = {(dx, 0, 0) for dx in (-3, -1.5, 1.5, 3)} | {(0, dy, 0) for dy in (-3, 3)} | {(0, 0, 2), (0, 0, -30)}
    assert corners | alone <= set(listed)
    assert listed[grid.origin] == (0, 0, 0)


def test_no_two_poses_give_the_same_picture():
    images = np.random.default_rng(0).integers(0, 256, (1, 28, 28, 1), np.uint8).repeat(775, axis=0)
    grid = poses(Limits())
    found = posed(images, grid.dx, grid.dy, grid.turn, border="zeros")
    assert len(np.unique(found, axis=0)) == 775
    assert np.array_equal(found[grid.origin], images[0])


@pytest.mark.parametrize("dx", [-3, -1.5, 0, 1.5, 3])
@pytest.mark.parametrize("dy", [-3, 0, 1.5])
@pytest.mark.parametrize("turn", [-30, 0, 14])
def test_the_move_that_is_delivered_is_the_one_that_was_asked_for(blob, dx, dy, turn):
    """Elsewhere a sampler scaled by half the width, with its corners aligned, makes 3 px to 3·27/28 = 2.893 px."""
    x, y = centroid(one(blob, dx, dy, turn))
    assert (x - 13.5, y - 13.5) == pytest.approx((dx, dy), abs=0.02)


def test_whole_moves_copy_pixels_and_half_ones_average_two():
    image = np.random.default_rng(1).integers(0, 256, (1, 28, 28, 3), np.uint8)
    assert np.array_equal(one(image, 3, -3, 0), translate(image, np.array([3]), np.array([-3]), border="zeros"))
    row = np.array([10, 20, 40, 80], np.uint8).reshape(1, 1, 4, 1).repeat(3, axis=1)
    # 1.5 to the right: between the pixels one and two places to the left, black beyond the border
    assert one(row, 1.5, 0, 0)[0, 1].ravel().tolist() == [0, 5, 15, 30]


def test_the_turn_comes_before_the_move_and_goes_clockwise():
    image = np.zeros((1, 9, 9, 1), np.uint8)
    image[0, 1, 4] = 200  # above the middle
    assert np.argwhere(one(image, 0, 0, 90)[0, ..., 0]).tolist() == [[4, 7]]  # on the right of it
    assert np.argwhere(one(image, 1, 0, 90)[0, ..., 0]).tolist() == [[4, 8]]  # and further right, not further up


def test_nothing_is_cut_off_between_the_turn_and_the_move():
    image = np.zeros((1, 20, 10, 1), np.uint8)
    image[0, 0, 4] = 200
    # a quarter turn takes it out of the picture, by 5 px, and the move back in
    assert not one(image, 0, 0, 90).any()
    assert np.argwhere(one(image, -5, 0, 90)[0, ..., 0]).tolist() == [[9, 9]]


@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 4, 3), (31, 33, 3)])
def test_what_comes_in_follows_the_border_rule_in_pictures_of_any_size(shape):
    grey = np.full((1, *shape), 90, np.uint8)
    for border, fill in (("edge", 0), ("wrap", 0), ("reflect", 0), ("zeros", 90)):
        assert set(np.unique(one(grey, 1.5, -3, 28, border=border, fill=fill))) == {90}
    assert 0 in one(grey, 1.5, -3, 28)


def test_what_is_drawn_fills_the_limits_evenly_and_belongs_to_the_picture():
    limits = Limits(move_px=4, turn_deg=20, tries=5)
    drawn = drawn_poses(limits, keys_of(0, "test", 0, np.arange(4000)))
    for amounts, most in ((drawn.dx, 4), (drawn.dy, 4), (drawn.turn, 20)):
        assert amounts.shape == (4000, 5)
        shares = np.histogram(amounts, 10, (-most, most))[0] / amounts.size
        assert shares == pytest.approx(np.full(10, 0.1), abs=0.008)
    together = np.corrcoef([drawn.dx.ravel(), drawn.dy.ravel(), drawn.turn.ravel(), drawn.dx[:, ::-1].ravel()])
    assert np.abs(together[0, 1:3]).max() < 0.03
    alone = drawn_poses(limits, keys_of(0, "test", 0, np.array([17])))
    assert np.array_equal(alone.turn[0], drawn.turn[17])


def test_large_pictures_get_the_papers_share_of_their_shorter_side():
    assert engstrom((28, 28)) == engstrom((32, 32)) == Limits(3, 5, 30, 31, 10)
    assert engstrom((224, 224)).move_px == pytest.approx(24)
    assert engstrom((448, 300)).move_px == pytest.approx(300 * 24 / 224)


@given(
    moves=st.integers(0, 4), turns=st.integers(0, 4), move_px=st.floats(0.01, 9), turn_deg=st.floats(0.01, 90)
)  # fmt: skip
def test_a_grid_holds_the_unchanged_picture_once_and_both_ends(moves, turns, move_px, turn_deg):
    grid = poses(Limits(move_px, 2 * moves + 1, turn_deg, 2 * turns + 1))
    assert len(grid) == (2 * moves + 1) ** 2 * (2 * turns + 1)
    assert np.count_nonzero((grid.dx == 0) & (grid.dy == 0) & (grid.turn == 0)) == 1
    if moves:
        assert (-grid.dx.min(), grid.dx.max()) == (move_px, move_px)
    if turns:
        assert (-grid.turn.min(), grid.turn.max()) == (turn_deg, turn_deg)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"moves": 4}, "odd numbers of moves and turns, .* got 4 moves, 31 turns and 10 tries"),
        ({"turns": -1}, "got 5 moves, -1 turns"),
        ({"tries": 0}, "0 tries"),
        ({"move_px": -1}, r"limits of a spatial attack are 0 or more, got -1 px and 30.0°"),
    ],
)
def test_limits_that_make_no_sense_are_refused(asked, sentence):
    with pytest.raises(SettingsError, match=sentence):
        Limits(**asked)
