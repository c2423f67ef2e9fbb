"""What shows the inside of a network: bands of small grids on one scale, with their legend, as values.

A plate is made of bytes, numbers and words alone, so that it can be kept on disk and put into a page later.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from convlens.report.blocks import TableView
from convlens.report.scales import Scale


@dataclass(frozen=True)
class Frame:
    """A rectangle in a cell, in the cell's own pixels; the corner of its first pixel is (0, 0)."""

    cell: int
    top: float
    left: float
    height: float
    width: float


@dataclass(frozen=True, eq=False)
class Band:
    """Cells in rows, as one PNG.

    Attributes:
        columns: cells in a row.
        pitch: pixels of the PNG from one cell to the next, down and across.
        zoom: how many pixels of the page show one of the PNG, down and across.
        names: of the rows.
        heads: over the columns, evenly across the band.
        frames: what is marked.
    """

    png: bytes
    columns: int
    pitch: tuple[int, int]
    zoom: tuple[float, float]
    names: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    frames: tuple[Frame, ...] = ()


@dataclass(frozen=True, eq=False)
class Plate:
    """Bands that are looked at together.

    Attributes:
        name: the heading.
        caption: what is seen, in sentences; also for those who do not see it.
        scale: of the numbers in the bands; None where all are pictures.
        table: the numbers behind it, or the most telling of them.
    """

    name: str
    bands: tuple[Band, ...]
    caption: str
    scale: Scale | None = None
    table: TableView | None = None

    @property
    def size(self) -> int:
        """How many bytes it takes on a page, for the most part."""
        return sum(4 * len(band.png) // 3 for band in self.bands)


@dataclass(frozen=True, eq=False)
class Exhibit:
    """Plates that answer one question, under a heading and sentences of their own."""

    title: str
    said: tuple[str, ...] = ()
    plates: tuple[Plate, ...] = field(default=())


def within_size(exhibits: Sequence[Exhibit], most: int) -> tuple[tuple[Exhibit, ...], int]:
    """Keep the plates, in their order, that fit into so many bytes; say too how many are left out."""
    kept, left, out = [], most, 0
    for exhibit in exhibits:
        plates = []
        for plate in exhibit.plates:
            if plate.size <= left:
                plates.append(plate)
                left -= plate.size
            else:
                out += 1
        if plates:
            kept.append(replace(exhibit, plates=tuple(plates)))
    return tuple(kept), out
