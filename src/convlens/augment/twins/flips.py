"""The twins of `convlens.augment.flips`: pixels change places."""

import numpy as np
import torch

from convlens.augment.draws import Parameters
from convlens.augment.flips import Fliplr, Flipud, Rot90
from convlens.augment.twins.registry import twin
from convlens.augment.twins.resizing import back_in_size
from convlens.augment.twins.tensors import Tensors, over_pixels, put_together, some


@twin(Fliplr)
def flipped_left_right(_: Fliplr, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Mirror the chosen images, left to right."""
    return torch.where(over_pixels(parameters["flipped"], tensors) > 0, tensors.flip(3), tensors)


@twin(Flipud)
def flipped_up_down(_: Flipud, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Mirror the chosen images, top to bottom."""
    return torch.where(over_pixels(parameters["flipped"], tensors) > 0, tensors.flip(2), tensors)


@twin(Rot90)
def quarter_turned(_: Rot90, tensors: Tensors, parameters: Parameters) -> Tensors:
    """Turn each image clockwise by its own number of quarters; one that is not square is resized to its old size."""
    height, width = tensors.shape[2:]
    quarters = parameters["k"] % 4
    parts = []
    for turn in np.unique(quarters).tolist():
        rows = np.flatnonzero(quarters == turn)
        turned = torch.rot90(some(tensors, rows), -turn, (2, 3)).contiguous()
        parts.append((rows, back_in_size(turned, (height, width))))
    return put_together(parts, tensors)
