"""A forward pass by hand: every step of a network worked out in float64, with torch's own numbers beside it."""

from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor, nn

from convlens.errors import SettingsError, UnknownNameError
from convlens.explain.arithmetic import Dotted
from convlens.explain.calls import NOT_KNOWN
from convlens.explain.computing import Numbers, computed, function, numbers
from convlens.explain.entering import entered
from convlens.explain.following import following
from convlens.explain.operations import (
    BatchNorm,
    ChannelSlopes,
    Flatten,
    Operation,
    Pointwise,
    Softmax,
    Unknown,
    tensors_of,
)
from convlens.explain.parts import Source, parts
from convlens.explain.places import called_by, layer_place, outside
from convlens.explain.recording import IMAGE, Recording, Step, record
from convlens.explain.short_steps import steps_in_short
from convlens.explain.traced import TracedStep
from convlens.explain.unit import Unit
from convlens.explain.words import sides
from convlens.models.card import Card, Head


@runtime_checkable
class Carded(Protocol):
    """A network with its card, such as a `Classifier`."""

    @property
    def module(self) -> nn.Module:
        """The network."""

    @property
    def card(self) -> Card:
        """What it reads and what its answers mean."""


@dataclass(frozen=True, eq=False, repr=False)
class Trace:
    """A forward pass for one picture.

    Attributes:
        image: (C, H, W), as it entered the network.
        steps: in the order in which they ran.
        output: position of the step that gives the answer; with a card, of the softmax or sigmoid after it; or of the
            step that was asked for.
        dtype: in which torch worked out its own numbers.
    """

    image: Numbers
    steps: tuple[TracedStep, ...]
    output: int
    dtype: str

    @property
    def difference(self) -> float:
        """The largest distance between a number by hand and torch's, over all steps."""
        return max((step.difference for step in self.steps), default=0.0)

    def place(self, name: str) -> int:
        """Give the position of a step.

        Raises:
            UnknownNameError: there is none of that name; the sentence gives near ones.
        """
        return layer_place(name, [step.name for step in self.steps])

    def step(self, name: str) -> TracedStep:
        """Give a step by its name.

        Raises:
            UnknownNameError: there is none.
        """
        return self.steps[self.place(name)]

    def source(self, at: int) -> Source:
        """Give a step's name and numbers, by its position; IMAGE for the picture."""
        return Source("image", self.image) if at == IMAGE else Source(self.steps[at].name, self.steps[at].value)

    def unit(self, layer: str, *place: int) -> Unit:
        """Give the arithmetic of one number.

        Args:
            layer: the name of its step.
            place: channel, row and column, or the number's index where a step gives a plain row of numbers.

        Raises:
            UnknownNameError: there is no such step.
            SettingsError: the place is not on its map.
        """
        at = self.place(layer)
        step = self.steps[at]
        if wrong := outside(step.name, step.value.shape, place):
            raise SettingsError(wrong)
        sources = [self.source(one) for one in step.inputs]
        value = float(step.value[place])
        arithmetic = parts(step.operation, sources, place, value)
        if isinstance(arithmetic, Dotted):
            arithmetic = replace(arithmetic, folded=self._folded(step.inputs[0]))
        return Unit(
            layer=step.name,
            kind=step.kind,
            place=place,
            inputs=tuple(one.name for one in sources),
            arithmetic=arithmetic,
            value=value,
            torch=float(step.torch[place]),
            dtype=self.dtype,
            then=following(self.steps, at, place),
        )

    def __str__(self) -> str:
        return "\n".join(steps_in_short(self.steps, self.output))

    def __repr__(self) -> str:
        return f"Trace({sides(self.image.shape)}, {len(self.steps)} steps to {self.steps[self.output].name!r})"

    def _folded(self, at: int) -> tuple[int, int, int] | None:
        """Give the shape of the maps that were flattened to what a step gives, None where none were."""
        while at != IMAGE and isinstance(self.steps[at].operation, Pointwise | BatchNorm | ChannelSlopes):
            (at,) = self.steps[at].inputs
        if at == IMAGE or not isinstance(self.steps[at].operation, Flatten):
            return None
        shape = self.source(self.steps[at].inputs[0]).value.shape
        return (shape[0], shape[1], shape[2]) if len(shape) == 3 else None


