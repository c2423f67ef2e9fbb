import copy
import dataclasses
import os
import pickle
import subprocess
import sys
from dataclasses import dataclass, field

import numpy as np
import pytest

from convlens.augment.affine import Affine
from convlens.augment.algebra import Distribution
from convlens.augment.augmenter import Augmenter, drawn
from convlens.augment.compose import Sequential
from convlens.augment.distributions import Choice, DiscreteUniform, Uniform
from convlens.augment.grammar import Spelling
from convlens.errors import SettingsError, ShapeError
from convlens.rng import keys_of

KEYS = keys_of(0, "augment", 0, np.arange(500))
GREY = np.random.default_rng(0).integers(0, 256, (500, 8, 8), np.uint8)


def dimmed(images, share):
    return (images * share[:, None, None, None]).astype(np.uint8)


@dataclass(frozen=True, repr=False)
class Dim(Augmenter):
    """An augmenter as a user writes one: a parameter and a kernel."""

    share: Spelling = field(default=1, metadata=drawn(whole=False, low=0, high=1))
    kernel = staticmethod(dimmed)


def test_an_augmenter_needs_a_parameter_and_a_kernel_only():
    images = np.full((500, 2, 2, 1), 200, np.uint8)
    dim = Dim((0.5, 1), name="evening")
    darker = dim(images=images, keys=KEYS)
    assert darker[:, 0, 0, 0].tolist() == [int(200 * share) for share in dim.sample(KEYS)["share"]]
    assert len(np.unique(darker)) > 50
    assert repr(dim) == 'Dim(share=(0.5, 1), name="evening")'
    assert repr(Dim(DiscreteUniform(0, 1))) == "Dim(share=DiscreteUniform(0, 1))"
    assert repr(Dim([0.5, Uniform(0, 1)])) == "Dim(share=[0.5, (0, 1)])"


@dataclass(frozen=True)
class Often(Distribution):
    """A distribution as a user writes one: mostly 1."""

    whole = False
    support = (0.5, 1.0)

    def of(self, uniforms):
        return np.where(uniforms[0] < 0.9, 1.0, 0.5)


def test_a_distribution_of_the_users_own_is_taken_as_it_is():
    dim = Dim(Often())
    assert repr(dim) == "Dim(share=Often())"
    assert 0.85 < np.mean(dim.sample(KEYS)["share"] == 1) < 0.95
    with pytest.raises(SettingsError, match=r"cval wants whole numbers, got Often\(\)"):
        Affine(cval=Often())


def test_a_parameter_out_of_its_range_is_refused():
    with pytest.raises(SettingsError, match="share wants values from 0 to 1, got 2"):
        Dim(2)


def test_without_the_axes_form_both_axes_share_one_draw():
    parameters = Affine(translate_px=(-10, 10)).sample(KEYS)
    assert np.array_equal(parameters["translate_px_x"], parameters["translate_px_y"])
    assert parameters["translate_px_x"].dtype == np.int64
    assert len(np.unique(parameters["translate_px_x"])) == 21


def test_with_the_axes_form_they_are_drawn_apart():
    parameters = Affine(translate_px={"x": (-10, 10), "y": (-10, 10)}).sample(KEYS)
    agreeing = np.mean(parameters["translate_px_x"] == parameters["translate_px_y"])
    assert agreeing < 0.12  # 1 in 21, or 4.8 %, by chance


def test_two_equal_children_draw_apart_and_keep_their_draws_when_one_is_added():
    child = Affine(translate_px=(-10, 10))
    two = Sequential([child, child]).sample(KEYS)
    three = Sequential([child, child, child]).sample(KEYS)
    names = [f"{position}.Affine.{name}" for position in (0, 1) for name in child.sample(KEYS)]
    assert list(two) == names
    assert not np.array_equal(two["0.Affine.translate_px_x"], two["1.Affine.translate_px_x"])
    assert all(np.array_equal(two[name], three[name]) for name in names)


def test_sequential_applies_its_children_in_order():
    image = np.array([[1, 2, 3]], np.uint8)
    right, left = Affine(translate_px={"x": 1}), Affine(translate_px={"x": -1})
    assert Sequential([right, left]).augment_image(image).tolist() == [[1, 2, 0]]
    assert Sequential([left, right]).augment_image(image).tolist() == [[0, 2, 3]]


def test_sequential_takes_one_augmenter_alone_and_none_at_all():
    assert Sequential(Affine()) == Sequential([Affine()])
    assert Sequential() == Sequential(None) == Sequential([])


@pytest.mark.usefixtures("as_installed")
@pytest.mark.parametrize(
    ("children", "sentence"),
    [([Affine(), 3], "holds 3"), ("ab", "holds 'a'"), (3, "wants an augmenter or a list of augmenters, got 3")],
)
def test_sequential_wants_augmenters(children, sentence):
    with pytest.raises(SettingsError, match=sentence):
        Sequential(children)


