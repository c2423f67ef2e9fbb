"""A network's forward pass as a list of steps, each with what it computes, what it reads and what it gave."""

import difflib
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from convlens.errors import SettingsError, ShapeError, UnknownNameError
from convlens.explain.operations import Operation
from convlens.explain.origins import IMAGE as IMAGE
from convlens.explain.watching import Watcher
from convlens.explain.words import sides, some_of
from convlens.models.modes import device_of, evaluating


@dataclass(frozen=True, eq=False)
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


@dataclass(frozen=True, eq=False)
class Recording:
    """All steps in the order in which they ran.

    Attributes:
        input_shape: (C, H, W).
        image: (N, C, H, W), as it entered.
        output: the position of the step that gives the network's answer.
    """

    input_shape: tuple[int, int, int]
    image: Tensor
    steps: tuple[Step, ...]
    output: int

    def place(self, name: str) -> int:
        """Give the position of a step.

        Raises:
            UnknownNameError: no step has that name.
        """
        names = [step.name for step in self.steps]
        if name in names:
            return names.index(name)
        near = sorted(difflib.get_close_matches(name, names, n=3, cutoff=0.4), key=names.index)
        hint = f"did you mean {' or '.join(map(repr, near))}? " if near else ""
        raise UnknownNameError(f"the network has no layer {name!r}; {hint}there are {some_of(names)}")

    def shape(self, at: int) -> tuple[int, ...]:
        """Give the shape of a step's value, or of the picture, without the batch axis."""
        return self.input_shape if at == IMAGE else self.steps[at].output_shape

    def input_value(self, step: Step, which: int = 0) -> Tensor:
        """Give what a step read, (N, …)."""
        at = step.inputs[which]
        return self.image if at == IMAGE else self.steps[at].value


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
    names = watcher.names()
    steps = tuple(
        Step(
            name, one.layer, one.kind, one.operation, one.inputs, tuple(one.value.shape[1:]), one.value, one.parameters
        )
        for name, one in zip(names, watcher.drafts, strict=True)
    )
    _, channels, height, width = image.shape
    return Recording((channels, height, width), image, steps, watcher.place_of(answer))


def blank(module: nn.Module, channels: int, size: tuple[int, int]) -> Recording:
    """Record one picture of zeros.

    Raises:
        ShapeError: the network cannot read a picture of that shape.
    """
    dtype = next((one.dtype for one in module.parameters() if one.is_floating_point()), torch.float32)
    return record(module, torch.zeros(1, channels, *size, dtype=dtype))


def _unreadable(module: nn.Module, images: Tensor, error: Exception) -> str:
    _, channels, height, width = images.shape
    wanted = next((layer.in_channels for layer in module.modules() if isinstance(layer, nn.Conv2d)), None)
    if wanted is not None and channels != wanted == width:
        return (
            f"N×C×H×W is wanted with {wanted} channel(s), and {sides(images.shape)} looks like N×H×W×C; bring the "
            "channels before the rows with permute(0, 3, 1, 2)"
        )
    return f"the network cannot read a picture of {channels}×{height}×{width}: {error}"
