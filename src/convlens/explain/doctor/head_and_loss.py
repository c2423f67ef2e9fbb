"""A head whose outputs do not fit the classes or the loss."""

from collections.abc import Sequence

import torch
from torch import nn

from convlens.explain.doctor.finding import Finding, NotChecked, Recheck
from convlens.explain.doctor.mending import Mend, tried
from convlens.explain.doctor.patient import Patient
from convlens.explain.doctor.registry import finding
from convlens.explain.operations import Convolution, Linear
from convlens.explain.recording import Recording
from convlens.explain.words import layer as named
from convlens.explain.words import sides

KIND = "head-and-loss"


@finding(KIND)
def head_and_loss(patient: Patient) -> Sequence[Finding] | NotChecked:
    """Find outputs that the loss cannot use, or uses wrongly without a word."""
    recording, card = patient.recording, patient.card
    shape = recording.steps[recording.output].output_shape
    layer = last_layer(recording)
    if len(shape) != 1:
        spelled = sides(shape)
        evidence = f"the network gives {spelled} numbers for a picture, where the loss wants one row of logits"
        remedy = "put a global pool or nn.Flatten() before its end"
        said = f"then run `convlens doctor` again and look for {KIND!r}"
        return (Finding(KIND, len(shape) - 1, layer, evidence, remedy, Recheck(None, said)),)
    if card is None:
        if shape != (1,):
            return NotChecked("nobody says which classes it answers; name pictures of them with --data")
        wanted, classes, head = 2, 2, "softmax"
    else:
        wanted, classes, head = card.outputs, len(card.class_names), card.head
    outputs = shape[0]
    if outputs == wanted or (card is None and outputs == 1):
        return ()
    evidence = _why(outputs, wanted, classes, head)
    remedy = f"give {named(layer)} {wanted} output{'s' if wanted > 1 else ''}, then train again"
    mend = Mend(remedy, lambda copy: _with_outputs(copy, layer, wanted))
    left = tried(patient, mend, lambda again: abs(_outputs(again.recording) - wanted))
    if isinstance(left, str):
        recheck = Recheck(None, f"not run: {left}; mend it, then run `convlens doctor` again")
    else:
        recheck = Recheck(
            left, f"with {wanted} outputs of {named(layer)}, on a copy: {left} outputs too many or too few"
        )
    return (Finding(KIND, abs(outputs - wanted), layer, evidence, remedy, recheck),)


def last_layer(recording: Recording) -> str:
    """Name the last layer that has weights."""
    weighted = [step.name for step in recording.steps if isinstance(step.operation, Convolution | Linear)]
    return weighted[-1] if weighted else recording.steps[recording.output].name


def _why(outputs: int, wanted: int, classes: int, head: str) -> str:
    if head == "softmax" and outputs == 1:
        return (
            f"one output for {classes} classes under a softmax: the softmax of a single number is always 1, so that "
            "nothing is learnt"
        )
    if head == "sigmoid":
        return f"{outputs} outputs under a sigmoid and binary cross-entropy, which want one for the second of 2 classes"
    more = (
        "those beyond never are right and take a share of every probability"
        if outputs > wanted
        else ("the loss has no output for the last ones")
    )
    return f"{outputs} outputs for {classes} classes: {more}"


def _outputs(recording: Recording) -> int:
    return recording.steps[recording.output].output_shape[0]


def _with_outputs(module: nn.Module, name: str, wanted: int) -> None:
    layer = module.get_submodule(name)
    if not isinstance(layer, nn.Linear | nn.Conv2d):
        raise ValueError(f"{named(name)} is no linear layer or convolution of torch's own")
    has_bias = layer.bias is not None
    layer.weight = nn.Parameter(torch.zeros(wanted, *layer.weight.shape[1:]))
    layer.bias = nn.Parameter(torch.zeros(wanted)) if has_bias else None
