"""The twins that move pixels; the conventions are those of `convlens.augment.geometry` and `matrices`."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Float32, Float64, Int64, Real
from torch import Tensor
from torch.nn.functional import grid_sample, pad

from convlens.arrays import Pixels
from convlens.augment.affine import Affine, Rotate, ScaleX, ScaleY, ShearX, ShearY, TranslateX, TranslateY
from convlens.augment.draws import Parameters
from convlens.augment.geometry import Border, bounded
from convlens.augment.matrices import Matrices, inverted
from convlens.augment.twins.registry import twin
from convlens.augment.twins.tensors import (
    AnyTensors,
    Levels,
    Tensors,
    as_tensors,
    moved,
    over_pixels,
    put_together,
    some,
)
from convlens.augment.warping import only_shifts

Fills: TypeAlias = Real[np.ndarray, "n c"]
Backwards: TypeAlias = Float64[np.ndarray, "n 2 3"]
"""Target pixel (x, y, 1) → source pixel (x, y)."""
Warped: TypeAlias = Affine | Rotate | ScaleX | ScaleY | ShearX | ShearY | TranslateX | TranslateY
Places: TypeAlias = Float32[Tensor, "n h w 2"]
"""The x and y that each target pixel is read from."""

_WORDS: Mapping[int, str] = {1: "bilinear", 3: "bicubic"}
# What torch calls the border rules that it has; "zeros" is black there, whatever the fill.
_PADDINGS: Mapping[Border, str] = {
    "zeros": "zeros",
    "edge": "border",
    "reflect": "reflection",
    "symmetric": "reflection",
}
# A place at the last pixel is interpolated, cubically, from one pixel before it to two behind it.
_BEFORE, _BEHIND = 1, 2


@twin(Affine, Rotate, ScaleX, ScaleY, ShearX, ShearY, TranslateX, TranslateY)
def warped(augmenter: Warped, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Change the images by their amounts."""
    count, channels, height, width = tensors.shape
    fill = np.broadcast_to(augmenter.fill(parameters, channels), (count, channels))
    matrices = augmenter.matrices(parameters, (height, width))
    return affine(tensors, matrices, augmenter.orders(parameters), augmenter.borders(parameters), fill)


def affine(
    tensors: Tensors, matrices: Matrices, order: int | Sequence[int], border: str | Sequence[str], fill: Fills
) -> Tensors:
    """Warp each image by its own matrix; where a matrix only shifts by whole pixels, exactly as `translate`."""
    count, (height, width) = len(tensors), tensors.shape[2:]
    whole = only_shifts(matrices, max(height, width))
    orders, rules = np.broadcast_to(np.array(order), count), np.broadcast_to(np.array(border), count)
    backwards = inverted(matrices)[:, :2]
    parts = []
    for rule in dict.fromkeys(rules.tolist()):
        shifts = np.flatnonzero(whole & (rules == rule))
        if shifts.size:
            dx, dy = np.rint(matrices[shifts, :2, 2]).astype(np.int64).T
            parts.append((shifts, translate(some(tensors, shifts), dx, dy, rule, fill[shifts])))
        for one in dict.fromkeys(orders.tolist()):
            rest = np.flatnonzero(~whole & (rules == rule) & (orders == one))
            if rest.size:
                parts.append((rest, _sampled(some(tensors, rest), backwards[rest], one, rule, fill[rest])))
    return put_together(parts, tensors)


def translate(tensors: Tensors, dx: Pixels, dy: Pixels, border: Border, fill: Fills) -> Tensors:
    """Shift each image by its own whole number of pixels: every pixel is copied, none is interpolated."""
    height, width = tensors.shape[2:]
    right, down = bounded(dx, width, border), bounded(dy, height, border)
    top, bottom = max(int(down.max()), 0), max(-int(down.min()), 0)
    left, end = max(int(right.max()), 0), max(-int(right.min()), 0)
    canvas = _framed(tensors, (top, bottom), (left, end), border, fill)
    # All windows of that size as (image, channel, top, left, row, column), without copying; indexing copies one each.
    windows = canvas.unfold(2, height, 1).unfold(3, width, 1)
    corners = np.stack([np.arange(len(tensors)), top - down, left - right])
    images, tops, lefts = moved(corners, tensors, np.int64)
    return windows[images, :, tops, lefts]


