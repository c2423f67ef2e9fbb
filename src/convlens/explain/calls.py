"""A function of torch as it ran: its name, its arguments by place or name, and what it gave."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from torch import Tensor

from convlens.explain.operations import Operation
from convlens.explain.origins import Order, tensors_in

NOT_KNOWN = "it is none of the operations that can be followed"


class NotFollowedError(Exception):
    """The vocabulary has no word for it; the message is the reason."""


@dataclass(frozen=True, eq=False)
class Call:
    """A function that ran.

    Attributes:
        name: as `called` gives it.
        output: the tensor it gave, or one of several.
        count: of pictures.
        is_constant: tells whether a tensor has nothing to do with the picture.
        order: tells in which order a tensor has the axes of its step's value.
        outcome: which of several tensors the output is.
    """

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    output: Tensor
    count: int
    is_constant: Callable[[Tensor], bool]
    order: Callable[[Tensor], Order]
    outcome: int = 0

    def get(self, at: int, name: str, usual: Any = None) -> Any:
        """Give an argument by place or name."""
        return self.args[at] if at < len(self.args) else self.kwargs.get(name, usual)

    def hangs(self, value: Any) -> bool:
        """Say whether an argument hangs on the picture."""
        return isinstance(value, Tensor) and not self.is_constant(value)

    @property
    def orders(self) -> tuple[Order, ...]:
        """The orders of all that hangs on the picture, each once."""
        hanging = (one for one in tensors_in((self.args, self.kwargs)) if self.hangs(one))
        return tuple(dict.fromkeys(map(self.order, hanging)))

    def weight(self, at: int, name: str) -> Tensor | None:
        """Give an argument that must not hang on the picture."""
        value: Tensor | None = self.get(at, name)
        if self.hangs(value):
            raise NotFollowedError(f"its {name} is computed from the picture")
        return None if value is None else value.detach()

    @property
    def input(self) -> Tensor:
        """The tensor that the function works on."""
        given = self.get(0, "input")
        if not self.hangs(given):
            raise NotFollowedError("another argument than its first hangs on the picture")
        found: Tensor = given
        return found

    def maps(self) -> Tensor:
        """Give the input, which must be maps (N, C, H, W)."""
        if self.input.ndim != 4:
            raise NotFollowedError(f"it works on {self.input.ndim} axes, and only maps N×C×H×W are followed")
        return self.input


def called(func: Any) -> str:
    """Give a function's plain name: "add" for `Tensor.add_`, `x + y` and `torch.add`."""
    name: str = getattr(func, "__name__", type(func).__name__)
    if name == "__get__":
        return f"get {getattr(func.__self__, '__name__', '')}"
    if not name.startswith("__"):
        name = name.strip("_")
    return _ALIASES.get(name, name)


Reader: TypeAlias = Callable[[Call], Operation | None]
"""Says what a call computes; None where the numbers stay as they are."""

_ALIASES = {
    "__add__": "add",
    "__radd__": "add",
    "__iadd__": "add",
    "__sub__": "sub",
    "__isub__": "sub",
    "subtract": "sub",
    "__mul__": "mul",
    "__rmul__": "mul",
    "__imul__": "mul",
    "multiply": "mul",
    "__truediv__": "div",
    "__itruediv__": "div",
    "divide": "div",
    "true_divide": "div",
    "__neg__": "neg",
    "negative": "neg",
    "__matmul__": "matmul",
    "mm": "matmul",
    "__getitem__": "getitem",
    "concat": "cat",
    "concatenate": "cat",
    "clip": "clamp",
}
