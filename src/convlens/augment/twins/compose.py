"""The twins of `convlens.augment.compose`: children that change tensors."""

from typing import Any

import numpy as np

from convlens.augment.augmenter import Augmenter, rows
from convlens.augment.compose import Identity, OneOf, Orders, Sequential, SomeOf, Sometimes, WithChannels, turns
from convlens.augment.draws import Parameters
from convlens.augment.twins.registry import changed, twin
from convlens.augment.twins.tensors import Rows, Tensors, moved


@twin(Sequential)
def one_after_the_other(augmenter: Sequential, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Change the images by all children."""
    if "order" in parameters:
        return _in_turn(tensors, parameters["order"], augmenter.parts[""], parameters)
    return _one_by_one(tensors, augmenter.parts[""], parameters)


@twin(SomeOf)
def some_of_them(augmenter: SomeOf, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Change the images by the children that they take."""
    if "order" not in parameters:
        return tensors.clone()
    return _in_turn(tensors, parameters["order"], augmenter.parts[""], parameters)


@twin(OneOf)
def one_of_them(augmenter: OneOf, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Change each image by the child that it takes."""
    return _in_turn(tensors, parameters["chosen"][:, None], augmenter.parts[""], parameters)


@twin(Sometimes)
def these_or_those(augmenter: Sometimes, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Change the images by the list that they take."""
    result = tensors.clone()
    for value, group in ((1, "then."), (0, "else.")):
        concerned = np.flatnonzero(parameters["applied"] == value)
        for part in augmenter.parts[group]:
            result = _to_some(concerned, result, part.child, part.own(parameters))
    return result


@twin(Identity)
def unchanged(_: Identity, tensors: Tensors, __: Parameters) -> Tensors:
    """Copy the images."""
    return tensors.clone()


@twin(WithChannels)
def some_channels(augmenter: WithChannels, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Change the chosen channels by the children."""
    picked = moved(augmenter.picked(tensors.shape[1]), tensors, np.int64)
    part = _one_by_one(tensors.index_select(1, picked), augmenter.parts[""], parameters)
    return tensors.index_copy(1, picked, part)


def _one_by_one(tensors: Tensors, parts: Any, parameters: Parameters) -> Tensors:
    result = tensors if parts else tensors.clone()
    for part in parts:
        result = changed(part.child, result, part.own(parameters))
    return result


def _in_turn(tensors: Tensors, orders: Orders, parts: Any, parameters: Parameters) -> Tensors:
    result = tensors.clone()
    for position, concerned in turns(orders, [part.weight for part in parts]):
        result = _to_some(concerned, result, parts[position].child, parts[position].own(parameters))
    return result


def _to_some(concerned: Rows, tensors: Tensors, child: Augmenter, own: Parameters) -> Tensors:
    """Apply a child to some images of the batch, which is written to and given back."""
    if concerned.size == len(tensors):
        return changed(child, tensors, own)
    if concerned.size:
        places = moved(concerned, tensors, np.int64)
        tensors[places] = changed(child, tensors.index_select(0, places), rows(own, concerned))
    return tensors
