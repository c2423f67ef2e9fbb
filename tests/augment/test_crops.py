import numpy as np
import pytest

from convlens.augment.crops import Crop, CropAndPad, CropToFixedSize, Pad, PadToFixedSize
from convlens.errors import SettingsError
from convlens.rng import keys_of

KEYS = keys_of(0, "augment", 0, np.arange(2000))
IMAGES = np.random.default_rng(0).integers(0, 256, (50, 12, 20, 3), np.uint8)


def moved(matrix, x, y):
    return (matrix @ [x, y, 1])[:2]


def test_an_image_by_hand():
    image = np.arange(1, 13, dtype=np.uint8).reshape(3, 4)
    assert Crop(px=(1, 0, 0, 2), keep_size=False).augment_image(image).tolist() == [[7, 8], [11, 12]]
    assert Pad(px=(0, 1, 1, 0), pad_cval=99, keep_size=False).augment_image(image).tolist() == [
        [1, 2, 3, 4, 99],
        [5, 6, 7, 8, 99],
        [9, 10, 11, 12, 99],
        [99] * 5,
    ]
    # cut first: what is repeated at the right is what the cut left
    edge = CropAndPad(px=(-2, 1, 0, -3), pad_mode="edge", keep_size=False)
    assert edge.augment_image(image).tolist() == [[12, 12]]


def test_shares_are_of_the_height_and_of_the_width():
    came = Crop(percent=(0.25, 0.1, 0, 0.2), keep_size=False)(image=IMAGES[0])
    assert np.array_equal(came, IMAGES[0][3:, 4:18])
    # half a pixel is rounded to the even one: 2.5 of 20 · 0.125, 1.5 of 12 · 0.125
    assert Pad(percent=0.125, keep_size=False)(image=IMAGES[0]).shape == (12 + 2 + 2, 20 + 2 + 2, 3)


@pytest.mark.parametrize("settings", [{"px": (0, 3)}, {"percent": (0, 0.2)}, {"px": [0, 1, 3]}])
@pytest.mark.parametrize("kind", [CropAndPad, Crop, Pad])
def test_edges_have_their_own_draws_unless_they_share_one(kind, settings):
    unit = next(iter(settings))
    edges = [f"{edge}_{unit}" for edge in ("top", "right", "bottom", "left")]
    apart, shared = kind(**settings).sample(KEYS), kind(**settings, sample_independently=False).sample(KEYS)
    assert all(np.array_equal(shared[edges[0]], shared[edge]) for edge in edges)
    assert not any(np.array_equal(apart[edges[0]], apart[edge]) for edge in edges[1:])
    four = kind(**{unit: (settings[unit],) * 4}, sample_independently=False).sample(KEYS)
    assert not np.array_equal(four[edges[0]], four[edges[1]])


def test_the_usual_amounts():
    for kind, low, high in ((CropAndPad, -0.1, 0.1), (Crop, 0, 0.1), (Pad, 0, 0.1)):
        drawn = kind().sample(KEYS)["left_percent"]
        assert low <= drawn.min() < low + 0.01
        assert high - 0.01 < drawn.max() <= high


def test_the_size_is_kept_and_without_an_amount_so_is_every_pixel():
    for augmenter in (CropAndPad(), Crop((0, 30)), Pad((0, 30), pad_mode="wrap")):
        assert augmenter(images=IMAGES, keys=KEYS[:50]).shape == IMAGES.shape
    for kind in (CropAndPad, Crop, Pad):
        for amount in ({"px": 0}, {"percent": 0}, {"percent": 0.01}):
            assert np.array_equal(kind(**amount)(images=IMAGES, keys=KEYS[:50]), IMAGES)


def test_a_grey_level_is_one_for_all_channels():
    came = Pad(1, pad_cval=(0, 255), keep_size=False)(images=IMAGES, keys=KEYS[:50])
    corners = came[:, 0, 0]
    assert (corners == corners[:, :1]).all()
    assert len(np.unique(corners)) > 30


