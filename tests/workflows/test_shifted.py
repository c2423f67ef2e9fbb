"""One picture at every shift: the strip and the board hold the answers to the picture, moved one by one."""

import numpy as np
import pytest

from convlens.audit.placing import placed
from convlens.workflows.shifted import strip_and_board


def heavy(images):
    """Two logits: how bright the upper left is, and how bright the rest."""
    share = images[:, :4, :4].mean(axis=(1, 2, 3), dtype=float) / 64
    return np.stack([share, 2 - share], axis=1)


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, (12, 10, 1)).astype(np.uint8)


@pytest.mark.parametrize("border", ["zeros", "wrap", "canvas", "crop"])
def test_every_move_is_asked_about_once(image, border):
    strip, board = strip_and_board(heavy, image, 1, radius=2, border=border, fill=7)
    assert strip.offsets == (-2, -1, 0, 1, 2)
    assert sorted(zip(board.dx, board.dy, strict=True)) == [(x, y) for x in strip.offsets for y in strip.offsets]
    rows = zip(board.dx, board.dy, board.probabilities, strict=True)
    for dx, dy, probabilities in rows:
        moved = placed(image[None], np.array([dx]), np.array([dy]), radius=2, border=border, fill=7)
        logits = heavy(moved)[0]
        np.testing.assert_allclose(probabilities, np.exp(logits) / np.exp(logits).sum(), rtol=1e-6)
        if dy == 0:
            place = strip.offsets.index(dx)
            assert (strip.images[place] == moved[0]).all()
            assert (strip.probabilities[place] == probabilities).all()


def test_where_nobody_knows_what_is_right_the_unmoved_answer_counts_as_such(image):
    logits = heavy(image[None])[0]
    strip, board = strip_and_board(heavy, image, None, radius=1, border="zeros")
    assert strip.true_label == board.true_label == int(logits.argmax())
    assert strip_and_board(heavy, image, 1 - strip.true_label, radius=1, border="zeros")[0].true_label != (
        strip.true_label
    )
