"""What a step costs: its parameters, as a sum written out, and its multiply-adds."""

import math

from torch import Tensor, nn

from convlens.explain.operations import (
    BatchNorm,
    Convolution,
    GroupNorm,
    LayerNorm,
    Linear,
    TransposedConvolution,
    Unknown,
)
from convlens.explain.recording import Step
from convlens.models.layers import PolyphaseSampling


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
    sum_of = _terms(step, fresh)
    return f"{sum_of} = {count:,}" if sum_of else f"{count:,}"


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
