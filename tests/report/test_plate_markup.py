"""Plates on a page: every part at its place, told in words, and nothing a user names becomes markup."""

import base64
import io
import itertools
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image as Pillow

from convlens.report.atlas import map_atlas
from convlens.report.blocks import TableView
from convlens.report.plate_markup import COLUMN_PX, PHONE_PX, WIDE_PX, bar, drawn, group, svg
from convlens.report.plates import Band, Exhibit, Frame, Plate, within_size
from convlens.report.scales import Meaning, Scale

SVG = "{http://www.w3.org/2000/svg}"


def band(rows: int = 2, columns: int = 2, side: int = 3, **told: object) -> Band:
    maps = np.zeros((rows * columns, side, side), np.float32)
    asked: dict[str, object] = {"pitch": (side + 1, side + 1), "zoom": (4.0, 4.0), **told}
    return Band(map_atlas(maps, Scale("signed", 1), columns), columns, **asked)  # type: ignore[arg-type]


def plate(*bands: Band, scale: Scale | None = None, name: str = "conv1") -> Plate:
    return Plate(name, bands or (band(),), "Four maps.", scale)


def texts(markup: str) -> dict[str, tuple[float, float]]:
    return {
        node.text or "": (float(node.attrib["x"]), float(node.attrib["y"]))
        for node in ET.fromstring(markup).iter(f"{SVG}text")
    }


def test_the_picture_inside_is_the_atlas_byte_for_byte() -> None:
    one = band()
    data = re.findall(r'href="data:image/png;base64,([^"]+)"', svg(plate(one)))
    assert [base64.b64decode(part) for part in data] == [one.png]


def test_pixels_keep_their_edges_and_are_whole_ones_of_the_page() -> None:
    root = ET.fromstring(svg(plate(band(side=3, zoom=(5.0, 5.0)))))
    image = next(root.iter(f"{SVG}image"))
    assert image.attrib["style"] == "image-rendering: pixelated"
    assert (float(image.attrib["width"]), float(image.attrib["height"])) == (40, 40)
    assert f"max-width: {root.attrib['width']}px" in root.attrib["style"], "it may shrink, not grow"


def test_a_row_is_named_beside_its_middle() -> None:
    found = texts(svg(plate(band(names=("0", "2")))))
    (_, first), (_, second) = found["0"], found["2"]
    assert second - first == 16
    assert 6 < first < 14


def test_the_heads_stand_over_their_columns() -> None:
    found = texts(svg(plate(band(heads=("a", "b")))))
    assert found["b"][0] - found["a"][0] == 16


def test_a_frame_lies_on_its_part_of_its_cell() -> None:
    root = ET.fromstring(svg(plate(band(frames=(Frame(3, 1, 0, 2, 3),)))))
    places = {
        tuple(float(node.attrib[key]) for key in ("x", "y", "width", "height")) for node in root.iter(f"{SVG}rect")
    }
    assert places == {(16.0, 20.0, 12.0, 8.0)}


def test_bands_follow_one_another_downwards() -> None:
    root = ET.fromstring(svg(plate(band(rows=1), band(rows=2), scale=Scale("signed", 2))))
    tops = [(float(one.attrib["y"]), float(one.attrib["height"])) for one in root.iter(f"{SVG}image")]
    for (top, height), (following, _) in itertools.pairwise(tops):
        assert top + height < following
    last, height = tops[-1]
    assert last + height < float(root.attrib["height"])


@pytest.mark.parametrize(
    ("scale", "ends"),
    [
        (Scale("signed", 2.5), ["−2.5", "0", "2.5"]),
        (Scale("weights", 0.125), ["−0.125", "0", "0.125"]),
        (Scale("positive", 3), ["0", "3"]),
        (Scale("positive", 3, exceeded=True), ["0", "≥ 3"]),
        (Scale("signed", 3, exceeded=True), ["≤ −3", "0", "≥ 3"]),
        (Scale("signed", 0), ["0"]),
    ],
)
def test_the_legend_tells_the_limits_and_what_the_colours_mean(scale: Scale, ends: list[str]) -> None:
    found = list(texts(svg(plate(scale=scale))))
    assert found[:-1] == ends
    assert "0" in found[-1]
    label = ET.fromstring(svg(plate(scale=scale))).attrib["aria-label"]
    assert label.startswith("Four maps. Scale: ")
    assert found[-1] in label