def _framed(
    tensors: AnyTensors, rows: tuple[int, int], columns: tuple[int, int], border: Border, fill: Fills
) -> AnyTensors:
    """Add rows above and below, and columns left and right."""
    height, width = tensors.shape[2:]
    if border != "zeros":
        down, across = np.pad(np.arange(height), rows, mode=border), np.pad(np.arange(width), columns, mode=border)
        tall = tensors.index_select(2, moved(down, tensors, np.int64))
        return tall.index_select(3, moved(across, tensors, np.int64))
    if not fill.any():
        return pad(tensors, (*columns, *rows))
    size = (sum(rows) + height, sum(columns) + width)
    canvas = over_pixels(fill, tensors).to(tensors.dtype).expand(*tensors.shape[:2], *size).contiguous()
    canvas[:, :, rows[0] : rows[0] + height, columns[0] : columns[0] + width] = tensors
    return canvas


def _sampled(tensors: Tensors, backwards: Backwards, order: int, border: Border, fill: Fills) -> Tensors:
    """Read each target pixel from its place, which lies between pixels or outside."""
    if order == 0:
        return _nearest(tensors, _places(backwards, tensors), border, fill)
    levels = tensors.to(torch.float32)
    if border == "wrap":
        return as_tensors(_round_and_round(levels, backwards, order, fill), tensors)
    # torch spells a place between −1 and 1, from edge to edge, and mirrors it there. `reflect` mirrors at the middle of
    # the border pixels, so there the ends are these.
    inner = border == "reflect"
    grid = _places(_in_ends(backwards, tensors, inner=inner), tensors)
    # The weights sum to 1: where black comes in above a fill that was taken away, it is the fill.
    grey = over_pixels(fill, tensors) if border == "zeros" and fill.any() else None
    read = grid_sample(levels if grey is None else levels - grey, grid, _WORDS[order], _PADDINGS[border], inner)
    return as_tensors(read if grey is None else read.add_(grey), tensors)


def _round_and_round(levels: Levels, backwards: Backwards, order: int, fill: Fills) -> Levels:
    """Read from the image beside which it begins again; torch has no such rule."""
    height, width = levels.shape[2:]
    frame = (_BEFORE, _BEHIND)
    canvas = _framed(levels, frame, frame, "wrap", fill)
    places = _places(backwards, levels)
    size = moved(np.array([width, height]), levels)
    # In the canvas the first pixel lies behind those before it; from there to torch's ends, as in `_in_ends`.
    grid = places.remainder(size).add_(_BEFORE + 0.5).mul_(2 / (size + sum(frame))).sub_(1)
    return grid_sample(canvas, grid, mode=_WORDS[order], padding_mode="border", align_corners=False)


def _nearest(tensors: Tensors, places: Places, border: Border, fill: Fills) -> Tensors:
    count, channels, height, width = tensors.shape
    x, y = places.round().to(torch.int64).unbind(3)
    flat = _inside(y, height, border).mul_(width).add_(_inside(x, width, border)).view(count, 1, -1)
    read = tensors.flatten(2).gather(2, flat.expand(-1, channels, -1)).view(tensors.shape)
    if border != "zeros":
        return read
    here = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    return torch.where(here[:, None], read, over_pixels(fill, tensors).to(tensors.dtype))


def _inside(places: Int64[Tensor, "n h w"], side: int, border: Border) -> Int64[Tensor, "n h w"]:
    """Give the pixel inside the image that stands for each place, by the border rule."""
    if border == "wrap":
        return places.remainder(side)
    if border == "symmetric":
        round_trip = places.remainder(2 * side)
        return torch.minimum(round_trip, 2 * side - 1 - round_trip)
    if border == "reflect":
        period = max(2 * (side - 1), 1)
        round_trip = places.remainder(period)
        return torch.minimum(round_trip, period - round_trip)
    return places.clamp(0, side - 1)


def _in_ends(backwards: Backwards, tensors: Tensors, *, inner: bool) -> Backwards:
    """Give the matrices whose results are −1 and 1 at the ends of the image.

    Args:
        inner: the ends are the middles of the border pixels, not their edges.
    """
    height, width = tensors.shape[2:]
    side = np.array([width, height])
    span = np.maximum(side - 1, 1) if inner else side
    normal = backwards * (2 / span)[:, None]
    normal[:, :, 2] += (0 if inner else 1 / side) - 1
    return normal


def _places(backwards: Backwards, tensors: Tensors) -> Places:
    """Give the place of each target pixel as a sum of what its column and its row contribute."""
    height, width = tensors.shape[2:]
    matrices = moved(backwards, tensors)
    rows, columns = (torch.arange(side, dtype=torch.float32, device=tensors.device) for side in (height, width))
    across = matrices[:, :, 0, None] * columns
    down = matrices[:, :, 1, None] * rows + matrices[:, :, 2, None]
    return across.transpose(1, 2)[:, None] + down.transpose(1, 2)[:, :, None]
