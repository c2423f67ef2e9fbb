"""A network that pools its last map away before any of its cells has seen a whole object."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Int64

from convlens.arrays import Images
from convlens.explain.doctor.finding import Finding, NotChecked, Recheck
from convlens.explain.doctor.patient import Patient
from convlens.explain.doctor.registry import finding
from convlens.explain.fields import Field, field_of
from convlens.explain.operations import (
    AdaptivePool,
    AveragePool,
    BatchNorm,
    Flatten,
    Linear,
    MaxPool,
    Pointwise,
    Softmax,
)
from convlens.explain.recording import IMAGE, Recording
from convlens.explain.words import layer as named

KIND = "small-fields"

APART = 25
"""So many grey levels, a tenth of their range, set the object apart from the background."""

PLAIN_RIM = 0.6
"""This share of the picture's rim must look like the background for it to count as one."""


@finding(KIND)
def small_fields(patient: Patient) -> Sequence[Finding] | NotChecked:
    """Find that the cells which a global pool puts together see less than the objects' size."""
    recording = patient.recording
    pool = global_pool(recording)
    if pool is None:
        return ()  # a linear layer over the places sees everything at once
    name, field = central_field(recording, recording.steps[pool].inputs[0])
    if field.size is None:
        return NotChecked(f"how much a cell of the last map sees is unknown: {field.unknown}")
    if patient.images is None:
        return NotChecked("how large the objects are is seen from pictures, and there are none; name some with --data")
    sizes = object_sizes(patient.images)
    if len(sizes) < len(patient.images) / 2:
        return NotChecked(
            f"how large the objects are is unknown: only {len(sizes):,} of {len(patient.images):,} pictures have a "
            "plain background"
        )
    usual, field_side = int(np.median(sizes)), min(field.size)
    if field_side >= usual:
        return ()
    cut = int((sizes > field_side).sum())
    size, pooling = f"{field.size[0]}×{field.size[1]} pixels", named(recording.steps[pool].name)
    evidence = (
        f"a cell of {named(name)} sees {size}, and {pooling} puts cells "
        f"together wherever they lie; the objects are {usual} pixels long (median of {len(sizes):,} pictures of "
        f"{patient.data}: the longer side of the box around what differs by more than {APART} grey levels from the "
        f"median of the rim), and {cut} of them are longer than a field"
    )
    remedy = (
        "look wider before the global pool: one more convolution, a pool before it, or dilation; or smaller pictures"
    )
    said = f"the field must reach {usual} pixels: change the network, then `convlens doctor` on the same pictures"
    return (Finding(KIND, cut, name, evidence, remedy, Recheck(None, said)),)


def global_pool(recording: Recording) -> int | None:
    """Give the step that puts a whole map into one number a channel right before the classes, if there is one."""
    at = recording.output
    while at != IMAGE:
        step = recording.steps[at]
        if isinstance(step.operation, AdaptivePool | AveragePool | MaxPool):
            whole = all(side == 1 for side in step.output_shape[1:])
            return at if whole and step.inputs[0] != IMAGE and _has_places(recording.shape(step.inputs[0])) else None
        if not isinstance(step.operation, Linear | Pointwise | BatchNorm | Flatten | Softmax):
            return None
        at = step.inputs[0]
    return None


def central_field(recording: Recording, position: int) -> tuple[str, Field]:
    """Give the name of a step and the field of the number in the middle of its map, of the first channel."""
    step = recording.steps[position]
    _, height, width = step.output_shape
    return step.name, field_of(recording, step.name, (0, height // 2, width // 2))


def object_sizes(images: Images) -> Int64[np.ndarray, " pictures"]:
    """Give the length of the object in each picture that has a plain background: the longer side of its box.

    The background is the median of the rim's pixels in each channel; the object is what differs from it by more than a
    tenth of the range of grey levels.
    """
    _, height, width, _ = images.shape
    rim = np.ones((height, width), bool)
    rim[1:-1, 1:-1] = False
    background = np.median(images[:, rim], axis=1)[:, None, None, :]
    apart = (np.abs(images.astype(np.float32) - background) > APART).any(axis=3)
    plain = 1 - apart[:, rim].mean(axis=1) >= PLAIN_RIM
    extents = [_extent(apart.any(axis=2)), _extent(apart.any(axis=1))]
    sizes = np.maximum(*extents)
    kept: Int64[np.ndarray, " pictures"] = sizes[plain & (sizes > 0)].astype(np.int64)
    return kept


def _extent(marked: Bool[np.ndarray, "n side"]) -> Int64[np.ndarray, " n"]:
    """Give how far it is from the first to the last mark of each row."""
    first, last = marked.argmax(axis=1), marked.shape[1] - 1 - marked[:, ::-1].argmax(axis=1)
    return np.where(marked.any(axis=1), last - first + 1, 0)


def _has_places(shape: tuple[int, ...]) -> bool:
    return len(shape) == 3 and shape[1] * shape[2] > 1
