import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from convlens.augment.erasing import (
    CoarseDropout,
    CoarseSaltAndPepper,
    Cutout,
    Dropout2d,
    cutout,
    dropout_2d,
    enlarged,
)
from convlens.errors import SettingsError
from convlens.rng import keys_of

KEYS = keys_of(0, "augment", 0, np.arange(2000))
GREY = np.full((200, 24, 18, 3), 100, np.uint8)
SMALL = np.full((2000, 6, 6, 3), 100, np.uint8)


def runs(line):
    """The lengths of the runs of equal values along a line."""
    ends = np.flatnonzero(np.diff(line)) + 1
    return np.diff([0, *ends, len(line)]).tolist()


def test_cells_grow_to_pixels_by_hand():
    field = np.array([[[1, 2, 3, 4, 5, 6, 99]], [[7, 8, 9, 10, 11, 12, 99]]], np.uint8)
    large = enlarged(field, np.array([2]), np.array([3]), 4, 5)
    first = [[1, 1, 2, 3, 3]] * 2 + [[4, 4, 5, 6, 6]] * 2
    assert large[0, 0].reshape(4, 5).tolist() == first
    assert (large[1, 0].reshape(4, 5) - 6).tolist() == first


@given(rows=st.integers(1, 7), columns=st.integers(1, 7))
def test_each_pixel_gets_the_cell_that_its_middle_lies_in(rows, columns):
    field = np.arange(49).reshape(1, 1, 49)
    large = enlarged(field, np.array([rows]), np.array([columns]), 7, 9).reshape(7, 9)
    for y, x in np.ndindex(7, 9):
        assert large[y, x] == int((y + 0.5) / 7 * rows) * columns + int((x + 0.5) / 9 * columns)


@pytest.mark.parametrize("augmenter", [CoarseDropout, CoarseSaltAndPepper])
def test_the_share_of_changed_cells_lies_in_its_binomial_interval(augmenter):
    changed = augmenter(0.3, size_px=3)(images=SMALL, keys=KEYS)[..., 0]
    cells = changed.reshape(2000, 3, 2, 3, 2).transpose(0, 1, 3, 2, 4).reshape(-1, 4)
    assert (cells == cells[:, :1]).all()
    low, high = stats.binom.interval(0.9999, len(cells), 0.3)
    assert low <= (cells[:, 0] != 100).sum() <= high


def test_blobs_are_black_or_black_and_white():
    assert set(np.unique(CoarseDropout(0.5, per_channel=0.5)(images=GREY, keys=KEYS[:200]))) == {0, 100}
    both = CoarseSaltAndPepper(0.5, size_px=6, per_channel=0.5)(images=SMALL, keys=KEYS)
    assert set(np.unique(both)) == {0, 100, 255}
    first = CoarseSaltAndPepper(0.5, size_px=6)(images=SMALL, keys=KEYS)[..., 0]
    low, high = stats.binom.interval(0.9999, (first != 100).sum(), 0.5)
    assert low <= (first == 0).sum() <= high


@pytest.mark.parametrize("augmenter", [CoarseDropout, CoarseSaltAndPepper])
@pytest.mark.parametrize(
    ("settings", "height", "width"),
    [
        ({"size_px": 6}, 4, 3),
        ({"size_percent": 0.25}, 4, None),  # 4.5 cells across are 4, of 4 or 5 pixels
        ({"size_px": 1, "min_size": 2}, 12, 9),
        ({"size_px": 1, "min_size": 1}, 24, 18),
        ({"size_px": 1000}, 1, 1),
    ],
)
def test_a_fixed_size_gives_cells_of_one_size(augmenter, settings, height, width):
    changed = augmenter(0.5, **settings)(images=GREY, keys=KEYS[:200])[..., 0]
    down = {length for image in changed for length in runs(image[:, 0])}
    across = {length for image in changed for length in runs(image[0])}
    assert min(down) == height
    assert all(length % height == 0 for length in down)
    assert min(across) == (width or 4)
    assert width is None or all(length % width == 0 for length in across)


