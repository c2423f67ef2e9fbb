import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.augment.affine import Affine
from convlens.augment.blends import BlendAlpha, BlendAlphaFrequencyNoise, BlendAlphaSimplexNoise, blend
from convlens.augment.compose import Lambda
from convlens.augment.flips import Fliplr, Rot90
from convlens.augment.light import Add, Invert, Multiply
from convlens.errors import SettingsError, ShapeError
from convlens.rng import keys_of

KEYS = keys_of(0, "augment", 0, np.arange(400))
NOISE = np.random.default_rng(0).integers(0, 256, (400, 8, 6, 3), np.uint8)
BLACK = np.zeros((400, 12, 12, 3), np.uint8)
# Black is turned white, so the pixels show the mask.
WHITE = Invert()


def test_a_blend_by_hand():
    image = np.array([[0, 100], [200, 201]], np.uint8)
    # A quarter of the negatives 255, 155, 55 and 54, three quarters of the image: 63.75, 113.75, 163.75, 164.25.
    assert BlendAlpha(0.25, Invert())(image=image).tolist() == [[64, 114], [164, 164]]
    # A quarter of what is 20 brighter, three quarters of half the brightness: 5, 67.5, 130, 130.75.
    both = BlendAlpha(0.25, Add(20), Multiply(0.5))(image=image)
    assert both.tolist() == [[5, 68], [130, 130]]


def test_each_branch_alone_is_what_a_share_of_one_or_nothing_shows():
    assert np.array_equal(BlendAlpha(1, Invert(), Add(9))(images=NOISE), 255 - NOISE)
    assert np.array_equal(BlendAlpha(0, Invert(), Multiply(0))(images=NOISE), 0 * NOISE)


@pytest.mark.parametrize(
    "augmenter", [BlendAlpha(), BlendAlphaSimplexNoise(None, []), BlendAlphaFrequencyNoise()], ids=repr
)
def test_without_branches_nothing_changes(augmenter):
    assert np.array_equal(augmenter(images=NOISE), NOISE)


@pytest.mark.parametrize("make", [BlendAlpha, BlendAlphaSimplexNoise, BlendAlphaFrequencyNoise])
def test_two_equal_branches_blend_to_either(make):
    augmenter = make(foreground=Multiply(0.37), background=[Multiply(0.37)], per_channel=0.5)
    assert np.array_equal(augmenter(images=NOISE), Multiply(0.37)(images=NOISE))


@given(
    shares=st.lists(st.floats(0, 1, width=32), min_size=1, max_size=4),
    channels=st.integers(1, 6),
    seed=st.integers(0, 1000),
    masks=st.booleans(),
)
def test_the_blend_agrees_with_the_formula(shares, channels, seed, masks):
    rng = np.random.default_rng(seed)
    front, back = rng.integers(0, 256, (2, len(shares), 5, 4, channels), np.uint8)
    share = np.array(shares, np.float32)[:, None]
    if masks:
        planes = rng.choice([1, channels])
        share = (share[:, :, None, None] * rng.uniform(0, 1, (1, planes, 5, 4))).astype(np.float32)
        spread = share.transpose(0, 2, 3, 1).astype(float)
    else:
        spread = share[:, None, None].astype(float)
    expected = spread * front + (1 - spread) * back
    assert np.abs(blend(front, back, share) - expected).max() <= 0.501
    floats = blend(front.astype(np.float32), back.astype(np.float32), share)
    assert np.abs(floats - expected).max() < 1e-3


def test_channels_have_shares_of_their_own_on_request():
    images = np.full((400, 1, 1, 3), 100, np.uint8)
    together = BlendAlpha(foreground=Multiply(2))(images=images, keys=KEYS)[:, 0, 0]
    apart = BlendAlpha(foreground=Multiply(2), per_channel=True)(images=images, keys=KEYS)[:, 0, 0]
    assert (together[:, :1] == together).all()
    assert np.abs(np.corrcoef(apart.T.astype(float)) - np.eye(3)).max() < 0.2
    assert np.array_equal(apart[:, 0], together[:, 0])


@pytest.mark.parametrize("make", [BlendAlphaSimplexNoise, BlendAlphaFrequencyNoise])
def test_channels_have_masks_of_their_own_on_request(make):
    one = make(foreground=WHITE)(images=BLACK, keys=KEYS)
    some = make(foreground=WHITE, per_channel=0.5)(images=BLACK, keys=KEYS)
    assert (one[..., :1] == one).all()
    apart = (some[..., :1] != some).any(axis=(1, 2, 3)).mean()
    assert 0.4 < apart < 0.6
    assert np.array_equal(one[..., 0], some[..., 0])


def test_an_image_blends_alike_beside_one_whose_channels_are_apart():
    images, keys = NOISE.astype(np.float32) / 2, KEYS[:400]
    augmenter = BlendAlpha(foreground=Multiply(0.7), per_channel=0.5)
    together = augmenter(images=images, keys=keys, value_range=(0, 255))
    alone = [
        augmenter(image=image, keys=key, value_range=(0, 255)) for image, key in zip(images, keys[:, None], strict=True)
    ]
    assert np.array_equal(together, np.stack(alone))


