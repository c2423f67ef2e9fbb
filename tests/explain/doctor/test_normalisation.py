from dataclasses import replace

import numpy as np
from torch import nn

from convlens.explain.doctor.finding import NotChecked
from convlens.explain.doctor.normalisation import channels_off, normalisation
from convlens.explain.doctor.patient import Patient
from convlens.models.card import Card
from convlens.models.tensors import channel_statistics

IMAGES = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 3), dtype=np.uint8)
MEAN, STD = channel_statistics(IMAGES)
CARD = Card("own", ("a", "b"), (8, 8), 3, "softmax", MEAN, STD)


def patient(card, images=IMAGES, trained=True):
    network = nn.Sequential(nn.Flatten(), nn.Linear(192, 2))
    return Patient(network, (3, 8, 8), card, images, "noise", trained)


def test_pictures_like_those_of_training_are_no_finding():
    assert normalisation(patient(CARD)) == ()
    assert normalisation(patient(CARD, IMAGES[:10])) == ()


def test_a_channel_with_another_mean_is_found_and_its_own_mean_mends_it():
    darker = IMAGES.copy()
    darker[..., 1] //= 2
    (found,) = normalisation(patient(CARD, darker))
    assert (found.kind, found.count, found.layer) == ("normalisation", 1, "input")
    assert "channel 1" in found.evidence
    assert "(20 pictures of noise)" in found.evidence
    assert found.recheck.count == 0


def test_statistics_of_bytes_that_were_not_scaled_are_found_in_all_channels():
    card = replace(CARD, mean=tuple(255 * one for one in MEAN), std=tuple(255 * one for one in STD))
    assert channels_off(card, IMAGES) == [0, 1, 2]


def test_without_pictures_or_training_nothing_is_said():
    for asked in (patient(CARD, None), patient(None), patient(CARD, trained=False)):
        assert isinstance(normalisation(asked), NotChecked)
