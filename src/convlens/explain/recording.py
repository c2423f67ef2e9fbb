"""A network's forward pass as a list of steps, each with what it computes, what it reads and what it gave."""

from collections.abc import Mapping, Set
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from convlens.errors import SettingsError, ShapeError
from convlens.explain.drafts import names_of
from convlens.explain.entering import first_channels
from convlens.explain.layout import table
from convlens.explain.operations import Operation
from convlens.explain.origins import IMAGE as IMAGE
from convlens.explain.origins import Order
from convlens.explain.places import layer_place
from convlens.explain.watching import Watcher
from convlens.explain.words import counted, sides
from convlens.models.modes import device_of, evaluating


@dataclass(frozen=True, eq=False, repr=False)
class Step:
    """One thing that a network does with numbers.

    Attributes:
        name: unique. A layer's path ("layer1.0.conv1"), or for a function the path of the part that calls it and the
            function's name ("layer1.0.add"); repeats get "_2", "_3" and so on.
        layer: the path of the innermost part that was running, "" for the network itself.
        kind: what the network calls it: "Conv2d" for a layer, "relu" for a function.
        inputs: positions of the steps that it reads, IMAGE for the picture.
        output_shape: without the batch axis.
        value: (N, …), a copy that later steps cannot change; channels first, wherever the network has them.
        parameters: those of the network that it works with, also through what is computed from them alone.
    """

    name: str
    layer: str
    kind: str
    operation: Operation
    inputs: tuple[int, ...]
    output_shape: tuple[int, ...]
    value: Tensor
    parameters: tuple[Tensor, ...] = ()

    def __repr__(self) -> str:
        return f"Step({self.name!r}, {self.kind}, {sides(self.output_shape)})"


@dataclass(frozen=True, eq=False, repr=False)
class Recording:
    """All steps in the order in which they ran.

    Attributes:
        input_shape: (C, H, W).
        image: (N, C, H, W), as it entered.
        output: the position of the step that gives the network's answer.
        turned: of a part's run, by its path and number, in which order its output has the axes of its value; only of
            those that do not have their channels first.
        unclear: runs of parts behind what is not followed, in networks that work along a last axis there: nobody knows
            where their channels lie.
    """

    input_shape: tuple[int, int, int]
    image: Tensor
    steps: tuple[Step, ...]
    output: int
    turned: Mapping[tuple[str, int], Order] = field(default_factory=dict)
    unclear: Set[tuple[str, int]] = frozenset()

    def place(self, name: str) -> int:
        """Give the position of a step.

        Raises:
            UnknownNameError: no step has that name; the sentence gives near ones.
        """
        return layer_place(name, [step.name for step in self.steps])

    def shape(self, at: int) -> tuple[int, ...]:
        """Give the shape of a step's value, or of the picture, without the batch axis."""
        return self.input_shape if at == IMAGE else self.steps[at].output_shape

    def input_value(self, step: Step, which: int = 0) -> Tensor:
        """Give what a step read, (N, …)."""
        at = step.inputs[which]
        return self.image if at == IMAGE else self.steps[at].value

    def __str__(self) -> str:
        rows = [["step", "kind", "reads", "output"]]
        for step in self.steps:
            read = ", ".join("image" if one == IMAGE else self.steps[one].name for one in step.inputs)
            rows.append([step.name, step.kind, read, sides(step.output_shape)])
        return "\n".join(table(rows))

    def __repr__(self) -> str:
        return f"Recording({len(self.image)} of {sides(self.input_shape)}, {len(self.steps)} steps)"


def record(module: nn.Module, images: Tensor) -> Recording:
    """Run pictures through a network in eval mode, without gradients, and keep every step.

    Each part's own mode is restored. What is not known becomes an `Unknown` step; so does everything after the network
    has read numbers in Python (`if x.max() > 1`), since what it does then may hang on them.

    Args:
        images: (N, C, H, W), scaled and normalised as the network wants them.

    Raises:
        ShapeError: the network cannot read such pictures.
        SettingsError: it answers with something else than one tensor.
    """
    if images.ndim != 4:
        raise ShapeError(f"pictures N×C×H×W are wanted, got the shape {sides(images.shape)}")
    with torch.inference_mode(False), torch.no_grad(), evaluating(module):
        image = images.detach().to(device_of(module, images.device)).clone()
        watcher = Watcher(module, image.clone())
        try:
            answer = watcher.run()
        except (RuntimeError, ValueError) as error:
            raise ShapeError(_unreadable(module, images, error)) from error
    if not isinstance(answer, Tensor):
        raise SettingsError(
            f"the network answers with a {type(answer).__name__}, and one tensor is wanted; wrap it in a module that "
            "picks one"
        )
    names = names_of(watcher.drafts, module)
    steps = tuple(
        Step(
            name, one.layer, one.kind, one.operation, one.inputs, tuple(one.value.shape[1:]), one.value, one.parameters
        )
        for name, one in zip(names, watcher.drafts, strict=True)
    )
    _, channels, height, width = image.shape
    return Recording((channels, height, width), image, steps, watcher.place_of(answer), watcher.turned, watcher.unclear)


def blank(module: nn.Module, channels: int, size: tuple[int, int]) -> Recording:
    """Record one picture of zeros.

    Raises:
        ShapeError: the network cannot read a picture of that shape.
    """
    dtype = next((one.dtype for one in module.parameters() if one.is_floating_point()), torch.float32)
    return record(module, torch.zeros(1, channels, *size, dtype=dtype))


def _unreadable(module: nn.Module, images: Tensor, error: Exception) -> str:
    _, channels, height, width = images.shape
    wanted = first_channels(module)
    if wanted is not None and channels != wanted == width:
        return (
            f"N×C×H×W is wanted with {counted(wanted)}, and {sides(images.shape)} looks like N×H×W×C; bring the "
            "channels before the rows with permute(0, 3, 1, 2)"
        )
    why = str(error).partition("\n")[0]
    if wanted is not None and channels != wanted:
        why = f"it reads {counted(wanted)}"
    elif too_wide := _other_width(module, images):
        name, reads, came = too_wide
        told = f"reads {reads:,} numbers and gets {came:,}"
        why = f"its linear layer {name!r} {told}, so that it was built for pictures of another size"
    return f"the network cannot read a picture of {channels}×{height}×{width}: {why}"


def _other_width(module: nn.Module, images: Tensor) -> tuple[str, int, int] | None:
    """Find the linear layer that gets more or fewer numbers than it reads: its name, what it reads, what came."""
    found: list[tuple[str, int, int]] = []

    def compare(name: str) -> Any:
        def look(layer: nn.Linear, given: tuple[Any, ...]) -> None:
            if given and given[0].shape[-1] != layer.in_features:
                found.append((name, layer.in_features, int(given[0].shape[-1])))

        return look

    handles = [
        layer.register_forward_pre_hook(compare(name))
        for name, layer in module.named_modules()
        if isinstance(layer, nn.Linear)
    ]
    try:
        with suppress(RuntimeError, ValueError):
            module(images.to(device_of(module, images.device)))
    finally:
        for handle in handles:
            handle.remove()
    return found[0] if found else None
