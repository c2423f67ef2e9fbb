"""What the sections of a page are made of: figures with their sentence and numbers, put into groups."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class TableView:
    """Numbers as a table of texts; the first column names the row."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Drawn:
    """A figure on the page: its heading, its markup, the sentence below it, and its numbers."""

    name: str
    svg: str
    caption: str
    wide: bool = False
    table: TableView | None = None


@dataclass(frozen=True)
class Group:
    """Figures that belong together, under a heading and sentences of their own.

    Attributes:
        room: "small" for many small figures in a row, "broad" for those that are read two by two, "beside" for
            wide ones that stand beside the first, a small one.
        legend: what tells the networks apart, drawn once for all figures.
        table: one that is shown at once, unlike those of the figures.
        points: sentences, one a line.
    """

    title: str = ""
    said: tuple[str, ...] = ()
    points: tuple[tuple[str, str], ...] = ()
    figures: tuple[Drawn, ...] = ()
    room: Literal["small", "usual", "broad", "beside"] = "usual"
    legend: str = ""
    table: TableView | None = None


@dataclass(frozen=True)
class Section:
    """A part of the story: its heading says what it asks, its groups answer."""

    key: str
    title: str
    said: tuple[str, ...]
    groups: tuple[Group, ...]
