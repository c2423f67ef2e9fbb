"""Make the strided layers of any network sample without aliasing, in a copy that keeps its weights and all sizes.

What becomes of a layer is read from the tree of modules; for "aps" the `forward` is traced too, to see which layers run
side by side. The kinds of layers:

    MaxPool2d   the maximum at every place, then the sampling
    AvgPool2d   the average at every place, then the sampling; averages of 2 and a binomial filter of t − 1 taps are
                together the binomial filter of t taps
    Conv2d      stride 1, then the sampling: after the activation where an `nn.Sequential` shows it (conv – norm –
                activation), else right after the convolution; a norm in between makes no difference there. A blur in
                front of a 1×1 convolution gives the same sums as one behind it, for a part of the work.

Source: Zhang 2019, "Making convolutional networks shift-invariant again", section 3.2.
"""

import copy
import warnings
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeAlias

import torch
from torch import nn

from convlens.errors import SettingsError
from convlens.models.branches import beside_others
from convlens.models.layers import BlurPool, PolyphaseSampling, Rim
from convlens.models.modes import device_of
from convlens.models.sampled import SampledConv2d, SampledPool, padding_of, pair, side_of
from convlens.models.strided_calls import StridedCall, strided_calls
from convlens.registry import near_names

How: TypeAlias = Literal["blur", "aps"]

LARGEST_STRIDE = 4
"""A layer without its stride does s² times the work; larger strides are those of networks that cut out patches."""

_ASKED = "it was asked to stay"
_ALREADY = "it samples without aliasing already"
_IN_FORWARD = "it is called in a forward; write it as a layer, like nn.MaxPool2d(2), to have it replaced"
_MANY = 5

_POINTWISE = (nn.BatchNorm2d, nn.Identity, nn.Dropout, nn.Dropout2d)
_ACTIVATIONS = (
    nn.ReLU,
    nn.ReLU6,
    nn.LeakyReLU,
    nn.ELU,
    nn.CELU,
    nn.SELU,
    nn.GELU,
    nn.SiLU,
    nn.Mish,
    nn.Hardswish,
    nn.Softplus,
    nn.Tanh,
    nn.Sigmoid,
)


@dataclass(frozen=True)
class Strided:
    """A strided layer of a network and what becomes of it.

    Attributes:
        name: where it is, as in `named_modules`; for a call in a `forward`, the part whose `forward` it is, and the
            function.
        kind: its class; "call" for a call in a `forward`.
        stride: along both axes.
        becomes: what stands in its place; "" when it stays as it is.
        reason: why it stays; "" when it does not.
    """

    name: str
    kind: str
    stride: tuple[int, int]
    becomes: str
    reason: str


@dataclass(frozen=True)
class _Settings:
    how: How
    taps: int
    padding: Rim
    keep: frozenset[str]
    device: torch.device

    def sample(self, stride: int, taps: int) -> nn.Module:
        kind = PolyphaseSampling if self.how == "aps" else BlurPool
        return kind(None, taps, stride, self.padding).to(self.device)

    def words(self, taps: int) -> str:
        blur = f"a blur of {taps} taps" if taps > 1 else ""
        return " and ".join(filter(None, [blur, "the strongest grid" if self.how == "aps" else ""]))


@dataclass(frozen=True)
class _Slot:
    """A strided layer, and how it is replaced: `change` is None where it stays."""

    row: Strided
    change: Callable[[], None] | None = None


def anti_alias(
    model: nn.Module, *, how: How = "blur", taps: int = 3, padding: Rim = "reflect", keep: Collection[str] = ()
) -> nn.Module:
    """Give a copy of a network whose strided layers sample without aliasing; `strided_layers` says how each does.

    The copy has the same parameters under the same names, so that weights files fit both, and gives maps of the same
    sizes, so that dense heads fit. Its answers are others: train it on.

    Args:
        how: "blur" smooths before every s-th value is kept; "aps" keeps the strongest grid.
        taps: length of the filter, 2 to 7; for "aps" also 1, which does not smooth.
        padding: what lies beyond the rim for filters and pools that are put in: "reflect", "zeros" or "circular".
            Convolutions keep their own. An answer that no shift round the torus changes wants circular convolutions,
            "aps" with "circular" padding, a global average, and pictures that every stride divides.
        keep: names of layers that stay as they are.

    Warns:
        UserWarning: something that drops pixels is left alone (but for `keep`), or the network drops none.

    Raises:
        SettingsError: an unknown setting or layer.
    """
    changed, rows = changed_copy(model, how=how, taps=taps, padding=padding, keep=keep)
    if told := _left_alone(rows, strided_calls(model)):
        warnings.warn(told, stacklevel=2)
    return changed


