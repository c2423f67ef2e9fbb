"""Every picture at every shift through a network, with the layers that all shifts share computed once.

    pictures ── canvas ─▶ one surrounded picture ── shared steps ─▶ fragments ── windows ─▶ the rest ─▶ logits

All shifts of a picture are windows of one canvas (`sweeping/canvas.py`). What the network computes alike for every
window is computed once for the canvas (`sweeping/fragments.py` tells how strides are dealt with, `sweeping/rules.py`
which layers allow it), the rest once per window (`sweeping/heads.py`). The logits are those of the network for each
shifted picture, up to the rounding of sums that are added up in another order. A network that allows nothing to be
shared is a special case: its windows are cut out of the canvas itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float32, Int64
from torch import nn

from convlens.arrays import Images, Pixels
from convlens.errors import SettingsError, ShapeError
from convlens.models.given_images import checked_images
from convlens.models.memory_format import reads_channels_last
from convlens.models.modes import evaluating
from convlens.models.precision import Precision
from convlens.models.sweeping.canvas import places, require_something_left, seen_size
from convlens.models.sweeping.given import PerChannel, classifier_of, moves_of
from convlens.models.sweeping.plan import Plan, alone, plan
from convlens.models.sweeping.run import How, swept
from convlens.models.weights import Classifier

SweepLogits: TypeAlias = Float32[np.ndarray, "n s classes"]


@runtime_checkable
class Shifts(Protocol):
    """Which shifts are tried; `convlens.audit.Shifts` is of this kind."""

    @property
    def dx(self) -> Pixels:
        """Pixels to the right, one for each shift."""

    @property
    def dy(self) -> Pixels:
        """Pixels down."""

    @property
    def radius(self) -> int:
        """The largest shift along an axis."""


Pairs: TypeAlias = Sequence[Sequence[int]] | Int64[np.ndarray, "s 2"]
"""Shifts as (dx, dy) pairs of whole pixels, in any order."""

ByShift: TypeAlias = Callable[[Images, Shifts, str, int], SweepLogits]
"""(images, shifts, border, fill) → the logits of each image at each shift: what an audit takes instead of `Predict`."""

AGREEMENT = 1e-3
"""Largest gap allowed between shared and direct logits of a picture of noise, relative to the largest logit."""


def shift_sweep(
    model: Classifier | nn.Module,
    images: Images,
    shifts: Shifts | Pairs,
    border: str,
    fill: int = 0,
    *,
    mean: PerChannel = None,
    std: PerChannel = None,
    precision: Precision = "fp32",
    device: torch.device | str = "cpu",
) -> SweepLogits:
    """Give the logits of each image at each shift: (N, S, classes) for N images and S shifts.

    Args:
        model: a network with its card (`convlens.models.load`), or any torch network; a network with one logit z gets
            the columns (0, z).
        images: (N, H, W, C), as large as the network reads; larger by `2 * radius` under "crop".
        shifts: `convlens.audit.grid(R)` or `line(R)`, or (dx, dy) pairs of whole pixels like [(0, 0), (1, 0)]; dx goes
            right, dy down.
        border: what comes in where content has moved away: zeros, wrap, edge, reflect, symmetric, canvas (the image
            lies on a blank canvas, larger by the radius on each side) or crop (a window, smaller by the radius on each
            side, moves over the image).
        fill: for zeros and canvas: the grey level of the blank, before any normalisation.
        mean: for a torch network without a card: what is subtracted from pictures scaled to 0..1, one number or one for
            each channel; 0 when None.
        std: what they are divided by afterwards; 1 when None.

    Raises:
        SettingsError: an unknown border rule, a grey level outside 0–255, shifts that leave nothing of the images or
            are no pairs, or a mean or deviation beside a card, which has them.
        ShapeError: images that are not (N, H, W, C) uint8, or of another size or channel count than the network reads.
    """
    pictures = checked_images(images)
    moves = shifts if isinstance(shifts, Shifts) else moves_of(shifts)
    classifier = classifier_of(model, pictures, moves.radius, border, mean=mean, std=std, device=device)
    by_shift, _ = shared_sweep(classifier, border, precision=precision, device=device)
    return by_shift(pictures, moves, border, fill)


def shared_sweep(
    model: Classifier, border: str, *, precision: Precision = "fp32", device: torch.device | str = "cpu"
) -> tuple[ByShift, str]:
    """Make the function that sweeps a network, and say in a sentence what all shifts share and why not more.

    The function follows the network's weights: a network that is trained between two calls answers as it then is.

    Args:
        border: the rule that the sentence is about; the function takes any.

    Raises:
        SettingsError: a network without its card.
    """
    if not isinstance(model, Classifier):
        raise SettingsError(
            f"shared_sweep wants a Classifier, a network with its card, got a {type(model).__name__}; "
            "convlens.models.Classifier(module, card) makes one, and shift_sweep takes a bare network"
        )
    device, card = torch.device(device), model.card
    model.module.to(device)
    channels_last = reads_channels_last(model.module, (card.channels, *card.size))
    plans: dict[tuple[int, int, bool], Plan] = {}

    def planned(size: tuple[int, int], rule: str) -> Plan:
        key = (*size, rule == "wrap")
        if key not in plans:
            plans[key] = _agreeing_plan(replace(model, card=replace(card, size=size)), rule, device, channels_last)
        return plans[key]

    def by_shift(images: Images, shifts: Shifts, border: str, fill: int = 0) -> SweepLogits:
        size = seen_size(images.shape[1:3], shifts.radius, border)
        if (size != card.size and border != "canvas") or images.shape[3] != card.channels:
            raise ShapeError(
                f"the network reads pictures of {card.size[0]}×{card.size[1]} pixels with {card.channels} channel(s), "
                f"but under {border!r} it would see {size[0]}×{size[1]} with {images.shape[3]}; load others"
            )
        require_something_left(shifts.dx, shifts.dy, images.shape[1:3])
        corners = places(shifts.dx, shifts.dy, 0 if border == "wrap" else shifts.radius)
        how = How(shifts.radius, border, fill, precision, device, channels_last)
        return swept(model, planned(size, border), images, corners, how)

    return by_shift, planned(card.size, border).reason


def _agreeing_plan(model: Classifier, border: str, device: torch.device, channels_last: bool) -> Plan:
    """Divide a network, and hold its logits against those of the undivided network, on a picture of noise.

    Raises:
        ShapeError: the network cannot read pictures of that size.
    """
    size = model.card.channels, *model.card.size
    noise = np.random.default_rng(0).integers(0, 256, (1, *model.card.size, size[0]), np.uint8)
    wraps = border == "wrap"
    how = How(2, "wrap" if wraps else "zeros", 0, "fp32", device, channels_last)
    few = places(_FEW[0], _FEW[1], 0 if wraps else how.radius)
    try:
        direct = swept(model, alone(model.module, size, ""), noise, few, how)
    except (RuntimeError, ValueError) as error:
        raise ShapeError(
            f"the network cannot read pictures of {size[1]}×{size[2]} pixels with {size[0]} channel(s) ({error}); "
            "layers that read a whole map are tied to its size"
        ) from error
    try:
        with evaluating(model.module), torch.inference_mode():
            divided = plan(model.module, size, wraps=wraps)
        shared = swept(model, divided, noise, few, how)
    except (RuntimeError, ValueError, TypeError) as error:
        return alone(model.module, size, f"dividing the network was tried and failed ({error})")
    gap = np.abs(direct - shared).max() / max(np.abs(direct).max(), 1e-6)
    if gap <= AGREEMENT or not np.isfinite(direct).all():
        return divided
    return alone(model.module, size, f"dividing the network was tried, and its logits were off by {gap:.1%}")


_FEW = np.array([[0, 1, -2, -1, 2], [0, 2, 1, -2, 1]])
"""Shifts (dx, dy) of all phases of a stride of 2, and of most of 3 and 4."""
