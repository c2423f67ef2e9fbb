"""Causes of flips, end to end, on models whose flips have one known cause."""

import json

import numpy as np
import pytest

from convlens.audit.causes import flip_causes
from convlens.audit.shifts import grid, line
from convlens.audit.sweep import sweep
from convlens.errors import SettingsError, ShapeError

from .seers import NAMES, Opened, anywhere, at_the_rim, dot, even, head_of, left, two

TESTS = ("content_lost", "aliasing", "position_bound_head", "border_signal")


def found(predict, images, shifts, probes=None, border="zeros", **asked):
    images = np.stack(images)
    swept = sweep(predict, images, np.zeros(len(images), np.int64), NAMES, shifts, border=border)
    causes = flip_causes(swept, images, predict, probes, **asked)
    return causes, json.loads(json.dumps(causes.to_json(), allow_nan=False))


def rows(content) -> dict[str, int | None]:
    return {row["cause"]: row["count"] for row in content["rows"]}


def blind(images, *_):
    return two(np.zeros(len(images)))


def bright() -> np.ndarray:
    block = np.zeros((8, 8, 1), np.uint8)
    block[2:4, 4:6] = 200
    return block


def test_flips_of_lost_content_are_all_told_apart_from_answers_that_held():
    rim, middle = [dot(row, 7) for row in range(2, 6)], [dot(row, 4) for row in range(2, 6)]
    causes, content = found(anywhere, rim + middle, line(1), Opened(no_map="flat", no_variant="none", stride=(1, 1)))
    assert (content["flips"], content["held"], content["pairs"], content["controls"], content["images"]) == (
        4,
        12,
        4,
        4,
        4,
    )
    test = content["tests"]["content_lost"]
    assert (test["rate"], test["control"], test["excess"]) == (1.0, 0.0, 1.0)
    assert test["shown"]
    assert causes.tests[0].is_shown
    assert content["any"]["share"] == content["any_shown"]["share"] == 1.0


def test_flips_of_the_stride_are_told():
    dots = [dot(row, column) for row in (2, 4) for column in (2, 4, 6)]
    opened = Opened((2, 2), lambda images, *_: even(images), lambda images, *_: even(images), {}, "", "it has no rim")
    _, content = found(even, dots + [bright()] * 6, grid(1), opened, border="wrap")
    assert (content["flips"], content["pairs"], content["stride"]) == (48, 48, 2)
    assert rows(content) == {
        "content lost": None, "aliasing": 48, "position-bound head": 0, "border signal": None, "several": 0, "none": 0,
        "not testable": None,
    }  # fmt: skip
    assert content["tests"]["aliasing"]["control"] == 0.0
    assert content["tests"]["aliasing"]["excess"] == 1.0


def test_flips_of_a_dense_head_are_told():
    opened = Opened((1, 1), head_of(1), head_of(1, move=False), {}, "", "it has no rim")
    near, far = [dot(row, 3) for row in range(2, 6)], [dot(row, 1) for row in range(2, 6)]
    _, content = found(left, near + far, line(1), opened)
    assert (content["flips"], rows(content)["position-bound head"]) == (4, 4)
    test = content["tests"]["position_bound_head"]
    assert (test["rate"], test["control"]) == (1.0, 0.0)
    assert content["tests"]["aliasing"]["reason"].startswith("not applicable: ")


def test_flips_of_the_border_are_told():
    opened = Opened((1, 1), blind, blind, {"no rim": blind})
    images = [dot(row, 1) for row in range(2, 6)] + [dot(row, 4) for row in range(2, 6)]
    _, content = found(at_the_rim, images, line(1), opened)
    assert (content["flips"], rows(content)["border signal"]) == (4, 4)
    assert content["tests"]["border_signal"]["control"] == 0.0


def test_a_flip_with_two_causes_is_counted_among_several():
    always = Opened((1, 1), head_of(1), head_of(1, move=False), {}, "", "")
    # moved to the right, the pixel leaves, and its place in the map would leave too
    _, content = found(anywhere, [dot(4, 7)], line(1), always)
    assert rows(content)["content lost"] == 1
    gone = Opened((1, 1), blind, lambda images, *_: anywhere(images))
    _, content = found(anywhere, [dot(4, 7)], line(1), gone)
    assert rows(content) == {
        "content lost": 0, "aliasing": None, "position-bound head": 0, "border signal": None, "several": 1, "none": 0,
        "not testable": None,
    }  # fmt: skip


