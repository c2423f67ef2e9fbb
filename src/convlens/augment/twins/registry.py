"""The table of twins, filled by their decorator: which augmenter can change tensors, and how.

A twin is a function of the augmenter, the tensors, which it never writes to, and the parameters, as `Augmenter.change`
is of images. It gives back a fresh tensor of the same shape and dtype.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias, TypeVar

from convlens.augment.augmenter import Augmenter
from convlens.augment.compose import Container
from convlens.augment.draws import Parameters
from convlens.augment.twins.tensors import Tensors

Twin: TypeAlias = Callable[[Any, Tensors, Parameters], Tensors]
T = TypeVar("T", bound=Twin)

TWINS: dict[type[Augmenter], Twin] = {}


def twin(*classes: type[Augmenter]) -> Callable[[T], T]:
    """Register the decorated function as the twin of these augmenters."""

    def register(function: T) -> T:
        for cls in classes:
            assert cls not in TWINS, f"two twins are {cls.__name__}'s"
            TWINS[cls] = function
        return function

    return register


def changed(augmenter: Augmenter, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Change tensors that are already inside the door: how containers apply their children."""
    if not tensors.numel():
        return tensors.clone()
    return TWINS[type(augmenter)](augmenter, tensors, parameters)


def all_in(augmenter: Augmenter) -> Iterator[Augmenter]:
    """Give an augmenter, and all that it is made of."""
    yield augmenter
    if isinstance(augmenter, Container):
        for children in augmenter.groups().values():
            for child in children:
                yield from all_in(child)
