"""A figure with its words around it: inside its new edges, and unchanged otherwise."""

import re
import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from convlens.report.captioned import Words, captioned

SVG = "{http://www.w3.org/2000/svg}"
FIGURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100" width="200" height="100" style="max-width: 280px"'
    ' role="img" aria-label="a&lt;b" data-grid="4 4 10"><rect x="1" y="2" width="3" height="4"/></svg>'
)


def size_of(svg: str) -> tuple[float, float]:
    root = ET.fromstring(svg)
    return float(root.attrib["width"]), float(root.attrib["height"])


@given(
    title=st.text("ab c<&", min_size=1, max_size=200),
    made=st.text("ab c", max_size=200),
    notes=st.text("ab c", max_size=200),
    colours=st.integers(0, 11),
)
def test_all_words_lie_inside(title: str, made: str, notes: str, colours: int) -> None:
    svg = captioned(FIGURE, Words(title, made, notes, ("#123456",) * colours))
    width, height = size_of(svg)
    root = ET.fromstring(svg)
    assert root.attrib["viewBox"] == f"0 0 {width:g} {height:g}"
    for node in root.iter(f"{SVG}text"):
        x, y, size = (float(node.attrib[name]) for name in ("x", "y", "font-size"))
        assert 0 <= x <= x + 0.56 * size * len(node.text or "") <= width
        assert 0.7 * size <= y <= height - 0.2 * size
    for node in root.iter(f"{SVG}rect"):
        assert float(node.attrib["y"]) + float(node.attrib["height"]) <= height
    said = "".join(node.text or "" for node in root.iter(f"{SVG}text"))
    assert re.sub(r"\s", "", title + made + notes) in re.sub(r"0100\u202f%", "", re.sub(r"[ \n]", "", said))


def test_the_figure_keeps_its_size_and_its_label_below_the_words() -> None:
    svg = captioned(FIGURE, Words("A title"))
    root = ET.fromstring(svg)
    assert root.attrib["aria-label"] == "a<b"
    assert "data-grid" not in root.attrib
    group = root.find(f"{SVG}g")
    assert group is not None
    across, down = map(float, re.findall(r"[\d.]+", group.attrib["transform"]))
    assert group[0].attrib == {"x": "1", "y": "2", "width": "3", "height": "4"}
    title = root.find(f"{SVG}text")
    assert title is not None
    assert float(title.attrib["y"]) < down
    assert across + 200 <= size_of(svg)[0]
    assert down + 100 <= size_of(svg)[1]


def test_without_a_scale_there_are_no_colours() -> None:
    assert captioned(FIGURE, Words("A title")).count("<rect") == 1
    assert captioned(FIGURE, Words("A title", scale=("#000000", "#ffffff"))).count("<rect") == 3