def test_a_flip_that_no_test_explains_is_in_none_only_if_all_could_be_made():
    # a dense model without a map: that its flips are bound to places cannot be tested
    _, content = found(left, [dot(4, 3), dot(4, 1)], line(1))
    assert (rows(content)["none"], rows(content)["not testable"]) == (None, 1)
    opened = Opened((1, 1), lambda images, *_: left(images), lambda images, *_: left(images), {}, "", "")
    _, content = found(left, [dot(4, 3), dot(4, 1)], line(1), opened)
    assert (rows(content)["none"], rows(content)["not testable"]) == (1, None)
    assert content["any"]["share"] == 0.0


def test_a_constant_model_has_nothing_to_explain():
    causes, content = found(lambda images: two(np.ones(len(images))), [dot(4, 4)] * 3, grid(1))
    assert (causes.flips, causes.held, causes.pairs, causes.controls) == (0, 24, 0, 0)
    assert [content["tests"][name]["rate"] for name in TESTS] == [None] * 4
    assert content["any"] == dict.fromkeys(content["any"])
    assert not any(test["shown"] for test in content["tests"].values())
    assert content["tests"]["content_lost"]["testable"]


def test_without_answers_that_held_there_are_rates_and_no_excess():
    _, content = found(anywhere, [dot(4, 7)], line(1), seed=1)
    assert content["controls"] == 1  # at −1, in the same ring
    only = np.zeros((1, 8, 8, 1), np.uint8)
    only[0, 4, 4] = 200
    _, content = found(lambda images: two(images[:, 4, 4, 0] > 100), [only[0]], grid(1))
    assert (content["pairs"], content["controls"]) == (8, 0)
    assert content["tests"]["content_lost"]["control"] is None
    assert content["tests"]["content_lost"]["rate"] == 0.0


def test_a_sample_is_drawn_and_said_so():
    images = [dot(row, 7) for row in range(8)]
    _, content = found(anywhere, images, line(2), pairs=5, seed=4)
    assert (content["flips"], content["pairs"], content["seed"]) == (16, 5, 4)
    again, _ = found(anywhere, images, line(2), pairs=5, seed=4)
    assert again.to_json() == content


def test_progress_is_told_to_the_end():
    told = []
    found(anywhere, [dot(4, 7), dot(4, 4)], line(1), progress=lambda *done: told.append(done))
    assert told[-1][0] == told[-1][1] == 2  # one test can be made, of a flip and of its control
    assert sorted(told) == told


def test_the_keys_are_those_that_others_read():
    _, content = found(even, [dot(2, 2), bright()], grid(1), border="wrap", stride=2)
    assert list(content["tests"]) == list(TESTS)
    for test in content["tests"].values():
        for key in ("rate", "control", "excess"):
            assert {key, f"{key}_low", f"{key}_high"} <= set(test)
        assert {"definition", "meaning", "testable", "reason", "shown"} <= set(test)
    assert content["tests"]["aliasing"]["rate"] == 1.0  # the stride was given
    assert content["stride"] == 2
    for row in content["rows"]:
        assert set(row) == {"cause", "meaning", "count", "share", "low", "high"}
    assert {"share", "low", "high", "control", "excess"} <= set(content["any"])


def test_strides_that_differ_are_both_told():
    opened = Opened((1, 2), lambda images, *_: even(images), lambda images, *_: even(images))
    assert found(even, [dot(2, 2)], line(1), opened)[1]["stride"] == [1, 2]


@pytest.mark.parametrize("asked", [{"pairs": 0}, {"stride": 0}])
def test_what_cannot_be_asked_is_refused(asked):
    with pytest.raises(SettingsError, match="at least one pair and a stride of at least 1"):
        found(anywhere, [dot(4, 7)], line(1), **asked)


def test_other_images_than_those_of_the_audit_are_refused():
    images = np.stack([dot(4, 4)] * 2)
    swept = sweep(anywhere, images, np.zeros(2, np.int64), NAMES, line(1), border="zeros")
    with pytest.raises(ShapeError, match="causes want the 2 images of the audit, got 1"):
        flip_causes(swept, images[:1], anywhere)
