"""The registered networks. Each ends in logits; softmax and sigmoid are applied outside.

A network is one function under `@model`: it gets the number of outputs, the channels and the size, and gives a module
whose layers carry the names that tables and explanations show. What can be chosen about it are keyword arguments, whose
values `@model` lists; they are spelled in its name, `cnn[head=pooled,pool=blur3]`, wherever a name is accepted.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count

import torch
from torch import nn

from convlens.errors import SettingsError
from convlens.models import options as names
from convlens.models.card import HEADS, Head
from convlens.models.layers import TAPS, BlurPool, DenseMaxPool, GlobalAveragePool, PolyphaseSampling, Rim, RimConv2d
from convlens.models.options import Options
from convlens.registry import Registry

Module = nn.Module
"""What floors without torch call a network."""

Size = tuple[int, int]
Build = Callable[..., nn.Module]
"""(outputs, channels, size) → module, with a keyword argument for each option."""


@dataclass(frozen=True)
class Architecture:
    """A registered network: how to build it, and what it is for when nothing else is asked.

    Attributes:
        build: (outputs, channels, size) → module.
        head: the head it has for two classes; more classes always get a softmax head.
        smallest: the smallest height or width that leaves one cell before the last layers, for the options it has.
        options: what can be chosen about it.
    """

    build: Build
    summary: str
    classes: int
    channels: int
    size: int
    head: Head
    smallest: int
    options: Options = field(default_factory=dict)
    smallest_with: Callable[..., int] | None = None


class _Networks(Registry[Architecture]):
    """The registered networks, found by their names with or without options."""

    def __getitem__(self, name: str) -> Architecture:
        """Find the network called `name`, with the options that the name spells.

        Raises:
            UnknownNameError: there is none; the sentence gives the nearest names.
            SettingsError: it has no such option, or the option no such value.
        """
        entry = super().__getitem__(names.base(name))
        chosen = names.chosen(name, entry.options)
        if not chosen:
            return entry
        smallest = entry.smallest_with(**chosen) if entry.smallest_with else entry.smallest
        return replace(entry, build=partial(entry.build, **chosen), smallest=smallest)

    def __contains__(self, name: object) -> bool:
        """Say whether a name is that of a registered network; looking it up tells whether its options are right."""
        return isinstance(name, str) and super().__contains__(names.base(name))


MODELS: Registry[Architecture] = _Networks("model", "convlens models")


def model(
    name: str,
    summary: str,
    *,
    classes: int,
    channels: int,
    size: int,
    head: Head = "softmax",
    smallest: int = 1,
    options: Options | None = None,
    smallest_with: Callable[..., int] | None = None,
) -> Callable[[Build], Build]:
    """Register a network under `name` with the arguments it has when none are given.

    Args:
        options: the values of each keyword argument that can be chosen in the name, the default first.
        smallest_with: from these to the smallest side, where it depends on them.
    """

    def register(build: Build) -> Build:
        entry = Architecture(build, summary, classes, channels, size, head, smallest, options or {}, smallest_with)
        MODELS.add(name)(entry)
        return build

    return register


def canonical(name: str) -> str:
    """Give the one spelling of a registered network's name and options; leave names of other networks as they are.

    Raises:
        SettingsError: the network has no such option, or the option no such value.
    """
    return names.spelled(name, MODELS[name].options) if name in MODELS else name


def create(
    name: str,
    classes: int | None = None,
    channels: int | None = None,
    size: int | Size | None = None,
    head: Head | None = None,
    seed: int = 0,
) -> nn.Module:
    """Build a registered network with freshly drawn weights; the same seed gives the same weights.

    Args:
        classes: how many answers there are, at least 2; when None, the network's own number, and 2 for a sigmoid head.
        channels: 1 or 3, or any number the network can take.
        size: side length in pixels, or (height, width).
        head: "sigmoid" makes one logit for two classes (binary cross-entropy), "softmax" one logit per class.

    Raises:
        UnknownNameError: no network has that name.
        SettingsError: a sigmoid head for more than two classes, or a picture too small for the layers.
    """
    entry = MODELS[name]
    if classes is None:
        classes = 2 if head == "sigmoid" else entry.classes
    channels = entry.channels if channels is None else channels
    height, width = _pair(entry.size if size is None else size)
    head = resolve_head(name, classes, head)
    if min(height, width) < entry.smallest:
        raise SettingsError(
            f"the network {name!r} needs pictures of at least {entry.smallest}×{entry.smallest} pixels, "
            f"but they are {height}×{width}; choose a larger --size or another --model"
        )
    with drawing(seed):
        return entry.build(1 if head == "sigmoid" else classes, channels, (height, width))


@contextmanager
def drawing(seed: int) -> Iterator[None]:
    """Draw a network's first weights from a seed; torch's own random numbers go on afterwards as if nothing were."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)  # `torch.manual_seed` would reseed the GPUs too
        yield


