import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from convlens.errors import ShapeError
from convlens.models.layer_table import layer_table
from convlens.models.networks import MODELS, create


def test_the_rows_of_cnn_by_hand():
    table = layer_table(create("cnn"), 1, (28, 28))
    rows = [(row.name, row.kind, row.output_shape, row.params, row.params_sum, row.macs) for row in table.layers]
    assert rows == [
        ("conv1", "Conv2d", (64, 26, 26), 640, "64·(1·3·3) + 64 = 640", 26 * 26 * 64 * 9),
        ("pool1", "MaxPool2d", (64, 13, 13), 0, "", 0),
        ("relu1", "ReLU", (64, 13, 13), 0, "", 0),
        ("conv2", "Conv2d", (128, 11, 11), 73_856, "128·(64·3·3) + 128 = 73,856", 11 * 11 * 128 * 64 * 9),
        ("pool2", "MaxPool2d", (128, 5, 5), 0, "", 0),
        ("relu2", "ReLU", (128, 5, 5), 0, "", 0),
        ("flatten", "Flatten", (3200,), 0, "", 0),
        ("dense1", "Linear", (256,), 819_456, "256·3,200 + 256 = 819,456", 256 * 3200),
        ("relu3", "ReLU", (256,), 0, "", 0),
        ("dense2", "Linear", (10,), 2_570, "10·256 + 10 = 2,570", 2560),
    ]
    assert table.total_params == 896_522
    assert table.macs == 389_376 + 8_921_088 + 819_200 + 2_560


def test_kernel_stride_and_padding_of_convolution_and_pool():
    module = nn.Sequential(nn.Conv2d(1, 2, (3, 5), stride=2, padding="valid"), nn.MaxPool2d(2, padding=1), nn.ReLU())
    first, second, third = layer_table(module, 1, (12, 12)).layers
    assert (first.kernel, first.stride, first.padding) == ((3, 5), (2, 2), "valid")
    assert (second.kernel, second.stride, second.padding) == ((2, 2), (2, 2), (1, 1))
    assert (third.kernel, third.stride, third.padding) == (None, None, None)


def test_sums_without_bias_in_groups_and_of_normalisation_by_hand():
    module = nn.Sequential(
        nn.Conv2d(4, 8, 3, groups=2, bias=False), nn.BatchNorm2d(8), nn.PReLU(), nn.Flatten(), nn.Linear(32, 2, False)
    )
    table = layer_table(module, 4, (4, 4))
    sums = ["8·(2·3·3) = 144", "8 + 8 = 16", "1", "", "2·32 = 64"]
    assert [row.params_sum for row in table.layers] == sums
    assert [row.macs for row in table.layers] == [8 * 4 * 18, 0, 0, 0, 64]


@pytest.mark.parametrize("name", MODELS)
def test_twice_the_multiply_adds_are_the_operations_that_torch_counts(name):
    own = MODELS[name]
    module = create(name).to("meta").eval()
    with FlopCounterMode(display=False) as counter:
        module(torch.zeros(1, own.channels, own.size, own.size, device="meta"))
    assert 2 * layer_table(module, own.channels, (own.size, own.size)).macs == counter.get_total_flops()


@pytest.mark.parametrize("name", MODELS)
def test_the_rows_of_every_network_add_up_to_its_parameters(name):
    own = MODELS[name]
    module = create(name).to("meta")
    table = layer_table(module, own.channels, (own.size, own.size))
    assert sum(row.params for row in table.layers) == table.total_params
    assert table.total_params == sum(one.numel() for one in module.parameters())
    for row in table.layers:
        assert row.params_sum.endswith(f"{row.params:,}" if row.params else "")


def test_a_layer_called_twice_is_counted_once_but_works_twice():
    shared = nn.Linear(6, 6)
    table = layer_table(nn.Sequential(nn.Flatten(), shared, nn.ReLU(), shared), 1, (2, 3))
    assert [(row.params, row.params_sum) for row in table.layers if row.kind == "Linear"] == [
        (42, "6·6 + 6 = 42"),
        (0, "counted above"),
    ]
    assert table.total_params == 42
    assert table.macs == 2 * 36


def test_two_layers_with_one_weight_count_it_once():
    first, second = nn.Linear(6, 6), nn.Linear(6, 6)
    second.weight = first.weight
    table = layer_table(nn.Sequential(nn.Flatten(), first, second), 1, (2, 3))
    assert [row.params for row in table.layers] == [0, 42, 6]
    assert table.layers[2].params_sum == "6, the rest counted above"
    assert table.total_params == 48


def test_the_network_is_left_as_it_was():
    module = nn.Sequential(nn.BatchNorm2d(1), nn.Dropout().eval())
    before = {name: one.clone() for name, one in module.state_dict().items()}
    layer_table(module, 1, (4, 4))
    assert [part.training for part in module] == [True, False]
    assert all(torch.equal(one, before[name]) for name, one in module.state_dict().items())
    assert not any(part._forward_hooks for part in module.modules())


def test_a_picture_that_the_network_cannot_read_is_told_with_its_shape():
    module = create("cnn")
    with pytest.raises(ShapeError, match="cannot read a picture of 3×28×28"):
        layer_table(module, 3, (28, 28))
    with pytest.raises(ShapeError, match="cannot read a picture of 1×30×28"):
        layer_table(module, 1, (30, 28))
    with pytest.raises(ShapeError, match="cannot read a picture of 1×4×4"):
        layer_table(nn.Sequential(nn.Flatten(0), nn.BatchNorm1d(16)), 1, (4, 4))
    assert not any(part._forward_hooks for part in module.modules())
