"""Colours keep their order for every colour vision: brighter or darker all the way along each arm of a scale.

Simulation: Machado, Oliveira & Fernandes 2009, "A physiologically-based model for simulation of color vision
deficiency", table 1, severity 1, applied to linear RGB.
"""

import numpy as np
import pytest

from convlens.report.figures import palette
from convlens.report.scales import LEVELS, Meaning

VISIONS = {
    "usual": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
MIDDLE = LEVELS // 2
DIVERGING: tuple[Meaning, ...] = ("signed", "weights")
every_vision = pytest.mark.parametrize("seen", VISIONS.values(), ids=VISIONS)
each_diverging = pytest.mark.parametrize("meaning", DIVERGING)


def linear(meaning: Meaning, seen: np.ndarray) -> np.ndarray:
    """Linear RGB of a scale as somebody sees it."""
    rgb = palette(meaning) / 255
    light = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.clip(light @ seen.T, 0, 1)


def lightness(light: np.ndarray) -> np.ndarray:
    """CIE L*, 0 to 100."""
    luminance = light @ np.array([0.2126, 0.7152, 0.0722])
    return np.where(luminance > 216 / 24389, 116 * np.cbrt(luminance) - 16, luminance * 24389 / 27)


@every_vision
@each_diverging
def test_each_arm_only_darkens_away_from_zero(meaning: Meaning, seen: np.ndarray) -> None:
    light = lightness(linear(meaning, seen))
    below, above = light[: MIDDLE + 1], light[MIDDLE:]
    # colours are whole bytes: one step may stand still by a hair, never turn back
    assert np.diff(below).min() > -0.25
    assert np.diff(above).max() < 0.25
    assert below[-1] - below[0] > 50
    assert above[0] - above[-1] > 50


@every_vision
def test_the_one_sided_scale_only_brightens(seen: np.ndarray) -> None:
    light = lightness(linear("positive", seen))
    assert np.diff(light).min() > -0.25
    assert light[-1] - light[0] > 60


@every_vision
@each_diverging
def test_equal_numbers_of_both_signs_look_different(meaning: Meaning, seen: np.ndarray) -> None:
    light = linear(meaning, seen)
    for steps in (MIDDLE // 2, 3 * MIDDLE // 4):
        below, above = (lab(light[MIDDLE + sign * steps]) for sign in (-1, 1))
        assert np.linalg.norm(below - above) > 20


def lab(light: np.ndarray) -> np.ndarray:
    """CIE L*a*b* under D65."""
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ light
    share = xyz / np.array([0.9505, 1, 1.089])
    root = np.where(share > 216 / 24389, np.cbrt(share), (share * 24389 / 27 + 16) / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


@each_diverging
def test_zero_is_the_palest_colour(meaning: Meaning) -> None:
    light = lightness(linear(meaning, np.eye(3)))
    assert light.argmax() == MIDDLE
    assert np.ptp(palette(meaning)[MIDDLE].astype(int)) <= 6, "grey, of no hue"


def test_red_is_above_zero() -> None:
    first, last = (palette("signed")[place].astype(int) for place in (0, -1))
    assert last[0] > last[2]
    assert first[2] > first[0]


def test_weights_have_other_colours_than_maps() -> None:
    ends = [lab(linear(meaning, np.eye(3))[place]) for meaning in DIVERGING for place in (0, -1)]
    gaps = [np.linalg.norm(one - other) for one in ends[:2] for other in ends[2:]]
    assert min(gaps) > 25
