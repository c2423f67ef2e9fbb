"""The twins of `convlens.augment.blur`: sums of shifted images, each image with weights of its own.

The shifts are added one after the other: a convolution of torch's may sum otherwise in a batch of another size.
"""

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor

from convlens.augment.blur import (
    AverageBlur,
    DirectedEdgeDetect,
    EdgeDetect,
    Emboss,
    GaussianBlur,
    Matrices,
    MotionBlur,
    Sharpen,
    directed_edge_matrices,
    edge_matrices,
    emboss_matrices,
    gaussian_sizes,
    gaussian_weights,
    line_matrix,
    sharpen_matrices,
)
from convlens.augment.draws import Parameters
from convlens.augment.twins.registry import twin
from convlens.augment.twins.tensors import AnyTensors, Levels, Tensors, as_tensors, moved

Weights: TypeAlias = Float[np.ndarray, "n _"]
"""For each image the weights of the pixels of a window, in order; the middle one, of an odd number, is its own."""


@twin(GaussianBlur)
def gaussian_blur(_: GaussianBlur, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Blur each image by its own Gaussian."""
    sigma = parameters["sigma"]
    weights = gaussian_weights(sigma, gaussian_sizes(sigma))
    return _blurred(tensors, np.concatenate([weights[:, :0:-1], weights], axis=1))


@twin(AverageBlur)
def average_blur(_: AverageBlur, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Give each pixel the mean of a window; an even one reaches further up left."""
    k = np.maximum(parameters["k"], 1)[:, None]
    reach = int(k.max()) // 2
    place = np.arange(-reach, reach + 1) + k // 2
    return _blurred(tensors, ((place >= 0) & (place < k)) / k)


@twin(MotionBlur)
def motion_blur(_: MotionBlur, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Smear each image along its own line."""
    settings = (parameters[name].tolist() for name in ("k", "angle", "direction"))
    lines = [line_matrix(*one) for one in zip(*settings, strict=True)]
    size = max(len(line) for line in lines)
    matrices = np.zeros((len(lines), size, size))
    for matrix, line in zip(matrices, lines, strict=True):
        start = (size - len(line)) // 2
        matrix[start : start + len(line), start : start + len(line)] = line
    return _convolved(tensors, matrices)


@twin(Sharpen)
def sharpen(_: Sharpen, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Blend each image with its sharpened version."""
    return _convolved(tensors, sharpen_matrices(**parameters))


@twin(Emboss)
def emboss(_: Emboss, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Blend each image with one lit from the top left."""
    return _convolved(tensors, emboss_matrices(**parameters))


@twin(EdgeDetect)
def edge_detect(_: EdgeDetect, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Blend each image with its Laplacian."""
    return _convolved(tensors, edge_matrices(**parameters))


@twin(DirectedEdgeDetect)
def directed_edge_detect(_: DirectedEdgeDetect, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Blend each image with its edges that face one way."""
    return _convolved(tensors, directed_edge_matrices(**parameters))


def _blurred(tensors: Tensors, weights: Weights) -> Tensors:
    """Blur down and across by the same weights."""
    levels = tensors.to(torch.float32)
    for axis in (2, 3):
        side = levels.shape[axis]
        own, away = _folded(weights, side)
        before = -int(away.min())
        padded = _mirrored(levels, axis, before, int(away.max()))
        shifted = (padded.narrow(axis, before + place, side) for place in away.tolist())
        levels = _summed(shifted, moved(own, levels))
    return as_tensors(levels, tensors)


def _convolved(tensors: Tensors, matrices: Matrices) -> Tensors:
    """Correlate each image with its own matrix, the middle of the matrix over the pixel."""
    height, width = tensors.shape[2:]
    size = matrices.shape[1]
    padded = tensors.to(torch.float32)
    for axis in (2, 3):
        padded = _mirrored(padded, axis, size // 2, size // 2)
    # Where a weight is 0 in all matrices, as beside a line, nothing is added.
    rows, columns = np.nonzero(matrices.any(axis=0))
    shifted = (
        padded[:, :, row : row + height, column : column + width] for row, column in zip(rows, columns, strict=True)
    )
    return as_tensors(_summed(shifted, moved(matrices[:, rows, columns], tensors)), tensors)


def _summed(shifted: Iterable[Levels], weights: Float32[Tensor, "n places"]) -> Levels:
    """Add images up, each of them by its own weights."""
    each = zip(shifted, weights.T[..., None, None, None], strict=True)
    first, weight = next(each)
    total: Levels = first * weight
    for one, weight in each:
        total.addcmul_(one, weight)
    return total


def _mirrored(levels: AnyTensors, axis: int, before: int, behind: int) -> AnyTensors:
    """Add so many mirrored pixels before the first and behind the last."""
    read = np.pad(np.arange(levels.shape[axis]), (before, behind), mode="reflect")
    return levels.index_select(axis, moved(read, levels, np.int64))


def _folded(weights: Weights, side: int) -> tuple[Weights, Int64[np.ndarray, " _"]]:
    """Sum the weights of places that read the same pixel, so that a wide window over a narrow image is no longer.

    Returns:
        The weights, and where each stands from the pixel on; in one order for all windows, so that an image that has
        a narrow one is summed alike beside one that has a wide one.
    """
    places = weights.shape[1]
    period = max(2 * (side - 1), 1)
    away = np.arange(places) - places // 2
    if places <= period:
        order = np.argsort(away % period)
        return weights[:, order], away[order]
    folded = np.zeros((period, len(weights)))
    np.add.at(folded, away % period, weights.T)
    return folded.T, np.arange(period)
