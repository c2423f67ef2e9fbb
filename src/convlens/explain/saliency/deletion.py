"""Deletion: does the answer fall faster when the pixels that a map calls important go first?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import nn

from convlens.errors import SettingsError
from convlens.explain.saliency.occlusion import Fill, filling
from convlens.explain.saliency.results import Deletion, Map, SaliencyMap, Steps
from convlens.explain.saliency.scores import Picture, outputs_of, probability, quietly
from convlens.rng import permutation

ORDERS = 39
"""Random orders: a 40th lies below all of them with a chance of 1 in 40, and outside their range with 1 in 20."""

STEPS = 28
CELLS = 28
"""Across so many cells a larger picture is replaced, so that its curve means what that of a small one does."""

_BATCH_NUMBERS = 2**19


@dataclass(frozen=True, eq=False)
class RandomOrders:
    """The curves of random orders of one picture, which every map of it is held against.

    Attributes:
        curves: a row for each order.
        fill: what the pixels are replaced with.
        seed: with which the orders, and the order of equal pixels, are drawn.
    """

    target: int
    curves: Float64[np.ndarray, "orders steps"]
    fractions: Steps
    fill: Fill
    seed: int


def random_orders(
    module: nn.Module,
    picture: Picture,
    target: int,
    *,
    fill: Fill = 0.0,
    orders: int = ORDERS,
    steps: int = STEPS,
    seed: int = 0,
) -> RandomOrders:
    """Replace the pixels in random orders and follow the probability of the class.

    Raises:
        SettingsError: no order or no step is asked for.
    """
    if orders < 1 or steps < 1:
        raise SettingsError(f"deletion wants at least one random order and one step, got {orders} and {steps}")
    cells = _cells(picture)
    count = int(cells.max()) + 1
    fractions = np.round(np.linspace(0, count, min(steps, count) + 1)) / count
    curves = [
        _curve(module, picture, target, permutation(seed, "deletion", number, count)[cells], fractions, fill)
        for number in range(1, orders + 1)
    ]
    return RandomOrders(target, np.stack(curves), fractions, fill, seed)


def deletion(module: nn.Module, picture: Picture, found: SaliencyMap, random: RandomOrders) -> Deletion:
    """Replace the most important pixels first and hold the area under the curve against those of random orders.

    Pixels that a map values alike go in a random order. A picture larger than 28 pixels is replaced square by square.

    Raises:
        SettingsError: the random orders are of another class.

    Source: Petsiuk, Das & Saenko, "RISE", BMVC 2018, section 4.3 (deletion); Samek et al., "Evaluating the
    visualization of what a deep neural network has learned", IEEE TNNLS 28 (2017), section III (against random orders).
    """
    if found.target != random.target:
        raise SettingsError(f"the map explains class {found.target}, and the random orders class {random.target}")
    cells = _cells(picture)
    places = _order(found.importance, cells, random.seed)
    curve = _curve(module, picture, found.target, places, random.fractions, random.fill)
    return Deletion(random.fractions, curve, random.curves)


def _cells(picture: Picture) -> Int64[np.ndarray, "height width"]:
    """Number the squares that are replaced as one: for each pixel, which one it lies in."""
    height, width = picture.shape[2:]
    side = max(1, min(height, width) // CELLS)
    across = -(-width // side)
    numbers: Int64[np.ndarray, "height width"] = np.arange(height)[:, None] // side * across + np.arange(width) // side
    return numbers.astype(np.int64)


def _order(importance: Map, cells: Int64[np.ndarray, "height width"], seed: int) -> Int64[np.ndarray, "height width"]:
    """Give for each pixel when its square is replaced, 0 first."""
    sums = np.bincount(cells.ravel(), importance.ravel())
    shuffled = permutation(seed, "deletion", 0, len(sums))
    places: Int64[np.ndarray, " cells"] = np.empty(len(sums), np.int64)
    places[shuffled[np.argsort(-sums[shuffled], kind="stable")]] = np.arange(len(sums))
    found: Int64[np.ndarray, "height width"] = places[cells]
    return found


def _curve(
    module: nn.Module,
    picture: Picture,
    target: int,
    places: Int64[np.ndarray, "height width"],
    fractions: Steps,
    fill: Fill,
) -> Steps:
    """Give the probability of the class when the first cells, by `places`, are replaced."""
    cover = filling(picture, fill)
    counts = np.round(fractions * (int(places.max()) + 1))
    with quietly(module):
        parts = [
            probability(outputs_of(module, torch.where(gone, cover, picture)), target).cpu().numpy()
            for gone in _masks(places, counts, picture)
        ]
    return np.concatenate(parts)


def _masks(places: Int64[np.ndarray, "height width"], counts: Steps, picture: Picture) -> Iterator[torch.Tensor]:
    size = max(1, _BATCH_NUMBERS // picture.numel())
    where = torch.from_numpy(places).to(picture.device)
    for start in range(0, len(counts), size):
        some = torch.from_numpy(counts[start : start + size]).to(picture.device)
        yield (where < some.view(-1, 1, 1)).unsqueeze(1)
