"""A network of the user's own, whose `forward` takes a `view` of a map, through all that is done with a network."""

import numpy as np
import pytest
import torch

from convlens.audit.sweep import directly
from convlens.models.custom import build
from convlens.models.sweep import shared_sweep
from convlens.models.weights import Classifier
from convlens.runs.folder import Run
from convlens.workflows import audit, evaluate, resume, train
from convlens.workflows.pictures import for_network, held_out, pictures_for
from convlens.workflows.reading import Reading
from convlens.workflows.subjects import answers, trained

NETWORK = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3, stride=2), nn.Conv2d(3, 4, 5, stride=2, padding=1)
        self.dense = nn.Linear(4 * 13 * 13, classes)

    def forward(self, x):
        x = torch.relu(self.first(x)) + self.second(x)
        return self.dense(x.view(x.size(0), -1))

def fixed():
    torch.manual_seed(5)
    return Net(2)
"""
OWN = "own_viewing:Net"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Two epochs on 40 coloured letters."""
    folder = tmp_path_factory.mktemp("viewing")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.syspath_prepend(folder)
        (folder / "own_viewing.py").write_text(NETWORK)
        done = train("xo", model=OWN, channels=3, take=40, batch_size=20, epochs=2, precision="fp32")
        yield Run(done.run.path.resolve())


def test_its_answers_are_those_of_its_weights_in_the_usual_order(run):
    subject = trained(run.path, model=OWN)
    assert subject.card.channels == 3
    images = np.random.default_rng(0).integers(0, 256, (4, 28, 28, 3), np.uint8)
    plain = build(OWN, classes=2, channels=3, size=(28, 28), head="softmax").eval()
    plain.load_state_dict(subject.module.state_dict())
    normal = (images / 255 - np.array(subject.card.mean)) / np.array(subject.card.std)
    with torch.inference_mode():
        expected = plain(torch.from_numpy(normal.transpose(0, 3, 1, 2).astype(np.float32).copy())).numpy()
    assert np.allclose(answers(subject)(images), expected, atol=1e-4)


def test_its_shared_sweep_is_the_direct_one_and_its_audit_says_the_same(run):
    found = audit(run.path, model=OWN, shift=1, take=12)
    subject = trained(run.path, model=OWN)
    assert found.result["protocol"]["count"] == 12
    pictures = for_network(held_out(pictures_for(subject.card, subject.settings, None, None), "test"), subject.card)
    pictures = pictures.take(12, 0)
    by_shift, why = shared_sweep(Classifier(subject.module, subject.card), "zeros")
    direct = directly(answers(subject))(pictures.images, found.sweep.shifts, "zeros", 0)
    assert np.allclose(by_shift(pictures.images, found.sweep.shifts, "zeros", 0), direct, atol=1e-4)
    assert np.allclose(found.sweep.logits, direct, atol=1e-4)
    assert "do not follow one another in a single line" in why


def test_it_is_evaluated_and_its_training_goes_on(run):
    assert evaluate(run.path, model=OWN, take=12).count == 12
    longer = resume(run.path, model=OWN, epochs=3)
    assert [one.epoch for one in longer.history] == [1, 2, 3]


def test_as_a_model_from_elsewhere_it_is_audited_too(run, tmp_path):
    reading = Reading(mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5), size=(28, 28), channels=3, class_map="same")
    found = audit("own_viewing:fixed", data="xo", shift=1, take=6, reading=reading, to=tmp_path / "audit")
    assert found.result["protocol"]["count"] == 6