def resolve_head(name: str, classes: int, head: Head | None) -> Head:
    """Say which head a network gets: the asked one, else its own for two classes and softmax for more.

    Raises:
        SettingsError: fewer than two classes, an unknown head, or a sigmoid head for more than two classes.
    """
    if classes < 2:
        raise SettingsError(f"a classifier needs at least 2 classes, got {classes}; add a folder for the other class")
    if head is None:
        own = MODELS[name].head if name in MODELS else "softmax"
        return own if classes == 2 else "softmax"
    if head not in HEADS:
        raise SettingsError(f"head must be 'softmax' or 'sigmoid', got {head!r}")
    if head == "sigmoid" and classes != 2:
        raise SettingsError(f"a sigmoid head has one logit for 2 classes, but there are {classes}; use head='softmax'")
    return head


def _pair(size: int | Size) -> Size:
    return (size, size) if isinstance(size, int) else size


def _halved(cells: int, blocks: int) -> int:
    """Count what is left of `cells` after that many blocks of an unpadded 3×3 convolution and a 2×2 pool."""
    for _ in range(blocks):
        cells = (cells - 2) // 2
    return cells


@model("mlp", "the plain network: every pixel to 1,000 units to the classes", classes=10, channels=1, size=28)
def mlp(outputs: int, channels: int, size: Size) -> nn.Module:
    """Build flatten – linear 1000 – ReLU – linear."""
    return nn.Sequential(
        OrderedDict(
            flatten=nn.Flatten(),
            dense1=nn.Linear(channels * size[0] * size[1], 1000),
            relu1=nn.ReLU(),
            dense2=nn.Linear(1000, outputs),
        )
    )


CNN_OPTIONS: Options = {
    "pool": ("max", *(f"blur{taps}" for taps in TAPS), "aps", *(f"aps+blur{taps}" for taps in TAPS)),
    "head": ("dense", "pooled", "averaged"),
    "padding": ("valid", "same", "full", "circular", "reflect"),
}
HEAD_KERNEL = 3
"""Side of the window in which the sliding heads of `cnn` look at the last map: 3 cells see 18 pixels."""
_RIMS: dict[str, Rim] = {
    "valid": "valid",
    "same": "reflect",
    "full": "reflect",
    "circular": "circular",
    "reflect": "reflect",
}


def cnn_cells(side: int, pool: str, padding: str, blocks: int = 2) -> int:
    """Count the cells along a side of the map that the convolutions of `cnn` leave; 0 or less where nothing is left."""
    taps = int(pool[-1]) if "blur" in pool else 1
    for _ in range(blocks):
        side += {"valid": -2, "full": 2}.get(padding, 0)
        if padding != "valid" or pool == "max":
            # strided max pooling drops an odd last row, all other ways fill it up
            side = side // 2 if pool == "max" else -(-side // 2)
        elif "aps" in pool:
            side = (side - 1 - (taps - 1)) // 2
        else:
            side = (side - 1 - taps) // 2 + 1
    return side


def _smallest_cnn(pool: str, head: str, padding: str) -> int:
    smallest = 3 if padding == "valid" else 1  # for a 3×3 convolution
    wanted = (smallest, smallest, 1 if head == "dense" else smallest)
    return next(
        side
        for side in count(1)
        if all(cnn_cells(side, pool, padding, blocks) >= least for blocks, least in enumerate(wanted))
    )


@model(
    "cnn",
    "two unpadded 3×3 convolutions with pooling, then 256 units",
    classes=10,
    channels=1,
    size=28,
    smallest=10,
    options=CNN_OPTIONS,
    smallest_with=_smallest_cnn,
)
def cnn(
    outputs: int, channels: int, size: Size, *, pool: str = "max", head: str = "dense", padding: str = "valid"
) -> nn.Module:
    """Build conv 64 – pool – ReLU – conv 128 – pool – ReLU – flatten – linear 256 – ReLU – linear.

    Args:
        pool: "max" keeps one place in four; "blur3" takes the maximum at every place, then, after the ReLU, blurs with
            3 taps and keeps one in four; "aps" keeps the strongest of the four grids, "aps+blur3" after a blur.
        head: "dense" is bound to places; the others slide the 256 units over the map, and keep for each unit the
            largest value ("pooled") or the mean ("averaged"), wherever it came from.
        padding: of every layer. "same" and "full" put zeros around the convolutions, and a mirrored rim around a blur,
            since a filter that runs into zeros would mark the rim.
    """
    layers = OrderedDict[str, nn.Module]()
    widths = (channels, 64, 128)
    for block in (1, 2):
        layers[f"conv{block}"] = _convolution(widths[block - 1], widths[block], 3, padding)
        layers |= _pooling(block, widths[block], pool, padding)
    cells = cnn_cells(size[0], pool, padding) * cnn_cells(size[1], pool, padding)
    if head == "dense":
        layers |= {"flatten": nn.Flatten(), "dense1": nn.Linear(128 * cells, 256), "relu3": nn.ReLU()}
    else:
        layers |= {"dense1": _convolution(128, 256, HEAD_KERNEL, padding), "relu3": nn.ReLU()}
        if head == "pooled":
            layers |= {"pool3": nn.AdaptiveMaxPool2d(1), "flatten": nn.Flatten()}
        else:
            layers |= {"average": GlobalAveragePool()}
    layers["dense2"] = nn.Linear(256, outputs)
    return nn.Sequential(layers)


