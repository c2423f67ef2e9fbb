import math

import numpy as np
import pytest

from convlens.audit.one_image import probabilities_by_shift
from convlens.audit.shifts import line
from convlens.errors import SettingsError, ShapeError


def bright_left_or_right(images):
    """Give ln 3 to the side of the bright pixel: a probability of three quarters."""
    lit = images[..., 0].any(axis=1)
    return np.log(3) * np.stack([lit[:, :2].any(axis=1), lit[:, 2:].any(axis=1)], axis=1).astype(np.float32)


def test_the_probabilities_at_each_shift_are_those_worked_out_by_hand():
    image = np.zeros((1, 4, 1), np.uint8)
    image[0, 1] = 255
    blank = probabilities_by_shift(bright_left_or_right, image, line(2), border="zeros")
    assert blank[:, 1] == pytest.approx([0.5, 0.25, 0.25, 0.75, 0.75])  # at −2 the pixel has left: nothing to tell
    wrapped = probabilities_by_shift(bright_left_or_right, image, line(2), border="wrap")
    assert wrapped[:, 1] == pytest.approx([0.75, 0.25, 0.25, 0.75, 0.75])  # at −2 it has come in on the right


def test_each_row_sums_to_one_in_float64_even_for_huge_logits():
    image = np.arange(16, dtype=np.uint8).reshape(4, 4, 1)
    probabilities = probabilities_by_shift(
        lambda x: x[:, 0, :3, 0].astype(np.float32) * 1e30, image, line(5), border="wrap"
    )
    assert probabilities.shape == (11, 3)
    assert probabilities.dtype == np.float64
    assert all(math.isclose(total, 1) for total in probabilities.sum(axis=1))


def test_one_column_of_logits_is_refused():
    with pytest.raises(ShapeError, match="two columns"):
        probabilities_by_shift(lambda x: np.zeros((len(x), 1)), np.zeros((2, 2, 1), np.uint8), line(1), border="wrap")


def test_an_unknown_border_rule_is_refused():
    with pytest.raises(SettingsError, match="no border rule is named 'roll'"):
        probabilities_by_shift(bright_left_or_right, np.zeros((2, 2, 1), np.uint8), line(1), border="roll")
