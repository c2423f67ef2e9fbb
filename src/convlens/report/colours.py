"""Colours of the figures: what is drawn with, what the page replaces it by, and which ink can be read on it."""

import numpy as np
from jaxtyping import Float64

INK = "#010203"
"""Drawn where the page's own text colour belongs, so that a figure follows light and dark."""

SHADE = "#15508f"
"""The hue of shares and counts, drawn with its opacity as the value: the page shines through a zero."""

SERIES = ("#0072b2", "#d55e00", "#00805c", "#a8488f", "#8a6d00", "#5b6770")
"""One colour per network; a dash and a marker say the same."""

Rgb = Float64[np.ndarray, "*shape 3"]


def on_the_page() -> dict[str, str]:
    """Map each colour that follows the page to its CSS value; the second value serves a figure that stands alone."""
    series = {colour: f"var(--series-{number}, {colour})" for number, colour in enumerate(SERIES, start=1)}
    return {INK: "currentColor", SHADE: f"var(--shade, {SHADE})"} | series


def luminance(rgb: Rgb) -> Float64[np.ndarray, "*shape"]:
    """Give the relative luminance of sRGB colours, 0 (black) to 1 (white).

    Source: WCAG 2.2, definition of relative luminance.
    """
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]), np.float64)


def ink_on(rgb: Rgb) -> str:
    """Choose black or white, whichever has more contrast on one colour (WCAG 2.2, contrast ratio)."""
    light = float(luminance(rgb))
    return "#000000" if (light + 0.05) / 0.05 > 1.05 / (light + 0.05) else "#ffffff"
