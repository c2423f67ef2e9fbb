import re
from itertools import product

import numpy as np
import pytest
import torch

from convlens.errors import SettingsError, UnknownNameError
from convlens.models.card import Card
from convlens.models.custom import build, is_custom
from convlens.models.networks import CNN_OPTIONS, MODELS, canonical, create, resolve_head
from convlens.models.weights import load, pack

VARIANTS = [
    f"cnn[head={head},padding={padding},pool={pool}]"
    for head, padding, pool in product(
        CNN_OPTIONS["head"], CNN_OPTIONS["padding"], ("max", "blur2", "blur3", "blur4", "blur7", "aps", "aps+blur3")
    )
]


def parameters(module):
    return [sum(one.numel() for one in part.parameters()) for part in module if any(True for _ in part.parameters())]


def total(module):
    return sum(one.numel() for one in module.parameters())


def test_the_layers_of_cnn_hold_the_four_counts_of_the_course():
    assert parameters(create("cnn")) == [640, 73_856, 819_456, 2_570]
    assert total(create("cnn")) == 896_522


def test_a_sigmoid_head_leaves_cnn_with_894_209_parameters():
    assert total(create("cnn", classes=2, head="sigmoid")) == total(create("cnn", head="sigmoid")) == 894_209


def test_the_toy_network_has_twelve_parameters():
    assert parameters(create("toy")) == [10, 2]


def test_the_plain_network_has_795_010_parameters():
    assert parameters(create("mlp")) == [784 * 1000 + 1000, 1000 * 10 + 10]
    assert total(create("mlp")) == 795_010


def test_the_deep_network_has_9_742_209_parameters():
    assert total(create("deep")) == 9_742_209


def test_the_layers_carry_the_names_that_tables_show():
    assert " ".join(dict(create("mlp").named_children())) == "flatten dense1 relu1 dense2"
    assert " ".join(dict(create("toy").named_children())) == "conv1 pool1 relu1 flatten dense1"
    assert " ".join(dict(create("cnn").named_children())) == (
        "conv1 pool1 relu1 conv2 pool2 relu2 flatten dense1 relu3 dense2"
    )


def test_each_block_of_the_deep_network_is_conv_relu_norm_pool():
    names = list(dict(create("deep").named_children()))
    blocks = [[f"conv{block}", f"relu{block}", f"norm{block}", f"pool{block}"] for block in range(1, 7)]
    assert names == [*(name for block in blocks for name in block), "flatten", "dense1"]


@pytest.mark.parametrize("name", MODELS)
def test_every_network_gives_one_row_of_outputs_per_picture_at_its_own_size(name):
    own = MODELS[name]
    module = create(name).eval()
    with torch.inference_mode():
        outputs = module(torch.zeros(2, own.channels, own.size, own.size))
    assert outputs.shape == (2, 1 if own.head == "sigmoid" else own.classes)


@pytest.mark.parametrize("name", MODELS)
def test_every_network_takes_other_classes_channels_and_sizes_that_are_not_square(name):
    own = MODELS[name]
    size = (max(own.smallest, 6), max(own.smallest, 6) + 5)
    module = create(name, classes=7, channels=3, size=size).to("meta")
    assert module(torch.zeros(2, 3, *size, device="meta")).shape == (2, 7)


@pytest.mark.parametrize("name", MODELS)
def test_every_network_works_at_its_smallest_size_and_refuses_one_pixel_less(name):
    own = MODELS[name]
    module = create(name, size=own.smallest).to("meta")
    assert len(module(torch.zeros(1, own.channels, own.smallest, own.smallest, device="meta"))) == 1
    with pytest.raises(SettingsError, match=f"at least {own.smallest}×{own.smallest} pixels"):
        create(name, size=(own.smallest, own.smallest - 1))


@pytest.mark.parametrize("name", MODELS)
def test_the_same_seed_gives_the_same_weights_and_another_seed_others(name):
    side = max(MODELS[name].smallest, 4)
    first, again, other = (create(name, size=side, seed=seed).state_dict() for seed in (7, 7, 8))
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not all(torch.equal(first[key], other[key]) for key in first)


def test_building_a_network_does_not_disturb_the_random_numbers_of_torch():
    before = torch.get_rng_state()
    create("toy", seed=3)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_weights_of_a_seed_are_those_that_torch_draws_after_that_seed():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        expected = torch.nn.Conv2d(1, 1, 3).weight
    assert torch.equal(create("toy", seed=5).conv1.weight, expected)


def test_a_sigmoid_head_for_three_classes_is_refused_with_the_remedy():
    with pytest.raises(SettingsError, match=re.escape("2 classes, but there are 3; use head='softmax'")):
        create("cnn", classes=3, head="sigmoid")


def test_an_unknown_head_and_a_single_class_are_refused(as_installed):
    with pytest.raises(SettingsError, match="at least 2 classes, got 1"):
        resolve_head("cnn", 1, None)
    with pytest.raises(SettingsError, match="must be 'softmax' or 'sigmoid', got 'tanh'"):
        resolve_head("cnn", 2, "tanh")


def test_an_unknown_name_gets_the_near_ones():
    with pytest.raises(UnknownNameError, match="no model is named 'cn'; did you mean 'cnn'"):
        create("cn")


def test_a_network_s_own_head_counts_for_two_classes_and_softmax_for_more():
    assert resolve_head("toy", 2, None) == "sigmoid"
    assert resolve_head("toy", 3, None) == "softmax"
    assert resolve_head("cnn", 2, None) == "softmax"
    assert resolve_head("mine:net", 2, None) == "softmax"
    assert resolve_head("mine:net", 2, "sigmoid") == "sigmoid"