def test_only_images_that_show_a_branch_are_changed_by_it():
    seen = []

    def counted(images, _):
        seen.append(len(images))
        return 255 - images

    front = BlendAlpha([0, 1], Lambda(counted))(images=NOISE, keys=KEYS)
    back = BlendAlpha([0, 1], None, Lambda(counted))(images=NOISE, keys=KEYS)
    assert sum(seen) == 400
    assert 150 < seen[0] < 250
    assert np.array_equal(np.where((front == NOISE).all(axis=(1, 2, 3), keepdims=True), back, front), 255 - NOISE)


@pytest.mark.parametrize(
    ("make", "middle"),
    # Of one mask, half is foreground; the largest of several shows more of it.
    [(BlendAlphaSimplexNoise, (0.5, 0.7)), (BlendAlphaFrequencyNoise, (0.47, 0.6))],
)
def test_masks_differ_from_image_to_image_and_show_both_branches(make, middle):
    masks = make(foreground=WHITE)(images=BLACK, keys=KEYS)[..., 0] / 255
    assert middle[0] < masks.mean() < middle[1]
    assert masks.mean(axis=(1, 2)).std() > 0.15
    assert masks.std(axis=(1, 2)).mean() > 0.1
    assert len(np.unique(masks, axis=0)) > 390


def test_a_curve_makes_masks_harder():
    hard, soft = (
        BlendAlphaSimplexNoise(WHITE, sigmoid=bent, sigmoid_thresh=0)(images=BLACK, keys=KEYS) for bent in (True, False)
    )
    assert np.mean((hard < 26) | (hard > 229)) > 2 * np.mean((soft < 26) | (soft > 229))


def test_the_settings_of_a_mask_reach_it():
    even = BlendAlphaSimplexNoise(WHITE, size_px_max=1, iterations=1, sigmoid=False)(images=BLACK, keys=KEYS)
    assert (even == even[:, :1, :1]).all()
    blocks = BlendAlphaFrequencyNoise(0, WHITE, None, False, 4, "nearest", 1, sigmoid=0)(images=BLACK, keys=KEYS)
    assert np.array_equal(blocks, blocks[:, ::3, ::3].repeat(3, axis=1).repeat(3, axis=2))
    drawn = BlendAlphaFrequencyNoise(iterations=[1, 4], upscale_method=["cubic", "linear"]).sample(KEYS)
    assert drawn["exponent"].shape == drawn["upscale_method"].shape == drawn["size_px_max"].shape == (400, 4)
    assert set(drawn["upscale_method"].ravel()) == {"cubic", "linear"}
    assert set(drawn["aggregation_method"]) == {"avg", "max"}
    assert drawn["sigmoid_thresh"].std() == pytest.approx(5, abs=0.7)


def test_a_branch_draws_as_it_would_without_the_blend_around():
    drawn = BlendAlpha(foreground=[Multiply(), Fliplr(0.5)], background=Multiply()).sample(KEYS)
    assert list(drawn) == [
        "factor",
        "per_channel",
        "foreground.0.Multiply.mul",
        "foreground.0.Multiply.per_channel",
        "foreground.1.Fliplr.flipped",
        "background.0.Multiply.mul",
        "background.0.Multiply.per_channel",
    ]
    assert not np.array_equal(drawn["foreground.0.Multiply.mul"], drawn["background.0.Multiply.mul"])


@pytest.mark.parametrize("child", [Rot90(1, keep_size=False), Affine(rotate=(30, 60), fit_output=True)], ids=repr)
@pytest.mark.parametrize("setting", ["foreground", "background"])
def test_a_branch_that_changes_the_size_is_refused(child, setting):
    with pytest.raises(ShapeError, match="the children of BlendAlpha may not change the shape of the images, but made"):
        BlendAlpha(0.5, **{setting: child})(images=NOISE[:3])


def test_a_blend_of_float_images_is_not_rounded():
    image = np.array([[0.25, 0.5]], np.float32)
    assert BlendAlpha(0.5, Multiply(0))(image=image, value_range=(0, 1)).tolist() == [[0.125, 0.25]]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: BlendAlpha(1.2), "factor wants values from 0 to 1, got 1.2"),
        (lambda: BlendAlphaSimplexNoise(size_px_max=0), "size_px_max wants values from 1"),
        (lambda: BlendAlphaSimplexNoise(iterations=(0, 2)), "iterations wants values from 1"),
        (
            lambda: BlendAlphaSimplexNoise(upscale_method="cubik"),
            "no upscale_method is named 'cubik'; did you mean 'cubic'",
        ),
        (lambda: BlendAlphaFrequencyNoise(aggregation_method="mean"), "no aggregation_method is named 'mean'"),
        (lambda: BlendAlphaFrequencyNoise(exponent=21), "exponent wants values from -20 to 20, got 21"),
    ],
)
def test_a_wrong_setting_is_refused(make, sentence):
    with pytest.raises(SettingsError, match=sentence):
        make()


@pytest.mark.usefixtures("as_installed")
def test_a_branch_of_something_else_is_refused():
    with pytest.raises(SettingsError, match="BlendAlpha wants a list of augmenters, but it holds 3"):
        BlendAlpha(0.5, [3])
