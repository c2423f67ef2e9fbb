"""Maps from gradients: exact on a linear network, whatever the head, and nothing is left on the network."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from convlens.errors import SettingsError, ShapeError, UnknownNameError
from convlens.explain.saliency import grad_cam, gradient, gradient_times_input, occlusion
from convlens.explain.saliency.results import SaliencyMap
from convlens.explain.saliency.scores import answered, outputs_of

Explain = Callable[[nn.Module, Tensor, int | None], SaliencyMap]
ALL: dict[str, Explain] = {
    "gradient": gradient,
    "gradient-times-input": gradient_times_input,
    "grad-cam": grad_cam,
    "occlusion": occlusion,
}


def linear(weights: Tensor, bias: Tensor) -> nn.Sequential:
    layer = nn.Linear(weights.shape[1], weights.shape[0])
    layer.load_state_dict({"weight": weights, "bias": bias})
    return nn.Sequential(nn.Flatten(), layer)


def small_cnn(outputs: int = 3, channels: int = 1) -> nn.Sequential:
    torch.manual_seed(3)
    return nn.Sequential(
        nn.Conv2d(channels, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(64, outputs)
    )


PICTURE = torch.arange(6, dtype=torch.float32).view(1, 1, 2, 3) - 2


def test_the_gradient_of_a_linear_network_is_the_row_of_its_class() -> None:
    network = linear(torch.tensor([[1.0, -2, 3, 0, 5, -1], [0, 1, 0, -4, 0, 2]]), torch.tensor([7.0, -7]))
    found = gradient(network, PICTURE, 1)
    assert found.values.tolist() == [[0, 1, 0], [-4, 0, 2]]
    assert found.signed
    assert found.importance.tolist() == [[0, 1, 0], [4, 0, 2]]


def test_gradient_times_input_sums_up_to_the_logit_without_the_bias() -> None:
    network = linear(torch.tensor([[1.0, -2, 3, 0, 5, -1], [0, 1, 0, -4, 0, 2]]), torch.tensor([7.0, -7]))
    found = gradient_times_input(network, PICTURE, 1)
    assert found.values.tolist() == [[0, -1, 0], [-4, 0, 6]]
    assert found.values.sum() == network(PICTURE)[0, 1].item() + 7


def test_in_colour_the_gradient_keeps_the_largest_size_and_its_product_adds_the_channels() -> None:
    network = linear(torch.tensor([[1.0, -2, -3, 1], [0, 0, 0, 0]]), torch.zeros(2))
    picture = torch.tensor([1.0, 10, 100, 1000]).view(1, 2, 1, 2)
    found = gradient(network, picture, 0)
    assert found.values.tolist() == [[3, 2]]
    assert not found.signed
    assert gradient_times_input(network, picture, 0).values.tolist() == [[-299, 980]]


def test_the_two_classes_of_a_one_logit_head_have_opposite_maps() -> None:
    network = linear(torch.tensor([[1.0, -2, 3, 0, 5, -1]]), torch.tensor([0.5]))
    for explain in (gradient, gradient_times_input, occlusion):
        second, first = explain(network, PICTURE, 1), explain(network, PICTURE, 0)
        assert second.values.tolist() == (-first.values).tolist()
    assert gradient(network, PICTURE, 1).values.ravel().tolist() == [1, -2, 3, 0, 5, -1]


def test_the_answer_is_explained_when_no_class_is_named() -> None:
    network = linear(torch.zeros(3, 6), torch.tensor([0.0, 2, 1]))
    assert gradient(network, PICTURE).target == 1
    assert answered(network, PICTURE, 2) == (2, 1, pytest.approx(np.e / (1 + np.e + np.e**2)))


@pytest.mark.parametrize("bias", [-1.0, 1.0])
def test_the_answer_of_a_one_logit_head_is_the_class_on_its_side_of_zero(bias: float) -> None:
    network = linear(torch.zeros(1, 6), torch.tensor([bias]))
    explained, answer, share = answered(network, PICTURE, None)
    assert explained == answer == int(bias > 0)
    assert share == pytest.approx(1 / (1 + np.exp(-1)))


@pytest.mark.parametrize("explain", ALL.values(), ids=ALL)
def test_a_map_has_the_size_of_the_picture_and_leaves_the_network_as_it_was(explain: Explain) -> None:
    network = small_cnn()
    network.train()
    network[1].eval()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    picture = torch.randn(1, 1, 6, 6, generator=torch.Generator().manual_seed(0))
    kept = picture.clone()
    with torch.no_grad():
        found = explain(network, picture, None)
    assert found.values.shape == (6, 6)
    assert [part.training for part in network.modules()] == [True, True, False, True, True, True]
    assert all(parameter.grad is None for parameter in network.parameters())
    assert all(bool((value == before[name]).all()) for name, value in network.state_dict().items())
    assert bool((picture == kept).all())
    assert not picture.requires_grad
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in network.modules())


@pytest.mark.parametrize("explain", ALL.values(), ids=ALL)
def test_a_map_is_the_same_for_a_frozen_network_and_for_one_that_works_in_place(explain: Explain) -> None:
    picture = torch.randn(1, 2, 6, 6, generator=torch.Generator().manual_seed(1))
    plain, frozen = small_cnn(channels=2), small_cnn(channels=2)
    plain[2] = nn.ReLU()
    frozen.requires_grad_(False)
    for network in (plain, frozen):
        network.eval()
    assert np.array_equal(explain(plain, picture, 2).values, explain(frozen, picture, 2).values)


def test_a_first_layer_that_works_in_place_spoils_neither_picture_nor_gradient() -> None:
    network = nn.Sequential(nn.ReLU(inplace=True), *linear(torch.ones(2, 6), torch.zeros(2)))
    picture = PICTURE.clone()
    assert gradient(network, picture, 0).values.ravel().tolist() == [0, 0, 0, 1, 1, 1]
    assert picture.tolist() == PICTURE.tolist()


def test_an_answer_that_hangs_on_no_pixel_has_a_flat_map() -> None:
    class Constant(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.logits = nn.Parameter(torch.tensor([[1.0, 2.0]]))

        def forward(self, x: Tensor) -> Tensor:
            return self.logits.expand(len(x), 2)

    assert gradient(Constant(), PICTURE).is_flat


def test_a_forward_that_cuts_the_gradient_is_told() -> None:
    class Cut(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.detach().flatten(1)

    for explain in (gradient, gradient_times_input):
        with pytest.raises(SettingsError, match=r"cuts the gradient.*occlusion needs none"):
            explain(Cut(), PICTURE)
    assert occlusion(Cut(), PICTURE, 0, patch=1, stride=1).values.ravel().tolist() == [-2, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("explain", ALL.values(), ids=ALL)
def test_what_the_network_cannot_read_is_told_before_torch_speaks(explain: Explain) -> None:
    network = small_cnn()
    with pytest.raises(ShapeError, match="cannot read a picture of 9×7 pixels with 1 channel"):
        explain(network, torch.zeros(1, 1, 9, 7), None)
    with pytest.raises(ShapeError, match="of 6×6 pixels with 3 channels"):
        explain(network, torch.zeros(1, 3, 6, 6), None)
    with pytest.raises(UnknownNameError, match="classes 0 to 2; got class 3"):
        explain(network, torch.zeros(1, 1, 6, 6), 3)


def test_channels_that_stand_last_and_bytes_are_told() -> None:
    with pytest.raises(ShapeError, match=r"looks like \(N, height, width, channels\)"):
        gradient(small_cnn(), torch.zeros(1, 6, 6, 1))
    with pytest.raises(ShapeError, match=r"wants a float tensor.*got torch\.uint8 of shape \(1, 1, 6, 6\)"):
        outputs_of(small_cnn(), torch.zeros(1, 1, 6, 6, dtype=torch.uint8))


def test_an_output_that_is_no_row_of_logits_is_told() -> None:
    with pytest.raises(ShapeError, match=r"one row of logits.*gave \(1, 4, 4, 4\)"):
        gradient(nn.Conv2d(1, 4, 3), torch.zeros(1, 1, 6, 6))