def _convolution(inputs: int, outputs: int, kernel: int, padding: str) -> nn.Conv2d:
    if padding in ("circular", "reflect"):
        return RimConv2d(inputs, outputs, kernel, _RIMS[padding])
    width = {"valid": 0, "same": kernel // 2, "full": kernel - 1}[padding]
    return nn.Conv2d(inputs, outputs, kernel, padding=width)


def _pooling(block: int, channels: int, pool: str, padding: str) -> Mapping[str, nn.Module]:
    """Give the layers that halve the map and the ReLU, in the order in which they are called."""
    if pool == "max":
        return {f"pool{block}": nn.MaxPool2d(2), f"relu{block}": nn.ReLU()}
    rim = _RIMS[padding]
    dense = nn.MaxPool2d(2, stride=1) if rim == "valid" else DenseMaxPool(2, rim)
    taps = int(pool[-1]) if "blur" in pool else 1
    sample = (
        PolyphaseSampling(channels, taps, padding=rim)
        if pool.startswith("aps")
        else BlurPool(channels, taps, padding=rim)
    )
    name = "sample" if pool.startswith("aps") else "blur"
    return {f"pool{block}": dense, f"relu{block}": nn.ReLU(), f"{name}{block}": sample}


@model(
    "steady",
    "four 3×3 convolutions, then the strongest place of each channel: for content that moves",
    classes=10,
    channels=1,
    size=28,
    smallest=8,
    options={"pool": CNN_OPTIONS["pool"], "padding": ("same", "circular", "reflect")},
)
def steady(outputs: int, channels: int, _: Size, *, pool: str = "max", padding: str = "same") -> nn.Module:
    """Build conv 32 – pool, conv 64 – pool, conv 128, conv 256, each with BatchNorm and ReLU, maximum, linear.

    Each cell of the last map sees 26×26 pixels of the picture and the blank around it, so that a whole garment has one
    cell that knows it, wherever it lies; the maximum asks for that cell and takes no notice of its place.
    """
    layers = OrderedDict[str, nn.Module]()
    widths = (channels, 32, 64, 128, 256)
    for block in (1, 2, 3, 4):
        layers[f"conv{block}"] = _convolution(widths[block - 1], widths[block], 3, padding)
        rest = _pooling(block, widths[block], pool, padding) if block <= 2 else {f"relu{block}": nn.ReLU()}
        for name, layer in rest.items():
            if name.startswith("relu"):
                layers[f"norm{block}"] = nn.BatchNorm2d(widths[block])
            layers[name] = layer
    layers |= {"strongest": nn.AdaptiveMaxPool2d(1), "flatten": nn.Flatten(), "dense1": nn.Linear(256, outputs)}
    return nn.Sequential(layers)


@model(
    "toy",
    "the smallest CNN there is: 12 parameters, by hand",
    classes=2,
    channels=1,
    size=4,
    head="sigmoid",
    smallest=4,
)
def toy(outputs: int, channels: int, size: Size) -> nn.Module:
    """Build conv 1 – pool – ReLU – flatten – linear; 4×4 pixels leave a single number before the linear layer."""
    cells = _halved(size[0], 1) * _halved(size[1], 1)
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(channels, 1, 3),
            pool1=nn.MaxPool2d(2),
            relu1=nn.ReLU(),
            flatten=nn.Flatten(),
            dense1=nn.Linear(cells, outputs),
        )
    )


@model("deep", "six blocks for photographs of 224×224", classes=2, channels=3, size=224, head="sigmoid", smallest=190)
def deep(outputs: int, channels: int, size: Size) -> nn.Module:
    """Build six times conv 3×3 – ReLU – BatchNorm – pool (64, then 512 filters), flatten, linear."""
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    widths = (channels, 64, 512, 512, 512, 512, 512)
    for block in range(1, len(widths)):
        layers[f"conv{block}"] = nn.Conv2d(widths[block - 1], widths[block], 3)
        layers[f"relu{block}"] = nn.ReLU()
        layers[f"norm{block}"] = nn.BatchNorm2d(widths[block])
        layers[f"pool{block}"] = nn.MaxPool2d(2)
    layers["flatten"] = nn.Flatten()
    layers["dense1"] = nn.Linear(512 * _halved(size[0], 6) * _halved(size[1], 6), outputs)
    return nn.Sequential(layers)
