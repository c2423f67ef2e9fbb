"""Tensors to be changed, (N, C, H, W), and what travels to them: one number, or a row of them, for each image."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import torch
from jaxtyping import Float32, Int64, Shaped, UInt8
from numpy.typing import NDArray
from torch import Tensor

Tensors: TypeAlias = UInt8[Tensor, "n c h w"] | Float32[Tensor, "n c h w"]
"""Images to be changed: bytes, or float32 in grey levels from 0 to 255."""
AnyTensors: TypeAlias = UInt8[Tensor, "_ _ _ _"] | Float32[Tensor, "_ _ _ _"]
"""The same where another number of images, or another size, comes out of a function than goes in."""
Levels: TypeAlias = Float32[Tensor, "n c h w"]
Spread: TypeAlias = Float32[Tensor, "n _ 1 1"]
"""A number for each image, or for each of its channels, which spreads over the pixels."""
Rows: TypeAlias = Int64[np.ndarray, " rows"]
"""Which images of a batch."""


def as_tensors(levels: Levels, like: Tensor) -> Tensors:
    """Give fresh grey levels, which are written to, the dtype of the images they come from."""
    if like.dtype == torch.uint8:
        return levels.round_().clamp_(0, 255).to(torch.uint8)
    return levels.clamp_(0, 255)


def moved(values: NDArray[Any], like: Tensor, dtype: type[np.generic] = np.float32) -> Shaped[Tensor, "..."]:
    """Copy numbers to the device of another tensor."""
    return torch.from_numpy(np.array(values, dtype)).to(like.device, non_blocking=True)


def over_pixels(values: NDArray[Any], tensors: Tensors) -> Spread:
    """Copy numbers (N,), or (N, C), to the device."""
    return moved(values, tensors).view(len(values), -1, 1, 1)


def some(tensors: Shaped[Tensor, "_ ..."], rows: Rows) -> Shaped[Tensor, "_ ..."]:
    """Give some images of a batch, or the batch itself where these are all."""
    return tensors if len(rows) == len(tensors) else tensors.index_select(0, moved(rows, tensors, np.int64))


def put_together(parts: Sequence[tuple[Any, AnyTensors]], like: Tensors) -> Tensors:
    """Make a batch of parts that were changed apart; every row is in one of them, in ascending order."""
    if len(parts) == 1:
        return parts[0][1]
    result = torch.empty_like(like)
    for rows, part in parts:
        result[moved(rows, like, np.int64)] = part
    return result
