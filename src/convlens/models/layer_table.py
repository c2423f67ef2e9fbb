"""The layer table: what each layer gives, how many parameters it has and how that number comes about."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from convlens.errors import ShapeError
from convlens.models.layers import BlurPool, PolyphaseSampling
from convlens.models.modes import evaluating
from convlens.models.sampled import SampledConv2d


@dataclass(frozen=True)
class Layer:
    """One row of the table.

    Attributes:
        output_shape: without the batch axis.
        params: values that training sets, each tensor counted once.
        params_sum: the same number written out, "64·(1·3·3) + 64 = 640"; empty for a layer without parameters.
        macs: multiply-adds for one picture; padded zeros count, biases do not. Twice this is the number of FLOPs.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    kernel: tuple[int, ...] | None
    stride: tuple[int, ...] | None
    padding: tuple[int, ...] | str | None
    params: int
    params_sum: str
    macs: int


@dataclass(frozen=True)
class LayerTable:
    """All layers in the order in which they are called."""

    layers: tuple[Layer, ...]
    total_params: int
    macs: int


def layer_table(module: nn.Module, channels: int, size: tuple[int, int]) -> LayerTable:
    """Run one blank picture through a network and list its layers.

    Raises:
        ShapeError: the network cannot read a picture of that shape.
    """
    rows: list[Layer] = []
    counted: set[int] = set()

    def watch(name: str, layer: nn.Module) -> Callable[..., None]:
        def note(_: nn.Module, given: tuple[Any, ...], output: Any) -> None:
            if isinstance(output, Tensor):
                rows.append(_row(name, layer, given, output, counted))

        return note

    leaves = [(name, part) for name, part in module.named_modules() if not any(part.children()) or _has_own(part)]
    handles = [part.register_forward_hook(watch(name, part)) for name, part in leaves]
    parameter = next(module.parameters(), torch.zeros(()))
    try:
        with evaluating(module), torch.inference_mode():
            module(torch.zeros(1, channels, *size, device=parameter.device))
    except (RuntimeError, ValueError) as error:
        raise ShapeError(f"the network cannot read a picture of {channels}×{size[0]}×{size[1]}: {error}") from error
    finally:
        for handle in handles:
            handle.remove()
    total = sum(one.numel() for one in module.parameters())
    return LayerTable(tuple(rows), total, sum(row.macs for row in rows))


def _has_own(part: nn.Module) -> bool:
    return any(True for _ in part.parameters(recurse=False))


def _row(name: str, layer: nn.Module, given: tuple[Any, ...], output: Tensor, counted: set[int]) -> Layer:
    fresh = [one for one in layer.parameters(recurse=False) if id(one) not in counted]
    shared = len(fresh) < len(list(layer.parameters(recurse=False)))
    counted.update(id(one) for one in fresh)
    params = sum(one.numel() for one in fresh)
    return Layer(
        name=name,
        kind=type(layer).__name__,
        output_shape=tuple(output.shape[1:]),
        kernel=_pair(getattr(layer, "kernel_size", None)),
        stride=_pair(getattr(layer, "stride", None)),
        padding=_pair(getattr(layer, "padding", None)),
        params=params,
        params_sum=_shared(params) if shared else _written_out(layer, params),
        macs=_macs(layer, given, output),
    )


def _shared(params: int) -> str:
    return f"{params:,}, the rest counted above" if params else "counted above"


def _written_out(layer: nn.Module, params: int) -> str:
    match layer:
        case nn.Conv2d():
            rows, columns = layer.kernel_size
            terms = f"{layer.out_channels}·({layer.in_channels // layer.groups}·{rows}·{columns})"
            return f"{terms}{_plus(layer.bias, layer.out_channels)} = {params:,}"
        case nn.Linear():
            return f"{layer.out_features:,}·{layer.in_features:,}{_plus(layer.bias, layer.out_features)} = {params:,}"
        case nn.BatchNorm2d() | nn.BatchNorm1d() if layer.affine:
            return f"{layer.num_features} + {layer.num_features} = {params:,}"
        case _:
            return f"{params:,}" if params else ""


def _plus(bias: Tensor | None, count: int) -> str:
    return "" if bias is None else f" + {count:,}"


def _macs(layer: nn.Module, given: tuple[Any, ...], output: Tensor) -> int:
    match layer:
        case nn.Conv2d():
            rows, columns = layer.kernel_size
            places = output[0, 0].numel()
            if isinstance(layer, SampledConv2d):  # computed at more places than it gives
                places = layer.dense_cells(*given[0].shape[2:])
            return places * layer.out_channels * (layer.in_channels // layer.groups) * rows * columns
        case nn.Linear():
            return output[0].numel() * layer.in_features
        case BlurPool():
            return output[0].numel() * layer.taps**2
        case PolyphaseSampling() if layer.taps > 1:
            cells: int = given[0][0].numel()
            return cells * layer.taps**2
        case _:
            return 0


def _pair(value: Any) -> Any:
    return (value, value) if isinstance(value, int) else value