def test_height_and_width_of_the_grid_are_drawn_apart_and_anew_for_each_image():
    parameters = CoarseDropout(0.5).sample(KEYS)
    pairs = {(int(h), int(w)) for h, w in zip(parameters["height_px"], parameters["width_px"], strict=True)}
    assert pairs == {(h, w) for h in range(3, 9) for w in range(3, 9)}
    parameters = CoarseDropout(0.5, size_percent=(0.1, 0.4)).sample(KEYS)
    assert abs(np.corrcoef(parameters["height_percent"], parameters["width_percent"])[0, 1]) < 5 / 2000**0.5


@pytest.mark.parametrize("augmenter", [CoarseDropout, CoarseSaltAndPepper])
def test_channels_share_their_blobs_unless_drawn_apart(augmenter):
    shared, apart, mixed = (augmenter(0.4, per_channel=p)(images=GREY, keys=KEYS[:200]) for p in (0, 1, 0.5))
    assert (shared == shared[..., :1]).all()
    assert np.array_equal(apart[..., 0], shared[..., 0])
    alike = (mixed == mixed[..., :1]).all(axis=(1, 2, 3))
    assert 60 < alike.sum() < 140
    assert np.array_equal(mixed, np.where(alike[:, None, None, None], shared, apart))


def test_whole_channels_are_dropped_with_their_probability():
    dropped = Dropout2d(0.3, nb_keep_channels=0)(images=SMALL, keys=KEYS)
    assert (dropped == dropped[:, :1, :1]).all()
    assert set(np.unique(dropped)) == {0, 100}
    low, high = stats.binom.interval(0.9999, 6000, 0.3)
    assert low <= (dropped[:, 0, 0] == 0).sum() <= high
    counts = np.bincount((dropped[:, 0, 0] == 0).sum(axis=1), minlength=4)
    assert stats.chisquare(counts, stats.binom(3, 0.3).pmf(np.arange(4)) * 2000).pvalue > 0.001


@pytest.mark.parametrize("kept", [1, 2, 3, 4])
def test_some_channels_stay_in_any_case_and_each_as_often(kept):
    left = Dropout2d(1, nb_keep_channels=kept)(images=SMALL, keys=KEYS)[:, 0, 0] == 100
    assert (left.sum(axis=1) == min(kept, 3)).all()
    if kept < 3:
        assert stats.chisquare(left.sum(axis=0)).pvalue > 0.001


def test_a_channel_that_stays_for_others_does_not_change_what_is_dropped_otherwise():
    noise = np.arange(1, 2001)
    none, one = (dropout_2d(SMALL, np.full(2000, 0.6), noise, nb_keep_channels=kept)[:, 0, 0] for kept in (0, 1))
    empty = (none == 0).all(axis=1)
    assert np.array_equal(none[~empty], one[~empty])
    assert (one[empty] == 100).sum(axis=1).tolist() == [1] * empty.sum()


def rectangles(**settings):
    one = {"x": 0.5, "y": 0.5, "height": 0.5, "width": 0.5} | settings
    return {name: np.array([[value]], np.float64) for name, value in one.items()}


@pytest.mark.parametrize(
    ("settings", "rows", "columns"),
    [
        ({}, slice(2, 6), slice(3, 9)),
        ({"x": 0, "y": 1}, slice(6, 8), slice(0, 3)),
        ({"height": 1, "width": 1}, slice(0, 8), slice(0, 12)),
        # From 2.25 to 4.95 and from 4.2 to 6.6 pixels; fractions are cut off.
        ({"y": 0.45, "height": 0.3375, "x": 0.45, "width": 0.2}, slice(2, 4), slice(4, 6)),
        ({"height": 0}, slice(0, 0), slice(0, 0)),
    ],
)
def test_rectangles_by_hand(settings, rows, columns):
    images = np.full((1, 8, 12, 2), 100, np.uint8)
    expected = images.copy()
    expected[:, rows, columns] = (7, 8)
    none = np.zeros((1, 1), np.int64)
    filled = cutout(
        images,
        np.array([1]),
        **rectangles(**settings),
        fill_mode=np.array(["constant"]),
        cval=np.array([[[7, 8]]]),
        noise=none,
        per_channel=none,
    )
    assert np.array_equal(filled, expected)


def test_a_squared_rectangle_is_as_wide_as_high_in_pixels():
    for squared, width in ((True, 6), (False, 9)):
        filled = Cutout(position="center", size=0.5, squared=squared)(images=GREY[:, :12], keys=KEYS[:200]) == 128
        assert {(int(one.any(axis=(1, 2)).sum()), int(one.any(axis=(0, 2)).sum())) for one in filled} == {(6, width)}


