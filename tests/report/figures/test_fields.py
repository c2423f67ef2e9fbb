"""A receptive field on its picture: the line runs around exactly its pixels."""

import numpy as np
import pytest

from convlens.report.figures import receptive_field
from convlens.report.figures.fields import field_in_words, outline


def field(*rectangles: tuple[int, int, int, int]) -> np.ndarray:
    pixels = np.zeros((8, 9), bool)
    for top, left, height, width in rectangles:
        pixels[top : top + height, left : left + width] = True
    return pixels


def test_a_rectangle_has_four_sides() -> None:
    lines = outline(field((2, 3, 4, 5))).tolist()
    assert lines == [
        [[2.5, 1.5], [7.5, 1.5]],
        [[2.5, 5.5], [7.5, 5.5]],
        [[2.5, 1.5], [2.5, 5.5]],
        [[7.5, 1.5], [7.5, 5.5]],
    ]


def test_lines_are_as_long_as_marked_pixels_have_unmarked_neighbours() -> None:
    pixels = np.random.default_rng(0).random((8, 9)) < 0.5
    framed = np.pad(pixels, 1)
    sides = np.count_nonzero(framed[1:] != framed[:-1]) + np.count_nonzero(framed[:, 1:] != framed[:, :-1])
    lines = outline(pixels)
    assert np.abs(lines[:, 1] - lines[:, 0]).sum() == sides


@pytest.mark.parametrize(
    ("pixels", "told"),
    [
        (field((2, 3, 4, 5)), "pool2:0,2,2 depends on 4×5 pixels, rows 2 to 5 and columns 3 to 7"),
        (
            field((0, 0, 1, 1), (2, 2, 1, 1)),
            "pool2:0,2,2 depends on 2 of 3×3 pixels, rows 0 to 2 and columns 0 to 2",
        ),
        (field(), "pool2:0,2,2 depends on no pixel"),
    ],
)
def test_a_field_in_words(pixels: np.ndarray, told: str) -> None:
    assert field_in_words(pixels, "pool2:0,2,2", at_length=True) == told


def test_only_a_field_with_holes_has_a_dashed_rectangle_around_it() -> None:
    image = np.zeros((8, 9, 3), np.uint8)
    assert "stroke-dasharray" not in receptive_field(image, field((2, 3, 4, 5)), "a")
    assert "stroke-dasharray" in receptive_field(image, field((0, 0, 1, 1), (2, 2, 1, 1)), "a")


def test_a_field_without_pixels_can_be_drawn() -> None:
    assert "depends on no pixel" in receptive_field(np.zeros((8, 9, 1), np.uint8), field(), "a")
