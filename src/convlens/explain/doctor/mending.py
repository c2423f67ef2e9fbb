"""Mended copies: what would be if a remedy were taken. The network itself is never changed."""

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from convlens.errors import ConvlensError
from convlens.explain.doctor.finding import Recheck
from convlens.explain.doctor.patient import Patient
from convlens.explain.words import layer as named
from convlens.models.modes import evaluating

Measure = Callable[[Patient], int]
"""The check's count alone."""


@dataclass(frozen=True)
class Mend:
    """A remedy that can be tried.

    Attributes:
        words: what is done, as the beginning of a sentence.
        change: does it to a copy of the network.
        input_shape: of other pictures; None leaves them.
    """

    words: str
    change: Callable[[nn.Module], None]
    input_shape: tuple[int, int, int] | None = None


def tried(patient: Patient, mend: Mend, measure: Measure) -> int | str:
    """Count again on a mended copy, or say why that cannot be done."""
    try:
        copy = deepcopy(patient.module)
        mend.change(copy)
        again = patient.mended(copy, mend.input_shape)
        _fit_linear_layers(copy, again.input_shape)
        return measure(again)
    except (AttributeError, RuntimeError, TypeError, ValueError, ConvlensError) as error:
        return str(error).partition("\n")[0]


def best(patient: Patient, mends: Iterable[Mend], measure: Measure, before: int) -> tuple[Mend, int] | None:
    """Give the first mend after which nothing is left, else the one that leaves least; None where none helps."""
    helps: tuple[Mend, int] | None = None
    for mend in mends:
        left = tried(patient, mend, measure)
        if isinstance(left, int) and left < (before if helps is None else helps[1]):
            helps = mend, left
        if left == 0:
            break
    return helps


def by_hand(kind: str) -> Recheck:
    """Say how to run a check again where there is no mended copy."""
    return Recheck(None, f"mend it, then run `convlens doctor` again and look for {kind!r}")


def padding_of_convolutions(module: nn.Module) -> Mend | None:
    """Give the mend that pads every unpadded convolution so far that a map keeps its size; None where all are padded.

    Even kernels and layers that do their own padding are left alone.
    """
    found = {
        name: tuple(gap * (side - 1) // 2 for gap, side in zip(layer.dilation, layer.kernel_size, strict=True))
        for name, layer in module.named_modules()
        if type(layer) is nn.Conv2d and layer.padding in {(0, 0), "valid"} and all(k % 2 for k in layer.kernel_size)
    }
    found = {name: around for name, around in found.items() if any(around)}
    if not found:
        return None

    def change(copy: nn.Module) -> None:
        for name, around in found.items():
            _set_padding(copy.get_submodule(name), around)

    spelled = {around: f"padding={around[0] if around[0] == around[1] else around}" for around in found.values()}
    parts = [
        f"{words} in {listed([name for name, own in found.items() if own == around])}"
        for around, words in spelled.items()
    ]
    return Mend(" and ".join(parts), change)


def one_more_around(name: str, layer: nn.Module) -> Mend | None:
    """Give the mend that pads one layer by a pixel more; None where it is no plain convolution."""
    if type(layer) is not nn.Conv2d or isinstance(layer.padding, str):
        return None
    around = layer.padding[0] + 1, layer.padding[1] + 1
    words = f"padding={around[0] if around[0] == around[1] else around} in {named(name)}"
    return Mend(words, lambda copy: _set_padding(copy.get_submodule(name), around))


def rounding_up(module: nn.Module, names: Sequence[str]) -> Mend | None:
    """Give the mend that lets a last window hang over the edge, for those of the layers that are pools."""
    pools = [name for name in names if isinstance(module.get_submodule(name), nn.MaxPool2d | nn.AvgPool2d)]

    def change(copy: nn.Module) -> None:
        for name in pools:
            pool = copy.get_submodule(name)
            assert isinstance(pool, nn.MaxPool2d | nn.AvgPool2d)
            pool.ceil_mode = True

    return Mend(f"ceil_mode=True in {listed(pools)}", change) if pools else None


def touching_windows(module: nn.Module, names: Sequence[str]) -> Mend | None:
    """Give the mend that leaves no pixels between windows, for convolutions that step further than they are wide."""
    strides = {
        name: tuple(map(min, layer.stride, layer.kernel_size))
        for name, layer in ((name, module.get_submodule(name)) for name in names)
        if type(layer) is nn.Conv2d and any(map(int.__gt__, layer.stride, layer.kernel_size))
    }

    def change(copy: nn.Module) -> None:
        for name, stride in strides.items():
            layer = copy.get_submodule(name)
            assert isinstance(layer, nn.Conv2d)
            layer.stride = stride

    told = [f"stride={one[0] if one[0] == one[1] else one} in {name}" for name, one in strides.items()]
    return Mend(listed(told), change) if strides else None


def larger_pictures(input_shape: tuple[int, int, int], most: int = 8) -> list[Mend]:
    """Give the mends that take pictures larger by 1 to `most` pixels."""
    channels, height, width = input_shape
    return [
        Mend(f"pictures of {height + more}×{width + more}", lambda _: None, (channels, height + more, width + more))
        for more in range(1, most + 1)
    ]


def listed(names: Sequence[str]) -> str:
    """Join names of layers as a sentence does: "conv1, conv2 and layer '3'"."""
    names = [named(name) for name in names]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _set_padding(layer: nn.Module, around: tuple[int, ...]) -> None:
    assert isinstance(layer, nn.Conv2d)
    layer.padding = around
    # what torch hands to `pad` where the rim is mirrored or circular: the last axis first
    layer._reversed_padding_repeated_twice = [side for side in reversed(around) for _ in range(2)]


def _fit_linear_layers(module: nn.Module, input_shape: tuple[int, int, int]) -> None:
    """Make linear layers as wide as what now comes in, by one pass over a blank picture.

    Their weights are then zeros: a mended copy is asked what it looks at, never what it answers.
    """

    def fit(layer: nn.Module, arguments: tuple[Tensor, ...]) -> None:
        assert isinstance(layer, nn.Linear)
        if arguments[0].shape[-1] != layer.in_features:
            layer.in_features = arguments[0].shape[-1]
            layer.weight = nn.Parameter(arguments[0].new_zeros(layer.out_features, layer.in_features))

    linear = [layer for layer in module.modules() if isinstance(layer, nn.Linear)]
    hooks = [layer.register_forward_pre_hook(fit) for layer in linear]
    weight = next(module.parameters(), torch.zeros(()))
    try:
        with torch.no_grad(), evaluating(module):
            module(weight.new_zeros(1, *input_shape))
    finally:
        for hook in hooks:
            hook.remove()
