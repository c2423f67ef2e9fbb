"""Which tests of causes can be made, and what is said of the others."""

import numpy as np
import pytest

from convlens.audit.cause_tests import DEFINITIONS, MEANINGS, cause_tests
from convlens.audit.counterfactuals import Asked
from convlens.audit.shifts import line
from convlens.audit.sweep import sweep

from .seers import NAMES, Opened, anywhere, dot, two

OPEN = Opened((2, 2), lambda images, *_: anywhere(images), lambda images, *_: anywhere(images), {"a wall": anywhere})


def made(border="zeros", probes=OPEN, stride=(2, 2), radius=1):
    images = np.stack([dot(4, 4)])
    swept = sweep(anywhere, images, np.zeros(1, np.int64), NAMES, line(radius), border=border)
    return {test.name: test for test in cause_tests(Asked(swept, images, anywhere), probes, stride)}


def told(test) -> tuple[str, str]:
    assert test.run is None
    return test.state, test.reason


def test_an_open_network_is_tested_for_all_four():
    found = made()
    assert list(found) == ["content lost", "aliasing", "position-bound head", "border signal"] == list(DEFINITIONS)
    for test in found.values():
        assert (test.state, test.reason) == ("tested", "")
        assert test.run is not None
        assert test.definition.startswith(DEFINITIONS[test.name])
    assert found["border signal"].definition.endswith("The border was changed so: a wall.")
    assert set(DEFINITIONS) < set(MEANINGS)


@pytest.mark.parametrize("border", ["wrap", "canvas"])
def test_where_nothing_leaves_no_content_is_lost(border):
    state, reason = told(made(border)["content lost"])
    assert state == "not applicable"
    assert f"nothing is lost under the border rule {border!r}" in reason


def test_a_model_known_by_its_answers_says_why_three_causes_cannot_be_tested():
    found = made(probes=None, stride=None)
    assert found["content lost"].state == "tested"
    assert told(found["aliasing"]) == (
        "not testable", "the model is known by its answers alone, and its stride is not known",
    )  # fmt: skip
    for name in ("position-bound head", "border signal"):
        state, reason = told(found[name])
        assert state == "not testable"
        assert reason.startswith("the model is known by its answers alone")


def test_a_known_stride_lets_a_plain_model_be_tested_for_aliasing():
    assert made(probes=None, stride=(2, 2))["aliasing"].state == "tested"


def test_a_network_without_a_map_tells_its_own_reason():
    found = made(probes=Opened(no_map="it is flat", no_variant="it has no rim"), stride=None)
    assert told(found["aliasing"]) == told(found["position-bound head"]) == ("not testable", "it is flat")
    assert told(found["border signal"]) == ("not applicable", "it has no rim")


def test_a_stride_of_one_keeps_every_place():
    assert told(made(stride=(1, 1))["aliasing"]) == (
        "not applicable", "the network keeps every place: its stride is 1",
    )  # fmt: skip
    assert made(stride=(1, 2))["aliasing"].state == "tested"


def test_a_stride_larger_than_any_move_cannot_be_tested():
    assert told(made("crop", stride=(2, 2))["aliasing"]) == (
        "not testable", "no move of a whole stride (2 px) can be made, only of up to 1 px",
    )  # fmt: skip
    assert made(stride=(7, 7))["aliasing"].state == "tested"
    assert told(made(stride=(8, 8))["aliasing"])[0] == "not testable"


def test_two_logits_are_two_classes():
    assert two(np.array([True, False])).tolist() == [[1, 2], [1, 0]]
