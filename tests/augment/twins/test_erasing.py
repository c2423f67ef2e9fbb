import numpy as np
import pytest
import torch

from convlens.augment import CoarseDropout, CoarseSaltAndPepper, Cutout, Dropout2d

KEYS = np.arange(6, dtype=np.uint64)
GREY = torch.full((6, 3, 12, 9), 100, dtype=torch.uint8)


def test_the_cells_of_a_grid_are_all_there_or_all_gone():
    dropped = CoarseDropout(0.5, size_px=3)(images=GREY, keys=KEYS)
    cells = dropped.reshape(6, 3, 3, 4, 3, 3).transpose(3, 4).flatten(4)
    assert torch.equal(cells.amin(4), cells.amax(4))
    assert sorted(dropped.unique().tolist()) == [0, 100]
    sprinkled = CoarseSaltAndPepper(0.9, size_px=3)(images=GREY, keys=KEYS)
    assert sorted(sprinkled.unique().tolist()) == [0, 100, 255]


def test_one_channel_is_kept():
    dropped = Dropout2d(1)(images=GREY, keys=KEYS)
    assert (dropped.amax((2, 3)) > 0).sum(1).tolist() == [1] * 6


def test_a_rectangle_in_the_middle_by_hand():
    cut = Cutout(position="center", size=0.5, squared=False, cval=7)(images=GREY, keys=KEYS)
    expected = GREY.clone()
    # 9 columns: from 2.25 to 6.75, cut to whole pixels.
    expected[:, :, 3:9, 2:6] = 7
    assert torch.equal(cut, expected)


@pytest.mark.parametrize("per_channel", [False, True])
def test_noise_fills_a_rectangle_and_nothing_else(per_channel):
    cutout = Cutout(position="center", size=0.5, squared=False, fill_mode="gaussian", fill_per_channel=per_channel)
    cut = cutout(images=GREY, keys=KEYS)
    changed = cut != GREY
    assert not changed[:, :, :3].any()
    assert not changed[:, :, :, 6:].any()
    assert changed[:, :, 3:9, 2:6].to(torch.float32).mean() > 0.9
    assert torch.equal(cut[:, 0], cut[:, 1]) is not per_channel
