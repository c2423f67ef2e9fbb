"""Drawn letters, a small network with everything that can go wrong on resuming, and a training of it."""

from collections.abc import Callable, Iterator

import jaxtyping
import numpy as np
import pytest
import torch
from torch import nn

from convlens.augment.augmenter import Augmenter
from convlens.data.dataset import Dataset
from convlens.data.xo import CLASS_NAMES, letters
from convlens.models.card import Card, Head
from convlens.models.networks import drawing
from convlens.models.tensors import channel_statistics
from convlens.train.engine import make_engine
from convlens.train.loop import Training
from convlens.train.settings import Settings


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Compute in one thread: with batches this small the others would only wait for each other."""
    usual = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(usual)


@pytest.fixture(scope="session")
def xo() -> Dataset:
    """70 letters, so that batches of 16 leave a tail of 6."""
    return Dataset(*letters(1, np.arange(70)), CLASS_NAMES, "xo", "train")


@pytest.fixture(scope="session")
def other_xo() -> Dataset:
    """30 other letters."""
    return Dataset(*letters(2, np.arange(30)), CLASS_NAMES, "xo", "validation")


def network(head: Head = "softmax", seed: int = 0) -> nn.Module:
    """Two convolutions with BatchNorm and Dropout, for 28 × 28 pictures of two classes."""
    with drawing(seed):
        return nn.Sequential(
            nn.Conv2d(1, 8, 5, stride=2),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.Conv2d(8, 12, 3, stride=2),
            nn.ReLU(),
            nn.Dropout(0.3),
            nn.Flatten(),
            nn.Linear(12 * 25, 1 if head == "sigmoid" else 2),
        )


def card_of(dataset: Dataset, head: Head = "softmax") -> Card:
    """The card of a network for that data set."""
    return Card("ours", dataset.class_names, dataset.size, dataset.channels, head, *channel_statistics(dataset.images))


@pytest.fixture(scope="session")
def small_network() -> Callable[..., nn.Module]:
    """The function `network` above."""
    return network


@pytest.fixture(scope="session")
def training_of() -> Callable[..., Training]:
    """A function that sets up a training on this machine's processor."""

    def made(
        train: Dataset,
        validation: Dataset | None = None,
        settings: Settings | None = None,
        *,
        module: nn.Module | None = None,
        head: Head = "softmax",
        precision: str = "fp32",
        augment: Augmenter | None = None,
    ) -> Training:
        engine = make_engine("cpu", 1, precision)
        engine.launch()
        module = network(head) if module is None else module
        settings = Settings(epochs=3, batch_size=16) if settings is None else settings
        return Training(engine, module, card_of(train, head), train, validation, settings, augment)

    return made


@pytest.fixture
def as_installed() -> Iterator[None]:
    """Run without the tests' type checks, as users do, so that a value of a wrong type meets our own sentence."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