def test_pictures_have_no_legend() -> None:
    markup = svg(plate())
    assert markup.count("<image") == 1
    assert ET.fromstring(markup).attrib["aria-label"] == "Four maps."


@pytest.mark.parametrize("meaning", ["signed", "positive", "weights"])
def test_the_bar_of_a_legend_holds_every_colour(meaning: Meaning) -> None:
    values = np.linspace(0 if meaning == "positive" else -1, 1, 255).astype(np.float32)
    row = Pillow.open(io.BytesIO(map_atlas(values[None, None], Scale(meaning, 1), 1))).convert("RGB")
    assert (np.asarray(Pillow.open(io.BytesIO(bar(meaning))))[0] == np.asarray(row)[0, :255]).all()


def test_words_of_the_user_stay_words() -> None:
    trouble = '</svg><script>"&'
    one = Plate(trouble, (band(names=(trouble,), heads=(trouble,)),), trouble)
    root = ET.fromstring(svg(one))
    assert [node.text for node in root.iter(f"{SVG}text")] == [trouble, trouble]
    assert root.attrib["aria-label"] == trouble
    assert "<script" not in drawn(one).svg


def test_a_figure_takes_the_room_that_it_needs() -> None:
    def made(across: float) -> Plate:
        return plate(band(zoom=(4.0, across / 8)))

    assert not drawn(made(COLUMN_PX - 20)).wide
    assert drawn(made(COLUMN_PX + 20)).wide
    assert "<div" not in drawn(made(PHONE_PX - 20)).svg
    broad = drawn(made(WIDE_PX + 500)).svg
    assert broad.startswith('<div class="scroll plate"')
    assert f"--least: {WIDE_PX + 501}px" in broad
    assert "max-width: none" in broad
    assert drawn(made(WIDE_PX + 500)).caption.startswith("Four maps. It is broader than the page: scroll it sideways")
    assert drawn(made(WIDE_PX - 20)).caption == "Four maps."


def test_a_figure_that_fits_shrinks_on_a_phone_only_while_its_letters_can_be_read() -> None:
    markup = drawn(plate(band(zoom=(4.0, 700 / 8)))).svg
    least = re.search(r"--least: (\d+)px", markup)
    assert least is not None
    assert int(least[1]) * 11 / 701 == pytest.approx(9, abs=0.02)
    assert "max-width: 701px" in markup


def test_an_exhibit_becomes_a_group_with_its_words_and_tables() -> None:
    table = TableView("Numbers", ("a",), (("1",),))
    found = group(Exhibit("Maps", ("Look.",), (Plate("conv1", (band(),), "Four maps.", None, table),)))
    assert (found.title, found.said) == ("Maps", ("Look.",))
    assert [(one.name, one.caption, one.table) for one in found.figures] == [("conv1", "Four maps.", table)]


def test_a_picture_stands_beside_the_broad_maps_made_of_it() -> None:
    picture, maps = plate(), plate(band(zoom=(4.0, 600 / 8)))
    assert group(Exhibit("Maps", (), (picture, maps, maps))).room == "beside"
    assert group(Exhibit("Maps", (), (picture, maps, picture))).room == "usual"
    assert group(Exhibit("Maps", (), (maps, maps))).room == "usual"
    assert group(Exhibit("Maps", (), (picture,))).room == "usual"


def test_only_plates_that_fit_are_kept_in_their_order() -> None:
    small, large = plate(), plate(band(rows=40, columns=40))
    assert large.size > small.size
    exhibits = (Exhibit("a", (), (small, large)), Exhibit("b", (), (large,)), Exhibit("c", (), (small,)))
    kept, left_out = within_size(exhibits, 2 * small.size)
    assert [(one.title, len(one.plates)) for one in kept] == [("a", 1), ("c", 1)]
    assert left_out == 2
    assert within_size(exhibits, 10**6)[1] == 0
