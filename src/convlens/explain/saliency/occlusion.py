"""Occlusion: what the score loses when a patch is covered."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from convlens.errors import SettingsError
from convlens.explain.saliency.results import SaliencyMap
from convlens.explain.saliency.scores import Picture, outputs_of, quietly, resolved, score

Fill = float | Sequence[float]
"""What covers a pixel, as the network reads it: one number, or one for each channel; 0 is the training mean."""


def occlusion(
    module: nn.Module,
    picture: Picture,
    target: int | None = None,
    *,
    patch: int | None = None,
    stride: int | None = None,
    fill: Fill = 0.0,
    batch_size: int = 64,
) -> SaliencyMap:
    """Tell by how much the score falls when a square is covered: for each pixel the mean over the squares that hold it.

    Squares stand at every `stride` pixels, and once more at the edge where the last one does not reach it.

    Args:
        patch: the square's side; a seventh of the picture's shorter side when None.
        stride: half the square's side when None.

    Raises:
        SettingsError: the square is no smaller than the picture, or the stride leaves pixels uncovered.
        UnknownNameError: the network has no class `target`.
        ShapeError: the network cannot read the picture.

    Source: Zeiler & Fergus, "Visualizing and understanding convolutional networks", ECCV 2014, section 4.2; with the
    score in place of the probability, so that what stands under several squares adds up for a linear network.
    """
    target = resolved(module, picture, target)
    height, width = picture.shape[2:]
    patch = max(1, round(min(height, width) / 7)) if patch is None else patch
    stride = max(1, patch // 2) if stride is None else stride
    if not 1 <= patch <= min(height, width) or not 1 <= stride <= patch:
        raise SettingsError(
            f"an occluding patch is 1 to {min(height, width)} pixels wide here, and its stride 1 to that width; "
            f"got patch {patch} and stride {stride}"
        )
    cover = filling(picture, fill)
    corners = [(top, left) for top in _starts(height, patch, stride) for left in _starts(width, patch, stride)]
    falls, counts = np.zeros((height, width)), np.zeros((height, width))
    with quietly(module):
        whole = score(outputs_of(module, picture), target)
        for start in range(0, len(corners), batch_size):
            some = corners[start : start + batch_size]
            covered = picture.repeat(len(some), 1, 1, 1)
            for row, (top, left) in enumerate(some):
                covered[row, :, top : top + patch, left : left + patch] = cover
            lost = (whole - score(outputs_of(module, covered), target)).double().tolist()
            for (top, left), fall in zip(some, lost, strict=True):
                falls[top : top + patch, left : left + patch] += fall
                counts[top : top + patch, left : left + patch] += 1
    settings = (("patch", patch), ("stride", stride))
    return SaliencyMap("occlusion", falls / counts, True, target, settings=settings)


def filling(picture: Picture, fill: Fill) -> Tensor:
    """Give what covers a pixel, (C, 1, 1), of the picture's own dtype.

    Raises:
        SettingsError: there are neither one number nor one for each channel.
    """
    channels = picture.shape[1]
    numbers = [fill] * channels if isinstance(fill, int | float) else list(fill)
    if len(numbers) != channels:
        raise SettingsError(f"the picture has {channels} channels, but what covers it has {len(numbers)} numbers")
    return torch.tensor(numbers, dtype=picture.dtype, device=picture.device).view(-1, 1, 1)


def _starts(side: int, patch: int, stride: int) -> list[int]:
    starts = list(range(0, side - patch + 1, stride))
    return starts if starts[-1] == side - patch else [*starts, side - patch]
