"""The table of augmenters, filled by their decorator; `catalogue` holds it full."""

from typing import TypeVar

from convlens.augment.augmenter import Augmenter
from convlens.registry import Registry

A = TypeVar("A", bound=type[Augmenter])

AUGMENTERS: Registry[type[Augmenter]] = Registry("augmenter", "convlens augment --list")


def augmenter(cls: A) -> A:
    """Register an augmenter under the name of its class."""
    AUGMENTERS.add(cls.__name__)(cls)
    return cls