def trace(model: nn.Module | Carded, image: Tensor | np.ndarray, *, until: str | None = None) -> Trace:
    """Follow one picture through a network by hand, and torch beside it.

    Weights are taken out of the network and every step is worked out in float64 by `blocks`, from what the steps
    before it gave by hand. Torch works in the network's own dtype; where the two differ, the trace says by how much.

    Args:
        model: a network, or one with its card, whose probabilities are then the last step.
        image: (C, H, W) or (1, C, H, W), as it enters the network: scaled and normalised.
        until: the step that matters. What comes after it is followed as far as it can be, but need not be.

    Raises:
        ShapeError: it is no such picture, or not of the size that the network reads.
        UnknownNameError: the network has no step `until`.
        SettingsError: the network does something that cannot be followed; the sentence says what and where.
    """
    module, card = (model, None) if isinstance(model, nn.Module) else (model.module, model.card)
    batch = entered(image, module, card)
    recording = record(module, batch)
    if card is not None:
        recording = _with_head(recording, card.head)
    if until is not None:
        recording = replace(recording, output=recording.place(until))
    _require_followed(recording)
    return _followed(recording, str(batch.dtype).removeprefix("torch."))


def _followed(recording: Recording, dtype: str) -> Trace:
    """Work out all steps that can be; what only hangs on an unknown step beside the way to the answer is left out."""
    image = numbers(recording.image[0])
    steps: list[TracedStep] = []
    new: dict[int, int] = {IMAGE: IMAGE}
    for at, step in enumerate(recording.steps):
        if _reason(step.operation) or not all(one in new for one in step.inputs):
            continue
        inputs = tuple(new[one] for one in step.inputs)
        read = [image if one == IMAGE else steps[one].value for one in inputs]
        value = computed(step.operation, read)
        new[at] = len(steps)
        kept = _kept(step.operation)
        steps.append(TracedStep(step.name, step.layer, step.kind, kept, inputs, value, numbers(step.value[0])))
    return Trace(image, tuple(steps), new[recording.output], dtype)


def _kept(operation: Operation) -> Operation:
    """Copy an operation's weights: a trace stays what it is while the network is trained further."""
    copies: dict[str, Any] = {name: one.clone() for name, one in tensors_of(operation).items()}
    return replace(operation, **copies)


def _with_head(recording: Recording, head: Head) -> Recording:
    """Add what comes after the network: our networks end in logits."""
    logits = recording.steps[recording.output]
    taken = {step.name for step in recording.steps}
    name = head if head not in taken else f"{head} of the answer"
    value = torch.sigmoid(logits.value) if head == "sigmoid" else torch.softmax(logits.value, -1)
    operation = Pointwise("sigmoid") if head == "sigmoid" else Softmax()
    step = Step(name, "", head, operation, (recording.output,), logits.output_shape, value)
    return replace(recording, steps=(*recording.steps, step), output=len(recording.steps))


def _require_followed(recording: Recording) -> None:
    """Refuse a network whose answer hangs on an unknown step."""
    needed, waiting = set[int](), [recording.output]
    while waiting:
        at = waiting.pop()
        if at != IMAGE and at not in needed:
            needed.add(at)
            waiting += recording.steps[at].inputs
    for at in sorted(needed):
        if _reason(recording.steps[at].operation):
            raise SettingsError(f"the network cannot be followed by hand: {_stopped(recording, at)}")


def _stopped(recording: Recording, at: int) -> str:
    """Say at which step the way to the answer ends, and how far it can be followed before."""
    step = recording.steps[at]
    told = f"{called_by(step.name, step.operation)}: {_reason(step.operation)}"
    followed = {IMAGE}
    for before, one in enumerate(recording.steps[:at]):
        if not _reason(one.operation) and followed.issuperset(one.inputs):
            followed.add(before)
    if followed == {IMAGE}:
        return told
    last = recording.steps[max(followed)]
    how = f"`--unit {last.name}:{','.join('0' * len(last.output_shape))}`, in Python until={last.name!r}"
    return f"{told}; units before it can still be traced, up to {last.name!r} ({how})"


def _reason(operation: Operation) -> str:
    """Say why a step cannot be worked out, "" where it can."""
    if isinstance(operation, Unknown):
        return operation.reason
    if isinstance(operation, Pointwise):
        try:
            function(operation.name, operation.parameters)
        except UnknownNameError:
            return f"{NOT_KNOWN} by hand"
    return ""
