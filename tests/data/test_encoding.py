"""What is encoded is read back: exactly, but for JPEG."""

import numpy as np
import pytest

from convlens.data.decoding import SUFFIXES, read_pixels
from convlens.data.encoding import WRITTEN, encoded


def test_all_endings_that_are_read_are_written_but_gif():
    assert {".gif"} == SUFFIXES - WRITTEN


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("suffix", sorted(WRITTEN))
def test_a_picture_comes_back_as_it_was(tmp_path, suffix, channels):
    rows, columns = np.mgrid[:33, :20]
    image = np.stack([(7 * rows + 3 * columns + 40 * one) % 200 for one in range(channels)], axis=2).astype(np.uint8)
    place = tmp_path / f"picture{suffix}"
    place.write_bytes(encoded(image, suffix.upper()))
    back = read_pixels(place, channels)
    assert back.shape == image.shape
    assert np.abs(back.astype(int) - image).mean() <= (4 if suffix.startswith(".j") else 0)
