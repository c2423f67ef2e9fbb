"""What the tests of causes ask a network for, beyond its answers: plain functions from images to logits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor

from convlens.arrays import Images, Logits, Pixels, Predict
from convlens.errors import ConvlensError
from convlens.models.last_map import LastMap, changed, last_map
from convlens.models.precision import Precision
from convlens.models.predict import predictor
from convlens.models.rims import with_rim
from convlens.models.weights import Classifier

ByCells: TypeAlias = Callable[[Images, Pixels, Pixels], Logits]
"""(images, cells to the right, cells down) → logits."""

BATCH = 256
_UNREADABLE = (ConvlensError, RuntimeError, ValueError, AssertionError, IndexError, TypeError)


@dataclass(frozen=True)
class Probes:
    """What a network lets one ask it; what it does not is None or missing, and the reason is told.

    Attributes:
        stride: by how many pixels the cells of the last feature map lie apart, down and to the right.
        head_at: answers for the last feature map moved by whole cells, the image untouched. What comes in is what the
            border rule would bring: under "zeros" and "canvas" the map of a blank image, not zeros, for that is what
            the network makes of a blank (with biases a ReLU gives other values than 0 there); under "wrap" what left on
            the other side; under all other rules the outermost cells, repeated.
        head_without: answers for the map that was moved and moved back: at its old place, but without what had left.
        variants: networks with the same weights and other borders, by what differs; they read the same images.
        no_map: why the first three are None.
        no_variant: why there is no variant.
    """

    stride: tuple[int, int] | None = None
    head_at: ByCells | None = None
    head_without: ByCells | None = None
    variants: Mapping[str, Predict] = field(default_factory=dict)
    no_map: str = ""
    no_variant: str = ""


def probes(
    classifier: Classifier,
    *,
    radius: int,
    border: str = "zeros",
    fill: int = 0,
    size: tuple[int, int] | None = None,
    device: torch.device | str = "cpu",
    precision: Precision = "fp32",
) -> Probes:
    """Open a network for the tests of causes.

    Args:
        radius: the largest shift of the audit, in pixels.
        border: the audit's border rule, which decides what comes in where a map has moved away.
        fill: the grey level of the blank.
        size: height and width of what the network sees in the audit; its own when None.
    """
    card = classifier.card if size is None else replace(classifier.card, size=size)
    module = classifier.module.to(device)
    seen = Classifier(module, card)
    found = last_map(module, card.channels, card.size)
    strides = (1, 1) if isinstance(found, str) else found.stride
    variants, no_variant = _variants(seen, radius, border, fill, max(strides), device, precision)
    if isinstance(found, str):
        return Probes(variants=variants, no_map=found, no_variant=no_variant)
    move, without = _heads(seen, found, border, fill, device, precision)
    return Probes(found.stride, move, without, variants, no_variant=no_variant)


def _heads(
    seen: Classifier, found: LastMap, border: str, fill: int, device: torch.device | str, precision: Precision
) -> tuple[ByCells, ByCells]:
    predict = predictor(seen.module, seen.card, device=device, precision=precision, batch_size=BATCH)

    @cache
    def blank() -> Tensor:
        """Give the map of a blank image, (1, C, h, w)."""
        kept: list[Tensor] = []

        def keep(maps: Tensor) -> Tensor:
            kept.append(maps.clone())
            return maps

        with changed(seen.module, found, keep):
            predict(np.full((1, *seen.card.size, seen.card.channels), fill, np.uint8))
        return kept[0]

    def asked(images: Images, *moves: tuple[Pixels, Pixels]) -> Logits:
        """Answer with the map moved several times, one move after the other."""
        comes_in = blank() if border in ("zeros", "canvas") else None  # before anything is put in the map's place
        parts = [np.zeros((0, len(seen.card.class_names)), np.float32)]
        for start in range(0, len(images), BATCH):
            some = slice(start, start + BATCH)

            def change(maps: Tensor, some: slice = some) -> Tensor:
                for right, down in moves:
                    maps = _moved(maps, right[some], down[some], border, comes_in)
                return maps

            with changed(seen.module, found, change):
                parts.append(predict(images[some]))
        return np.concatenate(parts)

    def head_at(images: Images, right: Pixels, down: Pixels) -> Logits:
        return asked(images, (right, down))

    def head_without(images: Images, right: Pixels, down: Pixels) -> Logits:
        return asked(images, (right, down), (-right, -down))

    return head_at, head_without


def _moved(maps: Tensor, right: Pixels, down: Pixels, border: str, blank: Tensor | None) -> Tensor:
    """Move each map by its own whole number of cells."""
    height, width = maps.shape[2:]
    rows = torch.arange(height) - torch.from_numpy(down)[:, None]
    columns = torch.arange(width) - torch.from_numpy(right)[:, None]
    outside = ((rows < 0) | (rows >= height))[:, :, None] | ((columns < 0) | (columns >= width))[:, None]
    if border == "wrap":
        rows, columns = rows % height, columns % width
    rows, columns = (each.to(maps.device) for each in (rows.clamp(0, height - 1), columns.clamp(0, width - 1)))
    which = torch.arange(len(maps), device=maps.device)[:, None, None]
    picked = maps[which, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
    return picked if blank is None else torch.where(outside.to(maps.device)[:, None], blank, picked)


def _variants(
    seen: Classifier,
    radius: int,
    border: str,
    fill: int,
    stride: int,
    device: torch.device | str,
    precision: Precision,
) -> tuple[dict[str, Predict], str]:
    """Make the variants that the network allows, or say why there is none."""
    made: dict[str, Predict] = {}
    blank = np.full((1, *seen.card.size, seen.card.channels), fill, np.uint8)
    other = with_rim(seen.module, "circular" if border == "wrap" else "reflect")
    if other is not None:
        how = "bent to a torus" if border == "wrap" else "mirrored"
        made[f"its maps {how} where it padded"] = predictor(other, seen.card, device=device, precision=precision)
    if border != "wrap":  # on a torus there is no border that a canvas could take away
        margin = stride * -(-max(radius, 1) // stride)  # whole cells, so that the picture lies on the same phase
        words = f"a blank canvas larger by {margin} px on every side"
        made[words] = _on_canvas(seen, margin, fill, device, precision)
    usable = {words: predict for words, predict in made.items() if _answers(predict, blank)}
    if usable:
        return usable, ""
    pads = "no layer pads in a way that could be changed" if other is None else "it cannot do without its own padding"
    reads = "pictures that wrap round have no canvas" if border == "wrap" else "it reads pictures of one size only"
    return {}, f"{pads}, and {reads}"


def _on_canvas(seen: Classifier, margin: int, fill: int, device: torch.device | str, precision: Precision) -> Predict:
    height, width = (side + 2 * margin for side in seen.card.size)
    predict = predictor(seen.module, replace(seen.card, size=(height, width)), device=device, precision=precision)

    def on_canvas(images: Images) -> Logits:
        canvas = np.full((len(images), height, width, images.shape[3]), fill, np.uint8)
        canvas[:, margin : height - margin, margin : width - margin] = images
        return predict(canvas)

    return on_canvas


def _answers(predict: Predict, images: Images) -> bool:
    try:
        predict(images)
    except _UNREADABLE:
        return False
    return True
