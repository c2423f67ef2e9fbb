import platform

import pytest
import torch
from torch import nn

from convlens.errors import SettingsError
from convlens.models.networks import create
from convlens.models.precision import AGREEMENT, BF16_FLAGS, bf16_gap, choose_precision, cpu_flags, threads

OFFERED = any(flag in cpu_flags() for flag in BF16_FLAGS)


class Cancelling(nn.Module):
    """Adds 1,000 and takes it off again: fp32 keeps the answer, the 8 bits of bf16 round it to multiples of 4."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(16, 2)
        with torch.no_grad():
            self.dense.bias.fill_(1000.0)

    def forward(self, batch):
        return self.dense(batch.flatten(1)) - 1000


def test_the_gap_of_one_rounding_by_hand():
    """1 + 1/256 lies half way between two bf16 numbers, 1 and 1 + 1/128, and goes to the even one."""
    module = nn.Sequential(nn.Flatten(), nn.Linear(1, 1, bias=False))
    with torch.no_grad():
        module[1].weight.fill_(1.0)
    sample = torch.full((1, 1, 1, 1), 1 + 1 / 256)
    assert bf16_gap(module, sample) == pytest.approx((1 / 256) / (1 + 1 / 256))


def test_bf16_is_exact_for_numbers_of_eight_bits():
    module = nn.Sequential(nn.Flatten(), nn.Linear(1, 1, bias=False))
    with torch.no_grad():
        module[1].weight.fill_(0.5)
    assert bf16_gap(module, torch.full((1, 1, 1, 1), 129.0)) == 0.0


def test_an_answer_that_is_no_number_is_an_infinite_gap():
    module = nn.Sequential(nn.Flatten(), nn.Linear(1, 1))
    with torch.no_grad():
        module[1].weight.fill_(torch.nan)
    assert bf16_gap(module, torch.ones(1, 1, 1, 1)) == torch.inf


@pytest.mark.parametrize(("name", "side"), [("cnn", 28), ("mlp", 28), ("toy", 4)])
def test_bf16_agrees_with_fp32_on_the_networks_of_the_house(noise, name, side):
    sample = torch.from_numpy(noise(8, side, side, 1)).permute(0, 3, 1, 2) / 255
    assert bf16_gap(create(name), sample) < AGREEMENT
    assert bf16_gap(Cancelling(), torch.rand(8, 1, 4, 4)) > AGREEMENT


def test_fp32_is_taken_when_it_is_asked_for(card_of, noise):
    choice = choose_precision("fp32", create("toy"), card_of("toy"), noise(4, 4, 4, 1))
    assert (choice.precision, choice.reason) == ("fp32", "asked for")


def test_auto_takes_bf16_where_the_processor_offers_it_and_says_why(card_of, noise):
    choice = choose_precision("auto", create("cnn"), card_of("cnn", 10, 1, 28), noise(8, 28, 28, 1))
    assert choice.precision == ("bf16" if OFFERED else "fp32")
    assert ("agree with fp32 within" if OFFERED else "has no bf16 arithmetic") in choice.reason


def test_auto_takes_fp32_for_a_network_whose_answers_bf16_changes_and_says_so(card_of, noise):
    choice = choose_precision("auto", Cancelling(), card_of("mine:net"), noise(8, 4, 4, 1))
    assert choice.precision == "fp32"
    assert ("bf16 logits differ from fp32 by" if OFFERED else "no bf16 arithmetic") in choice.reason


def test_bf16_by_name_is_refused_for_such_a_network(card_of, noise):
    with pytest.raises(SettingsError, match=r"bf16 was wanted, but .*; use fp32"):
        choose_precision("bf16", Cancelling(), card_of("mine:net"), noise(8, 4, 4, 1))


def test_a_device_without_bf16_gets_fp32(card_of, noise):
    asked = create("toy"), card_of("toy"), noise(4, 4, 4, 1), "mps"
    assert choose_precision("auto", *asked).reason == "this mps processor has no bf16 arithmetic"
    with pytest.raises(SettingsError, match="bf16 was wanted, but this mps processor has no bf16"):
        choose_precision("bf16", *asked)


def test_another_word_is_refused(card_of, noise):
    with pytest.raises(SettingsError, match="must be 'auto', 'fp32' or 'bf16', got 'fp16'"):
        choose_precision("fp16", create("toy"), card_of("toy"), noise(4, 4, 4, 1))


def test_choosing_leaves_the_network_as_it_was(card_of, noise):
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout().eval(), nn.Flatten(), nn.LazyLinear(2))
    module(torch.zeros(2, 3, 6, 6))
    before = {name: one.clone() for name, one in module.state_dict().items()}
    strides, modes = [one.stride() for one in module.parameters()], [part.training for part in module.modules()]
    choose_precision("auto", module, card_of("mine:net", 2, 3, 6), noise(4, 6, 6, 3))
    assert all(torch.equal(one, before[name]) for name, one in module.state_dict().items())
    assert [one.stride() for one in module.parameters()] == strides
    assert [part.training for part in module.modules()] == modes


def test_the_flags_are_sorted_words_without_repetition():
    flags = cpu_flags()
    assert list(flags) == sorted(set(flags))
    assert all(flag.isascii() and " " not in flag for flag in flags)
    if platform.system() == "Linux" and platform.machine() == "x86_64":
        assert {"sse2", "fpu"} <= set(flags)


def test_the_number_of_threads_is_that_of_torch():
    assert threads() == torch.get_num_threads() >= 1
