import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from convlens.augment.affine import Affine
from convlens.augment.light import Multiply
from convlens.errors import SettingsError, TrainingError
from convlens.models.networks import create
from convlens.models.tensors import tensors
from convlens.models.weights import pack_tensors
from convlens.rng import keys_of
from convlens.train.batches import collate
from convlens.train.settings import Settings
from convlens.train.worst import require_versions, worst_batch

SHIFTED = Affine(translate_px={"x": (-5, 5), "y": (-5, 5)})
PLACES = np.array([3, 69, 0, 41])


def brightness(images, labels):
    """A loss that anybody can see."""
    return images.astype(np.float32).sum(axis=(1, 2, 3))


def bits(training):
    return pack_tensors(training.state().weights, "")


def test_the_first_version_is_the_one_of_plain_training_and_the_others_are_drawn_apart(xo):
    versions = [collate(xo, PLACES, SHIFTED, 5, 2, candidate).images for candidate in range(3)]
    assert np.array_equal(versions[0], collate(xo, PLACES, SHIFTED, 5, 2).images)
    assert np.array_equal(versions[2], SHIFTED(images=xo.images[PLACES], keys=keys_of(5, "augment 2", 2, PLACES)))
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert (versions[one] != versions[other]).any(axis=(1, 2, 3)).mean() > 0.5


@given(st.integers(1, 12), st.integers(0, 9), st.integers(1, 9))
@settings(max_examples=20)
def test_the_worst_is_the_one_that_a_loop_over_versions_and_pictures_finds(xo, count, seed, epoch):
    darker = Multiply((0.2, 1.0))
    found = worst_batch(brightness, xo, PLACES, darker, seed, epoch, count)
    for row, place in enumerate(PLACES):
        versions = [collate(xo, np.array([place]), darker, seed, epoch, j).images[0] for j in range(count)]
        brightest = max(range(count), key=lambda j: versions[j].astype(int).sum())
        assert np.array_equal(found.images[row], versions[brightest])
    assert found.labels.tolist() == xo.labels[PLACES].tolist()
    assert found.indices.tolist() == PLACES.tolist()


def test_of_equal_losses_the_first_version_counts(xo):
    def level(images, labels):
        return np.zeros(len(images), np.float32)

    assert np.array_equal(
        worst_batch(level, xo, PLACES, SHIFTED, 0, 1, 4).images, collate(xo, PLACES, SHIFTED, 0, 1).images
    )


def test_the_worst_version_of_a_picture_depends_neither_on_its_batch_nor_on_its_neighbours(xo):
    whole = worst_batch(brightness, xo, np.arange(70), SHIFTED, 1, 1, 5).images
    assert np.array_equal(worst_batch(brightness, xo, PLACES, SHIFTED, 1, 1, 5).images, whole[PLACES])


def test_the_training_chooses_what_the_network_in_eval_mode_finds_worst(training_of, small_network, xo):
    """Dropout at 30 % and BatchNorm of a batch of four would choose otherwise."""
    training = training_of(xo, None, Settings(epochs=1, batch_size=4, worst_of=6), augment=SHIFTED)
    chosen = training._batch(PLACES, 0)
    module, card = small_network().eval(), training.card
    for row, place in enumerate(PLACES):
        versions = np.stack([collate(xo, np.array([place]), SHIFTED, 0, 1, j).images[0] for j in range(6)])
        with torch.no_grad():
            outputs = module(tensors(versions, card.mean, card.std))
        wanted = torch.full((6,), int(xo.labels[place]))
        worst = int(nn.functional.cross_entropy(outputs, wanted, reduction="none").argmax())
        assert np.array_equal(chosen.images[row], versions[worst])


def test_choosing_leaves_the_network_as_it_was(training_of, xo):
    training = training_of(xo, None, Settings(epochs=1, batch_size=16, worst_of=4), augment=SHIFTED)
    training.module.train()
    before, generator = bits(training), torch.random.get_rng_state()
    training._batch(PLACES, 0)
    assert bits(training) == before, "BatchNorm's running statistics too"
    assert training.module.training
    assert torch.equal(torch.random.get_rng_state(), generator)


