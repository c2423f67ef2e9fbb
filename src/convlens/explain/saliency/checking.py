"""Maps beside their checks: no map is shown alone."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from torch import nn

from convlens.errors import SettingsError
from convlens.explain.saliency.deletion import ORDERS, STEPS, deletion, random_orders
from convlens.explain.saliency.grad_cam import Cam
from convlens.explain.saliency.gradients import gradient, gradient_times_input
from convlens.explain.saliency.occlusion import Fill, occlusion
from convlens.explain.saliency.randomisation import randomised, weighted_layers
from convlens.explain.saliency.ranks import rank_correlation
from convlens.explain.saliency.results import Checked, Map, Method, Randomisation, SaliencyMap
from convlens.explain.saliency.scores import Picture, resolved

Explain: TypeAlias = Callable[[nn.Module, Picture, int], SaliencyMap]
"""A way to get a map: of a network, a picture and a class."""

Order: TypeAlias = Literal["full", "cascading"]

METHODS: tuple[Method, ...] = get_args(Method)
SEEDS = 5


def explainers(
    methods: Sequence[Method] = METHODS,
    *,
    layer: str | None = None,
    patch: int | None = None,
    stride: int | None = None,
    fill: Fill = 0.0,
) -> dict[str, Explain]:
    """Give the ways to get a map by their names, with their settings.

    Args:
        layer: for Grad-CAM.
        patch: for occlusion, as `stride` and `fill`.
    """
    known: Mapping[Method, Explain] = {
        "gradient": gradient,
        "gradient-times-input": gradient_times_input,
        "grad-cam": Cam(layer),
        "occlusion": partial(occlusion, patch=patch, stride=stride, fill=fill),
    }
    return {method: known[method] for method in methods}


def checked(
    module: nn.Module,
    picture: Picture,
    target: int | None = None,
    *,
    ways: Mapping[str, Explain] | None = None,
    fill: Fill = 0.0,
    orders: int = ORDERS,
    steps: int = STEPS,
    order: Order = "full",
    seeds: int = SEEDS,
    seed: int = 0,
) -> tuple[Checked, ...]:
    """Make maps of one picture, each with its deletion score and its weight randomisation.

    Args:
        target: the class to explain; the network's answer when None.
        ways: the maps to make; all four with their usual settings when None.
        fill: what pixels are replaced with for the deletion score; 0 is the training mean.
        orders: random orders that the deletion score is held against.
        order: the network forgets "full", all at once, or "cascading", one layer after another from the answer down.
        seeds: so many times it forgets.
        seed: for the first of these, and for the orders.

    Raises:
        SettingsError: a map cannot be made of this network, or nothing is to be drawn at random.
        UnknownNameError: the network has no such class or layer.
        ShapeError: the network cannot read the picture.
    """
    if seeds < 1:
        raise SettingsError(f"weight randomisation wants at least one seed, got {seeds}")
    target = resolved(module, picture, target)
    given = explainers(fill=fill) if ways is None else ways
    ways = {name: one.settled(module, picture) if isinstance(one, Cam) else one for name, one in given.items()}
    maps = {name: explain(module, picture, target) for name, explain in ways.items()}
    random = random_orders(module, picture, target, fill=fill, orders=orders, steps=steps, seed=seed)
    forgetful = _likenesses(module, picture, maps, ways, order, range(seed, seed + seeds))
    return tuple(
        Checked(found, deletion(module, picture, found, random), forgetful[name]) for name, found in maps.items()
    )


def _likenesses(
    module: nn.Module,
    picture: Picture,
    maps: Mapping[str, SaliencyMap],
    ways: Mapping[str, Explain],
    order: Order,
    seeds: Sequence[int],
) -> dict[str, Randomisation]:
    layers = weighted_layers(module, picture)
    if not layers:
        raise SettingsError("the network has no weights that it could forget, so no map of it can be checked")
    found: dict[str, list[list[tuple[float, float]]]] = {name: [] for name in maps}
    for seed in seeds:
        for one in found.values():
            one.append([])
        for place, (_, forgotten) in enumerate(randomised(module, layers, seed)):
            if order == "full" and place < len(layers) - 1:
                continue
            for name, explain in ways.items():
                other = explain(forgotten, picture, maps[name].target).values
                found[name][-1].append(_likeness(maps[name].values, other))
    stages = layers if order == "cascading" else ("all",)
    return {
        name: Randomisation(stages, *np.array(pairs, np.float64).reshape(len(seeds), -1, 2).transpose(2, 0, 1))
        for name, pairs in found.items()
    }


def _likeness(one: Map, other: Map) -> tuple[float, float]:
    """Give the rank correlation of two maps and of their sizes; a flat one has nothing in common with another."""
    pairs: Any = ((one, other), (np.abs(one), np.abs(other)))
    values, sizes = (np.nan_to_num(rank_correlation(first.ravel(), second.ravel())) for first, second in pairs)
    return float(values), float(sizes)
