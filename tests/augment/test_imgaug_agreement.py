"""The pixels of imgaug 0.4.0, made once by `benchmarks/imgaug_fixture.py`, against ours for the same fixed settings."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convlens.augment.expressions import parse

with np.load(Path(__file__).parent / "imgaug_0_4_0.npz") as archive:
    FIXTURE = dict(archive)
CASES: dict[str, dict[str, Any]] = {case["name"]: case for case in json.loads(str(FIXTURE["cases"]))}
OUTPUTS = FIXTURE["outputs"]

# How many grey levels the two may differ.
WITHIN = {
    "exact": 0,
    # OpenCV 4, under imgaug, reads positions on a grid of 1/32 pixel, OpenCV 5 where they are.
    "geometry": 4,
    # imgaug truncates where we round.
    "pointwise": 1,
    # Filters of bytes in OpenCV 4 take their weights as fixed-point numbers of 8 bits, and imgaug hands its motion line
    # over as bytes; ours are floats, rounded once.
    "filter": 2,
}
# Only geometry and filters read beyond a pixel, and so what lies outside of the image.
INSIDE_PX = {"exact": 0, "geometry": 2, "pointwise": 0, "filter": 2}
# A rim that falls between two pixels may land on either side.
SHARE = {"exact": 1.0, "geometry": 0.99, "pointwise": 1.0, "filter": 1.0}


@pytest.mark.parametrize("name", CASES)
def test_the_pixels_are_those_of_imgaug(name):
    case = CASES[name]
    wanted = OUTPUTS[case["start"] : case["start"] + np.prod(case["shape"])].reshape(case["shape"])
    came = parse(case["convlens"])(image=FIXTURE[case["image"]])
    assert came.dtype == np.uint8
    assert came.shape == wanted.shape
    gap = np.abs(came.astype(int) - wanted).max(axis=2)
    rim = INSIDE_PX[case["kind"]]
    inside = gap[rim : gap.shape[0] - rim, rim : gap.shape[1] - rim]
    within = WITHIN[case["kind"]] if case["within"] is None else case["within"]
    assert np.mean(inside <= within) >= SHARE[case["kind"]], f"up to {inside.max()} levels apart"


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case["within"] is not None])
def test_a_wider_bound_comes_with_its_reason(name):
    assert CASES[name]["note"]
