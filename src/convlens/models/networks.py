"""The registered networks. Each ends in logits; softmax and sigmoid are applied outside.

A network is one function under `@model`: it gets the number of outputs, the channels and the size, and gives a module
whose layers carry the names that tables and explanations show.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn

from convlens.errors import SettingsError
from convlens.models.card import HEADS, Head
from convlens.registry import Registry

Module = nn.Module
"""What floors without torch call a network."""

Size = tuple[int, int]
Build = Callable[[int, int, Size], nn.Module]


@dataclass(frozen=True)
class Architecture:
    """A registered network: how to build it, and what it is for when nothing else is asked.

    Attributes:
        build: (outputs, channels, size) → module.
        head: the head it has for two classes; more classes always get a softmax head.
        smallest: the smallest height or width that leaves one cell before the flatten layer.
    """

    build: Build
    summary: str
    classes: int
    channels: int
    size: int
    head: Head
    smallest: int


MODELS: Registry[Architecture] = Registry("model", "convlens models")


def model(
    name: str, summary: str, *, classes: int, channels: int, size: int, head: Head = "softmax", smallest: int = 1
) -> Callable[[Build], Build]:
    """Register a network under `name` with the arguments it has when none are given."""

    def register(build: Build) -> Build:
        MODELS.add(name)(Architecture(build, summary, classes, channels, size, head, smallest))
        return build

    return register


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


@model(
    "cnn", "two unpadded 3×3 convolutions with pooling, then 256 units", classes=10, channels=1, size=28, smallest=10
)
def cnn(outputs: int, channels: int, size: Size) -> nn.Module:
    """Build conv 64 – pool – ReLU – conv 128 – pool – ReLU – flatten – linear 256 – ReLU – linear."""
    cells = _halved(size[0], 2) * _halved(size[1], 2)
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(channels, 64, 3),
            pool1=nn.MaxPool2d(2),
            relu1=nn.ReLU(),
            conv2=nn.Conv2d(64, 128, 3),
            pool2=nn.MaxPool2d(2),
            relu2=nn.ReLU(),
            flatten=nn.Flatten(),
            dense1=nn.Linear(128 * cells, 256),
            relu3=nn.ReLU(),
            dense2=nn.Linear(256, outputs),
        )
    )


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
