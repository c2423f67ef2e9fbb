"""Plates about the inside of a network: where everything stands, on which scale, and how much of it."""

import io

import numpy as np
import pytest
from PIL import Image as Pillow

from convlens.explain.boxes import Box
from convlens.report import inside
from convlens.report.atlas import map_atlas
from convlens.report.inside import Top
from convlens.report.plates import Frame, Plate
from convlens.report.scales import Scale, common_scale


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Pillow.open(io.BytesIO(png)).convert("RGBA"))


def width(plate: Plate) -> float:
    return max(pixels(band.png).shape[1] * band.zoom[1] for band in plate.bands)


@pytest.mark.parametrize(
    ("count", "columns"), [(1, 1), (2, 2), (4, 2), (6, 4), (32, 8), (64, 8), (96, 16), (128, 16), (512, 32)]
)
def test_a_row_has_a_power_of_two_of_cells(count: int, columns: int) -> None:
    assert inside.columns_of(count) == columns


def test_the_maps_of_a_layer_stand_in_one_atlas_of_few_bytes() -> None:
    maps = noise(64, 26, 26)
    plate = inside.maps_plate("conv1", maps, common_scale("signed", maps))
    (band,) = plate.bands
    assert band.png == map_atlas(maps, common_scale("signed", maps), 8)
    assert len(band.png) < 50_000
    assert band.names == tuple(map(str, range(0, 64, 8)))
    assert band.zoom == (3, 3)


def test_the_filter_that_answers_strongest_is_framed_unless_another_is_asked_for() -> None:
    maps = noise(8, 4, 5)
    maps[6, 1, 2] = 99
    scale = common_scale("signed", maps)
    assert inside.maps_plate("conv", maps, scale).bands[0].frames == (Frame(6, 0, 0, 4, 5),)
    assert inside.maps_plate("conv", maps, scale, marked=1).bands[0].frames == (Frame(1, 0, 0, 4, 5),)


def test_of_many_maps_the_first_are_drawn_and_large_ones_are_shrunk() -> None:
    maps = noise(300, 120, 120)
    maps[200, 0, 0] = 99
    plate = inside.maps_plate("conv", maps, common_scale("signed", maps))
    assert plate.bands[0].frames == ()
    assert plate.caption.startswith("The first 128 of 300 maps of 120×120, 16 to a row")
    assert "each pixel the mean of a block" in plate.caption
    assert "Filter 200 answers strongest: 99 at row 0, column 0." in plate.caption
    assert width(plate) <= 736
    assert len(plate.bands[0].png) < 50_000
    assert plate.table is not None
    assert len(plate.table.rows) == 128


def test_the_numbers_of_maps_are_told() -> None:
    maps = np.array([[[0, 1], [2, 3]], [[-1, -1], [-1, -1]]], np.float32)
    table = inside.maps_plate("conv", maps, common_scale("signed", maps)).table
    assert table is not None
    assert table.rows == (("0", "0", "1.5", "3"), ("1", "−1", "−1", "−1"))


def test_the_channels_of_a_filter_stand_side_by_side() -> None:
    weights = np.zeros((4, 3, 2, 2), np.float32)
    weights[1, 2] = 1
    plate = inside.filters_plate("conv1", weights)
    (band,) = plate.bands
    assert plate.scale == Scale("weights", 1.0)
    assert band.columns == 2 * 3
    drawn = pixels(band.png)
    strongest = map_atlas(np.ones((1, 1, 1), np.float32), Scale("weights", 1), 1)
    assert (drawn[:2, 3 * 5 : 3 * 5 + 2] == pixels(strongest)[0, 0]).all()
    assert "a filter's 3 channels stand side by side" in plate.caption
    assert "Filter 1 has the largest weights (norm 2), 0 the smallest (0)." in plate.caption


def test_below_each_picture_stands_its_map_on_the_same_pitch() -> None:
    pictures, maps = np.zeros((9, 28, 28, 1), np.uint8), noise(9, 11, 11)
    plate = inside.rows_plate("rows", pictures, maps, common_scale("signed", maps), "")
    assert len(plate.bands) == 4
    pitches = {band.pitch[axis] * band.zoom[axis] for band in plate.bands for axis in (0, 1)}
    assert len(pitches) == 1
    assert [band.columns for band in plate.bands] == [7] * 4


