"""Plates about the inside of a network: maps, filters, what a filter answers to, units of a whole class."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Any

import numpy as np
from jaxtyping import Float32

from convlens.arrays import Image, Images
from convlens.explain.boxes import Box
from convlens.report.atlas import map_atlas, picture_atlas
from convlens.report.blocks import TableView
from convlens.report.findings import inside as said
from convlens.report.plates import Band, Frame, Plate
from convlens.report.scales import Meaning, Scale, common_scale
from convlens.report.shrinking import Maps, Picture, means_of_rows, shrunk, shrunk_picture
from convlens.report.words import number, shortened

MOST_MAPS = 128
"""So many maps of a layer stand on a page."""

MOST_PIXELS = 47_000
"""So many pixels may the maps of a layer have on a page, at a byte each: 64 maps of 26×26 just fit."""

MOST_CELLS, MOST_ROWS = 150_000, 400
"""So many numbers of a whole class stand on a page, in so many rows; more pictures share a row."""

WIDTH_PX = 700
"""What the maps of a layer should take of a page, if they can."""

_CELL_PX, _COLUMNS, _LARGEST_PX = 96, 7, 240
_WIDEST_CELL = _CELL_PX - 2
_ZOOMS = (48, 32, 24, 16, 12, 8, 6, 4, 3, 2, 1)


@dataclass(frozen=True, eq=False)
class Top:
    """A picture that a filter answers strongly to, and which part of it was seen.

    Attributes:
        name: its class; None where nobody knows it.
        box: the part; None where that is not known.
    """

    picture: Image
    name: str | None
    value: float
    row: int
    column: int
    box: Box | None


def columns_of(count: int) -> int:
    """Give how many cells stand in a row: a power of two, so that filters are easily counted out."""
    return 1 << max(0, int(np.ceil(np.log2(np.sqrt(count)))))


def maps_plate(layer: str, maps: Maps, scale: Scale, *, marked: int | None = None) -> Plate:
    """Show the maps of one layer for one picture, filter 0 at the top left.

    Args:
        scale: the same for all pictures that are compared.
        marked: the filter with a frame; the one that answers strongest when None.
    """
    columns = columns_of(min(len(maps), MOST_MAPS))
    side = min(WIDTH_PX // columns, isqrt(MOST_PIXELS // min(len(maps), MOST_MAPS))) - 1
    shown = shrunk(maps[:MOST_MAPS], side)
    pitch = shown.shape[1] + 1, shown.shape[2] + 1
    zoom = max(1, WIDTH_PX // (columns * pitch[1]))
    framed = said.strongest(maps)[0] if marked is None else marked
    frames = (Frame(framed, 0, 0, *shown.shape[1:]),) if framed < len(shown) else ()
    band = Band(
        map_atlas(shown, scale, columns, pitch),
        columns,
        pitch,
        (zoom, zoom),
        names=tuple(map(str, range(0, len(shown), columns))),
        frames=frames,
    )
    caption = said.maps_in_words(maps, columns, len(shown), shown.shape[1] < maps.shape[1], marked, scale.low == 0)
    return Plate(f"Maps of {layer}", (band,), caption, scale, _map_numbers(layer, maps))


def filters_plate(layer: str, weights: Float32[np.ndarray, "filters channels h w"], what: str = "filter") -> Plate:
    """Show the weights of a layer that looks at the picture itself; a filter's channels stand side by side."""
    filters, channels, height, width = weights.shape
    columns = columns_of(min(filters, MOST_MAPS))
    shown = weights[:MOST_MAPS].reshape(-1, height, width)
    scale = common_scale("weights", weights)
    pitch = height + 1, width + 1
    zoom = max(1, min(12, WIDTH_PX // (columns * channels * pitch[1])))
    band = Band(
        map_atlas(shown, scale, columns * channels, pitch),
        columns * channels,
        pitch,
        (zoom, zoom),
        names=tuple(map(str, range(0, len(weights[:MOST_MAPS]), columns))),
    )
    return Plate(f"Weights of {layer}", (band,), said.filters_in_words(weights, columns, MOST_MAPS, what), scale)


def rows_plate(name: str, pictures: Images, maps: Maps, scale: Scale, caption: str) -> Plate:
    """Show rows of pictures, and under each picture the map that one filter makes of it."""
    pitch, columns = _CELL_PX, _COLUMNS
    shown = shrunk(maps, _WIDEST_CELL)
    bands = []
    for start in range(0, len(pictures), columns):
        rows = slice(start, start + columns)
        bands.append(_pictures(list(pictures[rows]), columns, pitch))
        cell, zoom = _fitted(shown.shape[1:], pitch)
        bands.append(Band(map_atlas(shown[rows], scale, columns, cell), columns, cell, zoom))
    return Plate(name, tuple(bands), caption, scale)


def picture_plate(name: str, picture: Image, caption: str, box: Box | None = None) -> Plate:
    """Show one picture large, with a frame around a part of it."""
    small, step = shrunk_picture(picture, _WIDEST_CELL)
    zoom = max(1, _LARGEST_PX // max(small.shape[:2]))
    frames = () if box is None else (_frame(0, box, step),)
    size = small.shape[0], small.shape[1]
    band = Band(picture_atlas([small], 1, size), 1, size, (zoom, zoom), frames=frames)
    return Plate(name, (band,), caption)


def places_for(size: Sequence[int], rows: int) -> int:
    """Give how many pictures of this size stand in so many rows; large ones weigh more on a page, and have but one."""
    return _COLUMNS * (rows if max(size) <= _WIDEST_CELL else 1)


def tops_plate(name: str, tops: Sequence[Top], caption: str, *, maps: bool = True) -> Plate:
    """Show the pictures that a filter answers strongest to, and below each the part that it saw, larger.

    Args:
        maps: the answers have a row and a column; a unit that sees the whole picture has none, and needs no frame.
    """
    pitch, columns = _CELL_PX, _COLUMNS
    bands = []
    for start in range(0, len(tops), columns):
        row = tops[start : start + columns]
        boxes = [top.box if maps else None for top in row]
        heads = tuple(number(top.value) for top in row)
        bands.append(_pictures([top.picture for top in row], columns, pitch, boxes=boxes, heads=heads))
        patches = [_cut(top.picture, box) for top, box in zip(row, boxes, strict=True) if box is not None]
        if len(patches) == len(row):
            bands.append(_pictures(patches, columns, pitch))
    rows = tuple(
        (
            str(place),
            top.name or "not known",
            number(top.value),
            *((f"{top.row}, {top.column}", _seen(top.box)) if maps else ()),
        )
        for place, top in enumerate(tops, start=1)
    )
    heads = ("place", "class", "answer", *(("row, column of the map", "it saw") if maps else ()))
    return Plate(name, tuple(bands), caption, table=TableView("The strongest answers", heads, rows))


def units_plate(
    name: str, values: Float32[np.ndarray, "n units"], meaning: Meaning, caption: str, heads: Sequence[str] = ()
) -> Plate:
    """Show numbers as a heat map: a row per picture, a column per unit.

    Where there are more pictures than rows, a row is the mean of neighbouring ones, so that all are in it.

    Args:
        meaning: of the numbers; their scale is that of what is drawn.
        heads: of the columns, where units are classes.
    """
    together = -(-len(values) // max(1, min(MOST_ROWS, MOST_CELLS // values.shape[1])))
    rows = means_of_rows(values, together)
    scale = common_scale(meaning, rows)
    zoom = float(max(1, min(6, 300 // len(rows)))), _across(values.shape[1], heads)
    band = Band(map_atlas(rows[None], scale, 1, rows.shape), 1, rows.shape, zoom, heads=tuple(heads))
    return Plate(name, (band,), f"{caption}{said.together_in_words(together, len(rows), len(values))}", scale)


def classes_plate(
    name: str,
    values: Float32[np.ndarray, "classes units"],
    scale: Scale,
    caption: str,
    names: Sequence[str],
    heads: Sequence[str] = (),
) -> Plate:
    """Show numbers of classes as a heat map: a row per class, by its name, a column per unit.

    Args:
        heads: of the columns, where units are classes too.
    """
    units = values.shape[1]
    band = Band(
        map_atlas(values[:, None], scale, 1, (1, units)),
        1,
        (1, units),
        (18.0, _across(units, heads)),
        names=tuple(shortened(name, 20) for name in names),
        heads=tuple(heads),
    )
    return Plate(name, (band,), caption, scale)


def _across(units: int, heads: Sequence[str]) -> float:
    """Give how many pixels of the page a unit takes: as many as its name or the page has room for, but at least one."""
    return 48.0 if heads else float(max(1, min(24, 640 // units)))


def _map_numbers(layer: str, maps: Maps) -> TableView:
    flat = maps.reshape(len(maps), -1)[:MOST_MAPS]
    rows = tuple(
        (str(place), number(float(one.min())), number(float(one.mean())), number(float(one.max())))
        for place, one in enumerate(flat)
    )
    return TableView(f"The maps of {layer}", ("filter", "lowest", "mean", "highest"), rows)


def _fitted(size: Sequence[int], pitch: int) -> tuple[tuple[int, int], tuple[float, float]]:
    """Give the pitch in pixels of the PNG, and the zoom, at which cells of this size stand `pitch` apart."""
    zoom = next((zoom for zoom in _ZOOMS if max(size) * zoom <= pitch - 2 and pitch % zoom == 0), 1)
    return (pitch // zoom, pitch // zoom), (zoom, zoom)


def _pictures(
    pictures: Sequence[Picture], columns: int, pitch: int, *, boxes: Sequence[Box | None] = (), **told: Any
) -> Band:
    shown = [shrunk_picture(picture, _WIDEST_CELL) for picture in pictures]
    largest = max(one.shape[0] for one, _ in shown), max(one.shape[1] for one, _ in shown)
    cell, zoom = _fitted(largest, pitch)
    frames = tuple(
        _frame(place, box, step)
        for place, (box, (_, step)) in enumerate(zip(boxes, shown, strict=False))
        if box is not None
    )
    return Band(picture_atlas([one for one, _ in shown], columns, cell), columns, cell, zoom, frames=frames, **told)


def _frame(cell: int, box: Box, step: int) -> Frame:
    return Frame(cell, box.top / step, box.left / step, box.height / step, box.width / step)


def _cut(picture: Image, box: Box) -> Picture:
    return picture[box.top : box.bottom + 1, box.left : box.right + 1]


def _seen(box: Box | None) -> str:
    if box is None:
        return "not known"
    return f"rows {box.top}–{box.bottom}, columns {box.left}–{box.right}"
