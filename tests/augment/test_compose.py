import itertools
import json
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from convlens.augment.affine import Affine
from convlens.augment.augmenter import Augmenter
from convlens.augment.compose import Identity, Lambda, OneOf, Sequential, SomeOf, Sometimes, WithChannels
from convlens.augment.distributions import Binomial, Choice
from convlens.augment.draws import parameters_from_json, parameters_to_json
from convlens.errors import SettingsError, ShapeError
from convlens.rng import keys_of, uniforms

COUNT = 6_000
KEYS = keys_of(0, "augment", 0, np.arange(COUNT))
IMAGES = np.random.default_rng(0).integers(0, 256, (64, 7, 6, 3), np.uint8)


@dataclass(frozen=True, repr=False)
class Digit(Augmenter):
    """Append a digit to a grey level, as if it were written in base 4, which then tells what came in which order."""

    digit: int = 1

    def change(self, images, parameters):  # noqa: ARG002
        return (images * 4 + self.digit).astype(np.uint8)


@dataclass(frozen=True, repr=False)
class Halved(Augmenter):
    """Change the size of an image."""

    def change(self, images, parameters):  # noqa: ARG002
        return np.ascontiguousarray(images[:, :, : images.shape[2] // 2])


ONE, TWO, THREE = Digit(1), Digit(2), Digit(3)
BLANK = np.zeros((COUNT, 1, 1, 1), np.uint8)


def histories(augmenter):
    """For each image which digits came, in their order."""
    levels = augmenter(images=BLANK, keys=KEYS).ravel().tolist()
    return [np.base_repr(level, 4).lstrip("0") for level in levels]


def counted(augmenter):
    values, counts = np.unique(histories(augmenter), return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


def test_sequential_in_random_order_uses_every_order_equally_often_within_one_batch():
    counts = counted(Sequential([ONE, TWO, THREE], random_order=True))
    assert sorted(counts) == ["123", "132", "213", "231", "312", "321"]
    assert chisquare(list(counts.values())).pvalue > 1e-3


def test_sequential_without_random_order_draws_what_it_always_drew():
    # by the definition in its docstring: every child from the keys named "<position>.<class>.", nothing else
    child = Affine(translate_px={"x": (-9, 9), "y": 0})
    drawn = Sequential([child, child]).sample(KEYS)
    assert not any("order" in name for name in drawn)
    shuffled = Sequential([child, child], random_order=True).sample(KEYS)
    assert shuffled.pop("order").shape == (COUNT, 2)
    assert all(np.array_equal(shuffled[name], values) for name, values in drawn.items())


def test_the_order_drawn_is_the_order_applied():
    augmenter = Sequential([ONE, TWO, THREE], random_order=True)
    order = augmenter.sample(KEYS)["order"]
    assert ["".join(str(position + 1) for position in row) for row in order.tolist()] == histories(augmenter)


def test_an_order_by_hand():
    augmenter = Sequential([ONE, TWO], random_order=True)
    changed = augmenter.apply(np.zeros((2, 1, 1, 1), np.uint8), {"order": np.array([[0, 1], [1, 0]])})
    assert changed.ravel().tolist() == [1 * 4 + 2, 2 * 4 + 1]


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_some_of_applies_exactly_n_different_children_in_their_order_each_selection_equally_often(n):
    counts = counted(SomeOf(n, [ONE, TWO, THREE]))
    assert sorted(counts) == ["".join(one) for one in itertools.combinations("123", n)]
    assert len(counts) == 1 or chisquare(list(counts.values())).pvalue > 1e-3


def test_some_of_in_random_order_uses_every_order_of_every_selection():
    counts = counted(SomeOf(2, [ONE, TWO, THREE], random_order=True))
    assert sorted(counts) == sorted("".join(one) for one in itertools.permutations("123", 2))
    assert chisquare(list(counts.values())).pvalue > 1e-3


@pytest.mark.parametrize(
    ("n", "shares"),
    [
        (None, [0, 0, 0, 1]),
        ((1, 3), [0, 1 / 3, 1 / 3, 1 / 3]),
        ((2, None), [0, 0, 0.5, 0.5]),
        ([0, 3], [0.5, 0, 0, 0.5]),
        (Binomial(0.25) + 1, [0, 0.75, 0.25, 0]),
    ],
)
def test_some_of_draws_how_many_for_each_image(n, shares):
    lengths = np.bincount([len(one) for one in histories(SomeOf(n, [ONE, TWO, THREE]))], minlength=4)
    expected = np.array(shares) * COUNT
    assert (lengths[expected == 0] == 0).all()
    assert np.count_nonzero(expected) == 1 or chisquare(lengths[expected > 0], expected[expected > 0]).pvalue > 1e-3


def test_one_of_takes_each_child_equally_often():
    counts = counted(OneOf([ONE, TWO, THREE]))
    assert sorted(counts) == ["1", "2", "3"]
    assert chisquare(list(counts.values())).pvalue > 1e-3


@pytest.mark.parametrize("share", [0, 0.2, 0.5, 1])
def test_sometimes_changes_a_share_of_the_images_and_the_others_otherwise(share):
    counts = counted(Sometimes(share, ONE, [TWO, THREE]))
    assert set(counts) == ({"1"} if share > 0 else set()) | ({"23"} if share < 1 else set())
    assert abs(counts.get("1", 0) / COUNT - share) <= 5 * (share * (1 - share) / COUNT) ** 0.5


def test_sometimes_draws_a_share_that_is_a_range_anew_for_each_image():
    counts = counted(Sometimes((0, 0.5), ONE))
    assert set(counts) == {"", "1"}
    assert abs(counts["1"] / COUNT - 0.25) <= 5 * (0.25 * 0.75 / COUNT) ** 0.5


def test_two_equal_sometimes_decide_apart():
    both = histories(Sequential([Sometimes(0.5, ONE), Sometimes(0.5, TWO)]))
    assert chisquare(np.unique(both, return_counts=True)[1]).pvalue > 1e-3
    assert set(both) == {"", "1", "2", "12"}


def test_the_else_branch_draws_apart_from_the_then_branch():
    child = Affine(translate_px={"x": (-9, 9)})
    drawn = Sometimes(0.5, child, child).sample(KEYS)
    assert not np.array_equal(drawn["then.0.Affine.translate_px_x"], drawn["else.0.Affine.translate_px_x"])


def test_identity_gives_a_copy():
    changed = Identity()(images=IMAGES, keys=KEYS[:64])
    assert np.array_equal(changed, IMAGES)
    assert not np.shares_memory(changed, IMAGES)


def test_with_channels_changes_those_and_no_others():
    changed = WithChannels([2, 0], Affine(translate_px={"x": 1}, mode="wrap"))(images=IMAGES, keys=KEYS[:64])
    assert np.array_equal(changed[..., [0, 2]], np.roll(IMAGES, 1, axis=2)[..., [0, 2]])
    assert np.array_equal(changed[..., 1], IMAGES[..., 1])


def test_with_channels_hands_them_over_in_the_order_given_and_takes_them_back_so():
    seen = []
    child = Lambda(lambda images, _: (seen.append(images), images)[1])
    assert np.array_equal(WithChannels([2, 0], child)(images=IMAGES, keys=KEYS[:64]), IMAGES)
    assert np.array_equal(seen[0], IMAGES[..., [2, 0]])


def test_with_no_channels_nothing_happens_and_with_none_given_all_are_meant():
    child = Affine(translate_px={"x": 1})
    assert np.array_equal(WithChannels([], child)(images=IMAGES, keys=KEYS[:64]), IMAGES)
    assert np.array_equal(
        WithChannels(None, child)(images=IMAGES, keys=KEYS[:64]), child(images=IMAGES, keys=KEYS[:64])
    )


def random_fill(images, keys):
    images[:] = (uniforms(keys)[:, 0] * 256)[:, None, None, None].astype(np.uint8)
    return images


def test_a_lambda_draws_from_the_keys_and_replays_from_json():
    augmenter = Sequential([Lambda(random_fill), Sometimes(0.5, Lambda(random_fill))])
    before = IMAGES.copy()
    changed = augmenter(images=IMAGES, keys=KEYS[:64])
    assert np.array_equal(IMAGES, before)
    kept = parameters_from_json(json.loads(json.dumps(parameters_to_json(augmenter.sample(KEYS[:64])))))
    assert np.array_equal(augmenter.apply(IMAGES, kept), changed)
    assert np.array_equal(augmenter(images=IMAGES[[9]], keys=KEYS[[9]]), changed[[9]])
    assert len(np.unique(changed)) > 20


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (lambda _, __: None, "gave None"),
        (lambda images, _: images[:1], r"gives back 64 images .* but gave uint8 \(1, 7, 6, 3\)"),
        (lambda images, _: images / 255, r"gave float64 \(64, 7, 6, 3\)"),
    ],
)
def test_a_lambda_whose_function_gives_back_no_images_is_told_so(function, sentence):
    with pytest.raises(ShapeError, match=sentence):
        Lambda(function)(images=IMAGES, keys=KEYS[:64])


def test_where_only_some_images_change_their_size_they_come_back_as_a_list():
    both = Sequential([Halved(), Affine(translate_px=1)], random_order=True)
    some = Sometimes(0.5, Halved())(images=IMAGES, keys=KEYS[:64])
    assert isinstance(some, list)
    assert {one.shape for one in some} == {(7, 3, 3), (7, 6, 3)}
    assert all(map(np.array_equal, some, Sometimes(0.5, Halved())(images=list(IMAGES), keys=KEYS[:64])))
    assert Sometimes(1, Halved())(images=IMAGES, keys=KEYS[:64]).shape == (64, 7, 3, 3)
    assert both(images=IMAGES, keys=KEYS[:64]).shape == (64, 7, 3, 3)
    with pytest.raises(
        ShapeError, match=r"may not change the shape of the images, but made \(7, 3, 1\) of \(7, 6, 1\)"
    ):
        WithChannels(0, Halved())(images=IMAGES, keys=KEYS[:64])


def test_a_channel_that_is_not_there_is_refused():
    with pytest.raises(ShapeError, match="wants channel 3, but the images have 3"):
        WithChannels([0, 3], Identity())(images=IMAGES, keys=KEYS[:64])


@pytest.mark.usefixtures("as_installed")
@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda: Sequential([ONE], random_order=1), "random_order wants True or False, got 1"),
        (lambda: SomeOf(1, 3), "SomeOf wants an augmenter or a list of augmenters, got 3"),
        (lambda: SomeOf(2, [ONE]), "SomeOf's n, of 1 children, wants values from 0 to 1, got 2"),
        (lambda: SomeOf((0, 2), [ONE]), "from 0 to 1"),
        (lambda: SomeOf(-1, [ONE]), "from 0 to 1, got -1"),
        (lambda: SomeOf(0.5, [ONE]), "wants whole numbers, got 0.5"),
        (lambda: SomeOf((2, None), [ONE]), "smaller end first"),
        (lambda: SomeOf(0, [ONE], "yes"), "random_order wants True or False"),
        (lambda: OneOf([]), "OneOf wants at least one augmenter"),
        (lambda: OneOf([ONE, 3]), "holds 3"),
        (lambda: Sometimes(1.3, ONE), "p wants values from 0 to 1, got 1.3"),
        (lambda: Sometimes(0.5, 3), "Sometimes wants an augmenter or a list of augmenters, got 3"),
        (lambda: WithChannels(-1, ONE), "WithChannels wants a channel 0, 1, … or a list of different ones, got -1"),
        (lambda: WithChannels([1, 1], ONE), "list of different ones"),
        (lambda: WithChannels("red", ONE), "got 'red'"),
        (lambda: WithChannels(True, ONE), "got True"),
        (lambda: WithChannels(0, 3), "WithChannels wants an augmenter or a list of augmenters"),
        (lambda: Lambda(3), "Lambda wants a function of images and keys, got 3"),
    ],
)
def test_wrong_settings_are_refused_with_a_sentence(build, sentence):
    with pytest.raises(SettingsError, match=sentence):
        build()


