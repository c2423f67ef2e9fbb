"""A sheet of pictures with words under each, as one PNG: rows of equally wide cells, nothing cut off in silence."""

import functools
import importlib.util
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from convlens.arrays import Image

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

CELL_PX = 192
"""The width of a cell, and the largest side at which a picture is shown."""

MOST_LINES = 5
_GAP_PX, _MARGIN_PX, _TEXT_PX, _LINE_PX = 16, 24, 12, 16
_TIED, _BETWEEN, _AFTER_A_WORD = "\u00a0", "\u00a0· ", r"[\s:,]"
_PAPER, _INK, _PALE, _FRAME = "#ffffff", "#1b1f24", "#59636e", "#d1d9e0"


@dataclass(frozen=True, eq=False)
class Cell:
    """A picture, (H, W, 1) or (H, W, 3), and the phrases under it."""

    image: Image
    phrases: tuple[str, ...]


def sheet(title: str, text: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """Draw rows of cells under a title, a text and the columns' heads; give the PNG.

    The pictures of a row share one scale, small ones magnified by a whole number and large ones shrunk.
    """
    columns = max(map(len, rows))
    width = columns * CELL_PX + (columns - 1) * _GAP_PX
    head, plain = _font(_TEXT_PX, "Bold"), _font(_TEXT_PX)
    intro = wrapped(text, plain, width, MOST_LINES)
    drawn = [[_shown(cell.image, _scale(row)) for cell in row] for row in rows]
    captions = [[arranged(cell.phrases, plain, CELL_PX) for cell in row] for row in rows]
    tall = [max(one.height for one in row) + 6 for row in drawn]
    lines = [max(map(len, row)) for row in captions]
    top = _MARGIN_PX + 24 + len(intro) * _LINE_PX + 12 + _LINE_PX + 6
    height = top + sum(tall) + sum(lines) * _LINE_PX + len(rows) * _GAP_PX + _MARGIN_PX - _GAP_PX
    paper = Pillow.new("RGB", (width + 2 * _MARGIN_PX, height), _PAPER)
    pen = ImageDraw.Draw(paper)
    pen.text((_MARGIN_PX, _MARGIN_PX), title, _INK, _font(_TEXT_PX + 4, "Bold"))
    _write(pen, intro, (_MARGIN_PX, _MARGIN_PX + 24), plain, _PALE)
    lefts = [_MARGIN_PX + column * (CELL_PX + _GAP_PX) for column in range(columns)]
    for left, word in zip(lefts, heads, strict=False):
        pen.text((left, top - _LINE_PX - 6), word, _INK, head)
    for row, pictures, said in zip(range(len(rows)), drawn, captions, strict=True):
        for left, picture, caption in zip(lefts, pictures, said, strict=False):
            pen.rectangle((left - 1, top - 1, left + picture.width, top + picture.height), outline=_FRAME)
            paper.paste(picture, (left, top))
            _write(pen, caption, (left, top + tall[row]), plain, _INK)
        top += tall[row] + lines[row] * _LINE_PX + _GAP_PX
    out = io.BytesIO()
    paper.save(out, "png", optimize=True)
    return out.getvalue()


def arranged(phrases: Sequence[str], font: Font, width: int) -> list[str]:
    """Put phrases into at most `MOST_LINES` lines: each on its own where they fit so, else run together.

    Where even that is too much, the longest are cut to their first word, and then the last ones are only counted.
    """
    apart = [line for phrase in phrases for line in wrapped(phrase, font, width)]
    if len(apart) <= MOST_LINES:
        return apart
    told = list(phrases)
    for place in (None, *sorted(range(len(phrases)), key=lambda place: -len(phrases[place]))):
        if place is not None:
            told[place] = f"{re.split(_AFTER_A_WORD, phrases[place], maxsplit=1)[0]}…"
        together = wrapped(_BETWEEN.join(told), font, width)
        if len(together) <= MOST_LINES:
            return together
    for kept in range(len(phrases) - 1, 0, -1):
        more = f"+{_TIED}{len(phrases) - kept}{_TIED}more"
        together = wrapped(_BETWEEN.join([*told[:kept], more]), font, width)
        if len(together) <= MOST_LINES:
            return together
    return wrapped(phrases[0], font, width, MOST_LINES)


def wrapped(text: str, font: Font, width: int, most: int | None = None) -> list[str]:
    """Break a text into lines of at most `width` pixels, at blanks; within what is wider than a line, anywhere.

    Beyond `most` lines the last one ends in an ellipsis.
    """
    lines = [""]
    for tied in text.split(" "):
        for word in [tied] if font.getlength(tied) <= width else tied.split(_TIED):
            longer = f"{lines[-1]} {word}" if lines[-1] else word
            if font.getlength(longer) <= width:
                lines[-1] = longer
                continue
            if lines[-1]:
                lines.append("")
            for letter in word:
                if font.getlength(lines[-1] + letter) > width:
                    lines.append("")
                lines[-1] += letter
    if most is not None and len(lines) > most:
        last = lines[most - 1]
        while last and font.getlength(last + "…") > width:
            last = last[:-1]
        return [*lines[: most - 1], last.rstrip() + "…"]
    return lines if lines[0] else []


def _write(pen: ImageDraw.ImageDraw, lines: Sequence[str], at: tuple[int, int], font: Font, ink: str) -> None:
    for number, line in enumerate(lines):
        pen.text((at[0], at[1] + number * _LINE_PX), line, ink, font)


def _scale(row: Sequence[Cell]) -> float:
    longest = int(max(max(cell.image.shape[:2]) for cell in row))
    return CELL_PX // longest if longest <= CELL_PX else CELL_PX / longest


def _shown(image: Image, scale: float) -> Pillow.Image:
    drawn = Pillow.fromarray(np.ascontiguousarray(image[:, :, 0] if image.shape[2] == 1 else image[:, :, :3]))
    size = max(1, round(drawn.width * scale)), max(1, round(drawn.height * scale))
    method = Pillow.Resampling.NEAREST if scale >= 1 else Pillow.Resampling.LANCZOS
    return drawn.convert("RGB").resize(size, method)


@functools.cache
def _font(size: int, weight: str = "") -> Font:
    """Load the font that matplotlib brings, without loading matplotlib: it has ×, − and most alphabets."""
    package = importlib.util.find_spec("matplotlib")
    if package is not None and package.origin is not None:
        folder = Path(package.origin).parent / "mpl-data" / "fonts" / "ttf"
        name = f"DejaVuSans-{weight}.ttf" if weight else "DejaVuSans.ttf"
        if (folder / name).is_file():
            return ImageFont.truetype(folder / name, size)
    return ImageFont.load_default(size)
