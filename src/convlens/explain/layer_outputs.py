"""What the parts of a network give in a pass: which have maps, and a map caught on its way with its gradient."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from torch import Tensor, nn

from convlens.errors import SettingsError, UnknownNameError
from convlens.explain.words import sides, some_of
from convlens.registry import near_names

Run: TypeAlias = Callable[[], object]
"""Whatever sends a picture through the network."""

_Hook: TypeAlias = Callable[[nn.Module, tuple[Any, ...], Any], Any]


@dataclass(frozen=True)
class LayerOutput:
    """What a part gave in one of its runs (from 0): its shape, or () for what is no tensor."""

    layer: str
    call: int
    shape: tuple[int, ...]

    @property
    def is_map(self) -> bool:
        """Whether it has rows and columns, and more than one cell."""
        return len(self.shape) == 4 and self.shape[2] * self.shape[3] > 1


def layer_outputs(module: nn.Module, run: Run) -> list[LayerOutput]:
    """List what the parts give while `run` sends a picture through, in the order in which they finish.

    A container that passes on what its last part gave is not listed beside that part.
    """
    listed: list[LayerOutput] = []
    calls: Counter[str] = Counter()
    last: list[Tensor] = []

    def watch(name: str, is_leaf: bool) -> _Hook:
        def leave(_: nn.Module, __: tuple[Any, ...], output: Any) -> None:
            call = calls[name]
            calls[name] += 1
            # an in-place layer gives the very tensor that it was given, and is a part of its own nevertheless
            if not is_leaf and last and output is last[0]:
                return
            listed.append(LayerOutput(name, call, tuple(output.shape) if isinstance(output, Tensor) else ()))
            last[:] = [output] if isinstance(output, Tensor) else []

        return leave

    handles = [
        part.register_forward_hook(watch(name, not any(part.children())))
        for name, part in module.named_modules()
        if name
    ]
    try:
        run()
    finally:
        for handle in handles:
            handle.remove()
    return listed


def map_of(outputs: list[LayerOutput], layer: str | None, what: str) -> LayerOutput:
    """Find the map of a layer, of its last run, or the last map of all when no layer is named.

    Args:
        what: wants it, for the sentences.

    Raises:
        SettingsError: the layer, or every layer, gives no map.
        UnknownNameError: there is no such layer.
    """
    maps = [one for one in outputs if one.is_map]
    names = some_of(tuple(dict.fromkeys(one.layer for one in maps)))
    if not maps:
        raise SettingsError(f"{what} wants a layer whose output has rows and columns, and this network has none")
    if layer is None:
        return maps[-1]
    found = [one for one in maps if one.layer == layer]
    if found:
        return found[-1]
    given = [one for one in outputs if one.layer == layer]
    if given:
        shape = sides(given[-1].shape[1:]) or "no tensor"
        raise SettingsError(
            f"{what} wants a layer whose output has rows and columns, and {layer!r} gives {shape}; "
            f"choose one of {names}"
        )
    near = near_names(layer, [one.layer for one in maps])
    raise UnknownNameError(f"the network has no layer {layer!r} that runs{near} (with maps: {names})")


@contextmanager
def caught(module: nn.Module, wanted: LayerOutput) -> Iterator[list[Tensor]]:
    """Keep a layer's output while a picture passes, and hand on a copy: what works in place later spoils nothing."""
    kept: list[Tensor] = []
    calls = 0

    def leave(_: nn.Module, __: tuple[Any, ...], output: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls != wanted.call + 1:
            return output
        kept.append(output)
        return output.clone()

    handle = module.get_submodule(wanted.layer).register_forward_hook(leave)
    try:
        yield kept
    finally:
        handle.remove()
