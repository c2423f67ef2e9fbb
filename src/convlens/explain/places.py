"""Layers and their numbers by name: found, or the sentence that says what there is instead."""

from collections.abc import Sequence

from convlens.errors import UnknownNameError
from convlens.explain.operations import Operation, Unknown
from convlens.explain.words import layer, some_of
from convlens.registry import near_names


def layer_place(name: str, names: Sequence[str]) -> int:
    """Give the position of a layer's name, or of a function's step.

    Raises:
        UnknownNameError: there is none; the sentence gives near ones and lists them.
    """
    if name in names:
        return names.index(name)
    if inside := [one for one in names if one.startswith(f"{name}.")]:
        raise UnknownNameError(f"{name!r} holds several steps: {some_of(inside)}; name one of them")
    near = near_names(name, list(names))
    raise UnknownNameError(f"the network has no layer {name!r}{near} (layers: {some_of(names)})")


def outside(name: str, shape: tuple[int, ...], place: Sequence[int]) -> str:
    """Say why a layer that gives numbers of a shape has none at a place; "" where it has one."""
    words = {3: ("channel", "row", "column"), 1: ("number",)}.get(len(shape), tuple(f"axis {at}" for at in range(9)))
    has = ", ".join(f"{word}s 0 to {side - 1:,}" for word, side in zip(words, shape, strict=False)) or "a single number"
    if len(place) != len(shape):
        written = f"a unit of it is written {name}:{','.join(words[: len(shape)]).upper()}"
        return f"{name!r} has {has}, and {written}; got {name}:{','.join(map(str, place))}"
    for word, at, side in zip(words, place, shape, strict=False):
        if not 0 <= at < side:
            return f"{name!r} has {has}; got {word} {at}"
    return ""


def called_by(name: str, operation: Operation) -> str:
    """Call a step by its name, and by what ran there where the name does not say it: "layer '3' (LPPool2d)"."""
    what = operation.what if isinstance(operation, Unknown) else getattr(operation, "name", type(operation).__name__)
    if what.startswith("get "):
        return f"reading the attribute {what.removeprefix('get ')!r}"
    said = name.rpartition(".")[2].rstrip("0123456789").rstrip("_")
    return layer(name) if what.lower() in (said.lower(), name.lower()) else f"{layer(name)} ({what})"
