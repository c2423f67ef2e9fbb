"""The layer table: what each step gives, how its parameters come about, what it costs and what it sees."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from convlens.errors import SettingsError, ShapeError
from convlens.explain.costs import comparisons, foldable_macs, multiply_adds, params_sum
from convlens.explain.entering import picture_shape
from convlens.explain.geometry import Reach, fields
from convlens.explain.layer_markup import markup, text
from convlens.explain.operations import (
    AveragePool,
    Convolution,
    Flatten,
    MaxPool,
    Pad,
    Pair,
    Pointwise,
    Sides,
    TransposedConvolution,
    Unflatten,
    Unknown,
)
from convlens.explain.recording import Recording, Step, blank
from convlens.explain.words import sides
from convlens.models.modes import evaluating


@dataclass(frozen=True)
class Layer:
    """One row of the table.

    Attributes:
        output_shape: without the batch axis.
        padding: the same before and after, (down, across), or else before and after for both axes.
        params: values that training can set, each tensor counted once.
        params_sum: the same number written out, "64·(1·3·3) + 64 = 640"; empty for a step without parameters.
        trainable_params: those of `params` that are not frozen.
        shared_with: the rows that other parameters which this one uses are counted in.
        macs: multiply-adds for one picture; padded zeros count, biases do not. None where the step is not followed.
        memory: bytes of what it gives for one picture.
        receptive_field: (down, across) in pixels, None where it is unknown or differs in no regular way.
        jump: how far the field moves from one unit to the next, None where it is the same for all.
        centre: of unit 0's field; 0 is the centre of the first pixel.
        unknown: why the step is not followed, "" for others.
        comparisons: of a max pool, for one picture.
        foldable_macs: those of a BatchNorm that fold into the layer before it, and are not counted in `macs`.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    kernel: Pair | None
    stride: Pair | None
    padding: Pair | Sides | None
    params: int
    params_sum: str
    trainable_params: int
    shared_with: tuple[str, ...]
    macs: int | None
    memory: int
    receptive_field: Pair | None
    jump: tuple[int | None, int | None] | None
    centre: tuple[float, float] | None
    unknown: str = ""
    comparisons: int = 0
    foldable_macs: int = 0


@dataclass(frozen=True, repr=False)
class LayerTable:
    """All steps in the order in which they run.

    Attributes:
        input_shape: of the picture, (C, H, W).
        total_params: of the whole network.
        idle_params: those of it that no step works with, and no row counts.
        macs: for one picture. Twice this is the number of FLOPs, as torch's FlopCounterMode counts them.
        unlisted_macs: those of it that steps do which are not followed.
        memory: bytes of all that steps give for one picture, each kept; flattening gives nothing new.
        total_buffers: values that the network keeps beside its parameters, such as running means.
        comparisons, foldable_macs: of all rows.
    """

    layers: tuple[Layer, ...]
    input_shape: tuple[int, int, int]
    total_params: int
    trainable_params: int
    idle_params: int
    total_buffers: int
    macs: int
    unlisted_macs: int
    memory: int
    comparisons: int = 0
    foldable_macs: int = 0

    def to_json(self) -> dict[str, Any]:
        """Give the table as plain values; a pair of two equal numbers is one number."""
        told = {name: value for name, value in vars(self).items() if name != "layers"}
        return {"layers": [_plain(layer) for layer in self.layers]} | told

    def __str__(self) -> str:
        return text(self)

    def __repr__(self) -> str:
        told = f"{len(self.layers)} layers, {self.total_params:,} parameters, {self.macs:,} multiply-adds"
        return f"LayerTable({sides(self.input_shape)}, {told})"

    def _repr_html_(self) -> str:
        """Give the table as a notebook shows it."""
        return markup(self)


