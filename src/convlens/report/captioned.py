"""A figure that leaves its page: what it shows above it, and what its colours and lines mean below."""

import html
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from convlens.report.words import NARROW


class _Look(NamedTuple):
    size: float
    bold: bool = False


_TITLE, _TEXT = _Look(13.0, bold=True), _Look(10.0)
_MARGIN, _LINE = 12.0, 14.0
_LETTER = 0.56
"""The width of a usual letter, in its own size."""
_BAR, _THICK = 132.0, 8.0
_OPENING = re.compile(r'^<svg [^>]*?viewBox="0 0 ([\d.]+) ([\d.]+)"[^>]*>')


@dataclass(frozen=True)
class Words:
    """What a figure needs to be read without its page.

    Attributes:
        title: what is shown.
        made: of which network, on which pictures, under which rules.
        notes: what its lines, bands and frames mean.
        scale: the colours from 0 to 100 %, evenly spaced; none where no colour is a number.
    """

    title: str
    made: str = ""
    notes: str = ""
    scale: tuple[str, ...] = ()


def captioned(svg: str, words: Words) -> str:
    """Put the words around a figure; it keeps its size and its label, and the picture grows by the room they take.

    Args:
        svg: as a function of `figures` gives it.
    """
    found = _OPENING.match(svg)
    assert found is not None, "our figures say their viewBox"
    width, height = float(found[1]), float(found[2])
    wide = max(width, 300.0) + 2 * _MARGIN
    above = [*_lines(words.title, wide, _TITLE), *_lines(words.made, wide, _TEXT)]
    below = _lines(words.notes, wide, _TEXT)
    top = _MARGIN + _LINE * len(above) + 6
    bar = top + height + 8
    foot = bar + (_THICK + 10 if words.scale else 0)
    tall = foot + _LINE * len(below) + _MARGIN - (0 if below else 6)
    parts = [
        _opening(found[0], wide, tall),
        *(_text(line, _MARGIN, _MARGIN + _LINE * (place + 0.75), look) for place, (line, look) in enumerate(above)),
        f'<g transform="translate({_MARGIN:g} {top:g})">',
        svg[found.end() : svg.rindex("</svg>")],
        "</g>",
        *(_bar(words.scale, bar) if words.scale else ()),
        *(_text(line, _MARGIN, foot + _LINE * (place + 0.75), look) for place, (line, look) in enumerate(below)),
        "</svg>",
    ]
    return "".join(parts)


def _opening(tag: str, wide: float, tall: float) -> str:
    """Give the outer tag with the new size; the cells of a page's script are no longer where it says."""
    tag = re.sub(r'viewBox="[^"]*" width="[^"]*" height="[^"]*"', "", tag)
    tag = re.sub(r' (style|data-grid)="[^"]*"', "", tag)
    return tag.replace("<svg ", f'<svg viewBox="0 0 {wide:g} {tall:g}" width="{wide:g}" height="{tall:g}" ', 1)


def _lines(text: str, wide: float, look: _Look) -> list[tuple[str, _Look]]:
    letters = int((wide - 2 * _MARGIN) / (look.size * _LETTER * (1.06 if look.bold else 1)))
    return [(line, look) for line in textwrap.wrap(text, letters)]


def _text(line: str, x: float, y: float, look: _Look) -> str:
    weight = ' font-weight="600"' if look.bold else ""
    return f'<text x="{x:g}" y="{y:g}" font-size="{look.size:g}"{weight} fill="currentColor">{html.escape(line)}</text>'


def _bar(colours: Sequence[str], top: float) -> Iterator[str]:
    """Draw the scale of colours with its two ends named."""
    left, step = _MARGIN + 14, _BAR / len(colours)
    for place, colour in enumerate(colours):
        # a hair wider than its place: else a seam of the page shows between two colours
        where = f'x="{left + step * place:g}" y="{top:g}" width="{step + 0.4:g}" height="{_THICK:g}"'
        yield f'<rect {where} fill="{colour}"/>'
    base = top + _THICK
    yield _text("0", _MARGIN, base, _TEXT)
    yield _text(f"100{NARROW}%", left + _BAR + 8, base, _TEXT)
