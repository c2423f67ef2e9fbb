"""A network with another rim: the same weights, but something else lies beyond the border of its maps."""

import copy
from typing import Any, Literal, TypeAlias

from torch import nn

from convlens.models.layers import BlurPool, DenseMaxPool, PolyphaseSampling, RimConv2d

Other: TypeAlias = Literal["reflect", "circular"]

_PADS = {"reflect": nn.ReflectionPad2d, "circular": nn.CircularPad2d}


def with_rim(module: nn.Module, rim: Other) -> nn.Module | None:
    """Copy a network and let all of its layers that pad do so by that rule; None when there is nothing to change.

    Convolutions, blurs and samplings of our own, and layers that only pad are changed; averages over padded windows
    leave the padding out. A maximum ignores its padding anyway. What a `forward` pads by itself cannot be seen.

    Args:
        rim: "reflect" mirrors the map, "circular" bends it to a torus.
    """
    holder = nn.ModuleList([copy.deepcopy(module)])
    count = 0
    for parent in list(holder.modules()):
        for name, layer in list(parent.named_children()):
            if isinstance(layer, (nn.ZeroPad2d, nn.ConstantPad2d)):
                setattr(parent, name, _PADS[rim](layer.padding))
                count += 1
            else:
                count += _changed(layer, rim)
    return holder[0] if count else None


def _changed(layer: nn.Module, rim: Other) -> bool:
    if isinstance(layer, nn.Conv2d):
        if _pads(layer.padding) and layer.padding_mode != rim:
            layer.padding_mode = rim
            if isinstance(layer, RimConv2d):
                layer.rim = rim
            return True
    elif isinstance(layer, (BlurPool, PolyphaseSampling)):
        if layer.padding not in ("valid", rim):
            layer.padding = rim
            return True
    elif isinstance(layer, DenseMaxPool):
        if layer.rim not in ("valid", "zeros", rim):
            layer.rim = rim
            return True
    elif isinstance(layer, nn.AvgPool2d) and _pads(layer.padding) and layer.count_include_pad:
        layer.count_include_pad = False
        return True
    return False


def _pads(padding: Any) -> bool:
    if isinstance(padding, str):
        return padding == "same"
    return any(padding) if isinstance(padding, tuple) else padding > 0