LEAVES = st.sampled_from(
    [
        Identity(),
        Affine(translate_px=(-3, 3)),
        Affine(translate_px={"x": [1, -2]}, mode="wrap"),
        Affine(translate_px=Choice((0, 1)), cval=(0, 255)),
    ]
)
CHANNELS = st.sampled_from([None, 1, [2, 0], []])
TREES = st.recursive(
    # channels of channels may not be there, so these stand at the ends of a tree only
    LEAVES | st.builds(WithChannels, CHANNELS, LEAVES),
    lambda inner: (
        st.builds(Sequential, st.lists(inner, max_size=3), st.booleans())
        | st.builds(
            SomeOf, st.sampled_from([None, 1, (0, None)]), st.lists(inner, min_size=1, max_size=3), st.booleans()
        )
        | st.builds(OneOf, st.lists(inner, min_size=1, max_size=3))
        | st.builds(Sometimes, st.floats(0, 1), inner, inner | st.none())
    ),
    max_leaves=5,
)


@settings(max_examples=30)
@given(TREES, st.permutations(range(8)))
def test_in_any_tree_an_image_stands_alone_and_its_parameters_replay_it(augmenter, order):
    images, keys = IMAGES[:8], KEYS[:8]
    changed = augmenter(images=images, keys=keys)
    assert np.array_equal(augmenter(images=images[order], keys=keys[order]), changed[order])
    assert np.array_equal(augmenter(images=images[:1], keys=keys[:1]), changed[:1])
    assert augmenter(images=images[:0], keys=keys[:0]).shape == (0, *changed.shape[1:])
    kept = parameters_from_json(json.loads(json.dumps(parameters_to_json(augmenter.sample(keys)))))
    assert np.array_equal(augmenter.apply(images, kept), changed)
