"""The effective field's frames lie around the pixels that they tell of."""

import xml.etree.ElementTree as ET
from collections.abc import Callable

import numpy as np

from convlens.report.figures import influence_map
from convlens.report.findings.influence import influence_in_words

Texts = Callable[[str], list[str]]
VALUES = np.full((10, 10), 0.01)


def test_both_sizes_are_named(texts: Texts) -> None:
    svg = influence_map(VALUES, (3, 3, 4, 5), (1, 1, 8, 7), "the middle of conv2")
    said = "95\u202f% of what moves the middle of conv2 lies in 4×5 pixels; it can see 8×7."
    assert ET.fromstring(svg).attrib["aria-label"] == said
    assert "solid: 95\u202f% of the influence, 4×5 px; dashed: can be seen, 8×7 px" in texts(svg)
    assert {"0", "1.0\u202f%"} <= set(texts(svg))


def test_what_is_not_known_has_no_frame(texts: Texts) -> None:
    svg = influence_map(VALUES, (3, 3, 4, 5), None, "it", share=0.5)
    assert "stroke-dasharray" not in svg
    assert "dashed" not in " ".join(texts(svg))
    assert influence_in_words((3, 3, 4, 5), None, "it", 0.5).endswith("how much of the picture it can see is unknown.")
