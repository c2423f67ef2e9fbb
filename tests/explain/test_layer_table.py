import json
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from convlens.errors import SettingsError, ShapeError
from convlens.explain.layer_markup import HEADS, cells, pair, size, totals, window
from convlens.explain.layer_table import layer_table
from convlens.models.anti_alias import anti_alias
from convlens.models.card import Card
from convlens.models.networks import MODELS, create
from convlens.models.weights import Classifier


def test_the_rows_of_cnn_by_hand():
    table = layer_table(create("cnn"), (1, 28, 28))
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
    first, second, third = layer_table(module, (1, 12, 12)).layers
    assert (first.kernel, first.stride, first.padding) == ((3, 5), (2, 2), (0, 0))
    assert (second.kernel, second.stride, second.padding) == ((2, 2), (2, 2), (1, 1))
    assert (third.kernel, third.stride, third.padding) == (None, None, None)


def test_sums_without_bias_in_groups_and_of_normalisation_by_hand():
    module = nn.Sequential(
        nn.Conv2d(4, 8, 3, groups=2, bias=False), nn.BatchNorm2d(8), nn.PReLU(), nn.Flatten(), nn.Linear(32, 2, False)
    )
    table = layer_table(module, (4, 4, 4))
    sums = ["8·(2·3·3) = 144", "8 + 8 = 16", "1", "", "2·32 = 64"]
    assert [row.params_sum for row in table.layers] == sums
    assert [row.macs for row in table.layers] == [8 * 4 * 18, 0, 0, 0, 64]


@pytest.mark.parametrize("name", MODELS)
def test_twice_the_multiply_adds_are_the_operations_that_torch_counts(name):
    own = MODELS[name]
    module = create(name).to("meta").eval()
    with FlopCounterMode(display=False) as counter:
        module(torch.zeros(1, own.channels, own.size, own.size, device="meta"))
    assert 2 * layer_table(module, (own.channels, own.size, own.size)).macs == counter.get_total_flops()


@pytest.mark.parametrize("name", MODELS)
def test_the_rows_of_every_network_add_up_to_its_parameters(name):
    own = MODELS[name]
    module = create(name).to("meta")
    table = layer_table(module, (own.channels, own.size, own.size))
    assert sum(row.params for row in table.layers) == table.total_params
    assert table.total_params == sum(one.numel() for one in module.parameters())
    for row in table.layers:
        assert row.params_sum.endswith(f"{row.params:,}" if row.params else "")


def test_a_layer_called_twice_is_counted_once_but_works_twice():
    shared = nn.Linear(6, 6)
    table = layer_table(nn.Sequential(nn.Flatten(), shared, nn.ReLU(), shared), (1, 2, 3))
    assert [(row.params, row.params_sum) for row in table.layers if row.kind == "Linear"] == [
        (42, "6·6 + 6 = 42"),
        (0, "counted above"),
    ]
    assert table.total_params == 42
    assert table.macs == 2 * 36


def test_two_layers_with_one_weight_count_it_once():
    first, second = nn.Linear(6, 6), nn.Linear(6, 6)
    second.weight = first.weight
    table = layer_table(nn.Sequential(nn.Flatten(), first, second), (1, 2, 3))
    assert [row.params for row in table.layers] == [0, 42, 6]
    assert table.layers[2].params_sum == "6, the rest counted above"
    assert table.total_params == 48


def test_the_network_is_left_as_it_was():
    module = nn.Sequential(nn.BatchNorm2d(1), nn.Dropout().eval())
    before = {name: one.clone() for name, one in module.state_dict().items()}
    layer_table(module, (1, 4, 4))
    assert [part.training for part in module] == [True, False]
    assert all(torch.equal(one, before[name]) for name, one in module.state_dict().items())
    assert not any(part._forward_hooks for part in module.modules())


