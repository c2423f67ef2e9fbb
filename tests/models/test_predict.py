import numpy as np
import pytest
import torch
from torch import nn

from convlens.arrays import softmax
from convlens.errors import ShapeError
from convlens.models.memory_format import lay_out
from convlens.models.networks import create
from convlens.models.predict import predictor, two_columns
from convlens.models.tensors import channel_statistics, tensors


def test_a_one_logit_head_becomes_the_columns_zero_and_z_by_hand():
    assert two_columns(torch.tensor([[2.0], [-1.5]])).tolist() == [[0.0, 2.0], [0.0, -1.5]]
    assert two_columns(torch.tensor([[2.0, 3.0]])).tolist() == [[2.0, 3.0]]


def test_the_toy_network_answers_a_white_picture_by_hand(card_of):
    module = create("toy")
    with torch.no_grad():
        for one, value in zip(module.parameters(), (1.0, 0.0, 2.0, -1.0), strict=True):
            one.fill_(value)
    white = np.full((1, 4, 4, 1), 255, np.uint8)
    assert predictor(module, card_of("toy", head="sigmoid"))(white).tolist() == [[0.0, 17.0]]


def test_the_probability_of_a_one_logit_head_is_its_sigmoid(card_of, noise):
    module, images = create("toy", seed=1), noise(20, 4, 4, 1)
    probabilities = softmax(predictor(module, card_of("toy", head="sigmoid"))(images))
    with torch.inference_mode():
        expected = torch.sigmoid(module(tensors(images, (0.0,), (1.0,)))).squeeze(1)
    assert np.allclose(probabilities[:, 1], expected, atol=1e-6)


def test_the_plain_network_agrees_with_two_matrix_products_in_numpy(card_of, noise):
    module, images = create("mlp", size=6, channels=3, seed=2), noise(9, 6, 6, 3)
    mean, std = channel_statistics(images)
    weights = {name: one.detach().numpy().astype(np.float64) for name, one in module.named_parameters()}
    flat = ((images / 255 - mean) / std).transpose(0, 3, 1, 2).reshape(9, -1)
    hidden = np.maximum(flat @ weights["dense1.weight"].T + weights["dense1.bias"], 0)
    expected = hidden @ weights["dense2.weight"].T + weights["dense2.bias"]
    logits = predictor(module, card_of("mlp", 10, 3, 6, mean=mean, std=std))(images)
    assert logits.dtype == np.float32
    assert np.allclose(logits, expected, atol=1e-5)


def test_the_batch_size_makes_no_difference(card_of, noise):
    module, card, images = create("cnn", size=12, seed=3), card_of("cnn", 10, 1, 12), noise(23, 12, 12, 1)
    whole = predictor(module, card)(images)
    for size in (1, 7, 23):
        assert np.allclose(predictor(module, card, batch_size=size)(images), whole, atol=1e-5)


def test_bf16_answers_come_back_as_float32_near_those_of_fp32(card_of, noise):
    module, card, images = create("cnn", size=12, seed=3), card_of("cnn", 10, 1, 12), noise(5, 12, 12, 1)
    exact, rounded = predictor(module, card)(images), predictor(module, card, precision="bf16")(images)
    assert rounded.dtype == np.float32
    assert 0 < np.abs(rounded - exact).max() < 0.05 * np.abs(exact).max()


def test_no_image_at_all_gives_no_rows(card_of, noise):
    assert predictor(create("toy"), card_of("toy", head="sigmoid"))(noise(0, 4, 4, 1)).shape == (0, 2)


class Unlucky(nn.Module):
    def forward(self, batch):
        raise ZeroDivisionError(batch)


@pytest.mark.parametrize("last", [nn.Linear(16, 2), Unlucky()], ids=["after an answer", "after an error"])
def test_every_part_gets_its_own_mode_back(card_of, noise, last):
    module = nn.Sequential(nn.BatchNorm2d(1).eval(), nn.Dropout(), nn.Flatten().eval(), last)
    modes = [part.training for part in module.modules()]
    assert set(modes) == {True, False}
    try:
        predictor(module, card_of("mine:net"))(noise(3, 4, 4, 1))
    except ZeroDivisionError:
        assert isinstance(last, Unlucky)
    assert [part.training for part in module.modules()] == modes


