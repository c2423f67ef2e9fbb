import numpy as np
import torch
from torch import nn

from convlens.explain.doctor.batch_norm import batch_norm, by_batch
from convlens.explain.doctor.patient import Patient
from convlens.models.networks import create

SHAPE = (1, 8, 8)


def network(**settings):
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2, **settings), nn.ReLU(), nn.Flatten(), nn.Linear(72, 2))


def test_batch_norm_in_training_mode_is_found_and_eval_mends_it():
    asked = network().train()
    before = asked[1].running_mean.clone()
    (found,) = batch_norm(Patient(asked, SHAPE))
    assert (found.kind, found.count, found.layer) == ("batch-norm", 1, "1")
    assert "1 in training mode (layer '1')" in found.evidence
    assert "with the picture beside it" in found.evidence
    assert (found.remedy, found.recheck.count) == ("call model.eval() before asking", 0)
    assert asked[1].training
    assert torch.equal(asked[1].running_mean, before)


def test_batch_norm_without_running_statistics_is_found_even_in_evaluation():
    (found,) = batch_norm(Patient(network(track_running_stats=False).eval(), SHAPE))
    assert "without running statistics (layer '1')" in found.evidence
    assert "track_running_stats=True" in found.remedy
    assert found.recheck.count == 0


def test_in_evaluation_with_statistics_there_is_nothing_to_find():
    assert batch_norm(Patient(network().eval(), SHAPE)) == ()
    assert batch_norm(Patient(create("cnn"), (1, 28, 28))) == ()


def test_the_pictures_themselves_show_it_where_there_are_some():
    images = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 1), dtype=np.uint8)
    alike = images[[0, 1, 1]]
    (found,) = batch_norm(Patient(network(), SHAPE, images=images))
    (same,) = batch_norm(Patient(network(), SHAPE, images=alike))
    assert "change by up to 0 " in same.evidence
    assert "change by up to 0 " not in found.evidence


def test_a_network_that_takes_no_two_pictures_has_no_experiment():
    class One(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = nn.BatchNorm2d(1)

        def forward(self, x):
            return self.norm(x).view(1, 64)

    (found,) = batch_norm(Patient(One(), SHAPE))
    assert "beside it" not in found.evidence


def test_a_network_that_is_one_layer_is_named():
    assert by_batch(nn.BatchNorm2d(1)) == ["the network itself"]
