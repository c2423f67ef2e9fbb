import numpy as np

from convlens.report.shrinking import shrunk, shrunk_picture


def test_a_map_is_shrunk_by_means_of_blocks() -> None:
    maps = np.arange(20, dtype=np.float32).reshape(1, 4, 5)
    assert shrunk(maps, 3)[0].tolist() == [[3, 5, 6.5], [13, 15, 16.5]]
    assert shrunk(maps, 5) is maps


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
