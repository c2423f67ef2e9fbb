import numpy as np

from convlens.explain.boxes import Box, box_around


def test_a_box_by_hand():
    pixels = np.zeros((5, 6), bool)
    pixels[1, 2] = pixels[3, 4] = True
    found = box_around(pixels)
    assert found == Box(1, 2, 3, 3)
    assert (found.bottom, found.right) == (3, 4)
    assert box_around(np.zeros((2, 2), bool)) is None
