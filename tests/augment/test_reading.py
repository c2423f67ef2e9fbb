import cv2
import numpy as np
import pytest

from convlens.augment.reading import in_our_words, in_planes


def halved(image, border, fill):
    return cv2.warpAffine(
        image, np.array([[2.0, 0, -1], [0, 2, -1]]), (3, 3), None, cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, border, fill
    )


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 200])
def test_each_channel_is_warped_as_alone_with_its_own_fill(channels):
    image = np.random.default_rng(0).integers(0, 256, (4, 5, channels), np.uint8)
    fill = [float(channel) for channel in range(channels)]
    warped = in_planes(image, cv2.BORDER_CONSTANT, fill, halved)
    for channel in range(channels):
        plane = np.ascontiguousarray(image[..., channel])
        assert np.array_equal(warped[..., channel], halved(plane, cv2.BORDER_CONSTANT, [fill[channel]]))
    assert warped[0, 0].tolist() == fill


def test_a_side_of_one_pixel_is_read_as_two_alike():
    seen = []
    in_planes(
        np.zeros((1, 3, 1), np.uint8), cv2.BORDER_REFLECT_101, [0.0], lambda image, *_: seen.append(image) or image
    )
    assert seen[0].shape == (2, 3, 1)


def test_other_libraries_words_are_translated_and_all_else_is_left_alone():
    assert in_our_words("replicate") == in_our_words("nearest") == "edge"
    assert in_our_words(["nearest", "wrap"]) == ["edge", "wrap"]
    assert in_our_words("mirror") == "mirror"
    assert in_our_words(None) is None
