"""Maps from the gradient of the class's score with respect to the picture."""

import numpy as np
import torch
from torch import Tensor, nn

from convlens.errors import SettingsError
from convlens.explain.saliency.results import SaliencyMap
from convlens.explain.saliency.scores import Picture, differentiably, outputs_of, resolved, score


def gradient(module: nn.Module, picture: Picture, target: int | None = None) -> SaliencyMap:
    """Tell how fast the score of the class grows as a pixel grows.

    Of a grey picture the sign is kept; of several channels it is the largest size among them, as in the source.

    Raises:
        UnknownNameError: the network has no class `target`.
        ShapeError: the network cannot read the picture.
        SettingsError: the network's forward cuts the gradient.

    Source: Simonyan, Vedaldi & Zisserman, "Deep inside convolutional networks", ICLR workshop 2014, section 3.1.
    """
    target = resolved(module, picture, target)
    slopes = _slopes(module, picture, target)
    if len(slopes) == 1:
        return SaliencyMap("gradient", slopes[0], True, target, by_size=True)
    return SaliencyMap("gradient", np.abs(slopes).max(axis=0), False, target, by_size=True)


def gradient_times_input(module: nn.Module, picture: Picture, target: int | None = None) -> SaliencyMap:
    """Tell what each pixel adds to the score, were the network linear; channels are added up.

    The pixel's number is the one that enters the network: its distance from the training pictures' mean. For a linear
    network the map sums up to the score without the bias.

    Raises:
        UnknownNameError: the network has no class `target`.
        ShapeError: the network cannot read the picture.
        SettingsError: the network's forward cuts the gradient.

    Source: Shrikumar et al., "Not just a black box", arXiv:1605.01713 (2016), section 3.3.
    """
    target = resolved(module, picture, target)
    slopes = _slopes(module, picture, target)
    return SaliencyMap("gradient-times-input", (slopes * picture[0].double().cpu().numpy()).sum(axis=0), True, target)


def require_slope(value: Tensor) -> None:
    """Refuse a score that knows nothing of where it came from.

    Raises:
        SettingsError: it does.
    """
    if not value.requires_grad:
        raise SettingsError(
            "the network's forward cuts the gradient (a `detach`, a `no_grad`, a step outside torch), so maps from "
            "gradients cannot be had; occlusion needs none"
        )


def _slopes(module: nn.Module, picture: Picture, target: int) -> np.ndarray:
    """Give the gradient of the score, (C, H, W) float64; the network keeps no gradient of its own."""
    with differentiably(module):
        pixels = picture.detach().clone().requires_grad_()
        value = score(outputs_of(module, pixels), target).sum()
        require_slope(value)
        (slopes,) = torch.autograd.grad(value, pixels, allow_unused=True, materialize_grads=True)
    return slopes[0].double().cpu().numpy()
