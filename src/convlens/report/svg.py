"""Turn matplotlib's SVG into one that lives inside a page: no ids but its own, page colours, a label, few bytes."""

import html
import re

from convlens.report.colours import on_the_page

WIDEST = 1.4
"""How much larger than drawn a figure may become on a wide page; text beyond that looks coarse."""

# matplotlib before 3.11 writes one `font`, later ones write `font-family`: the page's own font takes their place
_FONT = re.compile(r"font: ((?:bold |\d{3} )?)([\d.]+)px [^;\"]*")
_FAMILY = re.compile(r"font-family: [^;\"]*;?\s*")
_TAG = re.compile(r"<[^>]*>")


def inlined(svg: str, *, key: str, label: str, grid: tuple[float, float, float] | None = None) -> str:
    """Prepare an SVG document for standing inside an HTML page (and alone).

    Args:
        svg: as matplotlib writes it, with text kept as text.
        key: starts every id, so that two figures of one page share none.
        label: what the figure shows, for those who do not see it.
        grid: left, top and side of the cells in the figure's units, for a script that looks up a cell.
    """
    body = svg[svg.index("<svg") :]
    body = re.sub(r"\s*<defs>\s*<style[^>]*>.*?</style>\s*</defs>", "", body, count=1, flags=re.DOTALL)
    body = _TAG.sub(lambda tag: _lean(tag.group()), body)
    body = _with_own_ids(body, key)
    body = re.sub(r">\s*\n\s*<", "><", body)
    body = re.sub(r"<g>(<path [^>]*/>|<text [^>]*>[^<]*</text>)</g>", r"\1", body)
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', body)
    assert box is not None, "matplotlib writes a viewBox"
    cells = "" if grid is None else ' data-grid="{:g} {:g} {:g}"'.format(*grid)
    width, height = box[1], box[2]
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' style="max-width: {WIDEST * float(width):.0f}px" role="img" aria-label="{html.escape(label)}"{cells}'
        ' font-family="system-ui, sans-serif" stroke-linejoin="round">'
    )
    return re.sub(r"^<svg[^>]*>", lambda _: opening, body).strip()


def alone(svg: str) -> str:
    """Make a figure of a page a file of its own: plain colours that every program reads, on white."""

    def plain(tag: re.Match[str]) -> str:
        text = tag.group()
        for drawn, meant in on_the_page().items():
            text = text.replace(meant, drawn)
        return text

    body = _TAG.sub(plain, svg)
    return re.sub(
        r"^<svg[^>]*>", lambda opening: opening.group() + '<rect width="100%" height="100%" fill="#fff"/>', body
    )


def _lean(tag: str) -> str:
    """Shorten one tag; the text between tags belongs to the user and is left alone."""
    tag = _FONT.sub(lambda font: f"font-size: {font[2]}px" + ("; font-weight: 600" if font[1] else ""), tag)
    tag = _FAMILY.sub("", tag)
    tag = re.sub(r' transform="rotate\(-?0 [^"]*"', "", tag)
    tag = re.sub(r"(\d\.\d\d)\d+", r"\1", tag).replace("xlink:href", "href")
    for drawn, meant in on_the_page().items():
        tag = tag.replace(drawn, meant)
    return " ".join(tag.split())


def _with_own_ids(body: str, key: str) -> str:
    """Keep the ids that something refers to, under names that start with `key`; drop the rest."""
    safe = re.sub(r"[^\w-]", "-", key, flags=re.ASCII)
    used = dict.fromkeys(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', body))
    names = {one or other: f"{safe}-{number}" for number, (one, other) in enumerate(used, start=1)}

    def renamed(tag: re.Match[str]) -> str:
        text = re.sub(
            r' id="([^"]*)"', lambda found: f' id="{names[found[1]]}"' if found[1] in names else "", tag.group()
        )
        return re.sub(r"#(\w+)(?=[\")])", lambda found: "#" + names.get(found[1], found[1]), text)

    return _TAG.sub(renamed, body)
