"""What augmenters take and give back as torch tensors: (N, C, H, W), bytes, or float32 with the range of its values.

Floats come in with an explicit `value_range`, are brought to grey levels once, and leave in the range that they came
in. Only parameters travel to the device, and for floats their smallest and largest value back.
"""

import importlib
from typing import Any

import torch
from jaxtyping import Shaped
from torch import Tensor

from convlens.augment.augmenter import Augmenter
from convlens.augment.door import Door, ValueRange
from convlens.augment.draws import Parameters
from convlens.augment.twins.registry import TWINS, all_in, changed
from convlens.augment.twins.tensors import Tensors
from convlens.errors import ShapeError

FAMILIES = ("blur", "colour", "compose", "erasing", "flips", "geometry", "light", "noise")
"""The modules that register twins."""

for _family in FAMILIES:
    importlib.import_module(f"convlens.augment.twins.{_family}")

_INSTEAD = "give it arrays: images.permute(0, 2, 3, 1).cpu().numpy()"


def applied(
    augmenter: Augmenter, images: Tensor, parameters: Parameters, value_range: ValueRange | None = None
) -> Shaped[Tensor, "n c h w"]:
    """Change a tensor by parameters drawn before, on its own device; the result is contiguous and has no gradient.

    Raises:
        ShapeError: the augmenter, or one inside it, has no twin or may change the size of images; another number of
            axes, another dtype, floats without their range or with values outside of it.
    """
    _check_twins(augmenter)
    door = Door(value_range)
    with torch.no_grad():
        _check(images, door.value_range)
        new = changed(augmenter, _levels(images.contiguous(), door.value_range), parameters)
        return _in_range(new, door.value_range).contiguous()


def _check_twins(augmenter: Augmenter) -> None:
    for one in all_in(augmenter):
        if type(one) not in TWINS:
            raise ShapeError(f"{type(one).__name__} has no twin for torch tensors; {_INSTEAD}")
        # The two settings by which an augmenter that has a twin may change the size of an image.
        for setting, keeps in (("fit_output", False), ("keep_size", True)):
            if getattr(one, setting, keeps) is not keeps:
                raise ShapeError(
                    f"{type(one).__name__}({setting}={not keeps}) may give images other sizes, and has no twin "
                    f"for torch tensors; {_INSTEAD}"
                )


def _check(images: Tensor, value_range: ValueRange | None) -> None:
    wanted = (
        "an augmenter wants images as a uint8 tensor (N, C, H, W) with values 0–255, "
        "or as float32 with the values of black and white, like value_range=(0, 1)"
    )
    came = f"{str(images.dtype).removeprefix('torch.')} {tuple(images.shape)}"
    if images.ndim != 4 or images.dtype not in (torch.uint8, torch.float32):
        raise ShapeError(f"{wanted}; got {came}")
    if images.dtype == torch.float32 and value_range is None:
        raise ShapeError(f"{wanted}; got {came} without value_range")
    if images.dtype == torch.uint8 and value_range not in (None, (0, 255)):
        raise ShapeError(f"uint8 images have the range 0–255, got value_range={value_range!r}")


def _levels(images: Tensors, value_range: Any) -> Tensors:
    if images.dtype == torch.uint8 or not images.numel():
        return images
    low, high = value_range
    smallest, largest = torch.stack(torch.aminmax(images)).tolist()
    if not (low <= smallest and largest <= high):
        raise ShapeError(
            f"float images want values from {low} to {high}, as value_range says, got {smallest} to {largest}"
        )
    return images if (low, high) == (0, 255) else ((images - low) * (255 / (high - low))).clamp_(0, 255)


def _in_range(levels: Tensors, value_range: ValueRange | None) -> Tensors:
    if levels.dtype == torch.uint8 or value_range is None or value_range == (0, 255):
        return levels
    low, high = value_range
    return (levels * ((high - low) / 255)).add_(low).clamp_(low, high)
