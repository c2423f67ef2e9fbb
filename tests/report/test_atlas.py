"""Atlases: every number one pixel in its colour, in its place, and few bytes."""

import io
import zlib

import numpy as np
from PIL import Image as Pillow

from convlens.report.atlas import map_atlas, picture_atlas
from convlens.report.figures import palette
from convlens.report.scales import Scale, common_scale, levels


def opened(png: bytes, mode: str) -> np.ndarray:
    return np.asarray(Pillow.open(io.BytesIO(png)).convert(mode))


def test_every_number_is_the_pixel_at_its_place_in_its_colour() -> None:
    maps = np.random.default_rng(0).normal(size=(5, 3, 4)).astype(np.float32)
    scale = common_scale("signed", maps)
    drawn = opened(map_atlas(maps, scale, 2), "RGBA")
    assert drawn.shape == (3 * 4, 2 * 5, 4)
    colours = palette("signed")[levels(maps, scale).astype(int) - 1]
    for place in range(5):
        row, column = divmod(place, 2)
        cell = drawn[4 * row : 4 * row + 3, 5 * column : 5 * column + 4]
        assert (cell[..., :3] == colours[place]).all()
        assert (cell[..., 3] == 255).all()


def test_between_cells_and_behind_the_last_one_the_page_shines_through() -> None:
    drawn = opened(map_atlas(np.zeros((3, 2, 2), np.float32), Scale("positive", 1), 2), "RGBA")[..., 3]
    assert (drawn[:, 2] == 0).all()
    assert (drawn[2] == 0).all()
    assert (drawn[3:, 3:] == 0).all()
    assert (drawn[:2, :2] == 255).all()


def test_what_is_no_number_is_transparent() -> None:
    maps = np.array([[[np.nan, 1]]], np.float32)
    assert opened(map_atlas(maps, Scale("signed", 1), 1), "RGBA")[0, :2, 3].tolist() == [0, 255]


def test_64_maps_of_noise_take_less_than_50_kb() -> None:
    maps = np.random.default_rng(0).normal(size=(64, 26, 26)).astype(np.float32)
    assert len(map_atlas(maps, common_scale("signed", maps), 8)) < 50_000


def test_a_pixel_of_an_atlas_is_one_byte() -> None:
    png = map_atlas(np.zeros((4, 5, 6), np.float32), Scale("weights", 1), 2)
    start = png.index(b"IDAT")
    length = int.from_bytes(png[start - 4 : start], "big")
    rows = zlib.decompress(png[start + 4 : start + 4 + length])
    assert len(rows) == 2 * 6 * (2 * 7 + 1), "a byte for each pixel, and one for each row"


def test_pictures_of_any_size_keep_their_pixels() -> None:
    grey = np.arange(6, dtype=np.uint8).reshape(2, 3, 1)
    colour = np.arange(3 * 3 * 3, dtype=np.uint8).reshape(3, 3, 3)
    drawn = opened(picture_atlas([grey, colour], 2, (4, 5)), "RGBA")
    assert drawn.shape == (4, 10, 4)
    assert (drawn[:2, :3, :3] == grey).all()
    assert (drawn[:3, 5:8, :3] == colour).all()
    assert drawn[..., 3].sum() == 255 * (6 + 9)


def test_grey_pictures_stay_grey() -> None:
    assert Pillow.open(io.BytesIO(picture_atlas([np.zeros((2, 2, 1), np.uint8)], 1, (2, 2)))).mode == "LA"