def layer_table(model: Any, input_shape: tuple[int, ...] | None = None) -> LayerTable:
    """Run one blank picture through a network and list what it does.

    Layers that pass on what they get (`nn.Identity`) are left out, unless they are written as another kind of layer.

    Args:
        model: a network, or one with its card, such as a run's.
        input_shape: (C, H, W) of a picture, or (N, C, H, W); a card's own when None.

    Raises:
        ShapeError: `input_shape` is no such shape, or the network cannot read such a picture.
        SettingsError: there is neither a shape nor a card.
    """
    module: nn.Module = model if isinstance(model, nn.Module) else model.module
    channels, height, width = _checked(model, input_shape)
    try:
        recording = blank(module, channels, (height, width))
    except ShapeError as error:
        card = getattr(model, "card", None)
        if card is None or (card.channels, *card.size) == (channels, height, width):
            raise
        raise ShapeError(f"{error}; its own pictures are {sides((card.channels, *card.size))}") from error
    parts = dict(module.named_modules())
    rows = tuple(_rows(recording, parts))
    listed = sum(row.macs or 0 for row in rows)
    is_followed = all(row.macs is not None for row in rows)
    macs = listed if is_followed else max(listed, _counted_by_torch(module, recording.image))
    parameters = [*module.parameters()]
    total = sum(one.numel() for one in parameters)
    return LayerTable(
        layers=rows,
        input_shape=recording.input_shape,
        total_params=total,
        trainable_params=sum(one.numel() for one in parameters if one.requires_grad),
        idle_params=total - sum(row.params for row in rows),
        total_buffers=sum(one.numel() for one in module.buffers()),
        macs=macs,
        unlisted_macs=macs - listed,
        memory=sum(_memory(step) for step in recording.steps if not isinstance(step.operation, Flatten | Unflatten)),
        comparisons=sum(row.comparisons for row in rows),
        foldable_macs=sum(row.foldable_macs for row in rows),
    )


def _checked(model: Any, shape: tuple[int, ...] | None) -> tuple[int, int, int]:
    if shape is None:
        if isinstance(model, nn.Module):
            raise SettingsError("the shape of a picture is wanted beside a network: layer_table(network, (1, 28, 28))")
        return (model.card.channels, *model.card.size)
    return picture_shape(model if isinstance(model, nn.Module) else model.module, tuple(shape))


def _rows(recording: Recording, parts: dict[str, nn.Module]) -> Iterator[Layer]:
    owners: dict[int, str] = {}
    used = {recording.output, *(one for step in recording.steps for one in step.inputs)}
    for at, (step, reach) in enumerate(zip(recording.steps, fields(recording), strict=True)):
        if step.kind == "Identity" and step.operation == Pointwise("identity"):
            continue
        if isinstance(step.operation, Unknown) and step.operation.outcome and at not in used:
            continue  # what else a function gave, as the places of sorted numbers, and nobody wanted
        read = tuple(recording.input_value(step).shape[1:]) if step.inputs else ()
        row = _row(step, multiply_adds(step, parts[step.layer], read), reach, owners)
        yield replace(row, comparisons=comparisons(step, read), foldable_macs=foldable_macs(recording, at))


def _row(step: Step, macs: int | None, reach: Reach | None, owners: dict[int, str]) -> Layer:
    fresh = [one for one in step.parameters if id(one) not in owners]
    shared = [owners[id(one)] for one in step.parameters if id(one) in owners]
    owners.update((id(one), step.name) for one in fresh)
    kernel, stride, padding = _window(step)
    return Layer(
        name=step.name,
        kind=step.kind,
        output_shape=step.output_shape,
        kernel=kernel,
        stride=stride,
        padding=padding,
        params=sum(one.numel() for one in fresh),
        params_sum=params_sum(step, fresh, is_shared=bool(shared)),
        trainable_params=sum(one.numel() for one in fresh if one.requires_grad),
        shared_with=tuple(dict.fromkeys(shared)),
        macs=macs,
        memory=_memory(step),
        receptive_field=None if reach is None else reach.size,
        jump=None if reach is None else reach.jump,
        centre=None if reach is None else reach.centre,
        unknown=step.operation.reason if isinstance(step.operation, Unknown) else "",
    )


def _window(step: Step) -> tuple[Pair | None, Pair | None, Pair | Sides | None]:
    match step.operation:
        case Convolution(window) | TransposedConvolution(window) | MaxPool(window) | AveragePool(window):
            return window.kernel, window.stride, _short(window.padding)
        case Pad(around):
            return None, None, _short(around)
        case _:
            return None, None, None


def _short(around: Sides) -> Pair | Sides:
    (above, below), (left, right) = around
    return (above, left) if (above, left) == (below, right) else around


def _memory(step: Step) -> int:
    one_picture = step.value[:1] if step.value.ndim else step.value  # a number for the whole batch has no rows
    return one_picture.numel() * step.value.element_size()


def _counted_by_torch(module: nn.Module, image: Tensor) -> int:
    is_fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)  # what attention does on its fast way is not counted
    try:
        with evaluating(module), torch.no_grad(), FlopCounterMode(display=False) as counter:
            module(image)
    finally:
        torch.backends.mha.set_fastpath_enabled(is_fast)
    return int(counter.get_total_flops()) // 2


def _plain(layer: Layer) -> dict[str, Any]:
    told = dict(vars(layer))
    for name in ("receptive_field", "jump", "centre"):
        pair = told[name]
        if pair is not None and pair[0] == pair[1]:
            told[name] = pair[0]
    return told
