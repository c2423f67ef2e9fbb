"""Sheets of pictures with words: every picture is there to the pixel, and every word fits."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFont

from convlens.report.sheets import CELL_PX, MOST_LINES, Cell, arranged, sheet, wrapped

FONT = ImageFont.load_default(12)


def drawn(*rows, text="text"):
    return np.asarray(Image.open(io.BytesIO(sheet("title", text, ["original", "draw 1"], rows))).convert("RGB"))


def found(pixels, picture):
    """Count the places where a picture stands in a sheet."""
    height, width = picture.shape[:2]
    windows = np.lib.stride_tricks.sliding_window_view(pixels, (height, width, 3))[:, :, 0]
    starts = np.argwhere((pixels == picture[0, 0]).all(axis=2)[: windows.shape[0], : windows.shape[1]])
    return sum(np.array_equal(windows[row, column], picture) for row, column in starts)


def noise(*shape):
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


@pytest.mark.parametrize(("side", "times"), [(28, 6), (64, 3), (100, 1), (192, 1)])
def test_a_small_picture_is_magnified_by_a_whole_number_each_pixel_a_square(side, times):
    picture = noise(side, side, 3)
    square = picture.repeat(times, axis=0).repeat(times, axis=1)
    assert found(drawn([Cell(picture, ("one",))]), square) == 1


def test_grey_pictures_stand_there_in_grey():
    picture = noise(96, 96, 1)
    assert found(drawn([Cell(picture, ("one",))]), picture.repeat(3, axis=2).repeat(2, axis=0).repeat(2, axis=1)) == 1


def test_a_large_picture_is_shrunk_into_its_cell_and_the_rest_of_its_row_alike():
    large, half = np.full((900, 450, 3), (255, 0, 0), np.uint8), np.full((450, 450, 3), (0, 0, 255), np.uint8)
    pixels = drawn([Cell(large, ("large",)), Cell(half, ("half",))])
    for colour, height in (((255, 0, 0), CELL_PX), ((0, 0, 255), CELL_PX // 2)):
        rows, columns = np.nonzero((pixels == colour).all(axis=2))
        assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (height, CELL_PX // 2)


def test_cells_of_one_column_begin_at_one_place():
    red, blue = np.full((50, 50, 3), (255, 0, 0), np.uint8), np.full((20, 60, 3), (0, 0, 255), np.uint8)
    pixels = drawn([Cell(red, ("a",)), Cell(red, ("b",))], [Cell(blue, ("c" * 90,)), Cell(blue, ("d",))])
    lefts = [
        sorted({int(one) for one in np.nonzero((pixels == colour).all(axis=2))[1]})[0]
        for colour in ((255, 0, 0), (0, 0, 255))
    ]
    assert lefts[0] == lefts[1]
    # no picture reaches into another one, nor a word into a picture
    assert ((pixels == (255, 0, 0)).all(axis=2)).sum() == 2 * 150 * 150


def test_no_ink_touches_the_edge_of_the_sheet_however_long_the_words_are():
    pixels = drawn(
        [Cell(noise(5, 5, 1), ("word " * 200,)), Cell(noise(5, 5, 1), ("w" * 900,))], text="expression(" * 90
    )
    for edge in (pixels[:20], pixels[-20:], pixels[:, :20], pixels[:, -20:]):
        assert edge.min() == 255


@given(st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60), max_size=12))
def test_every_line_fits_and_there_are_not_too_many(phrases):
    lines = arranged(phrases, FONT, CELL_PX)
    assert len(lines) <= MOST_LINES
    assert all(FONT.getlength(line) <= CELL_PX for line in lines)


@given(st.text("ab c", max_size=80), st.integers(30, 200))
def test_wrapping_loses_no_letter(text, width):
    assert "".join(wrapped(text, FONT, width)).replace(" ", "") == text.replace(" ", "")


def test_what_is_left_out_is_counted():
    phrases = [f"Augmenter{number}: turned by some degrees" for number in range(20)]
    lines = arranged(phrases, FONT, CELL_PX)
    shown = sum("Augmenter" in word for line in lines for word in line.split())
    assert f"+\u00a0{20 - shown}\u00a0more" in " ".join(lines)


def test_a_long_phrase_loses_its_numbers_before_another_is_left_out():
    phrases = ["Flip", "Mix: " + "many numbers, " * 20, "Turn: 5°"]
    assert " ".join(arranged(phrases, FONT, CELL_PX)).split("\u00a0· ") == ["Flip", "Mix…", "Turn: 5°"]


def test_a_line_breaks_at_a_blank_but_not_at_a_tied_one():
    assert wrapped("ten\u00a0px right", FONT, int(FONT.getlength("ten px r"))) == ["ten\u00a0px", "right"]


def test_a_cut_text_says_so():
    assert wrapped("word " * 99, FONT, 100, 2)[-1].endswith("…")
