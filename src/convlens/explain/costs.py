"""What a step costs: its parameters, as a sum written out, its multiply-adds, and what is shown apart from these."""

import math

from torch import Tensor, nn

from convlens.explain.operations import (
    AdaptivePool,
    BatchNorm,
    Convolution,
    GroupNorm,
    LayerNorm,
    Linear,
    MaxPool,
    TransposedConvolution,
    Unknown,
)
from convlens.explain.recording import IMAGE, Recording, Step
from convlens.explain.windows import share
from convlens.models.layers import PolyphaseSampling

MOST_TENSORS = 8
"""The sizes of so many tensors of one step are written out."""


def params_sum(step: Step, fresh: list[Tensor], *, is_shared: bool) -> str:
    """Write out how many parameters a step has, "64·(1·3·3) + 64 = 640"; "" for none.

    Args:
        fresh: the parameters that no step before has used.
        is_shared: it uses others besides.
    """
    count = sum(one.numel() for one in fresh)
    if is_shared:
        return f"{count:,}, the rest counted above" if count else "counted above"
    if not count:
        return ""
    sum_of = _terms(step, fresh) or _sizes(fresh)
    return f"{sum_of} = {count:,}" if sum_of else f"{count:,}"


def _sizes(fresh: list[Tensor]) -> str:
    """Give the sizes of some tensors as a sum, "96·32 + 96"; "" for a single row, or too many to be read."""
    if len(fresh) > MOST_TENSORS or (len(fresh) == 1 and fresh[0].ndim < 2):
        return ""
    return " + ".join("·".join(f"{side:,}" for side in one.shape) or "1" for one in fresh)


def _terms(step: Step, fresh: list[Tensor]) -> str:
    """Give the sum, or "" when it is not the whole truth, as where weights are computed from other weights."""
    match step.operation:
        case Convolution(_, weight, bias) | TransposedConvolution(_, weight, bias):
            outputs, *filters = weight.shape
            is_dense = any(one.ndim == 2 for one in fresh)  # a linear layer at each place of a map
            each = f"{filters[0]:,}" if is_dense else f"({'·'.join(map(str, filters))})"
            terms, whole = f"{outputs:,}·{each}", (weight, bias)
        case Linear(weight, bias):
            terms, whole = "·".join(f"{side:,}" for side in weight.shape), (weight, bias)
        case (
            BatchNorm(weight=weight, bias=bias)
            | GroupNorm(weight=weight, bias=bias)
            | LayerNorm(weight=weight, bias=bias)
        ) if weight is not None:
            terms, whole = f"{weight.numel():,}", (weight, bias)
        case _:
            return ""
    weight, bias = whole
    if weight.numel() + (0 if bias is None else bias.numel()) != sum(one.numel() for one in fresh):
        return ""
    return terms if bias is None else f"{terms} + {bias.numel():,}"


def multiply_adds(step: Step, part: nn.Module, read: tuple[int, ...]) -> int | None:
    """Count a step's multiply-adds for one picture, None where that is not known.

    Products with padded zeros count, adding a bias does not; pools, activations and normalisations have none. That is
    the convention of torch's FlopCounterMode, which counts two operations for each.

    Args:
        part: the layer that the step belongs to.
        read: the shape of what the step reads, without the batch axis.
    """
    values = math.prod(step.output_shape)
    match step.operation:
        case Convolution(_, weight):
            return values * math.prod(weight.shape[1:])
        case TransposedConvolution(_, weight):  # every number of the input meets all taps of all its filters
            return math.prod(read[1:]) * weight.numel()
        case Linear(weight):
            return values * weight.shape[1]
        case Unknown() if step.kind == type(part).__name__:
            return _of_layer(part, values, read)
        case Unknown():
            return None
        case _:
            return 0


def comparisons(step: Step, read: tuple[int, ...]) -> int:
    """Count the comparisons of a max pool for one picture: one less than its window has numbers, padding included.

    Args:
        read: the shape of what the step reads, without the batch axis.
    """
    match step.operation:
        case MaxPool(window):
            return math.prod(step.output_shape) * (math.prod(window.kernel) - 1)
        case AdaptivePool("max", size):
            down, across = (
                sum(len(share(at, side, count)) for at in range(count))
                for side, count in zip(read[1:], size, strict=True)
            )
            return read[0] * (down * across - math.prod(size))
        case _:
            return 0


def foldable_macs(recording: Recording, at: int) -> int:
    """Count the multiply-adds of a BatchNorm, one for each number, where they fold into the layer before; 0 elsewhere.

    That layer's weights and bias can take them over for use, if nothing else reads what it gives.
    """
    step = recording.steps[at]
    if not isinstance(step.operation, BatchNorm) or step.inputs[0] == IMAGE:
        return 0
    before, readers = step.inputs[0], sum(step.inputs[0] in one.inputs for one in recording.steps)
    folds = isinstance(recording.steps[before].operation, Convolution | TransposedConvolution | Linear)
    return math.prod(step.output_shape) if folds and readers == 1 and before != recording.output else 0


def _of_layer(part: nn.Module, values: int, read: tuple[int, ...]) -> int | None:
    """Count by a layer's kind, where the layer is known though its step is not followed."""
    match part:
        case nn.Linear():
            return values * part.in_features
        case nn.Conv1d() | nn.Conv3d():
            return values * part.weight[0].numel()
        case PolyphaseSampling():  # it blurs at all places before it keeps some
            lost = part.taps - 1 if part.padding == "valid" else 0
            cells = read[0] * (read[1] - lost) * (read[2] - lost)
            return cells * part.taps**2 if part.taps > 1 else 0
        case _:
            return None
