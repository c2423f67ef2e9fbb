import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from convlens.explain.doctor.finding import NotChecked
from convlens.explain.doctor.patient import Patient
from convlens.explain.doctor.unseen_pixels import left_unseen, lines_in_words, unseen_pixels
from convlens.models.networks import create


def test_the_books_network_never_looks_at_108_pixels_and_padding_mends_it():
    (found,) = unseen_pixels(Patient(create("cnn"), (1, 28, 28)))
    assert (found.kind, found.count, found.layer) == ("unseen-pixels", 108, "pool2")
    assert "108 of 784 pixels (13.8 %)" in found.evidence
    assert "rows 26–27 and columns 26–27" in found.evidence
    assert "pool2 reads 10 of 11 rows and 10 of 11 columns" in found.evidence
    assert found.remedy == "padding=1 in conv1 and conv2, then train again"
    assert found.recheck.count == 0


def test_a_nan_in_an_unseen_pixel_changes_no_answer_and_in_a_seen_one_every():
    network = create("cnn").eval()
    for row, column, reached in ((26, 0, False), (0, 27, False), (25, 25, True)):
        picture = torch.zeros(1, 1, 28, 28)
        picture[0, 0, row, column] = torch.nan
        with torch.no_grad():
            assert bool(network(picture).isnan().all()) is reached


@pytest.mark.parametrize("name", ["mlp", "toy", "steady", "cnn[padding=same]"])
def test_networks_that_look_at_every_pixel_have_no_such_finding(name):
    network = create(name)
    assert unseen_pixels(Patient(network, (1, 4, 4) if name == "toy" else (1, 28, 28))) == ()


def test_the_network_itself_is_not_changed_by_what_is_tried():
    network = create("cnn")
    before = {name: value.clone() for name, value in network.state_dict().items()}
    unseen_pixels(Patient(network, (1, 28, 28)))
    assert network.conv1.padding == (0, 0)
    assert network.training
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_a_pool_rounds_up_where_every_convolution_is_padded():
    network = nn.Sequential(nn.Conv2d(1, 2, 1), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(2 * 4, 2))
    (found,) = unseen_pixels(Patient(network, (1, 5, 5)))
    assert (found.count, found.layer) == (25 - 16, "1")
    assert (found.remedy, found.recheck.count) == ("ceil_mode=True in layer '1', then train again", 0)


def test_another_size_of_pictures_is_tried_last():
    network = nn.Sequential(nn.Conv2d(1, 2, 2, stride=2), nn.Flatten(), nn.Linear(2 * 4, 2))
    (found,) = unseen_pixels(Patient(network, (1, 5, 5)))
    assert (found.remedy, found.recheck.count) == ("pictures of 6×6, then train again", 0)


def test_a_stride_wider_than_its_window_leaves_pixels_between():
    network = nn.Sequential(nn.Conv2d(1, 1, 1, stride=2), nn.Flatten(), nn.Linear(4, 2))
    (found,) = unseen_pixels(Patient(network, (1, 4, 4)))
    assert (found.count, found.layer) == (12, "0")
    assert "rows 1, 3 and columns 1, 3" in found.evidence
    assert (found.remedy, found.recheck.count) == ("stride=1 in 0, then train again", 0)


def test_where_no_mend_helps_the_check_is_left_to_the_reader():
    class Functions(nn.Module):
        def __init__(self):
            super().__init__()
            self.dense = nn.Linear(4, 2)

        def forward(self, x):
            return self.dense(functional.max_pool2d(x, 1, 3).view(-1, 4))

    (found,) = unseen_pixels(Patient(Functions(), (1, 4, 4)))
    assert (found.count, found.recheck.count) == (12, None)
    assert "convlens doctor" in found.recheck.said
    assert "max_pool2d" in found.layer


def test_what_is_unknown_is_not_counted():
    told = unseen_pixels(Patient(create("cnn[pool=aps]"), (1, 28, 28)))
    assert isinstance(told, NotChecked)
    assert "PolyphaseSampling" in told.why
    with pytest.raises(ValueError, match="PolyphaseSampling"):
        left_unseen(Patient(create("cnn[pool=aps]"), (1, 28, 28)))


def test_unseen_pixels_in_words():
    unseen = np.zeros((6, 6), bool)
    unseen[0] = unseen[4:] = True
    assert lines_in_words(unseen) == "rows 0, 4–5"
    unseen[2, 2] = True
    assert lines_in_words(unseen) == "rows 0, 4–5 and 1 single pixels"
    assert lines_in_words(np.eye(3, dtype=bool)) == "3 pixels in no whole row or column"