def test_a_picture_that_the_network_cannot_read_is_told_with_its_shape():
    module = create("cnn")
    with pytest.raises(ShapeError, match="cannot read a picture of 3×28×28"):
        layer_table(module, (3, 28, 28))
    with pytest.raises(ShapeError, match="cannot read a picture of 1×30×28"):
        layer_table(module, (1, 30, 28))
    with pytest.raises(ShapeError, match="cannot read a picture of 1×4×4"):
        layer_table(nn.Sequential(nn.Flatten(0), nn.BatchNorm1d(16)), (1, 4, 4))
    assert not any(part._forward_hooks for part in module.modules())


def test_a_card_says_for_which_pictures_a_network_was_made():
    card = Card("cnn", ("a", "b"), (28, 28), 1, "softmax", (0.0,), (1.0,))
    with pytest.raises(ShapeError, match=r"'dense1' reads 3,200 numbers .*; its own pictures are 1×28×28"):
        layer_table(Classifier(create("cnn"), card), (1, 32, 32))
    with pytest.raises(ShapeError, match=r"looks like \(height, width, channels\); write \(1, 28, 28\)"):
        layer_table(create("cnn"), (28, 28, 1))


def test_the_sizes_of_all_tensors_of_a_step_are_a_sum_where_no_rule_says_it_shorter():
    class Attentive(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = nn.MultiheadAttention(32, 4, batch_first=True)

        def forward(self, x):
            rows = x.flatten(2)
            return self.attention(rows, rows, rows)[0]

    sums = [row.params_sum for row in layer_table(Attentive(), (3, 4, 8)).layers if row.params]
    assert sums == ["96·32 + 96 + 32·32 + 32 = 4,224"]


def counted(module: nn.Module, *shape: int) -> int:
    """Count operations as torch does, for one picture."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module.eval()(torch.zeros(1, *shape))
    return counter.get_total_flops()


TIMM = ["resnet50", "mobilenetv3_small_100", "tf_efficientnet_lite0", "convnext_atto"]


@pytest.mark.parametrize("name", TIMM)
def test_networks_of_timm_add_up_as_torch_counts_them(timm, name):
    module = timm.create_model(name, num_classes=7)
    table = layer_table(module, (3, 64, 64))
    assert 2 * table.macs == counted(module, 3, 64, 64)
    assert table.unlisted_macs == 0
    assert sum(row.params for row in table.layers) + table.idle_params == table.total_params
    assert table.total_params == sum(one.numel() for one in module.parameters())


def test_resnet_18_as_published(timm):
    """11,689,512 parameters (torchvision's documentation), 1.81 GMACs and a field of 435 pixels."""
    table = layer_table(timm.create_model("resnet18"), (3, 224, 224))
    rows = {row.name: row for row in table.layers}
    assert (table.total_params, table.idle_params) == (11_689_512, 0)
    assert table.macs == 1_814_073_344
    assert rows["conv1"].params_sum == "64·(3·7·7) = 9,408"
    assert (rows["conv1"].kernel, rows["conv1"].stride, rows["conv1"].padding) == ((7, 7), (2, 2), (3, 3))
    assert (rows["layer4.1.add"].receptive_field, rows["layer4.1.add"].jump) == ((435, 435), (32, 32))
    assert rows["fc"].receptive_field == (224, 224)
    assert not [row for row in table.layers if row.kind == "Identity"]


def test_convnext_t_as_published(timm):
    """29 M parameters and 4.5 G multiply-adds at 224 pixels (Liu et al. 2022, table 1), and none of them unlisted."""
    with torch.device("meta"):
        network = timm.create_model("convnext_tiny")
    table = layer_table(network, (3, 224, 224))
    assert (table.total_params, table.idle_params, table.unlisted_macs) == (28_589_128, 0, 0)
    assert round(table.macs / 1e9, 1) == 4.5
    rows = {row.name: row for row in table.layers}
    assert rows["stages.0.blocks.0.mlp.fc1"].params_sum == "384·96 + 384 = 37,248"
    assert rows["stages.0.blocks.0.mlp.fc1"].macs == 56 * 56 * 384 * 96
    assert rows["stages.0.blocks.0.norm"].params_sum == "96 + 96 = 192"


def test_a_textbooks_network_by_hand():
    network = nn.Sequential(
        nn.Conv2d(1, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(64, 128, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(3200, 128), nn.ReLU(), nn.Linear(128, 10),
    )  # fmt: skip
    table = layer_table(network, (1, 28, 28))
    assert [row.params_sum for row in table.layers if row.params] == [
        "64·(1·3·3) + 64 = 640", "128·(64·3·3) + 128 = 73,856", "128·3,200 + 128 = 409,728", "10·128 + 10 = 1,290",
    ]  # fmt: skip
    assert (table.total_params, table.macs) == (485_514, 9_721_344)
    assert counted(network, 1, 28, 28) == 19_442_688


def test_fields_of_the_rows_of_cnn_by_hand():
    rows = layer_table(create("cnn"), (1, 28, 28)).to_json()["layers"]
    assert [(row["receptive_field"], row["jump"], row["centre"]) for row in rows] == [
        (3, 1, 1), (4, 2, 1.5), (4, 2, 1.5), (8, 2, 3.5), (10, 4, 4.5), (10, 4, 4.5), (10, 4, 4.5),
        (26, None, 12.5), (26, None, 12.5), (26, None, 12.5),
    ]  # fmt: skip


def test_memory_counts_four_bytes_a_number_and_flattening_nothing():
    table = layer_table(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8, 3)), (1, 4, 4))
    assert [row.memory for row in table.layers] == [32, 32, 32, 12]
    assert table.memory == 76
    assert layer_table(nn.Conv2d(1, 2, 3).double(), (1, 4, 4)).memory == 64


@pytest.mark.filterwarnings("ignore:Using padding='same'")  # torch tells that it is slow
def test_axes_that_differ_stay_pairs():
    table = layer_table(nn.Sequential(nn.Conv2d(1, 1, (1, 3), padding="same"), nn.AvgPool2d((1, 2))), (1, 4, 4))
    first, second = table.to_json()["layers"]
    assert (first["receptive_field"], first["jump"], first["padding"]) == ((1, 3), 1, (0, 1))
    assert (second["receptive_field"], second["jump"]) == ((1, 4), (1, 2))
    uneven = layer_table(nn.Conv2d(1, 1, 2, padding="same"), (1, 4, 4)).layers[0]
    assert (uneven.padding, window(uneven)) == (((0, 1), (0, 1)), "2×2 +(0, 1, 0, 1)")


def test_frozen_idle_and_kept_values_are_told_apart():
    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(1, 2, 3)
            self.conv.weight.requires_grad_(False)
            self.norm = nn.BatchNorm2d(2)
            self.idle = nn.Linear(5, 3)

        def forward(self, x: Tensor) -> Tensor:
            return self.norm(self.conv(x))

    table = layer_table(Network(), (1, 4, 4))
    conv, _ = table.layers
    assert (conv.params, conv.trainable_params) == (20, 2)
    assert (table.total_params, table.trainable_params, table.idle_params, table.total_buffers) == (42, 24, 18, 5)
    assert cells(conv)[4] == "2·(1·3·3) + 2 = 20 · 18 of them frozen"
    told = " | ".join(totals(table))
    assert "24 of the parameters can be trained, 18 are frozen" in told
    assert "18 of the parameters are in no row" in told
    assert "5 values are kept beside" in told


def test_parameters_that_are_first_reckoned_with_belong_to_the_step_that_uses_them():
    class Scaled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight, self.gain = nn.Parameter(torch.randn(2, 1, 3, 3)), nn.Parameter(torch.ones(2))

        def forward(self, x: Tensor) -> Tensor:
            return functional.conv2d(x, self.weight / self.weight.norm()) * self.gain.view(2, 1, 1)

    table = layer_table(nn.Sequential(Scaled()), (1, 4, 4))
    assert [(row.name, row.params, row.params_sum) for row in table.layers] == [
        ("0.conv2d", 18, "2·(1·3·3) = 18"),
        ("0", 2, "2 = 2"),
    ]


def test_a_shared_weight_names_where_it_was_counted():
    first, second = nn.Conv2d(2, 2, 1), nn.Conv2d(2, 2, 1)
    second.weight = first.weight
    rows = layer_table(nn.Sequential(first, second), (2, 4, 4)).layers
    assert rows[1].shared_with == ("0",)
    assert cells(rows[1])[4] == "2, the rest counted above · as in layer '0'"


def test_a_strided_layer_made_dense_is_counted_where_it_works():
    """A 3×3 convolution of 1 map into 2 on 8×8 pixels: 36 places · 2 · 9 without its stride, and 9 · 2 filters of 9."""
    network = anti_alias(nn.Sequential(nn.Conv2d(1, 2, 3, 2)))
    table = layer_table(network, (1, 8, 8))
    assert [(row.kind, row.macs) for row in table.layers if row.macs] == [("SampledConv2d", 648), ("BlurPool", 162)]
    assert table.total_params == sum(row.params for row in table.layers) == 20
    assert 2 * table.macs == counted(network, 1, 8, 8)
    chosen = layer_table(anti_alias(nn.MaxPool2d(2), how="aps"), (1, 8, 8))  # filters of 9 at the 7×7 maxima
    assert [(row.kind, row.macs) for row in chosen.layers if row.macs] == [("PolyphaseSampling", 441)]
    short = layer_table(anti_alias(nn.ModuleList([nn.Conv2d(1, 2, 1, 2)])[0]), (1, 8, 8))
    assert [(row.kind, row.macs) for row in short.layers if row.macs] == [("BlurPool", 144), ("SampledConv2d", 32)]


def test_what_is_not_followed_is_counted_by_torch_or_by_its_kind():
    class Attention(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Linear(4, 4)

        def forward(self, x: Tensor) -> Tensor:
            x = self.inner(x.flatten(2).transpose(1, 2))
            return functional.scaled_dot_product_attention(x, x, x)

    network = nn.Sequential(Attention(), nn.Flatten(), nn.Linear(36, 2))
    table = layer_table(network, (4, 3, 3))
    rows = {row.name: row for row in table.layers}
    assert rows["0.inner"].macs == 9 * 4 * 4
    assert rows["2"].macs == 72
    assert (rows["2"].receptive_field, rows["2"].jump, rows["2"].centre) == (None, None, None)
    assert rows["0.transpose"].unknown == "it turns 3 axes, and only those of maps are followed"
    assert 2 * table.macs == counted(network, 4, 3, 3)
    assert table.unlisted_macs == 2 * 9 * 9 * 4
    assert "648 of the multiply-adds are done by steps marked ?" in " | ".join(totals(table))
    line = layer_table(nn.Sequential(nn.Flatten(2), nn.Conv1d(2, 3, 2)), (2, 2, 2)).layers[-1]
    assert line.macs == 3 * 3 * 2 * 2


def test_attention_is_counted_off_its_fast_way():
    """9 places of 4 channels: the projections are 9·4·16, the two products 2·9·9·4, which torch counts on some ways."""

    class Attention(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.MultiheadAttention(4, 2, batch_first=True)

        def forward(self, x: Tensor) -> Tensor:
            x = x.flatten(2).mT
            answer: Tensor = self.inner(x, x, x, need_weights=False)[0]
            return answer

    table = layer_table(Attention(), (4, 3, 3))
    assert table.macs == table.unlisted_macs
    assert table.macs in (9 * 4 * 16, 9 * 4 * 16 + 2 * 9 * 9 * 4)
    assert (table.total_params, table.idle_params) == (80, 0)
    assert torch.backends.mha.get_fastpath_enabled()


def test_a_network_with_a_card_needs_no_shape():
    card = Card("mlp", tuple("abcdefghij"), (28, 28), 1, "softmax", (0.0,), (1.0,))
    network = SimpleNamespace(module=create("mlp"), card=card)
    assert layer_table(network) == layer_table(network.module, (1, 1, 28, 28))
    with pytest.raises(SettingsError, match="the shape of a picture is wanted beside a network"):
        layer_table(network.module)


@pytest.mark.parametrize("shape", [(28, 28), (1, 0, 28), (1, 1, 1, 28, 28)])
def test_a_shape_that_is_none_is_refused(shape):
    with pytest.raises(ShapeError, match=r"\(channels, height, width\), like \(1, 28, 28\); got \("):
        layer_table(create("cnn"), shape)


def test_a_transposed_convolution_by_hand():
    """4·(3·3·3) + 6 parameters; each of 4·5·5 numbers meets 3·3·3 weights, in groups or not as torch counts them."""
    layer = nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, groups=2)
    (row,) = layer_table(layer, (4, 5, 5)).layers
    assert (row.output_shape, row.params_sum, row.macs) == ((6, 10, 10), "4·(3·3·3) + 6 = 114", 4 * 25 * 27)
    assert (row.kernel, row.stride, row.padding, window(row)) == ((3, 3), (2, 2), (1, 1), "3×3 /2 +1")
    for one in (
        layer,
        nn.ConvTranspose2d(3, 2, (1, 4), (1, 2), dilation=(1, 2)),
        nn.ConvTranspose2d(4, 4, 2, groups=4),
    ):
        assert 2 * layer_table(one, (one.in_channels, 5, 5)).macs == counted(one, one.in_channels, 5, 5)


def test_slopes_and_normalisations_by_own_numbers_have_parameters_and_no_multiply_adds():
    module = nn.Sequential(nn.PReLU(6), nn.GroupNorm(2, 6), nn.InstanceNorm2d(6), nn.LayerNorm((6, 2, 4), bias=False))
    rows = layer_table(module, (6, 2, 4)).layers
    assert [row.params_sum for row in rows] == ["6", "6 + 6 = 12", "", "48 = 48"]
    assert {row.macs for row in rows} == {0}


def test_a_linear_layer_over_channels_that_lie_last_is_counted_at_each_place():
    class Last(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.dense = nn.Linear(3, 5)

        def forward(self, x: Tensor) -> Tensor:
            return self.dense(x.permute(0, 2, 3, 1))

    (row,) = layer_table(Last(), (3, 4, 6)).layers
    assert (row.kind, row.output_shape, row.params_sum, row.macs) == ("Linear", (5, 4, 6), "5·3 + 5 = 20", 24 * 15)


def test_places_of_sorted_numbers_that_nobody_wants_are_no_row():
    class Sorted(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            values, places = x.sort(-1)
            return values if x.shape[1] == 1 else values + places

    assert [row.kind for row in layer_table(Sorted(), (1, 2, 2)).layers] == ["sort"]
    assert [row.kind for row in layer_table(Sorted(), (2, 2, 2)).layers] == ["sort", "sort", "add"]
    pool = layer_table(nn.Sequential(nn.MaxPool2d(2), nn.ReLU()), (1, 4, 4))
    assert [row.kind for row in pool.layers] == ["MaxPool2d", "ReLU"]


class Cells(HTMLParser):
    """Reads the texts of a table's cells, row by row; every tag must be closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, _):
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data


def test_a_notebook_shows_the_same_rows():
    table = layer_table(nn.Sequential(nn.Conv2d(1, 2, 3), nn.LPPool2d(2, 2)), (1, 4, 4))
    shown = Cells(table._repr_html_()).rows
    assert shown == [[*HEADS], *([*cells(row)] for row in table.layers), *([one] for one in totals(table))]
    assert 'title="it is none of the operations that can be followed"' in table._repr_html_()
    assert shown[2][-3:] == ["?", "?", "?"]


def test_a_printed_table_has_a_line_for_each_row_in_columns_and_the_totals():
    table = layer_table(create("cnn"), (1, 28, 28))
    head, *rows = str(table).splitlines()
    assert head.split() == list(HEADS)
    assert [row.split()[0] for row in rows[: len(table.layers)]] == [layer.name for layer in table.layers]
    assert len({len(row) for row in (head, *rows[: len(table.layers)])}) == 1
    assert "64·(1·3·3) + 64 = 640" in rows[0]
    assert rows[len(table.layers) :] == totals(table)
    assert repr(table) == "LayerTable(1×28×28, 10 layers, 896,522 parameters, 10,132,224 multiply-adds)"


def test_comparisons_of_pools_and_what_folds_into_a_convolution_are_shown_apart():
    network = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.MaxPool2d(3, stride=2), nn.BatchNorm2d(4), nn.AvgPool2d(2),
        nn.AdaptiveMaxPool2d((2, 1)), nn.Flatten(), nn.Linear(8, 5), nn.BatchNorm1d(5),
    )  # fmt: skip
    table = layer_table(network, (1, 13, 13))
    # 4 maps of 11×11, of 5×5 and of 2×2; a pool of 3×3 compares 8 times, of 1×2 once
    assert [row.comparisons for row in table.layers] == [0, 0, 4 * 25 * 8, 0, 0, 4 * 2 * 1, 0, 0, 0]
    assert [row.foldable_macs for row in table.layers] == [0, 4 * 11 * 11, 0, 0, 0, 0, 0, 0, 5]
    assert (table.comparisons, table.foldable_macs) == (808, 489)
    assert totals(table)[-1] == (
        "not counted among the multiply-adds: 808 comparisons of max pools and 489 multiply-adds of BatchNorm, which "
        "fold into the layers before"
    )
    assert {"comparisons", "foldable_macs"} <= set(table.to_json()["layers"][0])
    assert not any("not counted" in line for line in totals(layer_table(create("mlp"), (1, 28, 28))))


def test_a_normalisation_does_not_fold_into_a_convolution_that_another_step_reads_too():
    class Read(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.norm = nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2)

        def forward(self, x):
            x = self.conv(x)
            return self.norm(x) + x

    assert layer_table(Read(), (1, 5, 5)).foldable_macs == 0


def test_an_uneven_adaptive_pool_compares_within_each_of_its_windows():
    # of 5 rows two windows: 0 to 2 and 2 to 4; of 4 columns three: 0 and 1, 1 and 2, 2 and 3
    (row,) = layer_table(nn.Sequential(nn.AdaptiveMaxPool2d((2, 3))), (7, 5, 4)).layers
    assert row.comparisons == 7 * 6 * (3 * 2 - 1)


class Hesitant(nn.Module):
    """It takes one number of the whole batch, and asks for it."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)

    def forward(self, x):
        found = self.conv(x)
        return found * 2 if found.mean() > 0 else found


def test_a_number_for_the_whole_batch_has_a_row_too():
    rows = {row.name: row for row in layer_table(Hesitant(), (1, 4, 4)).layers}
    assert rows["mean"].memory == 4
    assert rows["mean"].receptive_field is None


def test_names_are_escaped_for_a_page():
    network = nn.ModuleDict({"<b>": nn.ReLU()})["<b>"]
    holder = nn.Sequential()
    holder.add_module("a<b>&", network)
    assert "a&lt;b&gt;&amp;" in layer_table(holder, (1, 2, 2))._repr_html_()


def test_a_table_is_json():
    table = layer_table(create("steady"), (1, 28, 28))
    told = json.loads(json.dumps(table.to_json(), allow_nan=False))
    assert {"layers", "total_params", "macs", "memory"} <= set(told)
    assert {"macs", "receptive_field", "jump", "params_sum", "memory", "trainable_params"} <= set(told["layers"][0])


def test_numbers_in_words():
    assert [size(one) for one in (40, 1_500, 2_000_000)] == ["40 B", "1.5 kB", "2.0 MB"]
    assert [pair(one) for one in (None, (3, 3), (1, 2.5), (None, None))] == ["?", "3", "1×2.5", "—"]
    row = layer_table(nn.Sequential(nn.MaxPool2d(3, 2, 1), nn.ZeroPad2d(1), nn.ReLU()), (1, 8, 8)).layers
    assert [window(one) for one in row] == ["3×3 /2 +1", "+1", "—"]
