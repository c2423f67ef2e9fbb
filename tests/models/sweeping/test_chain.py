import pytest
import torch
from torch import fx, nn
from torch.nn import functional

from convlens.models.answering import Answers
from convlens.models.layers import GlobalAveragePool
from convlens.models.sweeping.chain import chain
from convlens.models.sweeping.rules import NotSharedError


def names(module):
    return [link.name for link in chain(module.eval())]


def reason(link, size=(6, 6)):
    with pytest.raises(NotSharedError) as caught:
        link.steps(size)
    return str(caught.value)


def refused(link):
    try:
        link.steps((4, 4))
    except NotSharedError:
        return True
    return False


def runs_like(module, tensors):
    """Say whether the links, one after the other, give what the module gives."""
    values = tensors.clone()
    for link in chain(module.eval()):
        values = link.run(values)
    return torch.allclose(values, module(tensors), atol=1e-6)


def test_nested_sequences_are_one_line_with_the_names_that_weights_have():
    module = nn.Sequential(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()), nn.Flatten())
    assert names(module) == ["0.0", "0.1", "1"]
    assert runs_like(module, torch.randn(2, 1, 6, 6))


def test_the_mean_over_a_map_keeps_its_axes_until_it_is_flattened():
    module = nn.Sequential(GlobalAveragePool(), nn.Linear(3, 2))
    assert names(module) == ["0", "0", "1"]
    assert runs_like(module, torch.randn(2, 3, 4, 5))


def test_what_turns_columns_into_answers_is_a_layer_like_others():
    module = nn.Sequential(nn.Flatten(), nn.Linear(9, 3), Answers(groups=((0, 2), (1,))))
    *_, last = chain(module.eval())
    assert (last.name, last.is_plain, refused(last)) == ("2", True, True)
    assert runs_like(module, torch.randn(2, 1, 3, 3))


class Functions(nn.Module):
    def __init__(self, forward):
        super().__init__()
        self.conv, self.block = nn.Conv2d(1, 4, 3), nn.Sequential(nn.Conv2d(4, 4, 1), nn.ReLU())
        self.weight = nn.Parameter(torch.ones(1))
        self.told = forward

    def forward(self, x):
        return self.told(self, x)


SHARED = {
    "relu": lambda _, x: functional.relu(x),
    "method relu": lambda _, x: x.relu(),
    "leaky": lambda _, x: functional.leaky_relu(x, 0.2),
    "itself twice": lambda _, x: x * x,
    "arithmetic": lambda _, x: (x * 2 - 1) / 3,
    "scalar first": lambda _, x: 1 - x,
    "max pool": lambda _, x: functional.max_pool2d(x, 2, 1),
    "average pool": lambda _, x: functional.avg_pool2d(x, kernel_size=2, stride=2),
    "average pool, all said": lambda _, x: functional.avg_pool2d(x, 2, 2, 0, False, True, None),
    "adaptive": lambda _, x: functional.adaptive_avg_pool2d(x, (1, 1)),
    "adaptive max": lambda _, x: functional.adaptive_max_pool2d(x, 1),
    "mean, axes kept": lambda _, x: x.mean((2, 3), keepdim=True),
    "mean from the end": lambda _, x: x.mean(dim=[-1, -2]),
    "dropout": lambda net, x: functional.dropout(x, 0.4, training=net.training),
    "flatten": lambda _, x: torch.flatten(x, 1),
    "method flatten": lambda _, x: x.flatten(1),
    "view": lambda _, x: x.view(x.size(0), -1),
    "view of a pair": lambda _, x: x.view((x.shape[0], -1)),
    "reshape": lambda _, x: x.reshape(-1, 64),
    "blocks": lambda net, x: net.block(net.block(x)),
}


@pytest.mark.parametrize("told", SHARED.values(), ids=SHARED)
def test_functions_are_the_layers_they_stand_for(told):
    module = Functions(lambda net, x: told(net, net.conv(x)))
    links = chain(module.eval())
    assert links[0].name == "conv"
    assert all(link.is_plain for link in links)
    assert runs_like(module, torch.randn(2, 1, 6, 6))
    for link in links:
        if not isinstance(link.layer, nn.Flatten):
            link.steps((4, 4))


@fx.wrap
def relu(tensors):
    """Be called as a function of torch is."""
    return tensors.flip(3)


UNKNOWN = {
    "softmax": lambda _, x: functional.softmax(x, 1),
    "mean of channels": lambda _, x: x.mean(1, keepdim=True),
    "names nobody knows": lambda _, x: torch.mean(x, (2, 3), dtype=torch.float64).float()[:, :, None, None],
    "all in one": lambda _, x: functional.max_pool2d(x, 2, return_indices=True)[0],
    "always dropped": lambda _, x: functional.alpha_dropout(x, 0.0, training=True),
    "an impostor": lambda _, x: relu(x),
    "an axis": lambda _, x: x.transpose(2, 3),
    "an argument": lambda _, x: functional.interpolate(x, scale_factor=2),
    "scaled by a tensor": lambda net, x: x * net.weight,
}


@pytest.mark.parametrize("told", UNKNOWN.values(), ids=UNKNOWN)
def test_other_functions_are_not_shared(told):
    module = Functions(lambda net, x: told(net, net.conv(x)))
    assert any(refused(link) for link in chain(module.eval()))
    assert runs_like(module, torch.randn(2, 1, 6, 6))


PIECES = {
    "two inputs": (lambda net, x: net.conv(x) + net.conv(x), "do not follow one another in a single line"),
    "a shape": (lambda net, x: net.conv(x) / x.shape[2], "do not follow one another in a single line"),
    "a choice": (lambda _, x: x if x.sum() > 0 else -x, "cannot be traced .TraceError"),
    "two outputs": (lambda net, x: (net.conv(x), x), "do not follow one another in a single line"),
}


@pytest.mark.parametrize(("told", "why"), PIECES.values(), ids=PIECES)
def test_what_is_no_chain_stays_in_one_piece(told, why):
    (link,) = chain(Functions(told).eval())
    assert not link.is_plain
    with pytest.raises(NotSharedError, match=why):
        link.steps((6, 6))


def test_a_hook_on_a_container_keeps_it_in_one_piece_and_one_on_a_layer_from_threads():
    watched = nn.Sequential(nn.ReLU())
    watched.register_forward_hook(lambda *_: None)
    (link,) = chain(nn.Sequential(watched))
    assert reason(link) == "is watched by a hook"
    layer = nn.ReLU()
    layer.register_forward_pre_hook(lambda *_: None)
    assert not chain(nn.Sequential(layer))[0].is_plain
