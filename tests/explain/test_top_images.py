"""The strongest answers, in their order, at their places."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from convlens.explain.top_images import Peak, peaks


def test_peaks_by_hand() -> None:
    maps = np.zeros((3, 2, 3), np.float32)
    maps[0, 1, 2], maps[1, 0, 1], maps[2, 1, 0] = 2, 5, 3
    assert peaks(maps, 2) == (Peak(1, 0, 1, 5.0), Peak(2, 1, 0, 3.0))


def test_of_equal_answers_the_first_counts() -> None:
    assert peaks(np.ones((3, 2, 2), np.float32), 2) == (Peak(0, 0, 0, 1.0), Peak(1, 0, 0, 1.0))


def test_what_is_no_number_never_counts() -> None:
    maps = np.full((2, 1, 2), np.nan, np.float32)
    maps[1, 0, 1] = -4
    assert peaks(maps, 5) == (Peak(1, 0, 1, -4.0),)


@given(
    arrays(np.float32, st.tuples(st.integers(1, 6), st.integers(1, 4), st.integers(1, 4)), elements=st.integers(-9, 9))
)
def test_nothing_that_is_left_out_is_larger(maps: np.ndarray) -> None:
    found = peaks(maps, 3)
    assert [peak.value for peak in found] == sorted(maps.max(axis=(1, 2)), reverse=True)[:3]
    for peak in found:
        assert maps[peak.picture, peak.row, peak.column] == peak.value
    assert len({peak.picture for peak in found}) == len(found)
