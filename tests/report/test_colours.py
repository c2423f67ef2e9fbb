"""Contrast after WCAG 2.2: text 4.5, lines and marks 3."""

import re
from importlib.resources import files

import numpy as np
import pytest

from convlens.report.colours import SERIES, SHADE, ink_on, luminance, on_the_page

CSS = (files("convlens.report") / "templates" / "report.css").read_text(encoding="utf-8")
LIGHT, DARK = (dict(re.findall(r"--([\w-]+): (#\w{6})", block)) for block in re.findall(r":root \{(.*?)\}", CSS, re.S))


def rgb(colour: str) -> np.ndarray:
    return np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted(float(luminance(rgb(colour))) for colour in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def test_black_on_white_has_the_contrast_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_lines_can_be_read_in_both_themes(theme: dict[str, str]) -> None:
    for name in ("ink", "muted", "accent", "good", "bad"):
        assert contrast(theme[name], theme["page"]) >= 4.5, name
    for number in range(1, len(SERIES) + 1):
        assert contrast(theme[f"series-{number}"], theme["page"]) >= 3, number
    assert contrast("#ffffff", theme["shade"]) >= 4.5


def test_a_figure_alone_has_the_colours_of_the_light_page() -> None:
    assert tuple(LIGHT[f"series-{number}"] for number in range(1, len(SERIES) + 1)) == SERIES
    assert LIGHT["shade"] == SHADE
    assert on_the_page()[SHADE] == f"var(--shade, {SHADE})"


def test_the_ink_is_the_one_with_more_contrast() -> None:
    for grey in range(256):
        colour = f"#{grey:02x}{grey:02x}{grey:02x}"
        ink = ink_on(rgb(colour))
        assert contrast(ink, colour) >= max(contrast("#000000", colour), contrast("#ffffff", colour)) - 1e-9
