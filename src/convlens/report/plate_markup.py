"""A plate as markup for a page: its pictures pixel by pixel, rows named, frames drawn, the legend below."""

import base64
import functools
import html
import io
import struct
from collections.abc import Iterator

from PIL import Image as Pillow

from convlens.report.blocks import Drawn, Group
from convlens.report.figures import palette
from convlens.report.plates import Band, Exhibit, Plate
from convlens.report.scales import Meaning, Scale
from convlens.report.scrolling import LEAST_PX, scrolling

COLUMN_PX, WIDE_PX, PHONE_PX = 352, 736, 320
"""What a figure of the usual size and one across the page have room for, and the narrowest; what is broader scrolls."""

COLOURS_IN_WORDS: dict[Meaning, str] = {
    "signed": "blue below 0, white 0, red above",
    "positive": "dark 0, bright high",
    "weights": "brown below 0, white 0, green-blue above",
}
_TEXT_PX, _LINE_PX, _GAP_PX, _LEGEND_PX, _BAR_PX = 11, 16, 10, 200, 9


def group(exhibit: Exhibit) -> Group:
    """Give an exhibit as a part of a page's section; a picture and the broad maps made of it stand side by side."""
    first, *others = figures = tuple(map(drawn, exhibit.plates))
    beside = not first.wide and bool(others) and all(one.wide for one in others)
    return Group(exhibit.title, exhibit.said, figures=figures, room="beside" if beside else "usual")


def drawn(plate: Plate) -> Drawn:
    """Give a plate as a figure of a page; one that is too broad for it can be scrolled."""
    width = _extent(plate)[0]
    markup = svg(plate)
    if width > WIDE_PX:
        markup = scrolling(markup, plate.name, width, LEAST_PX)
    elif width > PHONE_PX:
        markup = scrolling(markup, plate.name, width, _TEXT_PX)
    caption = plate.caption
    if width > WIDE_PX:
        caption += f" It is broader than the page: scroll it sideways to see all of its {width:,.0f} pixels."
    return Drawn(plate.name, markup, caption, wide=width > COLUMN_PX, table=plate.table)


def svg(plate: Plate) -> str:
    """Give a plate as SVG with its pictures inside; every pixel keeps its edges."""
    width, height = _extent(plate)
    label = plate.caption if plate.scale is None else f"{plate.caption} Scale: {_in_words(plate.scale)}."
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}"'
        f' height="{height:g}" style="{_css_size(width)}" role="img" aria-label="{html.escape(label)}"'
        f' font-family="system-ui, sans-serif" font-size="{_TEXT_PX}" fill="currentColor">'
        f"{''.join(_parts(plate))}</svg>"
    )


def _css_size(width: float) -> str:
    """Let a figure shrink with a narrow page, but never grow: grown pixels would differ in size."""
    return f"width: {width:g}px; max-width: none" if width > WIDE_PX else f"max-width: {width:g}px"


def _parts(plate: Plate) -> Iterator[str]:
    left, top = _margin(plate), 0.0
    for place, band in enumerate(plate.bands):
        top += _GAP_PX if place else 0
        if band.heads:
            yield from _heads(band, left, top)
            top += _LINE_PX
        width, height = _size(band)
        yield _image(band.png, left, top, width * band.zoom[1], height * band.zoom[0])
        yield from _names(band, left, top)
        yield from _frames(band, left, top)
        top += height * band.zoom[0]
    if plate.scale is not None:
        yield from _legend(plate.scale, left, top + _GAP_PX + 2)


def _image(png: bytes, x: float, y: float, width: float, height: float) -> str:
    data = base64.b64encode(png).decode("ascii")
    return (
        f'<image x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" preserveAspectRatio="none"'
        f' style="image-rendering: pixelated" href="data:image/png;base64,{data}"/>'
    )


def _heads(band: Band, left: float, top: float) -> Iterator[str]:
    across = _size(band)[0] * band.zoom[1] / max(band.columns, len(band.heads))
    for place, head in enumerate(band.heads):
        yield _text(head, left + place * across, top + _TEXT_PX, "start")