def test_the_worst_of_one_is_plain_training_bit_for_bit(training_of, xo):
    plain = training_of(xo, None, Settings(epochs=2, batch_size=16), augment=SHIFTED)
    one = training_of(xo, None, Settings(epochs=2, batch_size=16, worst_of=1), augment=SHIFTED)
    several = training_of(xo, None, Settings(epochs=2, batch_size=16, worst_of=2), augment=SHIFTED)
    for training in (plain, one, several):
        list(training.run())
    assert bits(plain) == bits(one)
    assert bits(plain) != bits(several)


def test_the_same_training_twice_gives_the_same_bits(training_of, xo):
    settings = Settings(epochs=2, batch_size=16, worst_of=3)
    trainings = [training_of(xo, None, settings, augment=SHIFTED) for _ in range(2)]
    for training in trainings:
        list(training.run())
    assert bits(trainings[0]) == bits(trainings[1])


def test_a_network_that_draws_in_eval_mode_too_still_chooses_the_same(training_of, xo):
    class Noisy(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = create("toy", size=28, head="softmax")

        def forward(self, batch):
            return self.inner(nn.functional.dropout(batch, 0.5, training=True))

    settings = Settings(epochs=1, batch_size=16, worst_of=3)
    trainings = [training_of(xo, None, settings, module=Noisy(), augment=SHIFTED) for _ in range(2)]
    for number, training in enumerate(trainings):
        torch.manual_seed(number)
        list(training.run())
    assert bits(trainings[0]) == bits(trainings[1])


def test_one_logit_has_a_worst_version_too(training_of, xo):
    settings = Settings(epochs=1, batch_size=4, worst_of=6)
    training = training_of(xo, None, settings, head="sigmoid", augment=SHIFTED)
    losses = training._losses(xo.images[PLACES], xo.labels[PLACES])
    logits = training.module.eval()(tensors(xo.images[PLACES], training.card.mean, training.card.std))[:, 0]
    by_hand = [
        -np.log(1 / (1 + np.exp(-z if label else z)))
        for z, label in zip(logits.tolist(), xo.labels[PLACES].tolist(), strict=True)
    ]
    assert losses.tolist() == pytest.approx(by_hand, rel=1e-4)


def test_a_loss_that_is_no_number_is_the_worst_so_that_the_training_tells_of_it(training_of, xo):
    def broken(images, labels):
        found = brightness(images, labels)
        found[1] = np.nan if len(seen) == 2 else found[1]
        seen.append(len(seen))
        return found

    seen: list[int] = []
    chosen = worst_batch(broken, xo, PLACES, SHIFTED, 0, 1, 3)
    assert np.array_equal(chosen.images[1], collate(xo, PLACES, SHIFTED, 0, 1, 2).images[1])
    spoilt = create("toy", size=28, head="softmax")
    with torch.no_grad():
        next(spoilt.parameters())[:] = float("nan")
    training = training_of(xo, None, Settings(epochs=1, batch_size=16, worst_of=2), module=spoilt, augment=SHIFTED)
    with pytest.raises(TrainingError, match="the loss became nan in epoch 1 at batch 1"):
        next(training.run())


@pytest.mark.parametrize("nothing", [None, ""])
def test_the_worst_of_several_equal_versions_is_refused(nothing):
    told = "the worst of 3 versions of each picture is wanted, but nothing changes the pictures; add an augmentation"
    with pytest.raises(SettingsError, match=re.escape(told)):
        require_versions(3, nothing)
    require_versions(1, nothing)
    require_versions(3, SHIFTED)


def test_a_training_without_an_augmentation_is_refused(training_of, xo):
    with pytest.raises(SettingsError, match="add an augmentation"):
        training_of(xo, None, Settings(worst_of=2))
