from torch import nn

from convlens.explain.doctor.finding import NotChecked
from convlens.explain.doctor.large_fields import large_fields
from convlens.explain.doctor.patient import Patient
from convlens.models.networks import create


def stack(layers):
    return nn.Sequential(*(nn.Conv2d(1, 1, 3, padding=1) for _ in range(layers)))


def test_padded_convolutions_grow_beyond_the_picture():
    # three of them see 7×7 pixels, four 9×9, five 11×11
    (found,) = large_fields(Patient(stack(5), (1, 8, 8)))
    assert (found.kind, found.count, found.layer) == ("large-fields", 2, "3")
    assert "layer '3' at 9×9, layer '4' at 11×11;" in found.evidence
    assert "pictures of 11×11" in found.remedy
    assert found.recheck.count == 0


def test_a_field_as_large_as_the_picture_fits():
    assert large_fields(Patient(stack(3), (1, 7, 7))) == ()


def test_one_axis_is_enough():
    (found,) = large_fields(Patient(stack(3), (1, 20, 5)))
    assert (found.layer, found.recheck.count) == ("2", 0)


def test_unpadded_networks_never_look_beyond_the_picture():
    assert large_fields(Patient(create("cnn"), (1, 28, 28))) == ()
    assert large_fields(Patient(create("mlp"), (1, 28, 28))) == ()


def test_what_follows_a_look_at_everything_is_left_out():
    network = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(1, 1, 3, padding=1))
    assert large_fields(Patient(network, (1, 2, 2))) == ()


def test_where_nothing_is_known_nothing_is_said():
    class Sorted(nn.Module):
        def forward(self, x):
            return x.sort(3)[0]

    told = large_fields(Patient(nn.Sequential(Sorted(), nn.Conv2d(1, 1, 3, padding=1)), (1, 2, 2)))
    assert isinstance(told, NotChecked)


def test_a_network_for_pictures_of_one_size_is_left_to_the_reader():
    class Rows(nn.Module):
        def forward(self, x):
            return x.view(-1, 4)

    (found,) = large_fields(Patient(nn.Sequential(nn.Conv2d(1, 1, 3, padding=1), Rows()), (1, 2, 2)))
    assert found.recheck.count is None or found.recheck.count == 0
