"""The picture that a unit answers strongest to, found by climbing its gradient from a grey picture.

Source: Erhan, Bengio, Courville & Vincent 2009, "Visualizing higher-layer features of a deep network", section 3:
x* = argmax h(x) over bounded x, by gradient ascent. Jitter: Mordvintsev, Olah & Tyka 2015, "Inceptionism".
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor, nn

from convlens.arrays import Image
from convlens.errors import SettingsError
from convlens.explain.fields import field_of
from convlens.explain.maps import before_rectifier, require_channel
from convlens.explain.orders import upright
from convlens.explain.recording import Recording, blank
from convlens.models.card import Card
from convlens.models.modes import evaluating

STEPS = 160
JITTER_PX = 1
"""How far the picture is moved before a step, along each axis: what works on one pixel grid alone tells little."""

STILL = 0.25
"""The last share of the steps, without jitter: there the pattern finds its place under the unit."""

REACH = 10.0
"""How many times the whole range of a pixel all steps together could cross."""

NOISE = 0.02
"""How much of the range the first picture varies, so that units that are equal on plain grey can part."""


Answer: TypeAlias = Callable[[Tensor], Tensor]
"""From a picture (C, H, W) to the one number of a unit."""


@dataclass(frozen=True, eq=False)
class Maximised:
    """What was found.

    Attributes:
        picture: (C, H, W), as it enters the network, each number within the range of real pixels.
        step: where the unit was looked at: before the ReLU, where the named layer is one.
        row, column: of the unit in its map; None where the step has no rows and columns.
        before, after: the unit's answer to the grey picture and to the one found.
        moved: the gradient was not 0 from the start.
    """

    picture: Float32[Tensor, "c h w"]
    step: str
    row: int | None
    column: int | None
    before: float
    after: float
    moved: bool


def maximised_for(module: nn.Module, card: Card, layer: str, channel: int, *, steps: int, seed: int) -> Maximised:
    """Climb within the range of the pixels that a network's pictures can have, from black to white."""
    mean, std = torch.tensor(card.mean), torch.tensor(card.std)
    return maximised(module, layer, channel, -mean / std, (1 - mean) / std, card.size, steps=steps, seed=seed)


def as_image(picture: Float32[Tensor, "c h w"], card: Card) -> Image:
    """Give what enters a network as a picture again, in grey levels 0 to 255."""
    mean, std = (torch.tensor(part)[:, None, None] for part in (card.mean, card.std))
    levels = (picture * std + mean).clamp(0, 1).mul(255).round().to(torch.uint8)
    return np.ascontiguousarray(levels.permute(1, 2, 0).numpy())


