"""What is printed of the causes of flips."""

from typing import Any

import numpy as np

from convlens.audit.causes import flip_causes
from convlens.audit.shifts import line
from convlens.audit.sweep import sweep
from convlens.cli import show


def anywhere(images):
    """Sees a bright pixel, wherever it is."""
    seen = (images > 100).any(axis=(1, 2, 3))
    return np.stack([np.ones(len(images)), 2.0 * seen], axis=1).astype(np.float32)


def found(images) -> dict[str, Any]:
    swept = sweep(anywhere, images, np.zeros(len(images), np.int64), ("no", "yes"), line(1), border="zeros")
    return flip_causes(swept, images, anywhere).to_json()


def printed(images, capsys) -> str:
    show.causes(found(images))
    return capsys.readouterr().out


def test_each_test_is_shown_on_flips_and_on_answers_that_held_with_its_excess(capsys):
    images = np.zeros((40, 6, 6, 1), np.uint8)
    images[:20, 3, 5], images[20:, 3, 3] = 200, 200
    out = printed(images, capsys)
    # The tests stand before the rows that count each cause alone, under the same names.
    lines = {row.strip().partition("  ")[0]: row for row in reversed(out.splitlines())}
    assert out.startswith("why did it flip: 20 of 20 flips, of 20 pictures, beside 20 answers that held")
    for said in ("100.0 %", "0.0 %", "+100.0 (", "something that mattered has left the picture"):
        assert said in lines["content lost"]
    assert "not testable: the model is known by its answers alone" in lines["position-bound head"]
    assert "100.0 %" in lines["any of them"]
    assert "what counts is the excess" in out


def test_a_test_that_is_positive_as_often_where_nothing_flipped_is_said_to_show_nothing(capsys):
    images = np.zeros((4, 6, 6, 1), np.uint8)
    images[:2, 3, 5], images[2:, 3, 3] = 200, 200
    out = printed(images, capsys)  # two flips: too few to show anything, or not; the excess alone decides
    content_lost = next(row for row in out.splitlines() if row.startswith("content lost"))
    assert ("not shown" in content_lost) != ("something that mattered" in content_lost)


def test_a_cause_that_is_not_shown_is_no_explanation_in_the_table_of_outcomes_either(capsys):
    images = np.zeros((40, 6, 6, 1), np.uint8)
    images[:20, 3, 5], images[20:, 3, 3] = 200, 200
    content = found(images)
    content["tests"]["content_lost"] |= {"shown": False}
    show.causes(content)
    tested, counted = (row for row in capsys.readouterr().out.splitlines() if row.startswith("content lost"))
    assert "not shown" in tested
    assert "not shown" in counted


def test_without_controls_dashes_are_printed(capsys):
    images = np.zeros((1, 6, 1, 1), np.uint8)
    images[0, 3] = 200
    swept_images = images.repeat(3, axis=2)
    swept_images[:, :, :2] = 0
    out = printed(swept_images, capsys)
    assert "why did it flip: 1 of 1 flips" in out


def test_without_flips_there_is_a_sentence(capsys):
    assert printed(np.zeros((2, 6, 6, 1), np.uint8), capsys) == "no answer flipped, so there is nothing to explain\n"
