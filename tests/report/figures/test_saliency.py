"""A map is never drawn without its checks: limits, colours, curve and label are those of the numbers."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

import numpy as np
import pytest

from convlens.arrays import Image
from convlens.explain.saliency.results import Checked, Deletion, Map, Randomisation, SaliencyMap
from convlens.report.colours import luminance
from convlens.report.figures import saliency_map
from convlens.report.figures.saliency import coloured

Texts = Callable[[str], list[str]]


def checked(values: Map, *, signed: bool = True, area: float = 0.2, likeness: float = -0.25) -> Checked:
    map_ = SaliencyMap("occlusion", values, signed, 0, settings=(("patch", 4), ("stride", 2)))
    steps = np.linspace(0, 1, 5)
    deleted = Deletion(steps, np.full(5, area), np.stack([np.full(5, 0.5), np.full(5, 0.7)]))
    return Checked(map_, deleted, Randomisation(("all",), np.array([[-0.5], [-0.25]]), np.full((2, 1), likeness)))


def ramp(height: int = 28, width: int = 28) -> Map:
    return np.linspace(-1, 4, height * width).reshape(height, width)


def grey(height: int = 28, width: int = 28, channels: int = 1) -> Image:
    return (np.arange(height * width * channels) % 251).astype(np.uint8).reshape(height, width, channels)


def test_limits_lie_as_far_on_both_sides_of_zero_and_white_is_zero() -> None:
    found = coloured(np.array([[-1.0, 0, 1, 4]]), True)
    assert (found[0, 1] >= 245).all()
    assert found[0, 3, 0] > found[0, 3, 2]
    assert found[0, 0, 2] > found[0, 0, 0]
    # −1 of 4 is nearer to white than 4 is
    assert found[0, 0].sum() > found[0, 3].sum()


def test_a_map_without_signs_rises_in_brightness_from_zero() -> None:
    bright = luminance(coloured(np.linspace(0, 3, 60)[None], False)[0] / 255)
    assert (np.diff(bright) >= 0).all()


def test_the_legend_names_both_limits_and_zero(texts: Texts) -> None:
    assert {"−4", "0", "4"} <= set(texts(saliency_map(grey(), checked(ramp()), "Shirt")))
    one_sided = texts(saliency_map(grey(), checked(np.abs(ramp()), signed=False), "Shirt"))
    assert "4" in one_sided
    assert "−4" not in one_sided


def test_what_was_asked_and_what_the_checks_found_is_written_down(texts: Texts) -> None:
    found = texts(saliency_map(grey(), checked(ramp()), "Shirt"))
    assert {
        "Occlusion, Shirt",
        "patch 4 px, stride 2 px",
        "map 0.200",
        "random 0.600",
        "random weights ρ −0.25",
    } <= set(found)
    assert not any("do not trust" in one for one in found)


def test_a_map_that_failed_is_labelled_on_the_picture_and_framed(texts: Texts) -> None:
    svg = saliency_map(grey(), checked(ramp(), area=0.6, likeness=0.9), "Shirt")
    found = " ".join(texts(svg))
    assert "do not trust: replacing the pixels it calls important lowers the probability no faster" in found
    assert "rank correlation 0.90, too much from 0.71 on" in found
    assert ET.fromstring(svg).attrib["aria-label"].startswith("Do not trust: ")
    dashed = re.compile(r"stroke-dasharray[^\"]*stroke: var\(--series-2")
    assert dashed.search(svg)
    assert not dashed.search(saliency_map(grey(), checked(ramp()), "Shirt"))


def test_the_label_says_where_the_map_is_largest() -> None:
    label = ET.fromstring(saliency_map(grey(), checked(ramp()), "Shirt")).attrib["aria-label"]
    assert "Largest for Shirt at row 27, column 27 (4); 20\u202f% of the pixels are below 0." in label
    assert "Deletion: area 0.200, 2 random orders 0.600 (0.500–0.700)." in label
    assert "rank correlation −0.25 (−0.25 to −0.25, 2 seeds)." in label


@pytest.mark.parametrize("channels", [1, 3])
def test_a_large_picture_is_drawn_smaller_and_stays_small(channels: int) -> None:
    large = saliency_map(grey(250, 200, channels), checked(ramp(250, 200)), "Shirt")
    assert len(large) < 60_000


def test_a_flat_map_is_drawn_without_limits(texts: Texts) -> None:
    svg = saliency_map(grey(), checked(np.zeros((28, 28))), "Shirt")
    assert "do not trust: it tells no pixel from another" in texts(svg)
    label = ET.fromstring(svg).attrib["aria-label"]
    assert "It is the same everywhere." in label


def test_the_same_map_gives_the_same_bytes() -> None:
    one, other = (saliency_map(grey(), checked(ramp()), "Shirt", key="a") for _ in range(2))
    assert one == other
