"""A picture comes back from the page as it went in."""

import base64
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers, sampled_from
from PIL import Image as Pillow

from convlens.report.pictures import EXACT_PX, picture


def decoded(uri: str) -> Pillow.Image:
    return Pillow.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))


@given(height=integers(1, EXACT_PX), width=integers(1, EXACT_PX), channels=sampled_from([1, 3, 4]), seed=integers(0, 9))
def test_every_pixel_survives(height: int, width: int, channels: int, seed: int) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (height, width, channels)).astype(np.uint8)
    uri = picture(image)
    assert uri.startswith("data:image/png;base64,")
    assert np.array_equal(np.asarray(decoded(uri)).reshape(image.shape), image)


def test_a_view_into_a_batch_is_written_as_it_looks() -> None:
    images = np.arange(4 * 6 * 6, dtype=np.uint8).reshape(4, 6, 6, 1)
    assert np.array_equal(np.asarray(decoded(picture(images[2, ::-1, ::2]))), images[2, ::-1, ::2, 0])


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_large_picture_is_shrunk_and_keeps_its_shape(channels: int) -> None:
    image = np.zeros((224, 112, channels), np.uint8)
    uri = picture(image)
    assert decoded(uri).size == (EXACT_PX // 2, EXACT_PX)
    assert len(uri) < 4000