def test_the_patch_is_cut_out_exactly_where_the_frame_is() -> None:
    picture = np.arange(400, dtype=np.int64).reshape(20, 20, 1).astype(np.uint8)
    box = Box(3, 5, 4, 6)
    plate = inside.tops_plate("tops", [Top(picture, "cat", 1.5, 2, 3, box)], "")
    whole, patch = plate.bands
    assert whole.frames == (Frame(0, 3, 5, 4, 6),)
    assert whole.heads == ("1.5",)
    assert (pixels(patch.png)[:4, :6, 0] == picture[3:7, 5:11, 0]).all()
    assert plate.table is not None
    assert plate.table.rows == (("1", "cat", "1.5", "2, 3", "rows 3–6, columns 5–10"),)


def test_where_it_is_not_known_what_was_seen_nothing_is_cut_out() -> None:
    picture = np.zeros((8, 8, 3), np.uint8)
    plate = inside.tops_plate("tops", [Top(picture, "cat", 1.5, 2, 3, None)], "")
    assert len(plate.bands) == 1
    assert plate.bands[0].frames == ()
    assert plate.table is not None
    assert plate.table.rows[0][-1] == "not known"


def test_a_unit_without_a_map_has_neither_frame_nor_place() -> None:
    top = Top(np.zeros((8, 8, 1), np.uint8), "cat", 1.5, 0, 0, Box(0, 0, 8, 8))
    plate = inside.tops_plate("tops", [top], "", maps=False)
    assert len(plate.bands) == 1
    assert plate.bands[0].frames == ()
    assert plate.table is not None
    assert plate.table.rows == (("1", "cat", "1.5"),)


def test_a_large_picture_is_shrunk_with_its_frame() -> None:
    picture = np.full((224, 224, 3), 77, np.uint8)
    (band,) = inside.picture_plate("picture", picture, "", Box(20, 40, 100, 60)).bands
    assert band.frames == (Frame(0, 20 / 3, 40 / 3, 100 / 3, 20),)
    drawn = pixels(band.png)
    assert drawn.shape == (75, 75, 4)
    assert (drawn[..., :3] == 77).all()


def test_a_small_picture_is_shown_large_in_whole_steps() -> None:
    plate = inside.picture_plate("picture", np.zeros((28, 28, 1), np.uint8), "")
    assert plate.bands[0].zoom == (8, 8)
    assert width(plate) == 224


@pytest.mark.parametrize(("side", "count"), [(28, 21), (94, 21), (95, 7)])
def test_large_pictures_have_a_single_row(side: int, count: int) -> None:
    assert inside.places_for((20, side), 3) == count


@pytest.mark.parametrize("side", [26, 55, 111, 224])
@pytest.mark.parametrize("count", [1, 3, 64, 128, 512])
def test_maps_of_any_number_and_size_take_at_most_50_kb(count: int, side: int) -> None:
    maps = noise(count, side, side)
    plate = inside.maps_plate("conv", maps, common_scale("signed", maps))
    assert len(plate.bands[0].png) <= 50_000
    assert width(plate) <= 736


def test_every_picture_is_in_a_heat_map_and_it_says_how_many_share_a_row() -> None:
    values = noise(1000, 3000)
    plate = inside.units_plate("units", values, "signed", "Told.")
    assert pixels(plate.bands[0].png).shape[:2] == (50, 3000)
    assert plate.caption.startswith("Told. All are in it: each of the 50 rows is the mean of 20 pictures")
    last = values.copy()
    last[-1] += 1000
    assert plate.bands[0].png != inside.units_plate("units", last, "signed", "Told.").bands[0].png
    few = inside.units_plate("units", values[:4, :10], "signed", "Told.")
    assert few.caption == "Told."
    assert few.bands[0].zoom == (6, 24)


def test_the_classes_of_a_heat_map_stand_beside_their_rows() -> None:
    values = noise(3, 3)
    plate = inside.classes_plate("means", values, common_scale("signed", values), "", ["a", "b", "c" * 40], "abc")
    (band,) = plate.bands
    assert band.names[:2] == ("a", "b")
    assert len(band.names[2]) == 20
    assert band.heads == ("a", "b", "c")
    assert band.pitch == (1, 3)
    assert pixels(band.png).shape[:2] == (3, 3)
