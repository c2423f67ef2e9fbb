import numpy as np
import pytest
from torch import nn

from convlens.explain.doctor.finding import NotChecked
from convlens.explain.doctor.patient import Patient
from convlens.explain.doctor.small_fields import global_pool, object_sizes, small_fields
from convlens.explain.recording import blank
from convlens.models.networks import create


def bars(length, *, size=28, background=10):
    """Bars of that length and half as thick, at different places."""
    images = np.full((6, size, size, 1), background, np.uint8)
    for number, image in enumerate(images):
        image[3 + number // 2 : 3 + number // 2 + length, 4 : 4 + length // 2] = 200
    return images


@pytest.mark.parametrize(("background", "length"), [(10, 12), (255, 12), (10, 20)])
def test_the_length_of_an_object_is_the_longer_side_of_its_box(background, length):
    assert object_sizes(bars(length, background=background)).tolist() == [length] * 6


def test_pictures_without_a_plain_rim_or_without_an_object_have_no_length():
    noise = np.random.default_rng(0).integers(0, 256, (3, 20, 20, 1), dtype=np.uint8)
    assert object_sizes(noise).tolist() == []
    assert object_sizes(np.full((3, 20, 20, 3), 7, np.uint8)).tolist() == []


def test_a_pooled_head_that_sees_18_pixels_misses_an_object_of_20_but_not_one_of_18():
    asked = {"card": None, "data": "bars"}
    network = create("cnn[head=pooled]")
    (found,) = small_fields(Patient(network, (1, 28, 28), images=bars(20), **asked))
    assert (found.kind, found.count, found.layer) == ("small-fields", 6, "relu3")
    assert "sees 18×18 pixels" in found.evidence
    assert "20 pixels long (median of 6 pictures of bars" in found.evidence
    assert found.recheck.count is None
    assert small_fields(Patient(network, (1, 28, 28), images=bars(18), **asked)) == ()


def test_a_linear_layer_over_all_places_sees_every_object():
    assert small_fields(Patient(create("cnn"), (1, 28, 28), images=bars(25))) == ()


def test_what_cannot_be_known_is_not_told():
    pooled = create("cnn[head=pooled]")
    without = small_fields(Patient(pooled, (1, 28, 28)))
    noise = np.random.default_rng(0).integers(0, 256, (3, 28, 28, 1), dtype=np.uint8)
    unclear = small_fields(Patient(pooled, (1, 28, 28), images=noise))
    unknown = small_fields(Patient(create("cnn[head=pooled,pool=aps]"), (1, 28, 28), images=noise))
    for told, why in ((without, "--data"), (unclear, "only 0 of 3 pictures"), (unknown, "PolyphaseSampling")):
        assert isinstance(told, NotChecked)
        assert why in told.why


def test_a_global_pool_is_found_behind_the_layers_of_the_head():
    def pool_of(network):
        recording = blank(network, 1, (8, 8))
        at = global_pool(recording)
        return None if at is None else recording.steps[at].name

    conv, linear = nn.Conv2d(1, 2, 3), nn.Linear(2, 3)
    assert pool_of(nn.Sequential(conv, nn.AdaptiveAvgPool2d(1), nn.Flatten(), linear, nn.Softmax(1))) == "1"
    assert pool_of(nn.Sequential(conv, nn.MaxPool2d(6), nn.Flatten(), linear)) == "1"
    assert pool_of(nn.Sequential(conv, nn.MaxPool2d(3), nn.Flatten(), nn.Linear(8, 3))) is None
    assert pool_of(nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())) is None
    assert pool_of(nn.Sequential(conv)) is None
    assert pool_of(nn.Sequential(nn.Flatten(), nn.Linear(64, 2))) is None
