"""Layers whose window on the picture is larger than the picture: a part of what they see is always padding."""

from collections.abc import Sequence

from convlens.explain.doctor.finding import Finding, NotChecked, Recheck
from convlens.explain.doctor.mending import Mend, by_hand, tried
from convlens.explain.doctor.patient import Patient
from convlens.explain.doctor.registry import finding
from convlens.explain.geometry import fields
from convlens.explain.operations import AveragePool, Convolution, MaxPool
from convlens.explain.words import layer as named

KIND = "large-fields"


@finding(KIND)
def large_fields(patient: Patient) -> Sequence[Finding] | NotChecked:
    """Find the layers whose receptive field, padding included, does not fit into the picture."""
    windows = window_sizes(patient)
    if not any(windows.values()):
        return NotChecked("the size of every layer's receptive field is unknown") if windows else ()
    _, height, width = patient.input_shape
    large = {name: size for name, size in windows.items() if size and (size[0] > height or size[1] > width)}
    if not large:
        return ()
    first, last = next(iter(large)), max(large, key=large.__getitem__)
    (tall, wide), (end_tall, end_wide) = large[first], large[last]
    largest = f", {named(last)} at {end_tall}×{end_wide}" if last != first else ""
    evidence = (
        f"from {named(first)} on, {len(large)} of {len(windows)} layers with windows look at more than the picture's "
        f"{height}×{width} pixels: {named(first)} at {tall}×{wide}{largest}; what lies beyond is padding"
    )
    channels, side = patient.input_shape[0], (max(height, end_tall), max(width, end_wide))
    remedy = f"fewer layers or strides, or pictures of {side[0]}×{side[1]}"
    mend = Mend(remedy, lambda _: None, (channels, *side))
    left = tried(patient, mend, large_windows)
    if isinstance(left, str):
        recheck = by_hand(KIND)
    else:
        recheck = Recheck(left, f"with pictures of {side[0]}×{side[1]}: {left} layers look at more than the picture")
    return (Finding(KIND, len(large), first, evidence, remedy, recheck),)


def window_sizes(patient: Patient) -> dict[str, tuple[int, int] | None]:
    """Give the size of the receptive field of each layer with windows, padding included; None where it is unknown.

    A layer that follows a look at the whole picture is left out.
    """
    recording = patient.recording
    found: dict[str, tuple[int, int] | None] = {}
    for step, reach in zip(recording.steps, fields(recording), strict=True):
        if not isinstance(step.operation, Convolution | MaxPool | AveragePool):
            continue
        if reach is None or None not in reach.jump:
            found[step.name] = reach.size if reach else None
    return found


def large_windows(patient: Patient) -> int:
    """Count the layers whose receptive field does not fit into the picture."""
    _, height, width = patient.input_shape
    return sum(size is not None and (size[0] > height or size[1] > width) for size in window_sizes(patient).values())
