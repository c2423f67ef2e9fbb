import numpy as np
from hypothesis import given, settings
from hypothesis.strategies import integers, lists

from convlens.data.xo import _distances, letters


@settings(max_examples=15)
@given(indices=lists(integers(0, 5000), min_size=1, max_size=8), seed=integers(0, 5))
def test_an_image_depends_on_its_index_and_the_seed_alone(indices, seed):
    together, labels = letters(seed, np.array(indices))
    alone = [letters(seed, np.array([index]))[0][0] for index in indices]
    assert all(np.array_equal(one, other) for one, other in zip(together, alone, strict=True))
    assert labels.tolist() == [index % 2 for index in indices]


def test_other_seeds_and_indices_draw_other_letters():
    images = np.concatenate([letters(seed, np.arange(200))[0] for seed in (0, 1)])
    assert len(np.unique(images.reshape(400, -1), axis=0)) == 400


def test_ink_is_visible_and_never_cut_by_the_frame():
    images = letters(0, np.arange(400))[0]
    assert images.max(axis=(1, 2, 3)).min() >= 100
    # a stroke may touch the frame with the faint pixel of its edge, not run along it with its full ink
    rim = np.concatenate([images[:, [0, -1]].reshape(400, -1), images[:, :, [0, -1]].reshape(400, -1)], axis=1)
    assert (rim.max(axis=1) < images.max(axis=(1, 2, 3))).all()


def test_distances_by_hand():
    line = np.array([[[[2.0, 3.0], [6.0, 3.0]]]])
    distances = _distances(line).reshape(28, 28)
    assert distances[3, 2:7].tolist() == [0.0] * 5
    assert distances[7, 4] == 4.0
    assert distances[0, 10] == 5.0  # the end is at (6, 3): 4 to the right, 3 up


def test_a_linear_classifier_does_not_solve_it():
    images, labels = letters(0, np.arange(2600))
    rows = np.c_[images.reshape(2600, -1) / 255.0, np.ones(2600)]
    train, signs = rows[:2000], 2.0 * labels[:2000] - 1
    weights = np.linalg.solve(train.T @ train + 30 * np.eye(785), train.T @ signs)
    accuracy = np.mean((rows[2000:] @ weights > 0) == labels[2000:])
    assert 0.6 < accuracy < 0.85


def test_an_o_has_a_hole_and_an_x_has_none():
    images, labels = letters(3, np.arange(300))
    enclosed = np.array([_has_hole(image[..., 0] > 0) for image in images])
    # thick or small letters may close or open in a few places; a human still reads them
    assert np.mean(enclosed == (labels == 0)) > 0.97


def _has_hole(ink: np.ndarray) -> bool:
    """Whether flooding from the frame leaves dry paper: an independent reading of the shape."""
    wet = np.zeros((30, 30), bool)
    wet[0] = True
    paper = np.pad(~ink, 1, constant_values=True)
    while True:
        spread = wet.copy()
        spread[1:] |= wet[:-1]
        spread[:-1] |= wet[1:]
        spread[:, 1:] |= wet[:, :-1]
        spread[:, :-1] |= wet[:, 1:]
        spread &= paper
        if (spread == wet).all():
            return bool((paper & ~wet).any())
        wet = spread
