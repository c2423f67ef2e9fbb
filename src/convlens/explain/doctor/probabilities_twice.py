"""Softmax or sigmoid twice: a network that ends in one, where the loss and convlens apply their own."""

from collections.abc import Sequence

from torch import nn

from convlens.explain.doctor.finding import Finding, NotChecked, Recheck
from convlens.explain.doctor.mending import Mend, listed, tried
from convlens.explain.doctor.patient import Patient
from convlens.explain.doctor.registry import finding
from convlens.explain.operations import Flatten, Pointwise, Softmax, Unknown
from convlens.explain.recording import IMAGE, Recording, Step
from convlens.explain.words import layer as named

KIND = "probabilities-twice"

NAMES = ("softmax", "log_softmax", "sigmoid", "logsigmoid")


@finding(KIND)
def probabilities_twice(patient: Patient) -> Sequence[Finding] | NotChecked:
    """Find the functions at a network's end that turn logits into probabilities."""
    last = at_the_end(patient.recording)
    if not last:
        return ()
    names = [step.name for step in last]
    what = function(last[0])
    harm = (
        "the loss takes the logarithm itself; a log_softmax changes nothing there, but the answers are no logits"
        if what == "log_softmax"
        else "cross-entropy and convlens apply their own: probabilities of probabilities lie close together, "
        "gradients shrink, and no answer can be sure"
    )
    evidence = f"the network ends in {' of '.join(_told(step) for step in last)}, and {harm}"
    remedy = f"let the network end in logits: take {listed(names)} out"
    if any(step.layer != step.name for step in last):
        said = f"give back what goes into {named(names[-1])}, then run `convlens doctor` again and look for {KIND!r}"
        return (Finding(KIND, len(last), ", ".join(names), evidence, remedy, Recheck(None, said)),)
    mend = Mend(remedy, lambda copy: _without(copy, names))
    left = tried(patient, mend, lambda again: len(at_the_end(again.recording)))
    if isinstance(left, str):
        return (Finding(KIND, len(last), ", ".join(names), evidence, remedy, Recheck(None, f"not run: {left}")),)
    recheck = Recheck(left, f"taken out on a copy: {left or 'no'} such function{'s' if left > 1 else ''} at its end")
    return (Finding(KIND, len(last), ", ".join(names), evidence, remedy, recheck),)


def at_the_end(recording: Recording) -> tuple[Step, ...]:
    """Give the steps of this kind that the network ends in, the last one first."""
    found, at = [], recording.output
    while at != IMAGE:
        step = recording.steps[at]
        if function(step) in NAMES:
            found.append(step)
        elif not isinstance(step.operation, Flatten) and not _passes(step):
            break
        at = step.inputs[0]
    return tuple(found)


def function(step: Step) -> str:
    """Name the function of a step, as torch calls it."""
    match step.operation:
        case Softmax():
            return "softmax"
        case Pointwise(name) | Unknown(name):
            return {"logsoftmax": "log_softmax"}.get(name.lower(), name.lower())
        case _:
            return ""


def _told(step: Step) -> str:
    """Name a function, and its step where that is called otherwise."""
    return function(step) if step.name == function(step) else f"{function(step)} ({named(step.name)})"


def _passes(step: Step) -> bool:
    return isinstance(step.operation, Pointwise) and step.operation.name == "identity"


def _without(module: nn.Module, names: Sequence[str]) -> None:
    for name in names:
        parent, _, own = name.rpartition(".")
        setattr(module.get_submodule(parent), own, nn.Identity())