def test_as_many_rectangles_as_drawn_are_filled():
    augmenter = Cutout((0, 3), size=0.3, cval=[7, 8])
    counts = augmenter.sample(KEYS[:200])["nb_iterations"]
    changed = augmenter(images=GREY, keys=KEYS[:200])
    assert set(counts) == {0, 1, 2, 3}
    assert np.array_equal((changed == GREY).all(axis=(1, 2, 3)), counts == 0)
    levels = np.array([len(np.unique(one)) - 1 for one in changed])
    assert (levels <= counts).all()
    assert levels.max() == 2


def test_the_place_follows_the_position():
    def middles(position):
        parameters = Cutout(3, position).sample(KEYS)
        return parameters["x"].ravel(), parameters["y"].ravel()

    for axis in middles("uniform"):
        assert stats.kstest(axis, "uniform").pvalue > 0.001
    x, y = middles("left-top")
    assert (set(x), set(y)) == ({0.0}, {0.0})
    x, y = middles((0.25, (0.5, 1)))
    assert set(x) == {0.25}
    assert stats.kstest(y, stats.uniform(0.5, 0.5).cdf).pvalue > 0.001
    assert abs(np.corrcoef(*middles("uniform"))[0, 1]) < 5 / 6000**0.5


def test_each_channel_has_its_own_level_or_noise_only_if_wanted():
    for mode in ("constant", "gaussian"):
        for apart in (0, 1):
            filled = Cutout(1, "center", 1, True, mode, (0, 255), apart)(images=GREY[:, :18], keys=KEYS[:200])
            alike = (filled == filled[..., :1]).all(axis=(1, 2, 3))
            assert alike.all() if apart == 0 else not alike.any()


def test_constant_levels_are_drawn_for_each_rectangle():
    filled = Cutout(1, "center", 1, cval=(0, 3))(images=SMALL, keys=KEYS)
    assert (filled == filled[:, :1, :1, :1]).all()
    assert stats.chisquare(np.bincount(filled[:, 0, 0, 0])).pvalue > 0.001


def test_noise_lies_around_middle_grey_three_deviations_from_both_ends():
    filled = Cutout(1, "center", 1, fill_mode="gaussian")(
        images=GREY[:, :18].astype(np.float32), keys=KEYS[:200], value_range=(0, 255)
    )
    inside = filled[..., 0].ravel()
    inside = inside[(inside > 0) & (inside < 255)]
    assert stats.kstest(inside, stats.truncnorm(-3, 3, 127.5, 42.5).cdf).pvalue > 0.001


def test_two_rectangles_have_noise_of_their_own():
    images = np.full((1, 20, 40, 1), 100, np.uint8)
    filled = Cutout(1, "center", 1, squared=False, fill_mode="gaussian")(images=np.repeat(images, 2, 0), keys=KEYS[:2])
    assert not np.array_equal(filled[0], filled[1])


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: CoarseDropout(1.3), "p wants values from 0 to 1, got 1.3"),
        (lambda: CoarseDropout(0.1, size_px=3, size_percent=0.1), "size_px or size_percent, not both, got 3 and 0.1"),
        (lambda: CoarseSaltAndPepper(0.1, size_px=(0, 3)), r"size_px wants values from 1 to inf, got \(0, 3\)"),
        (lambda: CoarseSaltAndPepper(0.1, size_percent=1.5), "size_percent wants values from 0 to 1, got 1.5"),
        (lambda: CoarseDropout(0.1, min_size=0), "min_size wants a number of cells from 1 up, got 0"),
        (lambda: Dropout2d(0.1, nb_keep_channels=-1), "nb_keep_channels wants a number of channels from 0 up, got -1"),
        (lambda: Cutout(-1), "nb_iterations wants values from 0 to 1000, got -1"),
        (lambda: Cutout(position="middle"), "position wants uniform, .* got 'middle'"),
        (lambda: Cutout(size=2), "size wants values from 0 to 1, got 2"),
        (lambda: Cutout(fill_mode="noise"), "no fill_mode is named 'noise'"),
        (lambda: Cutout(cval=300), "cval wants values from 0 to 255, got 300"),
    ],
)
def test_a_wrong_setting_is_refused(make, sentence):
    with pytest.raises(SettingsError, match=sentence):
        make()