def test_the_toy_network_by_hand():
    """One 3×3 sum at four places, the largest of them, times 2, less 1."""
    module = create("toy")
    with torch.no_grad():
        for name, value in {"conv1.weight": 1.0, "conv1.bias": 0.0, "dense1.weight": 2.0, "dense1.bias": -1.0}.items():
            module.get_parameter(name).fill_(value)
    picture = np.arange(16, dtype=np.float32).reshape(1, 1, 4, 4)
    largest = picture[0, 0, 1:, 1:].sum()
    assert module(torch.from_numpy(picture)).item() == 2 * largest - 1


def test_the_plain_name_gives_the_network_that_it_always_gave():
    spelled_out = create("cnn[pool=max,head=dense,padding=valid]", seed=4)
    plain = create("cnn", seed=4)
    assert list(plain.state_dict()) == [
        f"{layer}.{kind}" for layer in ("conv1", "conv2", "dense1", "dense2") for kind in ("weight", "bias")
    ]
    assert str(spelled_out) == str(plain)
    assert all(torch.equal(a, b) for a, b in zip(plain.parameters(), spelled_out.parameters(), strict=True))


def test_every_name_with_options_is_one_of_the_registered_names():
    assert "cnn[pool=aps]" in MODELS
    assert "cnn[pool=nonsense]" in MODELS  # looking it up tells what is wrong with it
    assert "ccn[pool=aps]" not in MODELS
    assert 3 not in MODELS
    assert not is_custom("cnn[pool=aps]")
    assert resolve_head("cnn[head=pooled]", 2, None) == "softmax"
    with pytest.raises(SettingsError, match="cannot be 'nonsense'"):
        create("cnn[pool=nonsense]")
    with pytest.raises(UnknownNameError, match=re.escape("no model is named 'ccn'; did you mean 'cnn'?")):
        create("ccn[pool=aps]")
    with pytest.raises(SettingsError, match="'mlp' has no option 'pool': it has none"):
        create("mlp[pool=aps]")


@pytest.mark.parametrize(
    ("name", "one_spelling"),
    [
        ("cnn[ pool=blur3, head=pooled ]", "cnn[head=pooled,pool=blur3]"),
        ("cnn[padding=valid]", "cnn"),
        ("mlp", "mlp"),
        ("mine:net", "mine:net"),
        ("runs/7", "runs/7"),
    ],
)
def test_equal_networks_have_one_name(name, one_spelling):
    assert canonical(name) == one_spelling


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_of_cnn_reads_its_smallest_size_and_others(name):
    smallest = MODELS[name].smallest
    for size in ((smallest, smallest), (smallest + 1, smallest + 6), (max(smallest, 28), max(smallest, 28) + 1)):
        module = create(name, 3, 2, size).eval()
        with torch.inference_mode():
            assert module(torch.zeros(2, 2, *size)).shape == (2, 3)
    if smallest > 1:
        with pytest.raises(SettingsError, match=f"at least {smallest}×{smallest} pixels"):
            create(name, size=smallest - 1)


@pytest.mark.parametrize("padding", CNN_OPTIONS["padding"])
def test_every_way_of_pooling_keeps_the_parameters_of_the_convolutions(padding):
    """The layers that sample hold no parameters: weights of one way of pooling fit all the others."""
    first, *others = (
        create(f"cnn[head=pooled,pool={pool},padding={padding}]", size=40) for pool in CNN_OPTIONS["pool"]
    )
    for other in others:
        other.load_state_dict(first.state_dict())


def test_the_pooled_head_looks_at_windows_of_the_last_map():
    """Convolutions 640 and 73,856, then 256 units that look at 3×3 cells of 128 maps, and 10 answers."""
    assert parameters(create("cnn[head=pooled]")) == [640, 73_856, 256 * (128 * 9 + 1), 2_570]


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("cnn", 5),
        ("cnn[padding=same]", 7),
        ("cnn[padding=full]", 8),
        ("cnn[pool=blur3]", 4),
        ("cnn[pool=aps]", 4),
        ("cnn[padding=circular,pool=aps]", 7),
        ("cnn[padding=full,pool=blur4]", 9),
    ],
)
def test_the_last_map_of_28_pixels_by_hand(name, side):
    """Such as for blur3, unpadded: 28 → 26 → 25 → 12 → 10 → 9 → 4."""
    assert create(name).dense1.in_features == 128 * side**2


def test_a_weights_file_knows_the_options_of_its_network(tmp_path):
    name = "cnn[head=pooled,padding=circular,pool=aps]"
    module = build(name, classes=2, channels=1, size=(8, 8), head="softmax", seed=3)
    path = tmp_path / "weights.safetensors"
    path.write_bytes(pack(module, Card(name, ("a", "b"), (8, 8), 1, "softmax", (0.0,), (1.0,))))
    loaded = load(path)
    picture = torch.linspace(0, 1, 64).view(1, 1, 8, 8)
    assert loaded.card.architecture == name
    assert torch.allclose(loaded.module.eval()(picture), module.eval()(picture))


@pytest.mark.parametrize("name", ["cnn[head=pooled,padding=circular,pool=aps]", "cnn[pool=blur3,padding=full]"])
def test_a_variant_is_deterministic_in_training(name):
    def gradients():
        module = create(name, size=12, seed=1)
        module(torch.linspace(-1, 1, 4 * 144).view(4, 1, 12, 12)).square().sum().backward()
        return [one.grad for one in module.parameters()]

    assert all(torch.equal(one, other) for one, other in zip(gradients(), gradients(), strict=True))