def test_a_list_of_images_of_several_sizes_comes_back_as_a_list():
    images = [np.zeros((4, 5), np.uint8), np.zeros((9, 3, 3), np.uint8), GREY[0]]
    augmenter = Affine(translate_px=(-2, 2), mode="wrap")
    changed = augmenter(images=images, keys=KEYS[:3])
    assert [one.shape for one in changed] == [(4, 5), (9, 3, 3), (8, 8)]
    assert np.array_equal(changed[2], augmenter(image=GREY[0], keys=KEYS[[2]]))


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (
            {"images": GREY.astype(np.float32)},
            ShapeError,
            r"uint8 array .* got float32 \(500, 8, 8\) without value_range",
        ),
        ({"image": GREY[0, 0]}, ShapeError, r"\(H, W\) or \(H, W, C\) .* got uint8 \(8,\)"),
        ({"image": GREY[None, None]}, ShapeError, "an image"),
        ({"images": GREY[0]}, ShapeError, r"\(N, H, W\) or \(N, H, W, C\)"),
        ({"images": [GREY[0], GREY[0, 0]]}, ShapeError, "each image"),
        ({}, SettingsError, "exactly one"),
        ({"image": GREY[0], "images": GREY}, SettingsError, "exactly one"),
        ({"images": GREY, "keys": KEYS[:3]}, ShapeError, "3 keys for 500 images"),
        ({"images": [GREY[0]], "keys": KEYS[:3]}, ShapeError, "3 keys for 1 images"),
    ],
)
def test_what_is_no_image_is_refused_with_a_sentence(call, error, sentence):
    with pytest.raises(error, match=sentence):
        Affine(translate_px=(-1, 1))(**call)


@pytest.mark.usefixtures("as_installed")
@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"seed": "one"}, "seed wants a whole number or None, got 'one'"),
        ({"seed": True}, "seed wants"),
        ({"name": 3}, "name wants a word or None, got 3"),
        ({"mode": "mirror"}, "no mode is named 'mirror'"),
        ({"cval": 256}, "cval wants values from 0 to 255, got 256"),
    ],
)
def test_wrong_settings_are_refused_with_a_sentence(settings, sentence):
    with pytest.raises(SettingsError, match=sentence):
        Affine(**settings)


def test_an_augmenter_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Affine().mode = "wrap"


def test_every_call_without_keys_draws_anew_and_is_counted():
    augmenter = Affine(translate_px={"x": (-100, 100), "y": (-100, 100)}, mode="wrap", seed=1)
    image = np.arange(10_000).reshape(100, 100).astype(np.uint8)
    results = {augmenter.augment_image(image).tobytes() for _ in range(20)}
    assert len(results) > 15
    assert augmenter.calls.made == 20


def test_the_call_counter_is_no_part_of_repr_equality_or_hash():
    used, fresh = Affine(translate_px=(-5, 5), seed=1), Affine(translate_px=(-5, 5), seed=1)
    used.augment_images(GREY)
    assert used == fresh
    assert repr(used) == repr(fresh)
    assert hash(used) == hash(fresh)


def test_calls_with_keys_leave_the_counter_alone():
    augmenter = Affine(translate_px=(-5, 5))
    augmenter(images=GREY, keys=KEYS)
    assert augmenter.calls.made == 0


def test_two_augmenters_without_a_seed_do_not_draw_alike():
    first, second = Affine(translate_px=(-5, 5)), Affine(translate_px=(-5, 5))
    assert not np.array_equal(first.augment_images(GREY), second.augment_images(GREY))


FORKED = """
import os
import numpy as np
from convlens.augment.affine import Affine
images = np.arange(100, dtype=np.uint8).reshape(1, 10, 10).repeat(50, axis=0)
unseeded, seeded = Affine(translate_px=(-9, 9)), Affine(translate_px=(-9, 9), seed=1)
unseeded.augment_images(images)
reading, writing = os.pipe()
child = os.fork() == 0
drawn = unseeded.augment_images(images).tobytes(), seeded.augment_images(images).tobytes()
if child:
    os.write(writing, drawn[0] + drawn[1])
    os._exit(0)
others = b""
while len(others) < 10_000:
    others += os.read(reading, 10_000)
print(others[:5000] == drawn[0], others[5000:] == drawn[1])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_draws_its_own_unless_a_seed_was_given():
    run = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False True"


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_an_augmenter_can_be_sent_to_another_process_even_after_use(copied):
    augmenter = Sequential([Affine(translate_px=(-5, 5), seed=1), Affine(translate_px={"y": [1, (2, 3)]})], seed=2)
    augmenter.augment_images(GREY)
    other = copied(augmenter)
    assert other == augmenter
    assert other.calls.made == 1
    assert np.array_equal(other.augment_images(GREY), augmenter.augment_images(GREY))


def test_choice_of_plain_numbers_is_a_distribution_like_the_others():
    assert Affine(translate_px=Choice((1, 2))) == Affine(translate_px=[1, 2])


def test_a_deterministic_copy_replays_and_leaves_the_original_going_on():
    augmenter = Affine(translate_px=(-5, 5), seed=3)
    still = augmenter.to_deterministic()
    first = still.augment_images(GREY)
    assert np.array_equal(still.augment_images(GREY), first)
    assert not np.array_equal(augmenter.augment_images(GREY), augmenter.augment_images(GREY))
    assert still == augmenter
    unseeded = Affine(translate_px=(-5, 5)).to_deterministic()
    assert np.array_equal(unseeded.augment_images(GREY), unseeded.augment_images(GREY))


def test_several_deterministic_copies_differ_from_each_other():
    copies = Affine(translate_px=(-5, 5), seed=3).to_deterministic(3)
    results = [one.augment_images(GREY).tobytes() for one in copies]
    assert len(set(results)) == 3
    assert [one.augment_images(GREY).tobytes() for one in copies] == results