def _names(band: Band, left: float, top: float) -> Iterator[str]:
    tall = band.pitch[0] * band.zoom[0]
    for place, name in enumerate(band.names):
        yield _text(name, left - 6, top + (place + 0.5) * tall + 0.35 * _TEXT_PX, "end")


def _frames(band: Band, left: float, top: float) -> Iterator[str]:
    down, across = band.zoom
    for frame in band.frames:
        row, column = divmod(frame.cell, band.columns)
        x = left + (column * band.pitch[1] + frame.left) * across
        y = top + (row * band.pitch[0] + frame.top) * down
        place = f'x="{x:g}" y="{y:g}" width="{frame.width * across:g}" height="{frame.height * down:g}" fill="none"'
        # two lines, one dark and one bright, so that the frame is seen on any picture
        yield f'<rect {place} stroke="#000" stroke-width="3"/><rect {place} stroke="#ffb14e" stroke-width="1.4"/>'


def _legend(scale: Scale, left: float, top: float) -> Iterator[str]:
    yield _image(bar(scale.meaning), left, top, _LEGEND_PX, _BAR_PX)
    low, high = _ends(scale)
    ends = [(0.0, low, "start"), (1.0, high, "end")]
    if scale.low < 0:
        ends.insert(1, (0.5, "0", "middle"))
        middle = left + _LEGEND_PX / 2
        yield f'<path d="M{middle:g} {top - 2:g}v{_BAR_PX + 4}" stroke="currentColor" stroke-width="1"/>'
    for share, told, anchor in ends if scale.limit else [(0.5, "0", "middle")]:
        yield _text(told, left + share * _LEGEND_PX, top + _BAR_PX + _LINE_PX - 2, anchor)
    yield _text(COLOURS_IN_WORDS[scale.meaning], left + _LEGEND_PX + 12, top + _BAR_PX, "start")


@functools.cache
def bar(meaning: Meaning) -> bytes:
    """Give all colours of a scale in a row, as a PNG."""
    out = io.BytesIO()
    Pillow.fromarray(palette(meaning)[None]).save(out, "png", optimize=True)
    return out.getvalue()


def _text(text: str, x: float, y: float, anchor: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill-opacity="0.8">{html.escape(text)}</text>'


def _in_words(scale: Scale) -> str:
    low, high = _ends(scale)
    return f"{low} to {high}, {COLOURS_IN_WORDS[scale.meaning]}"


def _ends(scale: Scale) -> tuple[str, str]:
    """Write the ends of a scale; beyond one that is exceeded there are numbers of the same colour."""
    low, high = f"{scale.low:.3g}".replace("-", "−"), f"{scale.limit:.3g}"
    if not scale.exceeded:
        return low, high
    return low if scale.meaning == "positive" else f"≤ {low}", f"≥ {high}"


def _margin(plate: Plate) -> float:
    longest = max((len(name) for band in plate.bands for name in band.names), default=0)
    return 0.0 if not longest else round(0.58 * _TEXT_PX * longest) + 10.0


def _extent(plate: Plate) -> tuple[float, float]:
    """Give width and height on the page."""
    sizes = [(_size(band), band) for band in plate.bands]
    widest = max(width * band.zoom[1] for (width, _), band in sizes)
    height = sum(tall * band.zoom[0] + (_LINE_PX if band.heads else 0) for (_, tall), band in sizes)
    height += _GAP_PX * (len(sizes) - 1)
    if plate.scale is not None:
        words = 0.56 * _TEXT_PX * len(COLOURS_IN_WORDS[plate.scale.meaning])
        widest, height = max(widest, _LEGEND_PX + 12 + words), height + _GAP_PX + 2 + _BAR_PX + _LINE_PX + 2
    return round(_margin(plate) + widest + 1), round(height + 1)


def _size(band: Band) -> tuple[int, int]:
    """Read width and height off the PNG: they stand right behind its signature and the name of its first part."""
    width, height = struct.unpack(">II", band.png[16:24])
    return width, height