def test_dropout_and_batch_statistics_rest_during_an_answer(card_of, noise):
    module = nn.Sequential(nn.BatchNorm2d(1), nn.Dropout(), nn.Flatten(), nn.Linear(16, 2))
    predict, images = predictor(module, card_of("mine:net")), noise(6, 4, 4, 1)
    before = {name: one.clone() for name, one in module.state_dict().items()}
    assert np.array_equal(predict(images), predict(images))
    assert np.allclose(predict(images[4:]), predict(images)[4:], atol=1e-6)
    assert all(torch.equal(one, before[name]) for name, one in module.state_dict().items())


def test_weights_keep_their_layout_so_that_a_training_under_way_can_go_on(card_of, noise):
    module = create("cnn", size=12)
    strides = [one.stride() for one in module.parameters()]
    predictor(module, card_of("cnn", 10, 1, 12))(noise(2, 12, 12, 1))
    assert [one.stride() for one in module.parameters()] == strides


class Viewing(nn.Module):
    """A network whose `forward` wants maps in the order that tensors usually have."""

    def __init__(self, channels):
        super().__init__()
        self.conv, self.dense = nn.Conv2d(channels, 5, 3), nn.Linear(5 * 16, 2)

    def forward(self, batch):
        maps = self.conv(batch)
        return self.dense(torch.relu(maps).view(maps.size(0), -1))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("order", [torch.contiguous_format, torch.channels_last])
def test_a_view_in_a_forward_gets_maps_in_the_order_that_it_wants(card_of, noise, channels, order):
    module, images = Viewing(channels).eval(), noise(5, 6, 6, channels)
    plain = torch.from_numpy((images / 255).transpose(0, 3, 1, 2).astype(np.float32).copy())
    with torch.inference_mode():
        expected = module(plain).numpy()
    if order is torch.channels_last:  # as a weights file is loaded
        assert not lay_out(module, (channels, 6, 6))
    assert np.allclose(predictor(module, card_of("mine:net", 2, channels, 6))(images), expected, atol=1e-5)


def test_pictures_of_another_size_or_channel_count_are_refused_with_both_numbers(card_of, noise):
    predict = predictor(create("toy"), card_of("toy", head="sigmoid"))
    told = "reads pictures of 4×4 pixels with 1 channel, but these are 5×4 pixels with 1 channel; load them"
    with pytest.raises(ShapeError, match=told):
        predict(noise(2, 5, 4, 1))
    with pytest.raises(ShapeError, match="but these are 4×4 pixels with 3 channels"):
        predict(noise(2, 4, 4, 3))


def test_pictures_without_a_channel_axis_are_refused(card_of, noise, as_installed):
    with pytest.raises(ShapeError, match=r"but these are an array of 3 axes, not \(N, H, W, C\)"):
        predictor(create("toy"), card_of("toy", head="sigmoid"))(noise(2, 4, 4))


def test_a_convolution_at_the_end_leaves_a_map_of_one_cell_which_is_a_row(card_of, noise):
    last, images = nn.Conv2d(1, 3, 4), noise(5, 4, 4, 1)
    rows = nn.Sequential(last, nn.Flatten())
    card = card_of("mine:net", 3)
    assert np.array_equal(predictor(last, card)(images), predictor(rows, card)(images))


class Pair(nn.Module):
    def forward(self, batch):
        return batch, batch


@pytest.mark.parametrize(
    ("module", "came"),
    [
        (nn.Sequential(nn.Flatten(), nn.Linear(16, 2)), r"a tensor of shape \(5, 2\) for 5 of them"),
        (nn.Sequential(nn.Flatten(), nn.Linear(16, 1)), r"a tensor of shape \(5, 1\) for 5 of them"),
        (nn.Flatten(0), r"a tensor of shape \(80,\) for 5 of them"),
        (nn.Identity(), r"a tensor of shape \(5, 1, 4, 4\) for 5 of them"),
        (Pair(), "a tuple for 5 of them"),
    ],
    ids=["two columns", "one column", "one axis", "four axes", "a pair"],
)
def test_a_network_with_other_outputs_than_one_per_class_is_refused(card_of, noise, module, came):
    with pytest.raises(ShapeError, match=f"must give 3 logits for each picture, but gave {came}; end it in a linear"):
        predictor(module, card_of("mine:net", 3))(noise(5, 4, 4, 1))
