"""The one place where layout and dtype change: images (N, H, W, C) uint8 → tensors (N, C, H, W) float32."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor

from convlens.arrays import Images

Layout: TypeAlias = Literal["NCHW", "NHWC"]
"""Where the channels stand in what a model reads: before the rows, as in torch, or last, as in TensorFlow."""


def tensors(images: Images, mean: Sequence[float], std: Sequence[float], device: torch.device | str = "cpu") -> Tensor:
    """Normalise a batch: scale to 0..1, subtract the mean, divide by the standard deviation, per channel.

    The bytes travel to the device before they grow to floats. The result keeps the images' order in memory, which is
    torch's `channels_last`.
    """
    pixels = torch.from_numpy(np.require(images, requirements=["C", "W"])).to(device, non_blocking=True)
    scaled = pixels.permute(0, 3, 1, 2).to(torch.float32)
    offset = torch.tensor(mean, dtype=torch.float32, device=device).mul_(255).view(1, -1, 1, 1)
    factor = torch.tensor(std, dtype=torch.float32, device=device).mul_(255).view(1, -1, 1, 1)
    return scaled.sub_(offset).div_(factor)


def network_input(
    images: Images, mean: Sequence[float], std: Sequence[float], layout: Layout
) -> Float32[np.ndarray, "n _ _ _"]:
    """Give the same numbers as `tensors` for what is no torch network, in the layout that it reads."""
    normalised = tensors(images, mean, std)
    if layout == "NHWC":
        return normalised.permute(0, 2, 3, 1).contiguous().numpy()
    return normalised.contiguous().numpy()


def as_images_lie(batch: Float32[np.ndarray, "n _ _ _"], layout: Layout = "NCHW") -> Float32[np.ndarray, "n h w c"]:
    """Bring what enters a network back to the layout of images, its numbers as they are."""
    return batch if layout == "NHWC" else np.ascontiguousarray(batch.transpose(0, 2, 3, 1))


def channel_statistics(images: Images) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Give mean and standard deviation per channel of the images scaled to 0..1; a constant channel gets 1.

    Computed from the histogram of grey levels, so exactly, and without a float copy of the images.
    """
    levels = np.arange(256) / 255
    means, deviations = [], []
    for channel in range(images.shape[3]):
        shares = np.bincount(images[..., channel].ravel(), minlength=256) / images[..., channel].size
        mean = float(shares @ levels)
        deviation = float(np.sqrt(shares @ (levels - mean) ** 2))
        means.append(mean)
        deviations.append(deviation if deviation > 0 else 1.0)
    return tuple(means), tuple(deviations)
