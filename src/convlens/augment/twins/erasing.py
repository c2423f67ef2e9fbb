"""The twins of `convlens.augment.erasing`: the same areas, blobs and channels, chosen by the same keys."""

from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Int64, Shaped
from torch import Tensor

from convlens.arrays import Pixels
from convlens.augment.curves import normal
from convlens.augment.draws import Kept, Parameters
from convlens.augment.erasing import (
    MIDDLE,
    SPREAD,
    CoarseDropout,
    CoarseSaltAndPepper,
    Cutout,
    Dropout2d,
    dropped_channels,
    ends_of,
    nearest_cells,
)
from convlens.augment.fields import limits_of
from convlens.augment.twins.noise import in_parts, in_pixels, numbers_on
from convlens.augment.twins.registry import twin
from convlens.augment.twins.tensors import Rows, Tensors, as_tensors, moved, over_pixels, some
from convlens.augment.twins.words import misses, words_of

Places: TypeAlias = Int64[Tensor, "n 1 h w"]
Field: TypeAlias = Shaped[Tensor, "planes n _"]


@twin(CoarseDropout)
def coarse_dropout(augmenter: CoarseDropout, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Set cells of a coarse grid to 0."""
    own = augmenter.in_cells(parameters, (tensors.shape[2], tensors.shape[3]))
    limits = limits_of(own["noise"], own["p"])

    def changed(part: Tensors, planes: int, rows: Rows) -> Tensors:
        down, across = own["rows"][rows], own["columns"][rows]
        missed, _ = misses(own["noise"][rows], planes, int((down * across).max()), limits[rows], part)
        return torch.where(_enlarged(missed, down, across, part), part, 0)

    return in_parts(tensors, own["per_channel"], changed)


@twin(CoarseSaltAndPepper)
def coarse_salt_and_pepper(augmenter: CoarseSaltAndPepper, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Set cells of a coarse grid to 255 or 0."""
    own = augmenter.in_cells(parameters, (tensors.shape[2], tensors.shape[3]))
    limits = limits_of(own["noise"], own["p"])

    def changed(part: Tensors, planes: int, rows: Rows) -> Tensors:
        down, across = own["rows"][rows], own["columns"][rows]
        missed, spare = misses(own["noise"][rows], planes, int((down * across).max()), limits[rows], part)
        colours = _enlarged((spare & 1) * 255, down, across, part).to(part.dtype)
        return torch.where(_enlarged(missed, down, across, part), part, colours)

    return in_parts(tensors, own["per_channel"], changed)


@twin(Dropout2d)
def dropout_2d(augmenter: Dropout2d, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Set channels to 0."""
    dropped = dropped_channels(**parameters, channels=tensors.shape[1], nb_keep_channels=augmenter.nb_keep_channels)
    return torch.where(moved(dropped, tensors, np.bool_)[..., None, None], 0, tensors)


@twin(Cutout)
def cutout(augmenter: Cutout, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Fill areas of each image, one after the other, in all images at once."""
    channels, height, width = tensors.shape[1:]
    own = augmenter.areas(parameters, (height, width, channels))
    ends = ends_of((height, width), own["x"], own["y"], own["height"], own["width"])
    down = torch.arange(height, device=tensors.device)[:, None]
    across = torch.arange(width, device=tensors.device)
    noisy = own["fill_mode"] == "gaussian"
    result = tensors.clone()
    for area in range(int(own["nb_iterations"].max())):
        # An image that has no such area has an empty one.
        own_ends = np.where(own["nb_iterations"][:, None] > area, ends[:, area], 0)
        top, bottom, left, right = moved(own_ends.T, tensors, np.int64)[..., None, None, None]
        inside = (down >= top) & (down < bottom) & (across >= left) & (across < right)
        fill = over_pixels(own["cval"][:, area], tensors).to(tensors.dtype)
        if noisy.any():
            place = ((down - top) * (right - left) + across - left).masked_fill_(~inside, 0)
            most = int(((own_ends[:, 1] - own_ends[:, 0]) * (own_ends[:, 3] - own_ends[:, 2])).max())
            grey = _grey_noise(place, most, own["noise"][:, area], own["per_channel"][:, area], tensors)
            fill = torch.where(over_pixels(noisy, tensors) > 0, grey, fill)
        result = torch.where(inside, fill, result)
    return result


def _grey_noise(place: Places, most: int, noise: Kept, per_channel: Kept, tensors: Tensors) -> Tensors:
    """Give normal noise around middle grey; each pixel has the number that stands at its place, one of so many."""
    words = (max(most, 1) + 3) // 4

    def levels(part: Tensors, planes: int, rows: Rows) -> Tensors:
        numbers = numbers_on(normal, words_of(noise[rows], planes, words, part))
        own = some(place, rows).view(1, len(part), -1).expand(planes, -1, -1)
        grey = in_pixels(numbers.gather(2, own), part).mul_(SPREAD).add_(MIDDLE)
        return as_tensors(grey, part).expand(part.shape)

    return in_parts(tensors, per_channel, levels)


def _enlarged(field: Field, rows: Pixels, columns: Pixels, tensors: Tensors) -> Shaped[Tensor, "n planes h w"]:
    """Enlarge each image's grid of cells to pixels: each gets the cell that it lies in."""
    height, width = tensors.shape[2:]
    down = np.stack(
        [nearest_cells(height, own) * across for own, across in zip(rows.tolist(), columns.tolist(), strict=True)]
    )
    across = np.stack([nearest_cells(width, own) for own in columns.tolist()])
    cell = moved(down, tensors, np.int64)[:, :, None] + moved(across, tensors, np.int64)[:, None]
    return in_pixels(field.gather(2, cell.view(1, len(rows), -1).expand(len(field), -1, -1)), tensors)
