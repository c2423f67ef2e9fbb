"""Steps while a network still runs: before they have names of their own, and the parts that they belong to."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from convlens.explain.operations import Operation, Unknown


@dataclass(frozen=True, eq=False)
class Draft:
    """A step before it has a unique name.

    Attributes:
        parameters: those of the network that it works with, also through what is computed from them alone.
        chief: it bears the name of its layer.
    """

    layer: str
    kind: str
    operation: Operation
    inputs: tuple[int, ...]
    value: Tensor
    parameters: tuple[Tensor, ...]
    chief: bool = False


@dataclass
class Running:
    """A part of the network that is running."""

    path: str
    module: nn.Module
    first: int
    has_chief: bool = False


def names_of(drafts: Sequence[Draft], module: nn.Module) -> list[str]:
    """Give every step of a network a name of its own."""
    paths = {path for path, _ in module.named_modules()}
    taken: dict[str, None] = {}
    for one in drafts:
        word = one.kind if not one.chief else one.kind.lower()
        name = one.layer if one.chief and one.layer else f"{one.layer}.{word}".lstrip(".")
        free, number = name, 1
        while free in taken or (number > 1 and free in paths):
            number += 1
            free = f"{name}_{number}"
        taken[free] = None
    return list(taken)


def hidden(module: nn.Module) -> Unknown:
    """Give the operation of a part that nobody could watch."""
    return Unknown(kind_of(module), "it computes something in a way that torch does not show")


def kind_of(module: nn.Module) -> str:
    """Name a part's class."""
    return type(module).__name__
