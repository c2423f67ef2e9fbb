import re

import pytest
import torch
from torch import nn

from convlens.errors import SettingsError, UnknownNameError
from convlens.models.custom import build, is_custom, one_spelling, why_unchanged
from convlens.models.layers import BlurPool, PolyphaseSampling
from convlens.models.networks import create

ASKED = {"classes": 3, "channels": 1, "size": (4, 5), "head": "softmax"}

NOTING = """
from torch import nn

class Noting(nn.Linear):
    def __init__(self, **given):
        super().__init__(2, 2)
        self.given = given

def two(classes, size): return Noting(classes=classes, size=size)
def all_of_them(**given): return Noting(**given)
def none(): return Noting()
def with_defaults(width=8, *, head="?"): return Noting(width=width, head=head)
def needy(classes, width): return Noting()
def strided(classes): return nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
def wrong(): return "a network"
class Net(nn.Linear):
    def __init__(self, classes):
        super().__init__(20, classes)
class Plain(nn.Module):
    def forward(self, x): return x
answer = 42
"""


@pytest.fixture
def ours(users_module):
    users_module("our_nets", NOTING)


@pytest.mark.parametrize(
    ("function", "given"),
    [
        ("two", {"classes": 3, "size": (4, 5)}),
        ("all_of_them", ASKED),
        ("none", {}),
        ("with_defaults", {"width": 8, "head": "softmax"}),
    ],
)
def test_a_function_gets_the_arguments_that_it_names(ours, function, given):
    assert build(f"our_nets:{function}", **ASKED).given == given


def test_a_class_works_like_a_function(ours):
    assert build("our_nets:Net", **ASKED).out_features == 3


def test_a_class_without_a_beginning_of_its_own_is_given_nothing(ours):
    assert type(build("our_nets:Plain", classes=3, channels=1, size=(4, 5), head="softmax")).__name__ == "Plain"


def test_the_first_weights_are_a_function_of_the_seed_and_disturb_no_random_numbers(ours):
    before = torch.get_rng_state()
    first, again, other = (build("our_nets:Net", **ASKED, seed=seed).weight for seed in (4, 4, 5))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_registered_name_builds_the_registered_network():
    module = build("cnn", classes=3, channels=1, size=(12, 12), head="softmax", seed=9)
    expected = create("cnn", 3, 1, 12, seed=9)
    assert all(torch.equal(a, b) for a, b in zip(module.parameters(), expected.parameters(), strict=True))


def test_only_names_with_a_colon_are_the_user_s_own():
    assert is_custom("our_nets:two")
    assert not is_custom("cnn")
    with pytest.raises(UnknownNameError, match="no model is named 'our_nets'"):
        build("our_nets", **ASKED)


@pytest.mark.parametrize(
    ("option", "kinds", "taps"),
    [("no", [], []), ("blur2", [BlurPool], [2]), ("blur7", [BlurPool], [7]), ("aps", [PolyphaseSampling], [1])],
)
def test_the_name_says_how_a_network_samples(ours, option, kinds, taps):
    module = build(f"our_nets:strided[anti_alias={option}]", **ASKED)
    found = [one for one in module.modules() if isinstance(one, BlurPool | PolyphaseSampling)]
    assert [type(one) for one in found] == kinds
    assert [one.taps for one in found] == taps
    assert is_custom(f"our_nets:strided[anti_alias={option}]")


@pytest.mark.parametrize(
    ("name", "spelling"),
    [
        ("our_nets:two", "our_nets:two"),
        ("our_nets:two[anti_alias=no]", "our_nets:two"),
        ("our_nets:two[ anti_alias = blur3 ]", "our_nets:two[anti_alias=blur3]"),
        ("cnn[pool=max, head=pooled]", "cnn[head=pooled]"),
        ("unknown", "unknown"),
    ],
)
def test_a_name_has_one_spelling(name, spelling):
    assert one_spelling(name) == spelling


@pytest.mark.parametrize(
    ("layers", "way", "told"),
    [
        ([nn.Conv2d(1, 2, 3)], "blur3", "it has no strided layer, and so samples nothing"),
        ([nn.MaxPool2d(2)], "blur3", ""),
        ([nn.MaxPool2d(2)], "aps", ""),
        ([nn.Conv2d(1, 2, 3), nn.AvgPool2d(3)], "blur3", "stay as they are: '1': an average over 3 smooths as much"),
        ([nn.Conv2d(1, 2, 8, stride=8), nn.MaxPool2d(2)], "aps", ""),
    ],
)
def test_what_changes_nothing_about_a_network_is_told(layers, way, told):
    why = why_unchanged(nn.Sequential(*layers), way)
    assert told in why
    assert bool(why) == bool(told)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("our_nets:strided[pool=aps]", "the network 'our_nets:strided' has no option 'pool'"),
        ("our_nets:strided[anti_alias=blur9]", "cannot be 'blur9'; did you mean 'blur"),
        ("our_nets:wrong", "'our_nets:wrong' must give a torch.nn.Module, but gave str"),
        ("our_nets:answer", "'our_nets' has no function or class 'answer'"),
        ("our_nets:missing", "'our_nets' has no function or class 'missing'"),
        ("our_nets:", "'our_nets' has no function or class ''"),
        ("our_nats:two", "could not import 'our_nats'"),
        (":two", "'' is no module's name; write module:function"),
        (".our_nets:two", "'.our_nets' is no module's name; write module:function"),
        ("our_nets:needy", "needs the argument 'width', but is called with those of classes, channels, size, head"),
    ],
)
def test_what_cannot_be_built_is_told(ours, name, told):
    with pytest.raises(SettingsError, match=re.escape(told)):
        build(name, **ASKED)
