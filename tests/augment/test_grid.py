import numpy as np
import pytest

from convlens.augment.affine import Affine
from convlens.augment.compose import Identity
from convlens.augment.flips import Fliplr
from convlens.errors import SettingsError


def test_a_grid_holds_rows_times_cols_results_of_each_image():
    image = np.array([[1, 2]], np.uint8)
    grid = Fliplr(1).draw_grid(image, rows=2, cols=3)
    assert grid.shape == (2, 6, 3)
    assert (grid == np.array([2, 1] * 3, np.uint8)[None, :, None]).all()


def test_images_of_several_sizes_share_cells_of_the_largest():
    images = [np.full((2, 1), 5, np.uint8), np.full((1, 3, 3), 7, np.uint8)]
    grid = Identity().draw_grid(images, rows=1, cols=2)
    assert grid.shape == (4, 6, 3)
    assert grid[:, :, 0].tolist() == [[5, 0, 0, 5, 0, 0], [5, 0, 0, 5, 0, 0], [7] * 6, [0] * 6]


def test_the_results_of_one_image_differ():
    image = np.arange(100, dtype=np.uint8).reshape(10, 10)
    grid = Affine(translate_px={"x": (-9, 9), "y": (-9, 9)}, seed=1).draw_grid(image, rows=3, cols=3)
    cells = {grid[y : y + 10, x : x + 10].tobytes() for y in (0, 10, 20) for x in (0, 10, 20)}
    assert len(cells) > 6


def test_a_shown_grid_is_a_picture():
    shown = Identity().show_grid(np.zeros((4, 5, 3), np.uint8), rows=1, cols=2)
    assert shown.size == (10, 4)
    assert shown.mode == "RGB"


@pytest.mark.parametrize(("images", "rows"), [(np.zeros((2, 2), np.uint8), 0), ([], 1)])
def test_a_grid_of_nothing_is_refused(images, rows):
    with pytest.raises(SettingsError, match="a grid wants at least one"):
        Identity().draw_grid(images, rows=rows, cols=1)
