import json

import pytest
import torch
from torch import nn

from convlens.errors import UnknownNameError
from convlens.explain.doctor import CHECKS, Patient, examine
from convlens.explain.doctor.catalogue import KINDS
from convlens.explain.doctor.finding import NotChecked
from convlens.models.networks import create


class Ill(nn.Module):
    """All at once: a dropped row, a repeated filter, a softmax at the end, BatchNorm in training."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4)
        self.pool, self.dense, self.softmax = nn.MaxPool2d(2), nn.Linear(4 * 9, 5), nn.Softmax(1)
        with torch.no_grad():
            self.conv.weight[1] = self.conv.weight[0]

    def forward(self, x):
        return self.softmax(self.dense(self.pool(self.norm(self.conv(x))).flatten(1)))


def test_every_check_has_a_file_of_its_name():
    assert set(KINDS) == set(CHECKS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("network", [Ill(), create("cnn", size=9 + 1)], ids=["ill", "cnn"])
def test_a_check_gives_findings_of_its_kind_or_says_why_not(kind, network):
    side = 9 if isinstance(network, Ill) else 10
    told = CHECKS[kind](Patient(network, (1, side, side)))
    if isinstance(told, NotChecked):
        assert told.why
        return
    for found in told:
        assert found.kind == kind
        assert found.count > 0
        assert found.layer
        assert found.evidence
        assert found.remedy
        assert found.recheck.said


def test_all_findings_of_a_network_come_in_the_order_of_the_kinds():
    told = examine(Patient(Ill(), (1, 9, 9)))
    kinds = [found.kind for found in told.findings]
    assert kinds == ["unseen-pixels", "dropped-rows", "duplicate-filters", "probabilities-twice", "batch-norm"]
    assert set(told.checked) | set(told.not_checked) == set(KINDS)
    assert not set(told.checked) & set(told.not_checked)
    assert not told.healthy


def test_a_healthy_network_says_so():
    told = examine(Patient(create("toy"), (1, 4, 4)))
    assert told.healthy
    assert told.to_json()["findings"] == []


def test_the_json_has_the_promised_keys():
    told = json.loads(json.dumps(examine(Patient(create("cnn"), (1, 28, 28)), ["unseen-pixels"]).to_json()))
    (found,) = told["findings"]
    assert list(found) == ["kind", "count", "layer", "evidence", "remedy", "recheck"]
    assert (found["kind"], found["count"], found["recheck"]["count"]) == ("unseen-pixels", 108, 0)


def test_a_check_that_is_not_there_is_answered_with_near_names():
    with pytest.raises(UnknownNameError, match="dead-filters"):
        examine(Patient(create("toy"), (1, 4, 4)), ["dead-filter"])
