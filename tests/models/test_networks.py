import re

import numpy as np
import pytest
import torch

from convlens.errors import SettingsError, UnknownNameError
from convlens.models.networks import MODELS, create, resolve_head


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