def changed_copy(
    model: nn.Module, *, how: How = "blur", taps: int = 3, padding: Rim = "reflect", keep: Collection[str] = ()
) -> tuple[nn.Module, tuple[Strided, ...]]:
    """Do what `anti_alias` does without a warning, and say what became of each strided layer.

    Raises:
        SettingsError: as `anti_alias`.
    """
    holder = nn.ModuleList([copy.deepcopy(model)])
    slots = list(_slots(holder, _checked(model, how, taps, padding, keep)))
    for slot in slots:
        if slot.change is not None:
            slot.change()
    return holder[0], tuple(slot.row for slot in slots)


def strided_layers(
    model: nn.Module, *, how: How = "blur", taps: int = 3, padding: Rim = "reflect", keep: Collection[str] = ()
) -> tuple[Strided, ...]:
    """Say what `anti_alias` makes of each strided layer, in the order in which the network holds them.

    Behind them stand the strided calls in its `forward`, such as `F.max_pool2d(x, 2)`, all of which stay.

    Raises:
        SettingsError: as `anti_alias`.
    """
    rows = [slot.row for slot in _slots(nn.ModuleList([model]), _checked(model, how, taps, padding, keep))]
    return (*rows, *_called(rows, strided_calls(model)))


def _called(rows: Collection[Strided], calls: Collection[StridedCall]) -> tuple[Strided, ...]:
    """Give the calls whose stride is known, but for those inside a strided layer, which is listed itself."""
    listed = {row.name for row in rows}
    return tuple(
        Strided(f"{one.where}.{one.function}".lstrip("."), "call", one.stride, "", _IN_FORWARD)
        for one in calls
        if one.stride is not None and one.where not in listed
    )


def _left_alone(rows: Collection[Strided], calls: Collection[StridedCall]) -> str:
    """Say in a sentence what still drops pixels though nobody asked for it; "" when nothing does."""
    listed = {row.name for row in rows}
    unknown = [one for one in calls if one.stride is None and one.where not in listed]
    every = [*rows, *_called(rows, calls)]
    if not every and not unknown:
        return "anti_alias changed nothing: the network has no layer whose stride is above 1, and so drops no pixels"
    left = [f"{row.name!r} ({row.reason})" for row in every if not row.becomes and row.reason not in (_ASKED, _ALREADY)]
    left += [
        f"{one.where or 'the network'!r} ({one.function} is called in a forward that cannot be followed)"
        for one in unknown
    ]
    if not left:
        return ""
    shown = "; ".join(left[:_MANY]) + (f"; and {len(left) - _MANY} more" if len(left) > _MANY else "")
    return f"anti_alias left alone what drops pixels in {shown}; strided_layers(model) lists all"


def _checked(model: nn.Module, how: str, taps: int, padding: str, keep: Collection[str]) -> _Settings:
    if how not in ("blur", "aps"):
        raise SettingsError(f"how must be 'blur' or 'aps', got {how!r}")
    if padding == "valid":
        raise SettingsError("padding 'valid' would make maps smaller than the network's heads want; choose 'reflect'")
    if taps == 1 and how == "blur":
        raise SettingsError("a blur of 1 tap changes nothing; take 2 to 7, or how='aps', which can do without a blur")
    if isinstance(keep, str):
        raise SettingsError(f"keep is a list of the names of layers, got the text {keep!r}; write [{keep!r}]")
    known = [name for name, _ in model.named_modules()]
    for name in keep:
        if name not in known:
            raise SettingsError(
                f"the network has no layer {name!r}{near_names(name, known)} (`named_modules` lists them)"
            )
    settings = _Settings(how, taps, padding, frozenset(keep), device_of(model))  # type: ignore[arg-type]
    settings.sample(2, taps)  # wrong taps and rims are told here
    return settings


def _slots(holder: nn.ModuleList, settings: _Settings) -> Iterator[_Slot]:
    """Find every strided layer below `holder`, whose only child is the network."""
    seen = Counter(id(part) for _, part in holder.named_modules(remove_duplicate=False))
    beside = beside_others(holder[0]) if settings.how == "aps" else frozenset()
    made: dict[int, nn.Module] = {}
    for path, parent in list(holder.named_modules()):
        for key, layer in list(parent.named_children()):
            stride = _stride_of(layer)
            if stride is None:
                continue
            name = ".".join([*path.split(".")[1:], key]) if path else ""
            row = partial(Strided, name, type(layer).__name__, stride)
            reason = _why_it_stays(layer, stride, name, settings, beside)
            if reason:
                yield _Slot(row("", reason))
            elif isinstance(layer, nn.Conv2d):
                yield _convolution(row, parent, key, layer, stride[0], settings, made, seen[id(layer)] > 1)
            else:
                yield _pool(row, parent, key, layer, stride[0], settings)


