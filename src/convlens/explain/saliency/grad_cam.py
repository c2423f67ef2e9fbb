"""Grad-CAM: where the last map speaks for the class."""

from dataclasses import dataclass, replace

import torch
from torch import nn

from convlens.explain.channel_axes import axes_of
from convlens.explain.layer_outputs import LayerOutput, caught, layer_outputs, map_of
from convlens.explain.orders import upright
from convlens.explain.origins import Order
from convlens.explain.recording import record
from convlens.explain.saliency.gradients import require_slope
from convlens.explain.saliency.results import SaliencyMap
from convlens.explain.saliency.scores import Picture, differentiably, outputs_of, quietly, resolved, score


def grad_cam(
    module: nn.Module, picture: Picture, target: int | None = None, *, layer: str | None = None
) -> SaliencyMap:
    """Weight a layer's channels by the mean slope of the score, add them up and keep what speaks for the class.

    With A the layer's map and y the score: α_k = mean over i, j of ∂y/∂A_k(i, j), and the map is max(0, Σ_k α_k A_k),
    drawn out to the picture's size by bilinear interpolation.

    Args:
        layer: the part of the network whose output it is; the last with rows and columns when None. Of a part that runs
            several times, its last run.

    Raises:
        SettingsError: the layer, or every layer, gives no map with rows and columns, or nobody knows where its channels
            lie; or the forward cuts the gradient.
        UnknownNameError: there is no such layer or class.
        ShapeError: the network cannot read the picture.

    Source: Selvaraju et al., "Grad-CAM", ICCV 2017, equations 1 and 2.
    """
    return _mapped(module, picture, target, located(module, picture, layer))


@dataclass(frozen=True)
class Located:
    """A part's output in a pass, and in which order it has channels, rows and columns."""

    output: LayerOutput
    order: Order


def located(module: nn.Module, picture: Picture, layer: str | None) -> Located:
    """Find the map of a layer, or the last one.

    Raises:
        SettingsError, UnknownNameError, ShapeError: as `grad_cam`.
    """
    with quietly(module):
        place = map_of(layer_outputs(module, lambda: outputs_of(module, picture)), layer, "Grad-CAM")
        return Located(place, axes_of(record(module, picture), place.layer, place.call))


@dataclass(frozen=True)
class Cam:
    """Grad-CAM of one layer, which need not be looked for again in copies of a network with other weights.

    Attributes:
        layer: as for `grad_cam`.
        found: where its map is; None to look for it each time.
    """

    layer: str | None = None
    found: Located | None = None

    def settled(self, module: nn.Module, picture: Picture) -> "Cam":
        """Give the same for this network and its copies: where the map is hangs on no weight.

        Raises:
            SettingsError, UnknownNameError, ShapeError: as `grad_cam`.
        """
        return replace(self, found=located(module, picture, self.layer))

    def __call__(self, module: nn.Module, picture: Picture, target: int) -> SaliencyMap:
        """Give the map."""
        if self.found is None:
            return grad_cam(module, picture, target, layer=self.layer)
        return _mapped(module, picture, target, self.found)


def _mapped(module: nn.Module, picture: Picture, target: int | None, found: Located) -> SaliencyMap:
    target, place = resolved(module, picture, target), found.output
    with differentiably(module), caught(module, place) as kept:
        # the picture is asked for a slope too, so that the maps of a frozen network have one
        pixels = picture.detach().clone().requires_grad_()
        value = score(outputs_of(module, pixels), target).sum()
        require_slope(value)
        (slopes,) = torch.autograd.grad(value, kept[0], allow_unused=True, materialize_grads=True)
    maps, slopes = (upright(one.detach().double(), found.order) for one in (kept[0], slopes))
    weights = slopes.mean(dim=(2, 3), keepdim=True)
    summed = (weights * maps).sum(dim=1, keepdim=True).relu()
    drawn = nn.functional.interpolate(summed, picture.shape[2:], mode="bilinear", align_corners=False)
    return SaliencyMap("grad-cam", drawn[0, 0].cpu().numpy(), False, target, settings=(("layer", place.layer),))
