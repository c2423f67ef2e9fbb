"""BatchNorm that takes its statistics from the batch: an answer then depends on the other pictures."""

from collections.abc import Sequence
from copy import deepcopy

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from convlens.explain.doctor.finding import Finding, NotChecked, Recheck
from convlens.explain.doctor.patient import Patient
from convlens.explain.doctor.registry import finding
from convlens.explain.doctor.words import SHOWN
from convlens.explain.words import layer as named

KIND = "batch-norm"


@finding(KIND)
def batch_norm(patient: Patient) -> Sequence[Finding] | NotChecked:
    """Find BatchNorm layers in training mode, and those that keep no running statistics."""
    names = by_batch(patient.module)
    if not names:
        return ()
    without = [name for name in names if _keeps_none(patient.module.get_submodule(name))]
    training = [name for name in names if name not in without]
    parts = [
        f"{len(some)} {words} ({', '.join(map(named, some[:SHOWN]))}{' …' if len(some) > SHOWN else ''})"
        for some, words in ((training, "in training mode"), (without, "without running statistics"))
        if some
    ]
    evidence = f"BatchNorm takes mean and variance from the batch in {_layers(len(names))}: {'; '.join(parts)}"
    difference = _company(patient)
    if difference is not None:
        evidence += f"; the logits of one picture change by up to {difference:.3g} with the picture beside it"
    remedies = ["call model.eval() before asking"] if training else []
    if without:
        remedies.append("make them with track_running_stats=True and train again")
    copy = deepcopy(patient.module).eval()
    for name in without:
        _keep_statistics(copy.get_submodule(name))
    left = len(by_batch(copy))
    recheck = Recheck(left, f"done on a copy: it takes them from the batch in {_layers(left)}")
    return (Finding(KIND, len(names), ", ".join(names), evidence, ", ".join(remedies), recheck),)


def _layers(count: int) -> str:
    return "1 layer" if count == 1 else f"{count} layers"


def by_batch(module: nn.Module) -> list[str]:
    """Name the BatchNorm layers that would use the batch's own statistics now."""
    return [
        name or "the network itself"
        for name, layer in module.named_modules()
        if isinstance(layer, _BatchNorm) and (layer.training or layer.running_mean is None)
    ]


def _keeps_none(layer: nn.Module) -> bool:
    return isinstance(layer, _BatchNorm) and layer.running_mean is None


def _keep_statistics(layer: nn.Module) -> None:
    assert isinstance(layer, _BatchNorm)
    layer.track_running_stats = True
    layer.running_mean = torch.zeros(layer.num_features)
    layer.running_var = torch.ones(layer.num_features)


def _company(patient: Patient) -> float | None:
    """Give by how much one picture's logits change when the one beside it does; None where it does not run."""
    copy = deepcopy(patient.module)  # a pass in training mode would move the running statistics
    for layer in copy.modules():
        if not isinstance(layer, _BatchNorm):
            layer.training = False
    draw = torch.Generator().manual_seed(0)
    three = torch.randn((3, *patient.input_shape), generator=draw)
    if patient.images is not None and len(patient.images) >= 3:
        three = patient.entering(patient.images[:3])
    try:
        with torch.no_grad():
            one, other = copy(three[[0, 1]])[0], copy(three[[0, 2]])[0]
    except (RuntimeError, ValueError):
        return None
    return float((one - other).abs().max())