def _stride_of(layer: nn.Module) -> tuple[int, int] | None:
    """Give the stride of a layer that samples; None for all others."""
    if any(layer.children()):
        return None
    stride: Any = getattr(layer, "stride", None)
    if isinstance(stride, int):
        stride = (stride, stride)
    if not (isinstance(stride, tuple) and stride and all(isinstance(step, int) for step in stride)):
        return None
    return (stride[0], stride[-1]) if max(stride) > 1 else None


def _why_it_stays(
    layer: nn.Module, stride: tuple[int, int], name: str, settings: _Settings, beside: frozenset[str] | None
) -> str:
    if name in settings.keep:
        return _ASKED
    if isinstance(layer, (BlurPool, PolyphaseSampling)):
        return _ALREADY
    if type(layer) not in (nn.MaxPool2d, nn.AvgPool2d, nn.Conv2d):
        return "only MaxPool2d, AvgPool2d and Conv2d themselves are replaced, no other class"
    if layer._forward_hooks or layer._forward_pre_hooks:
        return "a hook watches it, which would see something else"
    if stride[0] != stride[1]:
        return f"its strides differ ({stride[0]} and {stride[1]})"
    if stride[0] > LARGEST_STRIDE:
        return f"without its stride of {stride[0]} it would do {stride[0] ** 2} times the work"
    if isinstance(layer, nn.Conv2d):
        return _unless_alone(name, beside)
    if layer.ceil_mode:
        return "its windows hang over the rim (ceil_mode)"
    if getattr(layer, "return_indices", False):
        return "it gives places besides values (return_indices)"
    shape = (layer.kernel_size, layer.padding, getattr(layer, "dilation", 1))
    if any(pair(value)[0] != pair(value)[1] for value in shape):
        return "its window is no square"
    if isinstance(layer, nn.AvgPool2d) and settings.how == "blur" and side_of(layer.kernel_size) >= settings.taps:
        return f"an average over {layer.kernel_size} smooths as much as a filter of {settings.taps} taps"
    return _unless_alone(name, beside)


def _unless_alone(name: str, beside: frozenset[str] | None) -> str:
    """Say why a layer cannot choose its grid: others run beside it, whose maps are joined with its own."""
    if beside is None:
        return "the order of the layers cannot be followed, and those side by side would choose different grids"
    return "other layers run beside it, and their grids would not fit the one it chose" if name in beside else ""


def _pool(
    row: Callable[..., Strided], parent: nn.Module, key: str, layer: Any, stride: int, settings: _Settings
) -> _Slot:
    taps = settings.taps
    if isinstance(layer, nn.AvgPool2d) and settings.how == "blur":
        taps = taps - side_of(layer.kernel_size) + 1
    what = "the maximum" if isinstance(layer, nn.MaxPool2d) else "the average"

    def change() -> None:
        setattr(parent, key, SampledPool(layer, settings.sample(stride, taps), settings.padding))

    return _Slot(row(" then ".join(filter(None, [f"{what} at every place,", settings.words(taps)])), ""), change)


def _convolution(
    row: Callable[..., Strided],
    parent: nn.Module,
    key: str,
    layer: nn.Conv2d,
    stride: int,
    settings: _Settings,
    made: dict[int, nn.Module],
    is_shared: bool,
) -> _Slot:
    sample = settings.sample(stride, settings.taps)
    words = settings.words(settings.taps)
    activation = None if is_shared else _activation_after(parent, key)
    if activation is not None:

        def behind() -> None:
            layer.stride = (1, 1)
            setattr(parent, activation, nn.Sequential(parent.get_submodule(activation), sample))

        return _Slot(row(f"stride 1, {words} after the activation {activation!r}", ""), behind)
    first = settings.how == "blur" and pair(layer.kernel_size) == (1, 1) and padding_of(layer) == (0, 0)

    def in_its_place() -> None:
        setattr(parent, key, made.setdefault(id(layer), SampledConv2d(layer, sample, first=first)))

    return _Slot(row(f"stride 1, {words} right {'before' if first else 'after'} it", ""), in_its_place)


def _activation_after(parent: nn.Module, key: str) -> str | None:
    """Find the activation that follows a convolution in an `nn.Sequential`, with nothing but a norm in between."""
    if type(parent).forward is not nn.Sequential.forward:
        return None
    children = list(parent.named_children())
    start = [name for name, _ in children].index(key)
    for name, layer in children[start + 1 :]:
        if isinstance(layer, _ACTIVATIONS):
            return name
        if not isinstance(layer, _POINTWISE):
            return None
    return None
