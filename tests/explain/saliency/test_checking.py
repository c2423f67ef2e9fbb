"""Maps beside their checks: honest ones pass, an edge detector is labelled, and so is a flat one."""

import json
import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from convlens.errors import SettingsError, UnknownNameError
from convlens.explain.saliency import Checked, Deletion, PictureMaps, Randomisation, SaliencyMap, checked, explainers
from convlens.explain.saliency.pictures import picture_maps
from convlens.explain.saliency.results import TOO_ALIKE
from convlens.models.networks import create


def edges(_: nn.Module, picture: Tensor, target: int) -> SaliencyMap:
    """How fast the picture itself changes: it knows nothing of the network."""
    down, across = np.gradient(picture[0, 0].double().numpy())
    return SaliencyMap("gradient", np.hypot(down, across), False, target)


def picture(channels: int = 1) -> Tensor:
    """A bright frame on a dark ground, with some noise."""
    noise = torch.randn(1, channels, 14, 14, generator=torch.Generator().manual_seed(4))
    noise[:, :, 3:11, 3:11] += 4
    noise[:, :, 5:9, 5:9] -= 4
    return noise / 2


def patch_network() -> nn.Sequential:
    """Convolution and pool pass the picture on; the head looks at a patch of it alone."""
    network = nn.Sequential(nn.Conv2d(1, 2, 1), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(98, 2))
    weights = torch.zeros(2, 2, 7, 7)
    weights[1, 0, 1:3, 1:4] = 2
    weights[1, 1, 1:3, 1:4] = -2
    network[0].load_state_dict({"weight": torch.tensor([1.0, -1]).view(2, 1, 1, 1), "bias": torch.zeros(2)})
    network[4].load_state_dict({"weight": weights.view(2, 98), "bias": torch.tensor([0.0, -8])})
    return network


def test_the_maps_of_a_network_that_looks_at_a_patch_pass_both_checks() -> None:
    found = checked(patch_network(), picture(), 1, ways=explainers(("gradient-times-input", "occlusion")))
    assert [one.map.method for one in found] == ["gradient-times-input", "occlusion"]
    assert [one.reasons for one in found] == [(), ()]
    assert all(one.label == "" and one.to_json()["trusted"] for one in found)


def test_a_map_of_edges_is_labelled_because_it_survives_forgetting() -> None:
    network = create("cnn", seed=1)
    image = torch.nn.functional.interpolate(picture(), (28, 28))
    (found,) = checked(network, image, ways={"edges": edges}, orders=3, seeds=2)
    assert found.randomisation.likeness == pytest.approx(1)
    assert found.label.startswith("do not trust: ")
    assert "forgotten what it learned gives nearly the same map (rank correlation 1.00, too much from 0.71 on)" in (
        found.label
    )
    assert found.to_json()["randomisation"]["too_alike"]


def test_full_randomisation_is_the_last_stage_of_cascading() -> None:
    network, ways = create("toy", seed=2, size=14), explainers(("gradient", "grad-cam"))
    full = checked(network, picture(), ways=ways, orders=1, seeds=2)
    stages = checked(network, picture(), ways=ways, orders=1, seeds=2, order="cascading")
    for one, other in zip(full, stages, strict=True):
        assert one.randomisation.layers == ("all",)
        assert other.randomisation.layers == ("dense1", "conv1")
        assert one.randomisation.values[:, 0].tolist() == other.randomisation.values[:, 1].tolist()
        assert other.randomisation.sizes.shape == (2, 2)


def test_all_four_maps_of_a_one_logit_network_are_made_for_either_class() -> None:
    for target in (0, 1):
        found = checked(create("toy", seed=3, size=14), picture(), target, orders=2, seeds=1)
        assert [one.map.method for one in found] == ["gradient", "gradient-times-input", "grad-cam", "occlusion"]
        assert all(one.map.target == target for one in found)


def test_what_cannot_be_checked_is_refused() -> None:
    with pytest.raises(SettingsError, match="no weights that it could forget"):
        checked(nn.Flatten(), picture(), ways=explainers(("gradient",)), orders=1)
    with pytest.raises(SettingsError, match="at least one seed, got 0"):
        checked(create("toy", size=14), picture(), seeds=0)
    with pytest.raises(UnknownNameError, match="got class 2"):
        checked(create("toy", size=14), picture(), 2)


def made(likeness: float, curve: float, values: float = 1.0) -> Checked:
    map_ = SaliencyMap("occlusion", np.array([[0.0, values], [values, -values]]), True, 0, settings=(("patch", 2),))
    steps = np.array([0.0, 1.0])
    deleted = Deletion(steps, np.full(2, curve), np.array([[0.5, 0.5], [0.7, 0.7]]))
    return Checked(map_, deleted, Randomisation(("all",), np.array([[0.1], [-0.1]]), np.full((2, 1), likeness)))


@pytest.mark.parametrize(
    ("likeness", "curve", "reasons"),
    [(0.7, 0.4, 0), (TOO_ALIKE, 0.4, 1), (0.7, 0.5, 1), (0.9, 0.6, 2), (-0.9, 0.4, 0)],
)
def test_each_check_that_fails_is_a_reason(likeness: float, curve: float, reasons: int) -> None:
    assert len(made(likeness, curve).reasons) == reasons


def test_half_of_the_variance_of_ranks_is_too_much() -> None:
    assert pytest.approx(0.5) == TOO_ALIKE**2


def test_the_larger_of_both_correlations_counts_and_its_seeds_are_the_spread() -> None:
    found = Randomisation(("a", "all"), np.array([[1, 0.2], [1, 0.4]]), np.array([[1, 0.9], [1, -0.5]]))
    assert found.likeness == pytest.approx(0.3)
    assert found.spread == (0.2, 0.4)


def test_a_flat_map_is_labelled_as_that_and_has_no_likeness() -> None:
    assert made(0.0, 0.1, values=0.0).label == "do not trust: it tells no pixel from another"
    flat = {"flat": lambda _, __, target: SaliencyMap("occlusion", np.zeros((14, 14)), True, target)}
    (found,) = checked(create("toy", size=14), picture(), ways=flat, orders=1, seeds=1)
    assert found.randomisation.likeness == 0
    assert not math.isnan(found.randomisation.values[0, 0])


def test_a_picture_with_its_maps_comes_back_from_plain_values_and_arrays() -> None:
    maps = (made(0.7, 0.4), made(0.9, 0.6))
    one = PictureMaps(
        np.arange(12, dtype=np.uint8).reshape(2, 2, 3), "a", "Shirt", "Coat", 0.25, maps[:1], (("grad-cam", "none"),)
    )
    back = picture_maps(json.loads(json.dumps(one.to_json(curves=False))), one.arrays())
    assert json.dumps(back.to_json()) == json.dumps(one.to_json())
    assert back.picture.tolist() == one.picture.tolist()
    assert "values" not in one.to_json(curves=False)["maps"][0]