@pytest.mark.parametrize(
    ("position", "left", "top"),
    [
        ("left-top", 15, 7),
        ("right-bottom", 0, 0),
        ("center", 7, 3),
        ("center-bottom", 7, 0),
        ((0.2, 1), 12, 0),
    ],
)
def test_a_position_says_where_pixels_are_taken_away_or_added(position, left, top):
    cropped = CropToFixedSize(width=5, height=5, position=position)(image=IMAGES[0])
    assert np.array_equal(cropped, IMAGES[0][top : top + 5, left : left + 5])
    surrounded = PadToFixedSize(width=35, height=19, pad_mode="wrap", position=position)(image=IMAGES[0])
    expected = np.pad(IMAGES[0], ((top, 7 - top), (left, 15 - left), (0, 0)), mode="wrap")
    assert np.array_equal(surrounded, expected)


def test_a_side_that_needs_no_change_stays():
    assert CropToFixedSize(width=30, height=5)(image=IMAGES[0]).shape == (5, 20, 3)
    assert PadToFixedSize(width=30, height=5)(image=IMAGES[0]).shape == (12, 30, 3)
    assert np.array_equal(CropToFixedSize(None, None)(images=IMAGES, keys=KEYS[:50]), IMAGES)


def test_anywhere_means_every_place_equally_often():
    augmenter = CropToFixedSize(width=4, height=1)
    above, right, below, left = -augmenter.margins(augmenter.sample(KEYS), (2, 8)).T
    assert set((left + right).tolist()) == {4}
    assert set((above + below).tolist()) == {1}
    # five standard deviations
    assert np.abs(np.bincount(left, minlength=5) - 400).max() < 5 * 18
    assert np.abs(np.bincount(above, minlength=2) - 1000).max() < 5 * 22.4


def test_normal_places_are_rather_in_the_middle():
    drawn = CropToFixedSize(4, 4, "normal").sample(KEYS)["position_x"]
    assert 0.16 < drawn.std() < 0.19
    assert 0 <= drawn.min() < drawn.max() <= 1


@pytest.mark.parametrize(
    "augmenter",
    [
        Crop((0, 3), keep_size=False),
        Pad((0, 3), keep_size=False),
        CropAndPad((-3, 3), keep_size=False),
        CropToFixedSize(7, 5),
        PadToFixedSize(30, 15),
    ],
)
def test_the_matrices_say_where_every_pixel_went(augmenter):
    parameters = augmenter.sample(KEYS[:20])
    each = augmenter.apply(IMAGES[:20], parameters)
    for image, came, matrix in zip(IMAGES, each, augmenter.matrices(parameters, (12, 20)), strict=False):
        found = 0
        for y, x in np.ndindex(12, 20):
            new_x, new_y = moved(matrix, x, y).astype(int)
            if 0 <= new_y < came.shape[0] and 0 <= new_x < came.shape[1]:
                assert np.array_equal(came[new_y, new_x], image[y, x])
                found += 1
        assert found >= 5 * 7


def test_the_matrix_of_a_crop_that_is_resized_by_hand():
    # of 20 columns 10 are left, and are 20 again: twice as wide, and column 10 is the first
    crop = Crop(percent=(0, 0, 0, 0.5))
    assert moved(crop.matrices(crop.sample(KEYS[:1]), (12, 20))[0], 10, 3) == pytest.approx([0.5, 3])


@pytest.mark.usefixtures("as_installed")
@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Crop(px=1, percent=0.1), "Crop wants px or percent, got both"),
        (lambda: Crop(px=-1), "px wants values from 0"),
        (lambda: Crop(percent=1.5), "percent wants values from 0 to 1"),
        (lambda: Pad(percent=-0.1), "percent wants values from 0"),
        (lambda: CropAndPad(percent=-1.1), "percent wants values from -1"),
        (lambda: Pad(pad_mode="mirror"), "no pad_mode is named 'mirror'"),
        (lambda: Pad(keep_size=1), "keep_size wants True or False, got 1"),
        (lambda: Pad(sample_independently="no"), "sample_independently wants True or False"),
        (lambda: CropToFixedSize(0, 5), "width wants a number of pixels from 1 up, or None, got 0"),
        (lambda: PadToFixedSize(5, 2.5), "height wants a number of pixels"),
        (lambda: PadToFixedSize(5, 5, position="top"), "position wants"),
    ],
)
def test_settings_that_mean_nothing_are_refused(make, sentence):
    with pytest.raises(SettingsError, match=sentence):
        make()
