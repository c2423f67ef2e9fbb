"""Receptive fields: exactly those pixels of the picture that a number of the network can depend on.

The set is followed back from the number to the picture, step by step, and cut to each step's own map on the way: a
closed form that is cut at the picture alone claims pixels that no window reaches, where a layer drops a last row. Holes
of dilation and of strides wider than the kernel stay holes; branches are united.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool
from torch import nn

from convlens.errors import ShapeError
from convlens.explain.boxes import Box, Pixels, box_around, field_in_words
from convlens.explain.entering import picture_shape
from convlens.explain.operations import Unknown
from convlens.explain.places import called_by, outside
from convlens.explain.reads import Cells, any_along, reads
from convlens.explain.recording import IMAGE, Recording, blank
from convlens.explain.words import layer as named

ChannelPixels = Bool[np.ndarray, "c h w"]

AT_ONCE = 2**22
"""So many cells of a map are followed back at once when every unit of a layer is asked for."""


@dataclass(frozen=True, eq=False, repr=False)
class Field:
    """The receptive field of one number, or of several together.

    Attributes:
        layer: the step that gives the number.
        unit: its place there, (channel, row, column) or (unit,); () for all of the layer's together.
        channels: the pixels it can depend on, in each channel of the picture; None where that is unknown.
        unknown: what could not be followed, and why; "" where everything could.
    """

    layer: str
    unit: tuple[int, ...]
    channels: ChannelPixels | None
    unknown: str = ""

    @property
    def pixels(self) -> Pixels | None:
        """The pixels it can depend on in any channel; None where that is unknown."""
        return None if self.channels is None else any_along(self.channels, 0)

    @property
    def status(self) -> str:
        """One of "exact", "whole picture" (every pixel, and exact too), and "unknown: " with the reason."""
        if self.pixels is None:
            return f"unknown: {self.unknown}"
        return "whole picture" if self.pixels.all() else "exact"

    @property
    def count(self) -> int | None:
        """How many pixels it can depend on."""
        return None if self.pixels is None else int(self.pixels.sum())

    @property
    def box(self) -> Box | None:
        """The smallest rectangle around all of them; None where there are none, or it is unknown."""
        return None if self.pixels is None else box_around(self.pixels)

    @property
    def size(self) -> tuple[int, int] | None:
        """Height and width of the box."""
        return None if self.box is None else (self.box.height, self.box.width)

    @property
    def holes(self) -> int | None:
        """How many pixels of the box it cannot depend on."""
        if self.count is None:
            return None
        return 0 if self.box is None else self.box.height * self.box.width - self.count

    def __str__(self) -> str:
        name = f"{self.layer}:{','.join(map(str, self.unit))}" if self.unit else named(self.layer)
        if self.pixels is None:
            return f"{name}: {self.status}"
        return f"{field_in_words(self.pixels, name, at_length=True)} ({self.status})"

    def __repr__(self) -> str:
        return f"Field({self})"


def receptive_field(model: nn.Module, layer: str, unit: tuple[int, ...], input_shape: tuple[int, int, int]) -> Field:
    """Give the exact receptive field of one number of a network.

    Args:
        layer: the name of a layer or of a function's step, as the layer table shows it.
        unit: (channel, row, column), or (unit,) where there are no maps.
        input_shape: channels, height and width of the picture.

    Raises:
        UnknownNameError: no layer has that name.
        ShapeError: the layer has no such number, or the network reads no such picture.
    """
    channels, *size = picture_shape(model, input_shape)
    return field_of(blank(model, channels, (size[0], size[1])), layer, unit)


def field_of(recording: Recording, layer: str, unit: tuple[int, ...]) -> Field:
    """Give the receptive field of one number of a recorded network.

    Raises:
        UnknownNameError: no layer has that name.
        ShapeError: the layer has no such number.
    """
    place = recording.place(layer)
    shape = recording.steps[place].output_shape
    if wrong := outside(layer, shape, unit):
        raise ShapeError(wrong)
    wanted = np.zeros((1, *shape), bool)
    wanted[0, *unit] = True
    return _field(recording, place, unit, wanted)


def seen(recording: Recording, place: int | None = None) -> Field:
    """Give the pixels that the network's answer can depend on, or any number of another step: their fields, united."""
    place = recording.output if place is None else place
    return _field(recording, place, (), _everything(recording, place))


def every_field(recording: Recording, place: int) -> Iterator[Field]:
    """Give the receptive field of every number of a step, in the order of their indices."""
    shape = recording.steps[place].output_shape
    cells = int(np.prod(shape))
    several = max(1, AT_ONCE // cells)
    for start in range(0, cells, several):
        numbers = np.arange(start, min(start + several, cells))
        wanted = np.zeros((len(numbers), cells), bool)
        wanted[np.arange(len(numbers)), numbers] = True
        back = followed(recording, place, wanted.reshape(-1, *shape))
        for row, number in enumerate(numbers.tolist()):
            unit = tuple(map(int, np.unravel_index(number, shape)))
            yield _made(recording, place, unit, back, row)


@dataclass(frozen=True, eq=False)
class Followed:
    """Sets of numbers followed back.

    Attributes:
        cells: of each step on the way (and IMAGE) the cells that are read.
        unknown: of each step that could not be followed, which of the sets came there.
    """

    cells: Mapping[int, Cells]
    unknown: Mapping[int, Bool[np.ndarray, " sets"]]


def followed(recording: Recording, place: int, wanted: Cells, whole: frozenset[int] = frozenset()) -> Followed:
    """Follow sets of numbers of one step back to the picture.

    Args:
        whole: steps that are taken to read all of their input, to see what would be if they did.
    """
    cells: dict[int, Cells] = {place: wanted}
    unknown: dict[int, Bool[np.ndarray, " sets"]] = {}
    for position in range(place, -1, -1):
        if position not in cells:
            continue
        step, here = recording.steps[position], cells[position]
        if isinstance(step.operation, Unknown):
            unknown[position] = any_along(here, tuple(range(1, here.ndim)))
            continue
        shapes = [recording.shape(source) for source in step.inputs]
        if position in whole:
            anything = any_along(here, tuple(range(1, here.ndim)))
            read: tuple[Cells, ...] = tuple(anything.reshape(-1, *[1] * len(shape)) for shape in shapes)
        else:
            read = reads(step.operation, here, step.output_shape, shapes)
        for source, needed in zip(step.inputs, read, strict=True):
            cells[source] = cells[source] | needed if source in cells else needed
    return Followed(cells, unknown)


def _field(recording: Recording, place: int, unit: tuple[int, ...], wanted: Cells) -> Field:
    return _made(recording, place, unit, followed(recording, place, wanted), 0)


def _made(recording: Recording, place: int, unit: tuple[int, ...], back: Followed, row: int) -> Field:
    layer, shape = recording.steps[place].name, recording.input_shape
    found = back.cells.get(IMAGE)
    channels = np.zeros(shape, bool) if found is None else np.broadcast_to(found[row], shape).copy()
    lost = [position for position, sets in back.unknown.items() if sets[row]]
    # whatever an unknown step may read besides, it cannot be more than everything
    if lost and not channels.all():
        step = recording.steps[max(lost)]
        assert isinstance(step.operation, Unknown)
        return Field(layer, unit, None, f"{called_by(step.name, step.operation)}: {step.operation.reason}")
    return Field(layer, unit, channels)


def _everything(recording: Recording, place: int) -> Cells:
    return np.ones((1, *[1] * len(recording.steps[place].output_shape)), bool)