def maximised(
    module: nn.Module,
    layer: str,
    channel: int,
    low: Float32[Tensor, " c"],
    high: Float32[Tensor, " c"],
    size: tuple[int, int],
    *,
    steps: int = STEPS,
    jitter_px: int = JITTER_PX,
    seed: int = 0,
) -> Maximised:
    """Climb from a grey picture to one that the unit in the middle of a filter's map answers strongly to.

    Each step goes along the gradient, scaled to one size, and is clipped to the range of real pixels. The best picture
    of all steps is given, measured without jitter; pixels that the unit does not see are grey in it.

    Args:
        channel: the filter, or the unit of a layer without rows and columns.
        low: what a black pixel is to the network, per channel.
        high: what a white pixel is.
        seed: draws the noise and the jitter.

    Raises:
        UnknownNameError: no step is called so.
        SettingsError: the step has no such channel, or no layer to hold on to.
    """
    recording = blank(module, len(low), size)
    place = before_rectifier(recording, recording.place(layer))
    step = recording.steps[place]
    require_channel(step, channel)
    unit = (channel, *(side // 2 for side in step.output_shape[1:]))
    dtype, random = recording.image.dtype, torch.Generator().manual_seed(seed)
    floor, ceiling = low.to(dtype)[:, None, None], high.to(dtype)[:, None, None]
    noise = torch.rand((len(low), *size), generator=random)
    grey = (floor + ceiling) / 2 + torch.zeros(size, dtype=dtype)
    start = grey + NOISE * (noise - 0.5) * (ceiling - floor)
    with _climbing(module, recording, place, unit) as answer:
        moved, tried = False, [grey]
        for shift, picture, gradient in _climb(answer, start, floor, ceiling, steps, jitter_px, random):
            moved = moved or bool(gradient.any())
            if shift == (0, 0):
                tried.append(picture)
        found = max(tried, key=lambda one: float(answer(one).detach()))
        seen = field_of(recording, step.name, unit).pixels
        if seen is not None:
            # jitter moved others under the unit's field for a while; now they are out of its sight
            found = torch.where(torch.from_numpy(seen), found, grey)
        before, after = (float(answer(one).detach()) for one in (grey, found))
    row, column = (unit[1], unit[2]) if len(unit) == 3 else (None, None)
    return Maximised(found.float(), step.name, row, column, before, after, moved)


def _climb(
    answer: Answer, picture: Tensor, floor: Tensor, ceiling: Tensor, steps: int, jitter_px: int, random: torch.Generator
) -> Iterator[tuple[tuple[int, int], Tensor, Tensor]]:
    """Give after each step how far the picture was moved for it, the picture, and the gradient that it went along."""
    for number in range(steps):
        shift = (0, 0)
        if jitter_px and number < (1 - STILL) * steps:
            down, across = torch.randint(-jitter_px, jitter_px + 1, (2,), generator=random).tolist()
            shift = (down, across)
        moved = picture.roll(shift, (1, 2)).requires_grad_()
        value = answer(moved)
        (gradient,) = (
            torch.autograd.grad(value, moved, materialize_grads=True)
            if value.requires_grad
            else (torch.zeros_like(picture),)
        )
        along = _within(gradient.roll((-shift[0], -shift[1]), (1, 2)).nan_to_num(0, 0, 0), picture, floor, ceiling)
        longest = float(along.abs().max())
        if longest > 0:
            picture = picture + along * (REACH / steps / longest) * (ceiling - floor)
            picture = torch.minimum(torch.maximum(picture, floor), ceiling)
        yield shift, picture, along


def _within(gradient: Tensor, picture: Tensor, floor: Tensor, ceiling: Tensor) -> Tensor:
    """Drop what would leave the range: the pixels still on their way then share the step among them."""
    leaving = ((gradient > 0) & (picture >= ceiling)) | ((gradient < 0) & (picture <= floor))
    return gradient.masked_fill(leaving, 0)


class _Reached(Exception):  # noqa: N818 (no error: it ends a pass that has gone far enough)
    """The layer has answered; what comes after it is of no interest."""


@contextmanager
def _climbing(module: nn.Module, recording: Recording, place: int, unit: tuple[int, ...]) -> Iterator[Answer]:
    """Give a function from a picture to one unit of a step that keeps the gradient; eval mode inside.

    Raises:
        SettingsError: the step is a function call, which cannot be held on to as a layer can.
    """
    name = recording.steps[place].name
    layers = dict(module.named_modules())
    if name not in layers or not name:
        held = [step.name for step in recording.steps if step.name in layers]
        raise SettingsError(
            f"a unit is maximised where a layer gives it, but {name!r} is a function call; "
            f"choose one of {', '.join(held[:12])}"
        )
    order = recording.turned.get((name, 0), ())
    caught: list[Tensor] = []

    def catch(_: nn.Module, __: object, output: Tensor) -> None:
        caught.append(output)
        raise _Reached

    def answer(picture: Tensor) -> Tensor:
        caught.clear()
        with suppress(_Reached):
            module(picture[None])
        return upright(caught[0], order)[(0, *unit)]

    hook = layers[name].register_forward_hook(catch)
    try:
        with evaluating(module), torch.inference_mode(False), torch.enable_grad():
            yield answer
    finally:
        hook.remove()
