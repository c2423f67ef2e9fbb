import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from convlens.report.shrinking import means_of_rows, shrunk, shrunk_picture


def test_a_map_is_shrunk_by_means_of_blocks() -> None:
    maps = np.arange(20, dtype=np.float32).reshape(1, 4, 5)
    assert shrunk(maps, 3)[0].tolist() == [[3, 5, 6.5], [13, 15, 16.5]]
    assert shrunk(maps, 5) is maps


def test_rows_that_follow_one_another_become_their_mean_the_last_ones_too() -> None:
    values = np.array([[0, 1], [2, 3], [4, 8], [6, 0], [9, 9]], np.float32)
    assert means_of_rows(values, 2).tolist() == [[1, 2], [5, 4], [9, 9]]
    assert means_of_rows(values, 9).tolist() == [values.mean(axis=0).tolist()]
    assert means_of_rows(values, 1) is values


@given(count=st.integers(1, 40), step=st.integers(1, 50))
def test_no_row_is_lost_in_the_means(count: int, step: int) -> None:
    rows = means_of_rows(np.arange(count, dtype=np.float32)[:, None], step)
    assert len(rows) == -(-count // step)
    weights = [min(step, count - start) for start in range(0, count, step)]
    assert np.isclose(float(np.dot(weights, rows[:, 0])), count * (count - 1) / 2)


def test_a_picture_is_shrunk_channel_by_channel_and_rounded() -> None:
    picture = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)
    small, step = shrunk_picture(picture, 3)
    assert step == 2
    assert small.dtype == np.uint8
    assert small[:, :, 0].tolist() == [[9, 15, 20], [39, 45, 50]]  # 19.5 goes to the even 20
    assert (small[:, :, 2] - small[:, :, 0] == 2).all()


def test_a_small_picture_stays_as_it_is() -> None:
    picture = np.zeros((4, 5, 1), np.uint8)
    assert shrunk_picture(picture, 5) == (picture, 1)
