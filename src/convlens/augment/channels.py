"""The setting `per_channel`: the channels of an image share one draw, or each gets its own.

How many channels there are is known to `change` alone. So what is drawn is a key, 0 for an image whose channels share;
the first channel keeps the value drawn before, and those behind it are expanded from the key.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlens.arrays import Raster
from convlens.augment.augmenter import Augmenter, rows
from convlens.augment.door import Rasters
from convlens.augment.draws import Draw, Drawn, Kept, KeyIf, Parameters, unfolded
from convlens.augment.grammar import Spelling, as_distribution
from convlens.rng import named_uniforms, starts


def by_channel(values: NDArray[Any], keys: Kept, channels: int, name: str, draw: Draw) -> NDArray[Any]:
    """Give (N, C) values, drawn apart where there is a key; or the values as they are where no image has one."""
    if channels < 2 or not keys.any():
        return values
    apart = np.flatnonzero(keys)
    spread = np.repeat(values[:, None], channels, axis=1)
    rows = starts([(f"{name} {channel}", draw.uses) for channel in range(1, channels)])
    uniforms = named_uniforms(unfolded(keys[apart]), rows)
    for channel in range(1, channels):
        spread[apart, channel] = draw.of(uniforms[(channel - 1) * draw.uses : channel * draw.uses])
    return spread


class PerChannel(Augmenter):
    """An augmenter with the setting `per_channel`: the probability that each channel gets a draw of its own.

    The second level of inheritance saves each of these classes the same two methods. True and False are 1 and 0.
    """

    per_channel: Spelling

    def draws(self) -> dict[str, Drawn]:
        """List the parameters, and the key of the channels in place of the probability of one."""
        p = as_distribution(self.per_channel, whole=False, name="per_channel")
        return {**super().draws(), "per_channel": Drawn("per_channel", KeyIf(p))}

    def change(self, images: Raster, parameters: Parameters) -> Rasters:
        """Change the images by their own parameters, or their channels'."""
        own = {name: values for name, values in parameters.items() if name != "per_channel"}
        result: Any
        apart = np.flatnonzero(parameters["per_channel"]) if images.shape[3] > 1 else np.zeros(0, np.int64)
        # What channels share costs so little that the few images whose do not may go through it too.
        result = np.empty_like(images) if apart.size == len(images) else type(self).kernel(images, **own)
        if apart.size:
            kept = rows(parameters, apart)
            spread = {name: self.spread(name, kept, images.shape[3]) for name in own}
            result[apart] = type(self).kernel(images[apart], **spread)
        changed: Rasters = result
        return changed

    def spread(self, name: str, parameters: Parameters, channels: int) -> NDArray[Any]:
        """Give the values of a parameter as (N,), or as (N, channels) where some are drawn apart."""
        keys = parameters["per_channel"]
        return by_channel(parameters[name], keys, channels, name, self._plan.draws[name].draw)
