"""A figure that scrolls rather than become unreadable."""

import re
import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from convlens.report.scrolling import LEAST_PX, scrolling


@given(width=st.floats(300, 4000), letters=st.floats(6, 20))
def test_at_its_least_width_the_letters_can_still_be_read(width: float, letters: float) -> None:
    found = re.search(r"--least: (\d+)px", scrolling("<svg/>", "conv1", width, letters))
    assert found is not None
    least = int(found[1])
    assert least <= width + 0.5
    assert letters * least / width >= min(LEAST_PX, letters) * 0.99


def test_it_can_be_reached_by_keyboard_and_says_what_it_is() -> None:
    root = ET.fromstring(scrolling("<svg/>", 'a "layer" <b>', 700, 11))
    assert root.attrib["tabindex"] == "0"
    assert root.attrib["role"] == "region"
    assert root.attrib["aria-label"].startswith('a "layer" <b>, scrolls')
    assert [child.tag for child in root] == ["svg"]
