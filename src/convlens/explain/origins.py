"""Where every tensor of a forward pass comes from: a step, weights alone, or nobody knows where."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from torch import Tensor, nn

IMAGE = -1
"""The place of the picture among a step's inputs."""

STRANGE = -2
"""The place of a tensor of unknown origin."""

Order: TypeAlias = tuple[int, ...]
"""(1, 2, 0): rows, columns, channels, of a value that has its channels first."""


@dataclass(frozen=True, eq=False)
class Origin:
    """What is known of a tensor, which is kept alive so that no other gets its identity.

    Attributes:
        at: the step that it is the outcome of; IMAGE, STRANGE, or None for what has nothing to do with the picture.
        version: torch's count of changes in place when this was written down.
        parameters: the weights that it was made of, where it has nothing to do with the picture.
        order: which axis of the step's value each of its axes behind the batch is; () where they are the same.
    """

    tensor: Tensor
    at: int | None
    version: int
    parameters: tuple[Tensor, ...] = ()
    order: Order = ()


class Origins:
    """The origins of all tensors of one pass.

    Args:
        module: its weights, buffers and the tensors that its parts simply hold are known from the start.
        image: the picture.
    """

    def __init__(self, module: nn.Module, image: Tensor) -> None:
        self.known: dict[int, Origin] = {}
        for part in module.modules():
            for one in (*part.buffers(recurse=False), *tensors_in(vars(part))):
                self.note(one, None)
        for one in module.parameters():
            self.note(one, None, (one,))
        self.note(image, IMAGE)

    def note(self, tensor: Tensor, at: int | None, parameters: tuple[Tensor, ...] = (), order: Order = ()) -> None:
        """Write down where a tensor comes from."""
        self.known[id(tensor)] = Origin(tensor, at, _version(tensor), parameters, order)

    def place(self, tensor: Tensor) -> int | None:
        """Give the step that a tensor comes from, or None when it has nothing to do with the picture."""
        origin = self.known.get(id(tensor))
        if origin is None or origin.version != _version(tensor):
            return STRANGE  # never seen, or changed in place through another tensor that shares its memory
        return origin.at

    def order(self, tensor: Tensor) -> Order:
        """Give the order in which a tensor has the axes of its step's value; () where it is the value's own.

        A change in place leaves it as it is.
        """
        origin = self.known.get(id(tensor))
        return () if origin is None else origin.order

    def is_constant(self, tensor: Tensor) -> bool:
        """Say whether a tensor has nothing to do with the picture."""
        return self.place(tensor) is None

    def parameters(self, tensors: list[Tensor]) -> tuple[Tensor, ...]:
        """Give the weights that tensors were made of, each once."""
        found = (one for tensor in tensors if self.is_constant(tensor) for one in self.known[id(tensor)].parameters)
        return tuple({id(one): one for one in found}.values())


def tensors_in(value: Any) -> Iterator[Tensor]:
    """Give all tensors among arguments, in their order."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from tensors_in(one)
    elif isinstance(value, dict):
        yield from tensors_in(list(value.values()))


def _version(tensor: Tensor) -> int:
    return 0 if tensor.is_inference() else tensor._version
